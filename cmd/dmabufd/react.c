/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufd/react.h"

#include <string.h>

#include "lib/base/cleanup.h"

#define MS UINT64_C(1000)
#define MINUTE (60 * 1000 * MS)

/* An idle device is let go within milliseconds: no unit is worth that. */
#define SETTLE (20 * MS)

/* So long may a uevent lie in the queue while the observer tells of it already. */
#define LATE (5 * 1000 * MS)

enum { MISSED_MAX = 2, FAILURES_MAX = 3 };

/* Until an act is asked for again that had to stand back. */
#define AGAIN (500 * MS)

/* Until an act begins anew that could do nothing. */
#define RETRY (5 * 1000 * MS)

/* A look takes as much of a small host as an act: what is due at once goes first. */
#define LOOK_BEHIND (1000 * MS)

/* Between the looks until it is told apart. */
static const uint64_t delays_us[] = { 100 * MS, 300 * MS, 1000 * MS };

static uint64_t later(uint64_t when_us, uint64_t span_us)
{
	uint64_t sum;

	return __builtin_add_overflow(when_us, span_us, &sum) ? REACT_NEVER : sum;
}

void react_begin(struct release *release, const struct policy *policy, bool handled,
		 uint64_t now_us)
{
	bool acts = !handled && policy->react && !policy->refuse && policy->n_steps > 0;
	uint64_t grace_us = policy->grace_us > SETTLE ? policy->grace_us : SETTLE;

	release->was_handled = handled;
	release->act_us = acts ? later(release->begun_us, grace_us) : REACT_NEVER;
	release->look_us = now_us;
	if (acts && !release->awaits_kind && grace_us < LOOK_BEHIND)
		release->look_us = later(now_us, grace_us + LOOK_BEHIND);
}

void react_handled(struct release *release)
{
	release->act_us = REACT_NEVER;
}

void react_postpone(struct release *release, uint64_t now_us)
{
	release->act_us = later(now_us, AGAIN);
}

void react_failed(struct release *release, uint64_t now_us)
{
	if (release->act_us == REACT_NEVER && ++release->failures < FAILURES_MAX)
		release->act_us = later(now_us, RETRY);
}

bool react_is_known(const struct release *release, uint64_t now_us)
{
	return release->found_us > 0 && now_us - release->found_us <= LATE;
}

/* The next whole minute of it. */
static uint64_t next_minute(const struct release *release, uint64_t now_us)
{
	uint64_t minutes = (now_us - release->begun_us) / MINUTE;

	return later(release->begun_us, (minutes + 1) * MINUTE);
}

static unsigned int settle(struct release *release, const struct react_look *look)
{
	if (look->shown && look->kind != RELEASE_UNKNOWN &&
	    release->kind == RELEASE_UNKNOWN) {
		release->kind = look->kind;
		release->settled = true;
		return REACT_TOLD;
	}
	if (release->settled || release->looks <= ARRAY_SIZE(delays_us))
		return 0;
	release->settled = true;
	return REACT_UNTOLD;
}

/* The uevent of its end may be lost, but not that of two looks in a row. */
static bool has_vanished(struct release *release, const struct react_look *look)
{
	if (look->answered)
		release->missed = look->shown ? 0 : release->missed + 1;
	release->seen |= look->shown;
	return release->settled && release->seen && release->missed >= MISSED_MAX;
}

unsigned int react_looked(struct release *release, const struct react_look *look,
			  uint64_t now_us)
{
	unsigned int news = release->settled ? REACT_LASTS : 0;

	if (has_vanished(release, look)) {
		release->look_us = REACT_NEVER;
		return REACT_OVER;
	}
	if (!release->settled)
		release->looks++;
	news |= settle(release, look);
	if (!release->reported && (release->seen || (news & REACT_UNTOLD))) {
		release->reported = true;
		news |= REACT_BEGUN;
	}
	release->look_us = release->settled
				   ? next_minute(release, now_us)
				   : later(now_us, delays_us[release->looks - 1]);
	return news;
}

static bool may_act(const struct release *release)
{
	return release->settled || !release->awaits_kind;
}

bool react_is_due(const struct release *release, uint64_t now_us)
{
	return release->act_us <= now_us && may_act(release);
}

uint64_t react_next_us(const struct release *release, bool looking)
{
	uint64_t act_us = may_act(release) ? release->act_us : REACT_NEVER;
	uint64_t look_us = looking ? REACT_NEVER : release->look_us;

	return act_us < look_us ? act_us : look_us;
}

const char *release_kind_name(enum release_kind kind)
{
	static const char *const names[] = {
		[RELEASE_UNKNOWN] = "unknown",
		[RELEASE_UNPLUG] = "unplug",
		[RELEASE_REASSIGN] = "reassign",
	};

	return names[kind];
}

enum release_kind react_kind(const char *path)
{
	static const struct {
		const char *path;
		enum release_kind kind;
	} kinds[] = {
		{ "unplug", RELEASE_UNPLUG },	{ "remove", RELEASE_UNPLUG },
		{ "sriov", RELEASE_UNPLUG },	{ "unbind", RELEASE_REASSIGN },
		{ "unload", RELEASE_REASSIGN },
	};

	for (size_t i = 0; path && i < ARRAY_SIZE(kinds); i++)
		if (strcmp(kinds[i].path, path) == 0)
			return kinds[i].kind;
	return RELEASE_UNKNOWN;
}

bool react_job_awaits_kind(const struct job *job, const char *address)
{
	return (job->trigger == JOB_ON_UNPLUG || job->trigger == JOB_ON_REASSIGN) &&
	       job->state == JOB_ARMED && !job_is_due(job) &&
	       strcmp(job->wish.device, address) == 0;
}

/* It never began; or it was seen that nobody had the device: that release has ended. */
static bool is_over(const struct job *job)
{
	if (job->state == JOB_CANCELLED || job->state == JOB_MISSED)
		return true;
	return job->state == JOB_DONE && job->wish.verb != ACT_REVOKE && job->result &&
	       (job->result->outcome == OUTCOME_DONE ||
		job->result->outcome == OUTCOME_NOTHING_TO_DO);
}

bool react_job_handles(const struct job *job, const char *address, int64_t since_us)
{
	bool for_release = job->trigger == JOB_ON_UNPLUG ||
			   job->trigger == JOB_ON_REASSIGN ||
			   job->trigger == JOB_ON_RELEASE;

	if (!for_release || strcmp(job->wish.device, address) != 0 || is_over(job))
		return false;
	if (job->state == JOB_ARMED)
		return job->schedule.fired && job->schedule.end == JOB_ARMED;
	/* the record was made, or made anew, when it began */
	return job->state == JOB_STARTED || job->created_us >= since_us;
}

struct job react_job(const struct release *release, const struct policy *policy)
{
	struct job job = {
		.wish = {
			.verb = ACT_RELEASE,
			.vendor = release->vendor,
			.product = release->product,
			.by_policy = true,
			.timeout_us = policy->step_timeout_us,
			.n_steps = policy->n_steps,
		},
		.trigger = JOB_ON_RELEASE,
		.schedule = { .fired = true },
		.state = JOB_ARMED,
	};

	_Static_assert((int)POLICY_STEPS_MAX <= (int)WISH_STEPS_MAX,
		       "the steps of a policy fit");
	memcpy(job.wish.device, release->address, sizeof(job.wish.device));
	memcpy(job.wish.steps, policy->steps, policy->n_steps * sizeof(policy->steps[0]));
	return job;
}
