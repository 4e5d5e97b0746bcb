/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_PLAN_PLANNING_H
#define DMABUFCTL_PLAN_PLANNING_H

/*
 * A plan in the making, and the rules that make it, a family of them in each file. Rules
 * return nothing: what goes wrong is memory alone, and planning.failed keeps it.
 */

#include <stdbool.h>

#include "lib/model/device-condition.h"
#include "lib/plan/planner.h"

struct planning {
	const struct plan_input *input;
	const struct wish *wish;
	const struct device *device; /* what was asked for */
	struct plan *plan;
	bool failed; /* out of memory */
};

bool text_same(const char *one, const char *other); /* NULL equals nothing */

/* A text of the plan; "" when memory ran out. */
const char *planning_text(struct planning *planning, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* "qemu-system-x86[812] (vm.scope)"; "a process" for NULL. */
const char *planning_process(struct planning *planning, const struct process *process);

/* A step with its limit; what it points to is copied when it is added. */
struct plan_step planning_step(const struct planning *planning, enum step_kind kind,
			       const char *device);
void planning_add(struct planning *planning, plan_step_array *steps,
		  const struct plan_step *step);

/* What was said before is not said again. forced follows from forcible. */
void planning_refuse(struct planning *planning, const struct refusal *refusal);
void planning_note(struct planning *planning, const char *note);

/* Is there such a step in the ladder that will be done? */
bool planning_does(const struct planning *planning, enum step_kind kind);

/* Is the word among the rungs that were asked for, in whichever way? */
bool planning_wishes(const struct planning *planning, enum step_kind kind);

/*
 * The devices of the plan in address order: the one that was asked for, and with --group
 * all members of its IOMMU group which have to change their driver. Begins with NULL.
 */
const struct device *planning_next(const struct planning *planning,
				   const struct device *device);
bool planning_covers(const struct planning *planning, const struct device *device);

/* What was found on one of them; NULL: nobody has looked. */
const struct readiness *planning_readiness(const struct planning *planning,
					   const struct device *device);

/* What is configured for one of them. */
const struct policy *planning_policy(const struct planning *planning,
				     const struct device *device);

/* plan-device.c */

/* May any device of the plan be open? */
bool any_is_open(const struct planning *planning);

/* Is it a buffer of this device, or one that may be, with importers to stop? */
bool buffer_is_exposed(const struct buffer *buffer, const struct device *device);

/* A virtual function below it that somebody uses; NULL: none. */
const struct device *function_in_use(const struct planning *planning,
				     const struct device *device);

/* The rules. */
void plan_ladder(struct planning *planning); /* plan-ladder.c */
void plan_restore(struct planning *planning); /* plan-restore.c */
void plan_move(struct planning *planning); /* plan-move.c */
void plan_undo(struct planning *planning); /* plan-undo.c */
/* Rungs that touch the units of the owners. */
void plan_unit_rung(struct planning *planning, enum step_kind kind); /* plan-units.c */

/* Is this another device than the one that was asked for? Then nothing is planned. */
bool refuse_identity(struct planning *planning); /* plan-refuse.c */
void refuse_unsafe(struct planning *planning);
void refuse_host_use(struct planning *planning); /* plan-host.c */
void refuse_group(struct planning *planning);

/* May it have a device of a group of which another member is open? Also "-". */
bool driver_suits_open_group(const char *driver);

/* Why a claim would be in vain; NULL: it would not, or the plan is refused for it. */
const char *planning_unprotected(struct planning *planning);
void plan_notes(struct planning *planning); /* plan-notes.c */

#endif
