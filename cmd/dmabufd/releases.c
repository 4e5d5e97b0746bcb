/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufd/releases.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/dmabufd/aftermath.h"
#include "cmd/dmabufd/jobs.h"
#include "cmd/dmabufd/manager-bus.h"
#include "cmd/dmabufd/observe-client.h"
#include "cmd/dmabufd/react.h"
#include "cmd/dmabufd/release-answer.h"
#include "cmd/dmabufd/release-facts.h"
#include "cmd/dmabufd/release-moments.h"
#include "cmd/dmabufd/release-report.h"
#include "lib/act/driver.h"
#include "lib/base/array.h"
#include "lib/base/cleanup.h"
#include "lib/base/file.h"

enum {
	ACCURACY_US = 1000, /* the default would add a quarter of a second */
	FIND_AGAIN_US = 10000000, /* when the observer could not say */
};

struct ended {
	char address[PCI_ADDRESS_TEXT];
};

struct releases {
	struct manager *manager;
	ARRAY(struct release) items;
	ARRAY(struct ended) ended; /* while the question was under way */
	struct aftermath *aftermath;
	int moments; /* of release-moments.h */
	sd_event_source *timer;
	uint64_t find_us; /* when to ask for all there are; REACT_NEVER: known */
	uint64_t asked_us; /* of the question under way; 0: none is */
};

size_t releases_count(const struct releases *releases)
{
	return releases->items.count;
}

bool releases_are_known(const struct releases *releases)
{
	return releases->find_us == REACT_NEVER && releases->asked_us == 0;
}

static struct release *find(const struct releases *releases, const char *address)
{
	for (size_t i = 0; i < releases->items.count; i++)
		if (strcmp(releases->items.items[i].address, address) == 0)
			return &releases->items.items[i];
	return NULL;
}

bool releases_is_under_way(const struct releases *releases, const char *address)
{
	return find(releases, address);
}

/* Then the answer to the question under way may be of before that. */
static bool has_ended(const struct releases *releases, const char *address)
{
	for (size_t i = 0; i < releases->ended.count; i++)
		if (strcmp(releases->ended.items[i].address, address) == 0)
			return true;
	return false;
}

static void note_end(struct releases *releases, const char *address)
{
	struct ended ended;

	if (releases->asked_us == 0 || has_ended(releases, address))
		return;
	(void)snprintf(ended.address, sizeof(ended.address), "%s", address);
	(void)ARRAY_PUSH(&releases->ended, ended);
}

/* When there is something to do; the answer of a question arms it again. */
static void arm(struct releases *releases)
{
	uint64_t next_us = releases->asked_us > 0 ? REACT_NEVER : releases->find_us;

	for (size_t i = 0; i < releases->items.count; i++) {
		const struct release *release = &releases->items.items[i];
		uint64_t due_us = react_next_us(release, releases->asked_us > 0);

		if (due_us < next_us)
			next_us = due_us;
	}
	if (next_us == REACT_NEVER) {
		(void)sd_event_source_set_enabled(releases->timer, SD_EVENT_OFF);
		return;
	}
	if (sd_event_source_set_time(releases->timer, next_us) >= 0)
		(void)sd_event_source_set_enabled(releases->timer, SD_EVENT_ONESHOT);
}

static void policy_of(const struct releases *releases, const struct release *release,
		      struct policy *ret)
{
	manager_policy(releases->manager, release->address, release->vendor,
		       release->product, ret);
}

static void drop(struct releases *releases, struct release *release)
{
	struct release *last = &releases->items.items[releases->items.count - 1];

	if (release->reported)
		release_report_ended(release, monotonic_us());
	release_moment_forget(releases->moments, release->address);
	*release = *last;
	releases->items.count--;
}

/* What the policy says; whatever comes of it, the job tells. */
static void act(struct releases *releases, struct release *release)
{
	struct policy policy;
	struct job job;
	int r;

	if (jobs_act_on(releases->manager->jobs, release->address)) {
		react_postpone(release, monotonic_us());
		return;
	}
	react_handled(release);
	policy_of(releases, release, &policy);
	if (!policy.react || policy.refuse)
		return;
	job = react_job(release, &policy);
	r = jobs_add(releases->manager->jobs, &job);
	if (r < 0)
		release_report_failed(release, r);
}

