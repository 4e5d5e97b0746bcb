/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "lib/base/text.h"
#include "lib/model/unit-name.h"
#include "lib/plan/planning.h"

static bool ends_with(const char *text, const char *suffix)
{
	size_t length = strlen(text), behind = strlen(suffix);

	return length > behind && strcmp(text + length - behind, suffix) == 0;
}

static enum unit_tenant_kind tenant_of(const char *unit)
{
	struct unit_tenant tenant;

	unit_tenant(unit, &tenant);
	return tenant.kind;
}

/* Is the caller in that control group, or below it? */
static bool holds_caller(const char *cgroup, const char *caller)
{
	size_t length = strlen(cgroup);

	return text_starts_with(caller, cgroup) &&
	       (caller[length] == '\0' || caller[length] == '/');
}

/* By its name alone. NULL: it may be touched. */
static const char *why_not_name(const char *unit)
{
	if (!unit)
		return "it is in no unit of systemd";
	if (!ends_with(unit, ".service") && !ends_with(unit, ".scope"))
		return "its unit is neither a service nor a scope";
	if (strcmp(unit, "init.scope") == 0)
		return "its unit is systemd itself";
	if (tenant_of(unit) == UNIT_TENANT_USER)
		return "its unit is a user's session";
	if (unit_is_essential(unit))
		return "its unit is one that the host cannot do without";
	return NULL;
}

/* What is not known, or was cut off, speaks against nobody. */
static bool may_live_in(const struct unit_facts *facts, pid_t pid)
{
	if (!facts->processes || facts->n_processes >= UNIT_PROCESSES_MAX)
		return true;
	for (size_t i = 0; i < facts->n_processes; i++)
		if (facts->processes[i] == pid)
			return true;
	return false;
}

/* By what systemd says of it. NULL: it may be touched. */
static const char *why_not_facts(const struct planning *planning,
				 const struct unit_facts *facts, pid_t owner)
{
	const char *caller = planning->wish->caller_cgroup;

	if (!facts || !facts->invocation || *facts->invocation == '\0' ||
	    !facts->cgroup || *facts->cgroup == '\0')
		return "what systemd knows of its unit could not be learnt";
	if (!may_live_in(facts, owner))
		return "it is not in its unit any more";
	if (*caller == '\0' && planning->wish->by_policy)
		return NULL; /* the daemon asks, and nobody is behind it */
	if (*caller == '\0')
		return "whether it is the unit of whoever asks is not known";
	if (holds_caller(facts->cgroup, caller))
		return "it is the unit of whoever asks, or the one he lives in";
	return NULL;
}

static const char *remedy_for(const struct planning *planning, const struct owner *owner)
{
	for (const struct device *device = planning_next(planning, NULL); device;
	     device = planning_next(planning, device)) {
		const struct readiness *readiness = planning_readiness(planning, device);

		for (size_t i = 0; readiness && i < readiness->n_obstacles; i++)
			if (readiness->obstacles[i].kind == OBSTACLE_OWNER &&
			    readiness->obstacles[i].pid == owner->process->pid)
				return readiness->obstacles[i].remedy;
	}
	return "end it, or make it close the device";
}

/* What speaks against a rung at one owner; why NULL: nothing. */
struct objection {
	const char *why, *remedy;
	bool unsupported;
};

/* A frozen owner is of use to nobody but for what follows at once. */
static struct objection against_freeze(const struct planning *planning,
				       const struct owner *owner,
				       const struct unit_facts *facts, bool is_container)
{
	if (!facts->can_freeze)
		return (struct objection){ "this systemd or kernel cannot freeze it",
					   "do without freeze-owner", true };
	if (!planning_wishes(planning, STEP_STOP_OWNER) &&
	    !planning_wishes(planning, STEP_KILL_OWNER) && !planning->wish->freeze)
		return (struct objection){
			"freeze-owner only goes together with stop-owner, "
			"kill-owner or --freeze",
			"add stop-owner to the steps", false
		};
	if (is_container && !planning_wishes(planning, STEP_KILL_OWNER))
		return (struct objection){ "its unit is a whole container",
					   remedy_for(planning, owner), false };
	return (struct objection){ 0 };
}

static struct objection against_step(struct planning *planning, const struct owner *owner,
				     enum step_kind kind, const struct unit_facts *facts)
{
	enum unit_tenant_kind tenant = tenant_of(owner->process->unit);
	bool is_container =
		tenant == UNIT_TENANT_CONTAINER || tenant == UNIT_TENANT_MACHINE;

	if (kind == STEP_FREEZE_OWNER)
		return against_freeze(planning, owner, facts, is_container);
	if (kind == STEP_STOP_OWNER && (is_container || tenant == UNIT_TENANT_LIBVIRT) &&
	    !planning_wishes(planning, STEP_KILL_OWNER))
		return (struct objection){
			"a stop of its unit is a power cut, which takes kill-owner",
			planning_text(planning, "%s; or --kill-owner",
				      remedy_for(planning, owner)),
			false
		};
	return (struct objection){ 0 };
}

