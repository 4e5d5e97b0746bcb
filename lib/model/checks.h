/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_MODEL_CHECKS_H
#define DMABUFCTL_MODEL_CHECKS_H

/* The readiness of several devices, in the order they were asked for. */

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/array.h"
#include "lib/model/readiness.h"

/* Zeroed: none. Owns its items. */
struct checks {
	struct readiness **items;
	size_t count;
	size_t capacity;
};

/* Takes readiness, whatever the result. 0 or -ENOMEM. */
int checks_add(struct checks *checks, struct readiness *readiness);

/* Also for _cleanup_(); leaves none. */
void checks_done(struct checks *checks);

bool checks_all_ready(const struct checks *checks);
size_t checks_count_ready(const struct checks *checks);

#endif
