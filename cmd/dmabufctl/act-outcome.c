/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/act-outcome.h"
#include "lib/model/exit-status.h"

#include <errno.h>

int act_outcome_status(enum act_outcome outcome)
{
	static const enum exit_status statuses[] = {
		[OUTCOME_DONE] = STATUS_DONE,
		[OUTCOME_PARTIAL] = STATUS_FAILED,
		[OUTCOME_TIMED_OUT] = STATUS_TIMED_OUT,
		[OUTCOME_REFUSED] = STATUS_REFUSED,
		[OUTCOME_FAILED] = STATUS_FAILED,
		[OUTCOME_UNSUPPORTED] = STATUS_UNSUPPORTED,
		[OUTCOME_NOTHING_TO_DO] = STATUS_DONE,
		[OUTCOME_INTERRUPTED] = STATUS_FAILED,
	};

	return statuses[outcome];
}

static const struct refusal *first_refusal(const struct plan *plan)
{
	for (size_t i = 0; i < plan->refusals.count; i++)
		if (!plan->refusals.items[i].forced)
			return &plan->refusals.items[i];
	return NULL;
}

static enum act_outcome outcome_of_plan(const struct plan *plan)
{
	const struct refusal *refusal = first_refusal(plan);

	if (!refusal)
		return plan->nothing_to_do ? OUTCOME_NOTHING_TO_DO : OUTCOME_DONE;
	return refusal->unsupported ? OUTCOME_UNSUPPORTED : OUTCOME_REFUSED;
}

int act_plan_status(const struct plan *plan)
{
	return act_outcome_status(outcome_of_plan(plan));
}

/* One reason is that of the result; the others are not forgotten. */
static int take_others(const struct plan *plan, struct result *result)
{
	const struct refusal *first = first_refusal(plan);
	int r = 0;

	for (size_t i = 0; r == 0 && i < plan->refusals.count; i++) {
		const struct refusal *refusal = &plan->refusals.items[i];

		if (refusal == first)
			continue;
		if (refusal->forced)
			r = result_note(result, "Forced: %s", refusal->reason);
		else
			r = result_note(result, "Also: %s -> %s", refusal->reason,
					refusal->remedy);
	}
	for (size_t i = 0; r == 0 && !first && i < plan->notes.count; i++)
		r = result_note(result, "%s", plan->notes.items[i]);
	return r;
}

int act_result_of_plan(const struct plan *plan, struct result **ret)
{
	const struct refusal *refusal = first_refusal(plan);
	struct result *result = result_new(NULL, plan->device, plan->verb);
	int r;

	if (!result)
		return -ENOMEM;
	if (refusal)
		r = result_end(result, outcome_of_plan(plan), refusal->remedy, "%s",
			       refusal->reason);
	else
		r = result_end(result, OUTCOME_NOTHING_TO_DO, NULL, "%s",
			       plan->nothing_to_do);
	if (r == 0)
		r = take_others(plan, result);
	if (r == 0)
		*ret = result;
	else
		result_free(result);
	return r;
}
