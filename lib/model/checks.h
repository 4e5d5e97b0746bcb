/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_MODEL_CHECKS_H
#define DMABUFCTL_MODEL_CHECKS_H

/* The readiness of several devices, in the order they were asked for. */

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/array.h"
#include "lib/model/plan.h"
#include "lib/model/readiness.h"

/* A device that was asked for, and why nothing can be said of it. */
struct check_error {
	int status; /* what an exit status says of it; not 0 */
	char *device; /* as it was asked for; NULL: all that there are */
	char *message;
	char *hint; /* NULL: nothing to advise */
};

/* Zeroed: none. Owns its items. */
struct checks {
	struct readiness **items;
	size_t count;
	size_t capacity;
	ARRAY(struct check_error) errors;
	ARRAY(struct plan *) plans; /* see checks_plan() */
};

/* Takes readiness, whatever the result. 0 or -ENOMEM. */
int checks_add(struct checks *checks, struct readiness *readiness);

/*
 * Gives the item at index the plan that would take its device back, and takes plan,
 * whatever the result. Items in order; those left out have none. 0 or -ENOMEM.
 */
int checks_add_plan(struct checks *checks, size_t index, struct plan *plan);

/* NULL: none was made. */
const struct plan *checks_plan(const struct checks *checks, size_t index);

/* Copies the texts of error. 0 or -ENOMEM. */
int checks_add_error(struct checks *checks, const struct check_error *error);

/* Also for _cleanup_(); leaves none. */
void checks_done(struct checks *checks);

/* Of the items; the errors are another matter. */
bool checks_all_ready(const struct checks *checks);
size_t checks_count_ready(const struct checks *checks);

#endif
