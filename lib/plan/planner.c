/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/plan/planner.h"

#include <errno.h>

#include "lib/plan/planning.h"

/* Why there is nothing to do; NULL: there is. */
static const char *nothing_to_do(struct planning *planning)
{
	const char *driver = planning->wish->driver;

	switch (planning->wish->verb) {
	case ACT_REVOKE:
	case ACT_RELEASE:
		return any_is_open(planning) ? NULL : "nobody has it open through VFIO";
	case ACT_REASSIGN:
		if (planning_next(planning, NULL))
			return NULL;
		return text_same(driver, "-")
			       ? "it has no driver"
			       : planning_text(planning, "%s has it already", driver);
	case ACT_RESTORE:
		break; /* plan_restore() */
	}
	return NULL;
}

static void list_buffers(struct planning *planning)
{
	for (const struct device *device = planning_next(planning, NULL); device;
	     device = planning_next(planning, device))
		for (size_t i = 0; i < device->n_exports; i++)
			if (ARRAY_PUSH(&planning->plan->buffers, device->exports[i]) < 0)
				planning->failed = true;
}

static void plan_verb(struct planning *planning)
{
	struct plan *plan = planning->plan;

	plan->nothing_to_do = nothing_to_do(planning);
	if (plan->nothing_to_do)
		return;
	if (plan->verb == ACT_RESTORE)
		plan_restore(planning);
	else
		plan_ladder(planning);
	if (plan->nothing_to_do)
		return;
	if (plan->verb == ACT_REASSIGN)
		plan_move(planning);
	plan_undo(planning);
	refuse_unsafe(planning);
	refuse_host_use(planning);
	refuse_group(planning);
	plan_notes(planning);
}

static void fill(struct planning *planning)
{
	const struct device *device = planning->device;
	struct plan *plan = planning->plan;

	if (plan->verb == ACT_REASSIGN)
		plan->driver = planning_text(planning, "%s", planning->wish->driver);
	if (device->driver)
		plan->old_driver = planning_text(planning, "%s", device->driver);
	list_buffers(planning);
	if (!refuse_identity(planning))
		plan_verb(planning);
}

int plan_make(const struct plan_input *input, struct plan **ret)
{
	struct planning planning = {
		.input = input,
		.wish = input->wish,
		.device = input->device,
		.plan = plan_new(input->wish->verb, input->device->address),
	};

	if (!planning.plan)
		return -ENOMEM;
	fill(&planning);
	if (planning.failed) {
		plan_free(planning.plan);
		return -ENOMEM;
	}
	*ret = planning.plan;
	return 0;
}