/* What was refused would be refused again; a lock was waited for long enough. */
static bool could_do_nothing(const struct result *result)
{
	return result && result->outcome == OUTCOME_FAILED && result->steps.count == 0;
}

void releases_job_ended(struct releases *releases, const struct job *job)
{
	struct release *release = find(releases, job->wish.device);

	if (!release || !job->wish.by_policy || !could_do_nothing(job->result))
		return;
	react_failed(release, monotonic_us());
	arm(releases);
}

/*
 * Each job decides for itself whether it has run for this release. The first offer makes
 * them forget that; it is not for a release that some job was there for before.
 */
static void offer_to_jobs(struct releases *releases, struct release *release, bool last)
{
	if (release->was_handled && !last)
		return;
	if (jobs_release(releases->manager->jobs, release->address, release->kind, last))
		react_handled(release);
}

/* Returns whether it goes on. */
static bool looked(struct releases *releases, struct release *release,
		   struct json_object *entry, const char *why)
{
	const struct react_look look = {
		.answered = !why,
		.shown = entry,
		.kind = entry ? release_entry_kind(entry) : RELEASE_UNKNOWN,
	};
	uint64_t now_us = monotonic_us();
	unsigned int news = react_looked(release, &look, now_us);

	if ((news & REACT_OVER) ||
	    (!entry && (news & REACT_LASTS) &&
	     release_has_ended(releases->manager, release->address)))
		return false;
	if (news & REACT_TOLD)
		manager_bus_releasing(releases->manager, release->address, release->kind);
	if (news & (REACT_TOLD | REACT_UNTOLD))
		offer_to_jobs(releases, release, true);
	if (news & REACT_BEGUN)
		release_report_waits(release, entry, why, now_us);
	else if (news & REACT_LASTS)
		release_report_lasts(release, entry, why, now_us);
	return true;
}

/* One more; NULL: out of memory. */
static struct release *add(struct releases *releases, const char *address,
			   int64_t since_us)
{
	struct release release = { .begun_us = monotonic_us() };
	int64_t past_us = since_us > 0 ? realtime_us() - since_us : 0;

	(void)snprintf(release.address, sizeof(release.address), "%s", address);
	(void)device_ids(&releases->manager->root, address, &release.vendor,
			 &release.product);
	if (past_us > 0 && (uint64_t)past_us < release.begun_us)
		release.begun_us -= (uint64_t)past_us;
	if (ARRAY_PUSH(&releases->items, release) < 0)
		return NULL;
	release_moment_keep(releases->moments, address, release.begun_us);
	return &releases->items.items[releases->items.count - 1];
}

/* The signal first: it may be all that an owner needs. */
static void announce(struct releases *releases, struct release *release, bool handled)
{
	struct policy policy;

	manager_bus_releasing(releases->manager, release->address, release->kind);
	policy_of(releases, release, &policy);
	release->awaits_kind = release_awaits_kind(releases->manager, release->address);
	react_begin(release, &policy, handled, monotonic_us());
	offer_to_jobs(releases, release, false);
}

/* What was under way before we looked; who had a job for it has it still. */
static void add_found(struct releases *releases, struct json_object *entry)
{
	const char *address = release_entry_device(entry);
	struct release *release;
	int64_t since_us;

	if (!address || find(releases, address) || has_ended(releases, address))
		return;
	since_us = release_since(entry, releases->moments);
	release = add(releases, address, since_us);
	if (!release)
		return;
	release->found_us = monotonic_us();
	announce(
		releases, release,
		release_was_handled(releases->manager, address,
				    since_us > 0 ? since_us : release_not_before(entry)));
	(void)looked(releases, release, entry, NULL);
}

/* Those that were due, and those that the answer tells something new of. */
static void take_looks(struct releases *releases, struct json_object *answer,
		       const char *why)
{
	uint64_t asked_us = releases->asked_us;

	releases->asked_us = 0;
	for (size_t i = releases->items.count; i-- > 0;) {
		struct release *release = &releases->items.items[i];
		struct json_object *entry =
			has_ended(releases, release->address)
				? NULL
				: release_entry_find(answer, release->address);

		if (release->look_us > asked_us && (!entry || release->settled))
			continue;
		if (!looked(releases, release, entry, why))
			drop(releases, release);
	}
}

