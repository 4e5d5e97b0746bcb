/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/plan/planning.h"

static void add(struct planning *planning, enum step_kind kind,
		const struct device *device, const char *detail)
{
	struct plan_step step = planning_step(planning, kind, device->address);

	step.detail = detail;
	planning_add(planning, &planning->plan->move, &step);
}

/* Whether ask comes to its turn is not known yet. */
static const char *unless_asked(const struct planning *planning)
{
	return planning_does(planning, STEP_ASK) ? ", unless ask has taken it" : "";
}

/* Between the release and the unbind nobody may open it again. */
static void add_claim(struct planning *planning, const struct device *device)
{
	struct plan_step step = planning_step(planning, STEP_CLAIM, device->address);

	if (!device->vfio_bound)
		return;
	step.detail = planning_text(planning,
				    "keep VFIO group %d open until its driver is gone%s",
				    device->iommu_group, unless_asked(planning));
	step.skipped = planning_unprotected(planning);
	planning_add(planning, &planning->plan->move, &step);
}

static void take_away(struct planning *planning, const struct device *device, bool bind)
{
	const char *driver = planning->wish->driver;

	add_claim(planning, device);
	if (bind)
		add(planning, STEP_SET_OVERRIDE, device, driver);
	if (device->driver)
		add(planning, STEP_UNBIND, device,
		    planning_text(planning, "from %s%s", device->driver,
				  unless_asked(planning)));
}

/* No member gets its new driver before all of them have lost the old one. */
void plan_move(struct planning *planning)
{
	const char *driver = planning->wish->driver;
	bool bind = !text_same(driver, "-");
	const struct device *device = planning_next(planning, NULL);

	if (device && bind && !planning->input->driver_is_loaded)
		add(planning, STEP_LOAD_MODULE, device, driver);
	for (; device; device = planning_next(planning, device))
		take_away(planning, device, bind);
	for (device = planning_next(planning, NULL); bind && device;
	     device = planning_next(planning, device))
		add(planning, STEP_BIND, device,
		    planning_text(planning, "to %s", driver));
}
