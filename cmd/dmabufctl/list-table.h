/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_LIST_TABLE_H
#define DMABUFCTL_CMD_LIST_TABLE_H

/* How buffers look in rows: their columns, and the tree below each. */

#include "cmd/dmabufctl/columns.h"
#include "cmd/dmabufctl/output.h"
#include "lib/model/snapshot.h"

struct options;

extern const struct column_set list_columns;

/* Writes the table to the output. 0 or negative errno. */
int list_table_print(const struct options *options, const struct buffer *const *buffers,
		     size_t count, const struct output *output);

#endif
