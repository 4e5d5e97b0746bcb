/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_DEVICES_TABLE_H
#define DMABUFCTL_CMD_DEVICES_TABLE_H

/* How devices look in rows. */

#include "cmd/dmabufctl/columns.h"
#include "cmd/dmabufctl/output.h"
#include "lib/model/snapshot.h"

struct options;

extern const struct column_set devices_columns;

/* Is the name of devices, which costs a look into a database, among these columns? */
bool devices_table_needs_names(const struct column_selection *selection);

/*
 * Writes the table to the output; mediated devices that follow their parent hang below
 * it in the first column, if there are others. 0 or negative errno.
 */
int devices_table_print(const struct options *options,
			const struct device *const *devices, size_t count,
			const struct output *output);

#endif
