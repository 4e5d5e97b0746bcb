/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/model/checks.h"

#include <stdlib.h>

int checks_add(struct checks *checks, struct readiness *readiness)
{
	int r = ARRAY_PUSH(checks, readiness);

	if (r < 0)
		readiness_free(readiness);
	return r;
}

void checks_done(struct checks *checks)
{
	for (size_t i = 0; i < checks->count; i++)
		readiness_free(checks->items[i]);
	free(checks->items);
	*checks = (struct checks){ 0 };
}

bool checks_all_ready(const struct checks *checks)
{
	return checks_count_ready(checks) == checks->count;
}

size_t checks_count_ready(const struct checks *checks)
{
	size_t ready = 0;

	for (size_t i = 0; i < checks->count; i++)
		ready += checks->items[i]->n_obstacles == 0;
	return ready;
}
