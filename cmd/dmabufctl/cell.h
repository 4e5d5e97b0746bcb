/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_CELL_H
#define DMABUFCTL_CMD_CELL_H

/*
 * The text of one cell. All functions return 0, or -ENOMEM when the text could not be
 * had; a cell that is left alone stays empty.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct cell {
	char *text; /* malloc'ed and safe on a terminal; NULL: nothing */
	const char *colour; /* NULL: none */
};

int cell_take(struct cell *cell, char *text); /* NULL: out of memory */
int cell_text(struct cell *cell, const char *text); /* NULL: nothing */
int cell_unsigned(struct cell *cell, uint64_t number);
int cell_number(struct cell *cell, int64_t number); /* negative: nothing */

/* Several items in one cell. */
struct cell_list {
	FILE *stream;
	char *text;
	size_t length;
	size_t count;
};

int cell_list_begin(struct cell_list *list);

/* Takes item; NULL shows as a question mark. */
void cell_list_add(struct cell_list *list, const char *separator, char *item);

/* Also releases the list. No items leave the cell empty. */
int cell_list_end(struct cell_list *list, struct cell *cell);

#endif
