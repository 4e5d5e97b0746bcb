/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What somebody without privileges asked for, and root would not do for everybody. */

#include "lib/act/module.h"

#include <errno.h>

#include "cmd/dmabufctl-act/steps.h"
#include "lib/act/unit.h"
#include "lib/base/cleanup.h"

static bool is_loaded(const struct executor *executor)
{
	return driver_is_registered(&executor->sources.root, executor->plan->driver);
}

/* NULL: the plan loads none. */
static const struct plan_step *find_step(const struct plan *plan)
{
	for (size_t i = 0; i < plan->move.count; i++)
		if (plan->move.items[i].kind == STEP_LOAD_MODULE &&
		    !plan->move.items[i].skipped)
			return &plan->move.items[i];
	return NULL;
}

/* What cannot be started brings no driver, and that is looked at. */
static void load_own(struct executor *executor, const struct plan_step *step)
{
	module_unit units[MODULE_UNITS_MAX];
	int count = module_units_own(&executor->sources.root, executor->job->wish.device,
				     executor->plan->driver, units);

	for (int i = 0; executor->sources.bus && i < count && !is_loaded(executor); i++)
		(void)unit_start(executor->sources.bus, units[i], true, step->timeout_us);
}

int adopted_check(struct executor *executor)
{
	const struct job *job = executor->job;
	const struct plan_step *step = find_step(executor->plan);

	if (!executor->adopted)
		return 0;
	if (job->wish.force && (job->wish.by_policy || job->trigger != JOB_NOW))
		return executor_conclude(executor, OUTCOME_REFUSED, NULL,
					 "what runs by itself is never forced");
	if (!step)
		return 0;
	load_own(executor, step);
	if (is_loaded(executor))
		return 0;
	return executor_conclude(
		executor, OUTCOME_REFUSED, "As root, load its module before (modprobe).",
		"the driver %s is not loaded, and is not known to be one for %s",
		executor->plan->driver, job->wish.device);
}

int module_load(struct executor *executor, uint64_t timeout_us, module_unit ret)
{
	int r;

	module_unit_name(executor->plan->driver, ret);
	if (executor->adopted) /* by adopted_check(), and by nobody else */
		return is_loaded(executor) ? 0 : -ENOENT;
	r = executor->sources.bus
		    ? unit_start(executor->sources.bus, ret, true, timeout_us)
		    : -EOPNOTSUPP;
	if (r < 0)
		return r;
	return is_loaded(executor) ? 0 : -ENOENT;
}
