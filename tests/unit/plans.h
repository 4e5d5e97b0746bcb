/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_TESTS_UNIT_PLANS_H
#define DMABUFCTL_TESTS_UNIT_PLANS_H

/* What plan_make() makes of a scene, a wish and what else it is told. */

#include "lib/base/cleanup.h"
#include "lib/base/time-span.h"
#include "lib/plan/planner.h"
#include "tests/unit/readiness.h"

#define UNIT "vm.service"
#define INVOCATION "0123456789abcdef0123456789abcdef"

enum { VENDOR = 0x10de, PRODUCT = 0x2330, LIMIT_US = 10000000 };

struct attempt {
	struct scene scene;
	struct wish wish;
	struct policy policy;
	struct unit_facts facts[4];
	struct unit_facts_list units;
	struct revoked record;
	bool has_record, driver_is_loaded;
	struct plan_member members[20];
	size_t n_members;
	struct plan *plan;
};

static inline struct attempt attempt_begin(enum act_verb verb)
{
	struct attempt attempt = {
		.scene = scene_begin(SEEN_ALL),
		.wish = { .verb = verb,
			  .device = DEVICE,
			  .caller_cgroup = "/user.slice/user-0.slice/session-1.scope" },
		.policy = policy_default,
		.driver_is_loaded = true,
	};

	return attempt;
}

/* DEVICE on vfio-pci, open by OWNER. */
static inline struct attempt attempt_open(enum act_verb verb)
{
	struct attempt attempt = attempt_begin(verb);

	scene_vfio(&attempt.scene, DEVICE, GROUP);
	scene_vfio(&attempt.scene, FAR, OTHER_GROUP);
	scene_owner(&attempt.scene, DEVICE);
	return attempt;
}

/* To be moved to that driver. */
static inline struct attempt attempt_move(const char *driver)
{
	struct attempt attempt = attempt_begin(ACT_REASSIGN);

	(void)snprintf(attempt.wish.driver, sizeof(attempt.wish.driver), "%s", driver);
	return attempt;
}

/* DEVICE, which nobody has open, from vfio-pci to that driver. */
static inline struct attempt attempt_idle(const char *driver)
{
	struct attempt attempt = attempt_move(driver);

	scene_vfio(&attempt.scene, DEVICE, GROUP);
	return attempt;
}

static inline void add_mount(struct scene *scene, const char *device, const char *where)
{
	const struct host_use use = {
		.device = device,
		.kind = HOST_USE_MOUNT,
		.name = "nvme0n1",
		.detail = where,
	};

	assert_int_equal(builder_use(scene->builder, &use, 0), 0);
}

/* What systemd says of a unit; the last one can be changed before attempt_plan(). */
static inline struct unit_facts *attempt_unit(struct attempt *attempt, const char *name,
					      const char *cgroup)
{
	struct unit_facts *facts = &attempt->facts[attempt->units.count++];

	assert_true(attempt->units.count <= ARRAY_SIZE(attempt->facts));
	*facts = (struct unit_facts){
		.name = (char *)name,
		.invocation = (char *)INVOCATION,
		.cgroup = (char *)cgroup,
		.can_freeze = true,
	};
	return facts;
}

static inline void attempt_steps(struct attempt *attempt, enum step_kind step)
{
	attempt->wish.steps[attempt->wish.n_steps++] = step;
}

/* Lets the judge look at another member of the group; its policy can be changed. */
static inline struct policy *attempt_member(struct attempt *attempt, const char *address)
{
	struct plan_member *member = &attempt->members[attempt->n_members++];

	assert_true(attempt->n_members <= ARRAY_SIZE(attempt->members));
	scene_check(&attempt->scene, address);
	*member = (struct plan_member){ attempt->scene.answer, policy_default };
	attempt->scene.answer = NULL;
	return &member->policy;
}

static inline void attempt_plan(struct attempt *attempt)
{
	struct plan_input input = {
		.wish = &attempt->wish,
		.policy = &attempt->policy,
		.units = &attempt->units,
		.revoked = attempt->has_record ? &attempt->record : NULL,
		.driver_is_loaded = attempt->driver_is_loaded,
		.members = attempt->members,
		.n_members = attempt->n_members,
	};

	attempt->units.items = attempt->facts;
	scene_check(&attempt->scene, DEVICE);
	input.snapshot = attempt->scene.snapshot;
	input.device = snapshot_device(input.snapshot, DEVICE);
	input.readiness = attempt->scene.answer;
	plan_free(attempt->plan);
	attempt->plan = NULL;
	assert_int_equal(plan_make(&input, &attempt->plan), 0);
	assert_string_equal(attempt->plan->device, DEVICE);
}

static inline void attempt_end(struct attempt *attempt)
{
	plan_free(attempt->plan);
	for (size_t i = 0; i < attempt->n_members; i++)
		readiness_free((struct readiness *)attempt->members[i].readiness);
	scene_end(&attempt->scene);
}

/* "grace revoke(skipped) unbind@0000:03:01.0": the device where it is another one. */
static inline void is_steps(const plan_step_array *steps, const char *expected)
{
	char text[1024] = "";
	size_t used = 0;

	for (size_t i = 0; i < steps->count; i++) {
		const struct plan_step *step = &steps->items[i];
		bool other = strcmp(step->device, DEVICE) != 0;

		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s%s%s%s",
					 i > 0 ? " " : "", step_kind_name(step->kind),
					 other ? "@" : "", other ? step->device : "",
					 step->skipped ? "(skipped)" : "");
	}
	assert_string_equal(text, expected);
}

static inline const struct plan_step *step_of(const plan_step_array *steps,
					      enum step_kind kind)
{
	for (size_t i = 0; i < steps->count; i++)
		if (steps->items[i].kind == kind)
			return &steps->items[i];
	fail_msg("there is no step %s", step_kind_name(kind));
	return NULL;
}

/* The one refusal whose reason has that part; NULL: none. */
static inline const struct refusal *refusal_with(const struct plan *plan,
						 const char *part)
{
	const struct refusal *found = NULL;

	for (size_t i = 0; i < plan->refusals.count; i++) {
		if (!strstr(plan->refusals.items[i].reason, part))
			continue;
		assert_null(found);
		found = &plan->refusals.items[i];
	}
	return found;
}

static inline void is_refused(const struct plan *plan, enum obstacle_kind kind,
			      const char *part, bool forcible)
{
	const struct refusal *refusal = refusal_with(plan, part);

	if (!refusal)
		fail_msg("no refusal has \"%s\"", part);
	assert_int_equal(refusal->kind, kind);
	assert_int_equal(refusal->forcible, forcible);
	assert_false(refusal->forced);
	assert_non_null(refusal->remedy);
	assert_true(plan_is_refused(plan));
}

static inline void is_forced(const struct plan *plan, const char *part)
{
	const struct refusal *refusal = refusal_with(plan, part);

	if (!refusal)
		fail_msg("no refusal has \"%s\"", part);
	assert_true(refusal->forced);
}

static inline void is_free(const struct plan *plan)
{
	if (plan->refusals.count > 0)
		fail_msg("refused: %s", plan->refusals.items[0].reason);
}

static inline bool has_note(const struct plan *plan, const char *part)
{
	for (size_t i = 0; i < plan->notes.count; i++)
		if (strstr(plan->notes.items[i], part))
			return true;
	return false;
}

#endif
