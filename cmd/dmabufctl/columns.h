/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_COLUMNS_H
#define DMABUFCTL_CMD_COLUMNS_H

/* The columns of a table as data, and which of them were asked for. */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "cmd/dmabufctl/error.h"

enum { COLUMNS_MAX = 32 };

struct column {
	const char *name;
	double width; /* hint to libsmartcols; 0: as wide as it is */
	int flags; /* SCOLS_FL_* */
	const char *type; /* of the JSON value it stands for */
	const char *help;
};

struct column_set {
	const struct column *columns;
	size_t count;
	const size_t *defaults;
	size_t n_defaults;
	const size_t *flat_defaults; /* with --flat */
	size_t n_flat_defaults;
};

struct column_selection {
	size_t ids[COLUMNS_MAX]; /* indexes into the set */
	size_t count;
};

/*
 * text is what -o was given: NAME,... or +NAME,... (in addition to the default); NULL
 * selects the default. Case does not matter. 0 or -EINVAL with error set.
 */
int columns_select(const struct column_set *set, bool flat, const char *text,
		   struct column_selection *ret, struct error *error);

/* Name and meaning of every column, a line each. */
void columns_print(FILE *stream, const struct column_set *set);

/* The answer to --list-columns. Returns an exit status. */
int columns_list(const struct options *options, const struct column_set *set);

#endif
