/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_BASE_POOL_H
#define DMABUFCTL_BASE_POOL_H

#include <stdarg.h>
#include <stddef.h>

/*
 * Strings that live and die together: thousands of names of one snapshot are freed
 * in one go. (glibc's obstack would do, but it exits when memory runs out.)
 */
struct pool;

struct pool *pool_new(void); /* NULL: out of memory */
void pool_free(struct pool *pool); /* NULL is allowed */

/*
 * A copy of the first length bytes of text, NUL-terminated, owned by the pool.
 * Asking for the same text again right away gives the same copy.
 * NULL when out of memory.
 */
const char *pool_copy(struct pool *pool, const char *text, size_t length);

/* The same for a text that is formatted. */
const char *pool_vformat(struct pool *pool, const char *format, va_list arguments)
	__attribute__((format(printf, 2, 0)));

#endif
