/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/model/checks.h"

#include <stdlib.h>
#include <string.h>

int checks_add(struct checks *checks, struct readiness *readiness)
{
	int r = ARRAY_PUSH(checks, readiness);

	if (r < 0)
		readiness_free(readiness);
	return r;
}

int checks_add_plan(struct checks *checks, size_t index, struct plan *plan)
{
	int r = 0;

	while (r == 0 && checks->plans.count < index)
		r = ARRAY_PUSH(&checks->plans, NULL);
	if (r == 0)
		r = ARRAY_PUSH(&checks->plans, plan);
	if (r < 0)
		plan_free(plan);
	return r;
}

const struct plan *checks_plan(const struct checks *checks, size_t index)
{
	return index < checks->plans.count ? checks->plans.items[index] : NULL;
}

static void error_done(struct check_error *error)
{
	free(error->device);
	free(error->message);
	free(error->hint);
}

int checks_add_error(struct checks *checks, const struct check_error *error)
{
	struct check_error copy = {
		.status = error->status,
		.device = error->device ? strdup(error->device) : NULL,
		.message = strdup(error->message),
		.hint = error->hint ? strdup(error->hint) : NULL,
	};
	int r = -ENOMEM;

	if (copy.message && (copy.device || !error->device) &&
	    (copy.hint || !error->hint))
		r = ARRAY_PUSH(&checks->errors, copy);
	if (r < 0)
		error_done(&copy);
	return r;
}

void checks_done(struct checks *checks)
{
	for (size_t i = 0; i < checks->count; i++)
		readiness_free(checks->items[i]);
	for (size_t i = 0; i < checks->errors.count; i++)
		error_done(&checks->errors.items[i]);
	for (size_t i = 0; i < checks->plans.count; i++)
		plan_free(checks->plans.items[i]);
	free(checks->plans.items);
	free(checks->errors.items);
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