static void on_answer(void *context, int error, struct json_object *answer)
{
	struct releases *releases = context;
	_cleanup_free_ char *why = NULL;
	struct json_object *entries = NULL;
	bool was_find = releases->find_us <= releases->asked_us;
	size_t count;

	if (release_answer_read(error, answer, &entries, &why) < 0)
		entries = NULL;
	take_looks(releases, entries, entries ? NULL : why ? why : "out of memory");
	count = entries ? json_object_array_length(entries) : 0;
	for (size_t i = 0; i < count; i++)
		add_found(releases, json_object_array_get_idx(entries, i));
	if (was_find)
		releases->find_us =
			entries ? REACT_NEVER : monotonic_us() + FIND_AGAIN_US;
	if (was_find && entries)
		release_moments_sweep(releases->moments, releases);
	arm(releases);
	manager_check_idle(releases->manager);
}

/* One question is about all of them. */
static void ask(struct releases *releases)
{
	struct json_object *request = release_question();
	int r = request ? 0 : -ENOMEM;

	releases->asked_us = monotonic_us();
	releases->ended.count = 0;
	if (r == 0)
		r = observe_client_ask(releases->manager->observe, request, on_answer,
				       releases);
	if (r < 0)
		on_answer(releases, r, NULL);
}

static int on_timer(sd_event_source *source, uint64_t due_us, void *context)
{
	struct releases *releases = context;
	uint64_t now_us = monotonic_us();
	bool wanted = releases->find_us <= now_us;

	(void)source;
	(void)due_us;
	for (size_t i = 0; i < releases->items.count; i++) {
		struct release *release = &releases->items.items[i];

		wanted |= release->look_us <= now_us;
		if (react_is_due(release, now_us))
			act(releases, release);
	}
	if (wanted && releases->asked_us == 0)
		ask(releases);
	arm(releases);
	return 0;
}

void releases_begin(struct releases *releases, const char *address)
{
	struct release *release = find(releases, address);

	if (release && react_is_known(release, monotonic_us())) {
		release->found_us = 0;
		return;
	}
	if (release) /* its end was lost */
		drop(releases, release);
	release = add(releases, address, 0);
	if (!release)
		return;
	announce(releases, release, false);
	release_report_noticed(release);
	arm(releases);
}

void releases_end(struct releases *releases, const char *address, bool unplugged)
{
	struct release *release = find(releases, address);

	note_end(releases, address);
	if (unplugged || (release && release->reported))
		aftermath_look(releases->aftermath, address, unplugged);
	if (!release)
		return;
	drop(releases, release);
	arm(releases);
	manager_check_idle(releases->manager);
}

void releases_find(struct releases *releases)
{
	uint64_t now_us = monotonic_us();

	releases->find_us = now_us;
	for (size_t i = 0; i < releases->items.count; i++)
		releases->items.items[i].look_us = now_us;
	arm(releases);
}

int releases_new(struct manager *manager, struct releases **ret)
{
	struct releases *releases = calloc(1, sizeof(*releases));
	int r;

	if (!releases)
		return -ENOMEM;
	releases->manager = manager;
	releases->find_us = REACT_NEVER;
	releases->moments = release_moments_open(&manager->root);
	r = aftermath_new(manager, &releases->aftermath);
	if (r == 0)
		r = sd_event_add_time(manager->event, &releases->timer, CLOCK_MONOTONIC,
				      UINT64_MAX, ACCURACY_US, on_timer, releases);
	if (r >= 0)
		r = sd_event_source_set_enabled(releases->timer, SD_EVENT_OFF);
	if (r < 0) {
		releases_free(releases);
		return r;
	}
	*ret = releases;
	return 0;
}

void releases_free(struct releases *releases)
{
	if (!releases)
		return;
	if (releases->manager->observe)
		observe_client_forget(releases->manager->observe, releases);
	aftermath_free(releases->aftermath);
	(void)sd_event_source_disable_unref(releases->timer);
	cleanup_close(&releases->moments);
	free(releases->items.items);
	free(releases->ended.items);
	free(releases);
}
