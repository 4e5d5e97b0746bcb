/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_BASE_ARRAY_H
#define DMABUFCTL_BASE_ARRAY_H

#include <errno.h>
#include <stddef.h>

/*
 * Makes room for one more item of item_size bytes behind the count items at *items;
 * capacity doubles. Returns 0, or -ENOMEM with everything as it was.
 */
int array_reserve(void **items, size_t count, size_t *capacity, size_t item_size);

/* A growing array of type, to be zeroed before use; free(array.items) ends it. */
#define ARRAY(type)                                                                      \
	struct {                                                                         \
		type *items;                                                             \
		size_t count;                                                            \
		size_t capacity;                                                         \
	}

/* Appends value (one expression); 0 or -ENOMEM. */
#define ARRAY_PUSH(array, ...)                                                           \
	({                                                                               \
		int pushed_ =                                                            \
			array_reserve((void **)&(array)->items, (array)->count,          \
				      &(array)->capacity, sizeof(*(array)->items));      \
		if (pushed_ == 0)                                                        \
			(array)->items[(array)->count++] = __VA_ARGS__;                  \
		pushed_;                                                                 \
	})

#endif