static struct objection against(struct planning *planning, const struct owner *owner,
				enum step_kind kind, const struct unit_facts *facts)
{
	const char *why = why_not_name(owner->process->unit);

	if (!why)
		why = why_not_facts(planning, facts, owner->process->pid);
	if (why)
		return (struct objection){ why, remedy_for(planning, owner), false };
	return against_step(planning, owner, kind, facts);
}

static bool owns_one(const struct planning *planning, pid_t pid)
{
	for (const struct device *device = planning_next(planning, NULL); device;
	     device = planning_next(planning, device))
		for (size_t i = 0; i < device->n_owners; i++)
			if (device->owners[i].process->pid == pid)
				return true;
	return false;
}

static void note_processes(struct planning *planning, const struct unit_facts *facts)
{
	size_t others = 0;
	pid_t first = 0;

	for (size_t i = 0; i < facts->n_processes; i++) {
		if (owns_one(planning, facts->processes[i]))
			continue;
		if (others++ == 0)
			first = facts->processes[i];
	}
	if (others == 1)
		planning_note(planning,
			      planning_text(planning, "in %s lives process %d as well",
					    facts->name, first));
	else if (others > 1)
		planning_note(planning,
			      planning_text(planning,
					    "in %s live %zu other processes as well, "
					    "%d among them",
					    facts->name, others, first));
}

/* What else it takes along, and who brings it back. */
static void note_unit(struct planning *planning, enum step_kind kind,
		      const struct unit_facts *facts)
{
	note_processes(planning, facts);
	if (kind == STEP_FREEZE_OWNER)
		return;
	for (char **unit = facts->required_by; unit && *unit; unit++)
		planning_note(planning,
			      planning_text(planning, "%s requires %s and stops with it",
					    *unit, facts->name));
	if (facts->restarts)
		planning_note(planning,
			      planning_text(planning,
					    "%s has Restart=: systemd may start it again",
					    facts->name));
}

static const char *detail_of(struct planning *planning, enum step_kind kind,
			     const struct owner *owner)
{
	return planning_text(planning, "%s %s, of %s",
			     kind == STEP_FREEZE_OWNER ? "freeze"
			     : kind == STEP_STOP_OWNER ? "stop"
						       : "kill",
			     owner->process->unit ? owner->process->unit : "the unit",
			     planning_process(planning, owner->process));
}

/* Named among the steps and asked for by an option as well: once is enough. */
static bool has_step(const struct planning *planning, enum step_kind kind,
		     const char *unit)
{
	const plan_step_array *ladder = &planning->plan->ladder;

	for (size_t i = 0; i < ladder->count; i++)
		if (ladder->items[i].kind == kind &&
		    text_same(ladder->items[i].unit, unit))
			return true;
	return false;
}

/*
 * Whoever asked hears of it and thinks again. Nobody is there to hear a policy's plan: it
 * goes on with what it may do.
 */
static void object(struct planning *planning, const struct owner *owner,
		   const struct objection *objection, struct plan_step *step)
{
	const char *reason =
		planning_text(planning, "%s may not be frozen or stopped: %s",
			      planning_process(planning, owner->process), objection->why);

	if (planning->wish->by_policy) {
		step->skipped = reason;
		return;
	}
	planning_refuse(planning, &(struct refusal){
					  .kind = OBSTACLE_OWNER,
					  .device = owner->device,
					  .reason = reason,
					  .remedy = objection->remedy,
					  .unsupported = objection->unsupported,
				  });
}

static void add_for(struct planning *planning, enum step_kind kind,
		    const struct owner *owner)
{
	const char *unit = owner->process->unit;
	struct plan_step step = planning_step(planning, kind, owner->device);
	const struct unit_facts *facts =
		unit ? unit_facts_find(planning->input->units, unit) : NULL;
	struct objection objection;

	if (has_step(planning, kind, unit))
		return;
	step.unit = unit;
	step.invocation = facts ? facts->invocation : NULL;
	step.detail = detail_of(planning, kind, owner);
	objection = against(planning, owner, kind, facts);
	if (objection.why)
		object(planning, owner, &objection, &step);
	else
		note_unit(planning, kind, facts);
	planning_add(planning, &planning->plan->ladder, &step);
}

static void refuse_unseen(struct planning *planning, enum step_kind kind)
{
	const char *reason =
		planning_text(planning, "%s: no owner is seen", step_kind_name(kind));

	if (planning->wish->by_policy) {
		planning_note(planning, reason);
		return;
	}
	planning_refuse(planning,
			&(struct refusal){
				.kind = OBSTACLE_OWNER,
				.reason = reason,
				.remedy = "'dmabufctl status' says what could not be "
					  "read, and why",
			});
}

void plan_unit_rung(struct planning *planning, enum step_kind kind)
{
	bool seen = false;

	for (const struct device *device = planning_next(planning, NULL); device;
	     device = planning_next(planning, device)) {
		for (size_t i = 0; i < device->n_owners; i++)
			add_for(planning, kind, &device->owners[i]);
		seen |= device->n_owners > 0;
	}
	if (!seen)
		refuse_unseen(planning, kind);
}
