/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/model/plan.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/pool.h"
#include "lib/base/time-span.h"

struct plan *plan_new(enum act_verb verb, const char *device)
{
	struct plan *plan = calloc(1, sizeof(*plan));

	if (!plan)
		return NULL;
	plan->verb = verb;
	plan->pool = pool_new();
	if (plan->pool)
		plan->device = pool_copy(plan->pool, device, strlen(device));
	if (plan->device)
		return plan;
	plan_free(plan);
	return NULL;
}

void plan_free(struct plan *plan)
{
	if (!plan)
		return;
	free(plan->ladder.items);
	free(plan->move.items);
	free(plan->undo.items);
	free(plan->refusals.items);
	free(plan->notes.items);
	free(plan->buffers.items);
	pool_free(plan->pool);
	free(plan);
}

const char *plan_text(struct plan *plan, const char *format, ...)
{
	const char *text;
	va_list arguments;

	va_start(arguments, format);
	text = pool_vformat(plan->pool, format, arguments);
	va_end(arguments);
	return text;
}

bool plan_is_refused(const struct plan *plan)
{
	for (size_t i = 0; i < plan->refusals.count; i++)
		if (!plan->refusals.items[i].forced)
			return true;
	return false;
}

static uint64_t add_limits(uint64_t total, const plan_step_array *steps)
{
	for (size_t i = 0; i < steps->count; i++) {
		const struct plan_step *step = &steps->items[i];

		if (!step->skipped &&
		    __builtin_add_overflow(total, step->timeout_us, &total))
			return TIME_SPAN_INFINITE;
	}
	return total;
}

uint64_t plan_total_us(const struct plan *plan)
{
	return add_limits(add_limits(0, &plan->ladder), &plan->move);
}
