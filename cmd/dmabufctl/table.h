/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_TABLE_H
#define DMABUFCTL_CMD_TABLE_H

/*
 * A table or tree of the chosen columns, drawn by libsmartcols. What a row is, only
 * the function that fills its cells knows.
 */

#include <stdbool.h>

#include "cmd/dmabufctl/cell.h"
#include "cmd/dmabufctl/columns.h"
#include "cmd/dmabufctl/output.h"

struct table_style {
	bool tree; /* the first column carries the branches */
	bool headings;
	const char *nothing; /* for cells without text; NULL leaves them blank */
};

struct table;
struct table_row;

/* 0 or -ENOMEM. */
int table_new(const struct column_set *set, const struct column_selection *selection,
	      const struct table_style *style, const struct output *output,
	      struct table **ret);
void table_free(struct table *table); /* NULL is allowed */

/*
 * A row whose cell for a column (an index into the set) is what fill() says of item;
 * fill() returns 0 or -ENOMEM. Its children go below it: parent NULL is the top.
 * ret may be NULL. 0 or -ENOMEM.
 */
int table_add(struct table *table, struct table_row *parent,
	      int (*fill)(const void *item, size_t column, struct cell *ret),
	      const void *item, struct table_row **ret);

/* To the output it was made for. 0 or negative errno. */
int table_print(struct table *table, const struct output *output);

/* The column that carries the branches of a tree: the first chosen one. */
size_t table_tree_column(const struct column_selection *selection);

#endif
