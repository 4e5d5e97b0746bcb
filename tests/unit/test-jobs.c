/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The jobs of the daemon, with systemd, the bus and the observer played by this file. */
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "cmd/dmabufd/jobs-internal.h"
#include "cmd/dmabufd/jobs.h"
#include "cmd/dmabufd/manager-bus.h"
#include "cmd/dmabufd/observe-client.h"
#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/wire/json.h"
#include "tests/unit/job-stores.h"

#define SECOND INT64_C(1000000)

enum { LIMIT_MS = 20000 };

static struct fake {
	struct manager manager;
	char calls[2048]; /* "start ID " "stop ID " "new ID " "removed ID STATE " */
	bool releasing; /* the device */
	char ended[JOB_ID_TEXT]; /* the last that the releases were told of */
	int refuse; /* how many starts systemd refuses */
	int active; /* what it says of a unit */
	void (*done)(void *context, int result); /* of the last call; it answers later */
	void *context;
	int result;
	const char *answer; /* of the observer */
	unsigned int questions;
	observe_done *observed;
	void *observer_context;
} fake;

static void note(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void note(const char *format, ...)
{
	size_t length = strlen(fake.calls);
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(fake.calls + length, sizeof(fake.calls) - length, format,
			arguments);
	va_end(arguments);
}

static int answer_later(void (*done)(void *context, int result), void *context,
			int result)
{
	assert_null(fake.done);
	fake.done = done;
	fake.context = context;
	fake.result = result;
	return 0;
}

int manager_bus_start_unit(struct manager *manager, const char *job_id,
			   void (*done)(void *context, int error), void *context)
{
	(void)manager;
	note("start %s ", job_id);
	if (fake.refuse > 0) {
		fake.refuse--;
		done(context, -EACCES);
		return 0;
	}
	done(context, 0);
	return 0;
}

int manager_bus_stop_unit(struct manager *manager, const char *job_id,
			  void (*done)(void *context, int error), void *context)
{
	(void)manager;
	note("stop %s ", job_id);
	done(context, 0);
	return 0;
}

int manager_bus_unit_is_active(struct manager *manager, const char *job_id,
			       void (*done)(void *context, int active), void *context)
{
	(void)manager;
	(void)job_id;
	return answer_later(done, context, fake.active);
}

void manager_bus_job_new(struct manager *manager, const struct job *job)
{
	(void)manager;
	note("new %s ", job->id);
}

void manager_bus_job_changed(struct manager *manager, const struct job *job)
{
	(void)manager;
	(void)job;
}

void manager_bus_job_removed(struct manager *manager, const struct job *job)
{
	(void)manager;
	note("removed %s %s ", job->id, job_state_name(job->state));
}

void manager_bus_revoked(struct manager *manager, const char *address, uint64_t inode)
{
	(void)manager;
	note("revoked %s %d ", address, (int)inode);
}

bool releases_is_under_way(const struct releases *releases, const char *address)
{
	(void)releases;
	return fake.releasing && strcmp(address, DEVICE) == 0;
}

void releases_job_ended(struct releases *releases, const struct job *job)
{
	(void)releases;
	memcpy(fake.ended, job->id, sizeof(fake.ended));
}

void manager_check_idle(struct manager *manager)
{
	(void)manager;
}

int observe_client_ask(struct observe_client *client, struct json_object *request,
		       observe_done *done, void *context)
{
	(void)client;
	(void)json_object_put(request);
	fake.questions++;
	fake.observed = done;
	fake.observer_context = context;
	return 0;
}

void observe_client_forget(struct observe_client *client, void *context)
{
	(void)client;
	if (fake.observer_context == context)
		fake.observed = NULL;
}

/* Whoever was asked answers: never from within the question. */
static void let_them_answer(void)
{
	if (fake.done) {
		void (*done)(void *context, int result) = fake.done;

		fake.done = NULL;
		done(fake.context, fake.result);
	}
	if (fake.observed) {
		_cleanup_(wire_put) struct json_object *answer = NULL;
		observe_done *observed = fake.observed;

		fake.observed = NULL;
		assert_int_equal(
			wire_parse_text(fake.answer, strlen(fake.answer), &answer), 0);
		observed(fake.observer_context, 0, answer);
	}
}

static void turn(void)
{
	assert_true(sd_event_run(fake.manager.event, 20000) >= 0);
	let_them_answer();
}

static void turn_for(uint64_t ms)
{
	uint64_t end_ms = monotonic_ms() + ms;

	while (monotonic_ms() < end_ms)
		turn();
}

/* Until that was called, so often. */
static void turn_until(const char *call, unsigned int count)
{
	uint64_t deadline_ms = monotonic_ms() + LIMIT_MS;

	for (;;) {
		const char *place = fake.calls;
		unsigned int found = 0;

		while ((place = strstr(place, call))) {
			found++;
			place += strlen(call);
		}
		if (found >= count) {
			assert_int_equal(found, count);
			return;
		}
		if (monotonic_ms() > deadline_ms)
			fail_msg("no '%s' in '%s'", call, fake.calls);
		turn();
	}
}

/* Until the observer has been asked so often from now on, and has answered. */
static void turn_until_asked(unsigned int count)
{
	uint64_t deadline_ms = monotonic_ms() + LIMIT_MS;

	fake.questions = 0;
	while (fake.questions < count || fake.observed) {
		assert_true(monotonic_ms() < deadline_ms);
		turn();
	}
}

static void turn_until_state(const char *id, enum job_state state)
{
	uint64_t deadline_ms = monotonic_ms() + LIMIT_MS;

	while (jobs_find(fake.manager.jobs, id)->state != state) {
		assert_true(monotonic_ms() < deadline_ms);
		turn();
	}
}

static unsigned int count_of(const char *call)
{
	unsigned int found = 0;

	for (const char *place = fake.calls; (place = strstr(place, call)); place++)
		found++;
	return found;
}

static void restart(void)
{
	jobs_free(fake.manager.jobs);
	fake.done = NULL;
	fake.observed = NULL;
	assert_int_equal(jobs_new(&fake.manager, &fake.manager.jobs), 0);
	fake.calls[0] = '\0';
	assert_int_equal(jobs_load(fake.manager.jobs), 0);
}

static int begin_jobs(void **state)
{
	struct fixture *fixture;

	assert_int_equal(begin(state), 0);
	fixture = *state;
	fake = (struct fake){ .answer = "{}" };
	fake.manager.root = fixture->tree.root;
	fake.manager.store = fixture->store;
	assert_true(sd_event_new(&fake.manager.event) >= 0);
	restart();
	return 0;
}

static int end_jobs(void **state)
{
	jobs_free(fake.manager.jobs);
	(void)sd_event_unref(fake.manager.event);
	return end(state);
}

static struct job waiting(enum job_trigger trigger)
{
	struct job job = revoke_job();

	job.state = JOB_ARMED;
	job.trigger = trigger;
	return job;
}

static struct job added(struct job job)
{
	assert_int_equal(jobs_add(fake.manager.jobs, &job), 0);
	return job;
}

static bool was_called(const char *what, const char *id)
{
	char call[64];

	(void)snprintf(call, sizeof(call), "%s %s ", what, id);
	return strstr(fake.calls, call);
}

static struct job *request_of(const char *id)
{
	struct job *job;

	assert_int_equal(request_read(&fake.manager.store, id, &job), 0);
	return job;
}

/* What the executor does: a record of a request that is due. */
static void adopt(const char *id)
{
	struct job *job = request_of(id);

	assert_true(job_is_due(job));
	assert_int_equal(job_store_create(&fake.manager.store, job), 0);
	job->state = JOB_STARTED;
	assert_int_equal(job_store_write(&fake.manager.store, job), 0);
	job_free(job);
}

static void finish(const char *id, enum job_state end)
{
	struct job *job;

	assert_int_equal(job_store_read(&fake.manager.store, id, &job), 0);
	job->state = end;
	assert_int_equal(job_store_write(&fake.manager.store, job), 0);
	job_free(job);
}

static void one_for_now_begins_and_ends(void **state)
{
	struct job job = added(waiting(JOB_NOW));

	assert_true(was_called("start", job.id));
	assert_int_equal(jobs_count(fake.manager.jobs), 1);
	adopt(job.id);
	turn_until_state(job.id, JOB_STARTED);
	assert_false(exists(*state, REQUESTS, job.id));
	finish(job.id, JOB_DONE);
	turn_until("removed", 1);
	assert_int_equal(jobs_count(fake.manager.jobs), 0);
	/* whoever followed it can still read it */
	assert_int_equal(jobs_find(fake.manager.jobs, job.id)->state, JOB_DONE);
	assert_string_equal(fake.ended, job.id);
	assert_int_equal(jobs_cancel(fake.manager.jobs, job.id), -EALREADY);
	assert_int_equal(count_of("start"), 1);
}

static void an_unplug_starts_what_waits_for_it(void **state)
{
	struct job unplug = added(waiting(JOB_ON_UNPLUG));
	struct job reassign = added(waiting(JOB_ON_REASSIGN));
	struct jobs *jobs = fake.manager.jobs;
	struct job *request;

	(void)state;
	assert_false(jobs_release(jobs, "0000:04:00.0", RELEASE_UNPLUG, true));
	assert_false(jobs_release(jobs, DEVICE, RELEASE_UNKNOWN, false));
	assert_int_equal(count_of("start"), 0);
	assert_true(jobs_release(jobs, DEVICE, RELEASE_UNPLUG, true));
	assert_true(was_called("start", unplug.id));
	assert_false(was_called("start", reassign.id));
	request = request_of(unplug.id);
	assert_true(request->schedule.fired);
	assert_true(request->schedule.due_us > 0);
	job_free(request);
	assert_true(jobs_release(jobs, DEVICE, RELEASE_UNPLUG, true));
	assert_int_equal(count_of("start"), 1);
}

static void what_cannot_be_told_apart_starts_both(void **state)
{
	struct job unplug = added(waiting(JOB_ON_UNPLUG));
	struct job reassign = added(waiting(JOB_ON_REASSIGN));

	(void)state;
	assert_true(jobs_release(fake.manager.jobs, DEVICE, RELEASE_UNKNOWN, true));
	assert_true(was_called("start", unplug.id));
	assert_true(was_called("start", reassign.id));
}

static void one_that_runs_always_runs_once_a_release(void **state)
{
	struct jobs *jobs = fake.manager.jobs;
	struct job job = waiting(JOB_ON_RELEASE);
	const struct job *run;
	char id[JOB_ID_TEXT];

	(void)state;
	job.schedule.always = true;
	job = added(job);
	assert_true(jobs_release(jobs, DEVICE, RELEASE_UNKNOWN, false));
	assert_true(jobs_release(jobs, DEVICE, RELEASE_UNPLUG, true));
	assert_int_equal(count_of("start"), 1);
	run = jobs_get(jobs, 1);
	assert_string_equal(run->schedule.parent, job.id);
	assert_false(run->schedule.always);
	assert_false(job_is_due(jobs_find(jobs, job.id)));
	strcpy(id, run->id);
	adopt(id);
	finish(id, JOB_DONE);
	turn_until("removed", 1);
	assert_true(jobs_release(jobs, DEVICE, RELEASE_UNKNOWN, false));
	assert_int_equal(count_of("start"), 2);
}

static void one_run_at_a_time_is_enough(void **state)
{
	struct jobs *jobs = fake.manager.jobs;
	struct job job = waiting(JOB_ON_RELEASE);
	char id[JOB_ID_TEXT];

	(void)state;
	job.schedule.always = true;
	(void)added(job);
	fake.refuse = INT_MAX;
	assert_true(jobs_release(jobs, DEVICE, RELEASE_UNPLUG, false));
	assert_true(jobs_release(jobs, DEVICE, RELEASE_UNPLUG, false));
	assert_int_equal(jobs_count(jobs), 2);
	strcpy(id, jobs_get(jobs, 1)->id);
	assert_false(jobs_act_on(jobs, DEVICE));
	adopt(id);
	turn_until_state(id, JOB_STARTED);
	assert_true(jobs_act_on(jobs, DEVICE));
	assert_false(jobs_act_on(jobs, "0000:04:00.0"));
	assert_true(jobs_release(jobs, DEVICE, RELEASE_UNPLUG, false));
	assert_int_equal(jobs_count(jobs), 2);
	finish(id, JOB_DONE);
	turn_until("removed", 1);
	assert_true(jobs_release(jobs, DEVICE, RELEASE_UNPLUG, false));
	assert_int_equal(jobs_count(jobs), 2);
}

static void many_jobs_do_not_keep_the_policy_from_acting(void **state)
{
	struct job job = waiting(JOB_ON_RELEASE);
	struct jobs *jobs = fake.manager.jobs;
	struct entry *entry;

	(void)state;
	for (int i = 0; i < 1024; i++)
		assert_int_equal(entry_new(jobs, job_copy(&job), PHASE_WAITS, &entry), 0);
	assert_int_equal(jobs_add(jobs, &job), -E2BIG);
	job.wish.by_policy = true;
	job.schedule.fired = true;
	(void)added(job);
}

/* dmabufd was killed while the device waits: its run has ended, the release has not. */
static void a_restart_during_a_release_runs_nothing_again(void **state)
{
	struct fixture *fixture = *state;
	struct job job = waiting(JOB_ON_RELEASE);
	char id[JOB_ID_TEXT];

	tree_directory(&fixture->tree, "sys/bus/pci/devices/" DEVICE);
	job.schedule.always = true;
	job = added(job);
	assert_true(jobs_release(fake.manager.jobs, DEVICE, RELEASE_UNKNOWN, false));
	strcpy(id, jobs_get(fake.manager.jobs, 1)->id);
	adopt(id);
	finish(id, JOB_DONE);
	restart();
	assert_true(jobs_release(fake.manager.jobs, DEVICE, RELEASE_UNPLUG, true));
	assert_int_equal(count_of("start"), 0);
	assert_true(jobs_release(fake.manager.jobs, DEVICE, RELEASE_UNKNOWN, false));
	assert_int_equal(count_of("start"), 1);
}

static void what_had_begun_begins_after_a_restart(void **state)
{
	struct job job = added(waiting(JOB_ON_UNPLUG)), now = added(waiting(JOB_NOW));

	(void)state;
	assert_true(jobs_release(fake.manager.jobs, DEVICE, RELEASE_UNPLUG, true));
	restart();
	assert_true(was_called("start", job.id));
	assert_true(was_called("start", now.id));
	assert_true(jobs_release(fake.manager.jobs, DEVICE, RELEASE_UNPLUG, true));
	assert_int_equal(count_of("start"), 2);
}

static struct job at(int64_t due_us, bool always)
{
	struct job job = waiting(JOB_AT);

	strcpy(job.schedule.calendar, "*-*-* 03:00:00 UTC");
	job.schedule.due_us = due_us;
	job.schedule.always = always;
	return job;
}

static void a_time_comes(void **state)
{
	struct job job = added(at(realtime_us() + SECOND / 2, false));

	(void)state;
	assert_int_equal(count_of("start"), 0);
	turn_until("start", 1);
	assert_true(was_called("start", job.id));
	assert_true(realtime_us() >= job.schedule.due_us);
}

static void left(struct job job, char id[JOB_ID_TEXT])
{
	assert_int_equal(request_create(&fake.manager.store, &job), 0);
	strcpy(id, job.id);
}

static void a_time_that_passed_is_late_or_missed(void **state)
{
	char late[JOB_ID_TEXT], missed[JOB_ID_TEXT], ahead[JOB_ID_TEXT];
	struct job *request;

	(void)state;
	left(at(realtime_us() - SECOND / 100, false), late);
	left(at(realtime_boot_us() - SECOND, false), missed);
	left(at(realtime_us() + 3600 * SECOND, false), ahead);
	restart();
	request = request_of(late);
	assert_true(request->schedule.fired);
	assert_int_equal(request->schedule.end, JOB_ARMED);
	job_free(request);
	request = request_of(missed);
	assert_int_equal(request->schedule.end, JOB_MISSED);
	job_free(request);
	/* its unit puts it on record */
	assert_true(was_called("start", missed));
	assert_true(was_called("start", late));
	assert_false(was_called("start", ahead));
}

static void what_was_due_before_the_boot_is_missed(void **state)
{
	char id[JOB_ID_TEXT];
	struct job job = waiting(JOB_ON_UNPLUG), *request;

	(void)state;
	job.schedule.fired = true;
	job.schedule.due_us = realtime_boot_us() - SECOND;
	left(job, id);
	restart();
	request = request_of(id);
	assert_int_equal(request->schedule.end, JOB_MISSED);
	job_free(request);
	assert_true(was_called("start", id));
}

static void a_missed_run_is_told_and_the_next_one_waited_for(void **state)
{
	char id[JOB_ID_TEXT];
	struct job *request;
	uint64_t deadline_ms = monotonic_ms() + LIMIT_MS;

	(void)state;
	if (access("/usr/bin/systemd-analyze", X_OK) < 0)
		skip();
	left(at(realtime_boot_us() - 3600 * SECOND, true), id);
	restart();
	assert_int_equal(count_of("start"), 1);
	assert_false(was_called("start", id));
	request = request_of(jobs_get(fake.manager.jobs, 1)->id);
	assert_string_equal(request->schedule.parent, id);
	assert_int_equal(request->schedule.end, JOB_MISSED);
	job_free(request);
	while (jobs_find(fake.manager.jobs, id)->schedule.due_us < realtime_us()) {
		assert_true(monotonic_ms() < deadline_ms);
		turn();
	}
	request = request_of(id);
	assert_true(request->schedule.due_us > realtime_us());
	assert_int_equal(request->schedule.due_us % (24 * 3600 * SECOND),
			 3 * 3600 * SECOND);
	job_free(request);
	assert_int_equal(count_of("start"), 1);
}

/* Killed between making the run and writing the next time. */
static void the_same_time_gives_the_same_run(void **state)
{
	char id[JOB_ID_TEXT], run[JOB_ID_TEXT];

	(void)state;
	left(at(realtime_us() - SECOND / 100, true), id);
	restart();
	strcpy(run, jobs_get(fake.manager.jobs, 1)->id);
	assert_true(was_called("start", run));
	adopt(run);
	finish(run, JOB_DONE);
	restart();
	assert_int_equal(count_of("start"), 0);
	assert_int_equal(jobs_count(fake.manager.jobs), 1);
}

static void a_calendar_that_means_nothing_ends_its_job(void **state)
{
	struct job job = at(0, true), *request;

	(void)state;
	if (access("/usr/bin/systemd-analyze", X_OK) < 0)
		skip();
	strcpy(job.schedule.calendar, "nonsense");
	job = added(job);
	turn_until("start", 1);
	request = request_of(job.id);
	assert_int_equal(request->schedule.end, JOB_CANCELLED);
	job_free(request);
}

static struct entry *entry_of(struct job job)
{
	struct entry *entry = entry_find(fake.manager.jobs, job.id);

	assert_non_null(entry);
	return entry;
}

/* The clock was set, and the answer is long in coming. */
static void a_time_comes_while_it_is_asked_for_again(void **state)
{
	struct entry *slow = entry_of(added(at(realtime_us() + 3600 * SECOND, false)));
	struct job job = added(at(realtime_us() + SECOND / 2, false));

	(void)state;
	fake.manager.jobs->asked = slow;
	at_ask(entry_of(job), realtime_us());
	turn_until("start", 1);
	assert_true(was_called("start", job.id));
}

static void a_time_that_passed_unnoticed_comes_late(void **state)
{
	struct job job = added(at(realtime_us() + 3600 * SECOND, false));
	struct entry *entry = entry_of(job);

	(void)state;
	entry->job->schedule.due_us = realtime_us() - SECOND / 100;
	at_retry(entry);
	assert_true(was_called("start", job.id));
}

/* Its timer was set by a clock that was behind when the host came up. */
static void a_time_before_the_boot_is_missed_when_the_clock_says_so(void **state)
{
	struct job job = added(at(realtime_us() + 3600 * SECOND, false)), *request;
	struct entry *entry = entry_of(job);

	(void)state;
	entry->job->schedule.due_us = realtime_boot_us() - SECOND;
	assert_true(sd_event_source_set_time(entry->due, 1) >= 0);
	turn_until("start", 1);
	request = request_of(job.id);
	assert_int_equal(request->schedule.end, JOB_MISSED);
	job_free(request);
}

static void times_are_asked_for_one_after_the_other(void **state)
{
	enum { JOBS_ASKED = 3 };
	struct jobs *jobs = fake.manager.jobs;
	struct entry *entries[JOBS_ASKED];
	uint64_t deadline_ms = monotonic_ms() + LIMIT_MS;

	(void)state;
	if (access("/usr/bin/systemd-analyze", X_OK) < 0)
		skip();
	for (size_t i = 0; i < JOBS_ASKED; i++)
		entries[i] = entry_of(added(at(0, false)));
	turn();
	assert_ptr_equal(jobs->asked, entries[0]);
	assert_true(entries[1]->asks && entries[2]->asks);
	while (entries[JOBS_ASKED - 1]->job->schedule.due_us == 0) {
		assert_true(monotonic_ms() < deadline_ms);
		turn();
	}
	assert_true(entries[0]->due && entries[1]->due && entries[2]->due);
}

static void what_is_broken_does_not_keep_the_others(void **state)
{
	struct fixture *fixture = *state;
	char id[JOB_ID_TEXT];

	tree_file(&fixture->tree, REQUESTS "future.json", "{\"version\":2}");
	tree_file(&fixture->tree, REQUESTS "half.json", "{");
	left(waiting(JOB_ON_UNPLUG), id);
	restart();
	assert_int_equal(jobs_count(fake.manager.jobs), 1);
	assert_true(jobs_release(fake.manager.jobs, DEVICE, RELEASE_UNPLUG, true));
	assert_int_equal(
		faccessat(fixture->tree.root.fd, REQUESTS ".half.json.broken", F_OK, 0),
		0);
}

static void a_start_that_fails_is_tried_again(void **state)
{
	struct job job;

	(void)state;
	fake.refuse = 2;
	job = added(waiting(JOB_NOW));
	assert_int_equal(count_of("start"), 1);
	turn_until("start", 3);
	adopt(job.id);
	turn_until_state(job.id, JOB_STARTED);
}

/* Systemd refuses it again and again; the first times have been waited for. */
static enum job_state end_when_refused(bool releasing)
{
	struct job job = added(waiting(JOB_ON_RELEASE));
	struct entry *entry = entry_of(job);

	fake.releasing = releasing;
	fake.refuse = INT_MAX;
	assert_true(jobs_release(fake.manager.jobs, DEVICE, RELEASE_UNPLUG, true));
	entry->failures = 100;
	entry_start(entry);
	return entry->job->schedule.end;
}

static void one_for_a_release_is_not_given_up_while_it_lasts(void **state)
{
	(void)state;
	assert_int_equal(end_when_refused(true), JOB_ARMED);
	assert_int_equal(end_when_refused(false), JOB_MISSED);
	assert_false(rule_gives_up(5, false));
}

static void one_that_waits_is_cancelled(void **state)
{
	struct job job = added(waiting(JOB_ON_IDLE)), *request;

	(void)state;
	assert_int_equal(jobs_cancel(fake.manager.jobs, "none"), -ENOENT);
	assert_int_equal(jobs_cancel(fake.manager.jobs, job.id), 0);
	request = request_of(job.id);
	assert_int_equal(request->schedule.end, JOB_CANCELLED);
	job_free(request);
	assert_true(was_called("start", job.id));
	adopt(job.id);
	finish(job.id, JOB_CANCELLED);
	turn_until("removed", 1);
	assert_non_null(strstr(fake.calls, "cancelled"));
}

static void one_that_runs_is_stopped(void **state)
{
	struct job job = added(waiting(JOB_NOW));

	(void)state;
	adopt(job.id);
	turn_until_state(job.id, JOB_STARTED);
	assert_int_equal(jobs_cancel(fake.manager.jobs, job.id), 0);
	assert_true(was_called("stop", job.id));
}

/* Its unit was stopped before it had read the request. */
static void one_that_is_about_to_run_is_cancelled(void **state)
{
	struct job job = added(waiting(JOB_NOW)), *request;

	(void)state;
	assert_int_equal(jobs_cancel(fake.manager.jobs, job.id), 0);
	request = request_of(job.id);
	assert_int_equal(request->schedule.end, JOB_CANCELLED);
	job_free(request);
	assert_int_equal(jobs_cancel(fake.manager.jobs, job.id), 0);
	assert_int_equal(count_of("stop"), 1);
	turn_until("start", 2);
	restart();
	turn_until("start", 1);
	request = request_of(job.id);
	assert_int_equal(request->schedule.end, JOB_CANCELLED);
	job_free(request);
}

static void what_root_leaves_is_seen(void **state)
{
	char id[JOB_ID_TEXT];
	struct job *request;

	(void)state;
	left(waiting(JOB_ON_UNPLUG), id);
	turn_until("new", 1);
	assert_int_equal(jobs_count(fake.manager.jobs), 1);
	request = request_of(id);
	request->schedule.end = JOB_CANCELLED;
	assert_int_equal(request_write(&fake.manager.store, request), 0);
	job_free(request);
	turn_until("start", 1);
	assert_int_equal(request_remove(&fake.manager.store, id), 0);
	turn_until("removed", 1);
	assert_int_equal(jobs_count(fake.manager.jobs), 0);
}

static void root_cancels(const char *id)
{
	struct job *request = request_of(id);

	request->schedule.end = JOB_CANCELLED;
	assert_int_equal(request_write(&fake.manager.store, request), 0);
	job_free(request);
}

static enum job_state end_of(const char *id)
{
	struct job *request = request_of(id);
	enum job_state end = request->schedule.end;

	job_free(request);
	return end;
}

/* Before the daemon has seen it. */
static void what_root_cancels_stays_cancelled(void **state)
{
	struct job job = added(at(realtime_us() + 3600 * SECOND, false));

	(void)state;
	root_cancels(job.id);
	assert_int_equal(entry_write(entry_of(job)), 0);
	assert_int_equal(end_of(job.id), JOB_CANCELLED);
	turn_until("start", 1);
	assert_int_equal(end_of(job.id), JOB_CANCELLED);
}

static void what_root_cancels_is_not_begun(void **state)
{
	struct job once = added(waiting(JOB_ON_RELEASE)),
		   always = waiting(JOB_ON_RELEASE);

	(void)state;
	always.schedule.always = true;
	always = added(always);
	root_cancels(once.id);
	root_cancels(always.id);
	/* and the policy does not stand back for them */
	assert_false(jobs_release(fake.manager.jobs, DEVICE, RELEASE_UNPLUG, true));
	assert_int_equal(end_of(once.id), JOB_CANCELLED);
	assert_int_equal(end_of(always.id), JOB_CANCELLED);
	assert_int_equal(jobs_count(fake.manager.jobs), 2);
}

static void a_record_that_nobody_runs_is_ended_by_its_unit(void **state)
{
	struct job job = revoke_job();

	(void)state;
	assert_int_equal(job_store_create(&fake.manager.store, &job), 0);
	job.state = JOB_STARTED;
	assert_int_equal(job_store_write(&fake.manager.store, &job), 0);
	restart();
	assert_int_equal(jobs_count(fake.manager.jobs), 1);
	turn_until("start", 1);
	finish(job.id, JOB_INTERRUPTED);
	turn_until("removed", 1);
}

/* Its tool died before it had its unit started. */
static void a_record_that_never_began_is_cancelled(void **state)
{
	struct job job = revoke_job();

	(void)state;
	assert_int_equal(job_store_create(&fake.manager.store, &job), 0);
	restart();
	entry_of(job)->lost = true;
	assert_int_equal(jobs_count(fake.manager.jobs), 0);
	assert_int_equal(jobs_cancel(fake.manager.jobs, job.id), 0);
	assert_int_equal(jobs_count(fake.manager.jobs), 1);
	assert_int_equal(end_of(job.id), JOB_CANCELLED);
	turn_until("start", 1);
	assert_int_equal(end_of(job.id), JOB_CANCELLED);
	finish(job.id, JOB_CANCELLED);
	turn_until("removed", 1);
}

/* Out of file descriptors, for a moment. */
static void what_cannot_be_read_now_is_read_later(void **state)
{
	struct job job = added(waiting(JOB_NOW));
	struct job_store *store = &fake.manager.store;
	int state_fd = store->state_fd, enabled = SD_EVENT_OFF;

	(void)state;
	adopt(job.id);
	turn_until_state(job.id, JOB_STARTED);
	store->state_fd = -EBADF;
	entry_look_after(entry_of(job));
	store->state_fd = state_fd;
	assert_int_equal(jobs_count(fake.manager.jobs), 1);
	(void)sd_event_source_get_enabled(entry_of(job)->timer, &enabled);
	assert_int_equal(enabled, SD_EVENT_ONESHOT);
	finish(job.id, JOB_DONE);
	entry_look_after(entry_of(job));
	assert_int_equal(jobs_count(fake.manager.jobs), 0);
}

static void a_record_that_makes_no_sense_is_lost(void **state)
{
	struct fixture *fixture = *state;
	struct job job = added(waiting(JOB_NOW));
	char path[128];

	adopt(job.id);
	turn_until_state(job.id, JOB_STARTED);
	(void)snprintf(path, sizeof(path), JOBS "%s.json", job.id);
	assert_int_equal(unlinkat(fixture->tree.root.fd, path, 0), 0);
	tree_file(&fixture->tree, path, "{");
	entry_look_after(entry_of(job));
	assert_int_equal(jobs_count(fake.manager.jobs), 0);
}

static pid_t a_process(void)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		(void)pause();
		_exit(0);
	}
	return pid;
}

static void owned_by(char *answer, size_t size, pid_t pid)
{
	(void)snprintf(answer, size,
		       "{\"devices\":[{\"address\":\"" DEVICE
		       "\",\"owners\":[{\"pid\":%d}]}]}",
		       (int)pid);
}

static void the_end_of_the_owner_is_noticed(void **state)
{
	pid_t pid = a_process();
	char answer[256];

	(void)state;
	owned_by(answer, sizeof(answer), pid);
	(void)added(waiting(JOB_ON_EXIT));
	fake.answer = "{\"devices\":[]}";
	turn_until_asked(1);
	fake.answer = answer;
	turn_until_asked(2);
	assert_int_equal(count_of("start"), 0);
	/* it is known for sure: from now on nobody is asked */
	fake.questions = 0;
	turn_for(1500);
	assert_int_equal(fake.questions, 0);
	(void)kill(pid, SIGKILL);
	turn_until("start", 1);
	(void)waitpid(pid, NULL, 0);
}

/* Whose process nobody can name. */
static void an_unknown_owner_is_waited_for_too(void **state)
{
	pid_t pid = a_process();
	char answer[256];

	(void)state;
	(void)snprintf(answer, sizeof(answer),
		       "{\"devices\":[{\"address\":\"" DEVICE
		       "\",\"owners\":[{\"pid\":null},{\"pid\":%d}]}]}",
		       (int)pid);
	(void)added(waiting(JOB_ON_EXIT));
	fake.answer = answer;
	turn_until_asked(2);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	fake.answer = "{\"devices\":[{\"address\":\"" DEVICE
		      "\",\"owners\":[{\"pid\":null}]}]}";
	turn_until_asked(2);
	assert_int_equal(count_of("start"), 0);
	fake.answer = "{\"devices\":[{\"address\":\"" DEVICE
		      "\",\"state\":\"idle\",\"owners\":[]}]}";
	turn_until("start", 1);
}

#define NOBODY(state)                                                                    \
	"{\"devices\":[{\"address\":\"" DEVICE "\",\"state\":" state ",\"owners\":[]}]}"

/* A job that knows its owner, who ends while the daemon is away. */
static struct job lonely(bool always)
{
	struct job job = waiting(JOB_ON_EXIT);
	pid_t pid = a_process();
	char answer[256];

	owned_by(answer, sizeof(answer), pid);
	fake.answer = answer;
	job.schedule.always = always;
	job = added(job);
	turn_until_asked(2);
	fake.answer = NOBODY("null");
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	restart();
	return job;
}

static void an_owner_ends_while_nobody_watches(void **state)
{
	struct job job = lonely(false);

	(void)state;
	/* that none was seen is no answer where none could be */
	turn_until_asked(2);
	assert_int_equal(count_of("start"), 0);
	fake.answer = NOBODY("\"idle\"");
	turn_until("start", 1);
	assert_true(was_called("start", job.id));
}

/* Its driver left then, too. */
static void an_owner_and_the_driver_go_while_nobody_watches(void **state)
{
	struct job job = lonely(false);

	(void)state;
	fake.answer = NOBODY("\"releasing\"");
	turn_until_asked(1);
	assert_int_equal(count_of("start"), 0);
	fake.answer = NOBODY("\"unbound\"");
	turn_until("start", 1);
	assert_true(was_called("start", job.id));
}

static void an_owner_of_another_boot_is_forgotten(void **state)
{
	char id[JOB_ID_TEXT];
	struct job job = waiting(JOB_ON_EXIT);

	(void)state;
	job.schedule.busy_us = realtime_boot_us() - SECOND;
	left(job, id);
	fake.answer = NOBODY("\"idle\"");
	restart();
	turn_until_asked(2);
	assert_int_equal(count_of("start"), 0);
}

/* Killed between making the run and forgetting what it is for. */
static void the_same_use_gives_the_same_run(void **state)
{
	struct job job = lonely(true), *request = request_of(job.id);
	char run[JOB_ID_TEXT];

	(void)state;
	assert_true(request->schedule.busy_us > 0);
	fake.answer = NOBODY("\"idle\"");
	turn_until("start", 1);
	strcpy(run, jobs_get(fake.manager.jobs, 1)->id);
	adopt(run);
	finish(run, JOB_DONE);
	assert_int_equal(request_write(&fake.manager.store, request), 0);
	restart();
	turn_until_asked(2);
	assert_int_equal(count_of("start"), 0);
	job_free(request);
	request = request_of(job.id);
	assert_int_equal(request->schedule.busy_us, 0);
	job_free(request);
}

#define LIST(attachments, bpf)                                                           \
	"{\"buffers\":[{\"device\":\"" DEVICE "\",\"attachments\":[" attachments "]},"   \
	"{\"device\":\"0000:04:00.0\",\"attachments\":[{}]}],"                           \
	"\"sources\":{\"bpf\":\"" bpf "\"}}"

static void the_last_attachment_goes(void **state)
{
	struct fixture *fixture = *state;

	(void)added(waiting(JOB_ON_IDLE));
	fake.answer = LIST("", "ok");
	turn_until_asked(1); /* of a device that is not there */
	tree_directory(&fixture->tree, "sys/bus/pci/devices/" DEVICE);
	fake.answer = LIST("", "blocked: x");
	turn_until_asked(1);
	fake.answer = LIST("{}", "ok");
	turn_until_asked(1);
	assert_int_equal(count_of("start"), 0);
	fake.answer = LIST("", "ok");
	turn_until("start", 1);
}

static void one_that_runs_always_sees_it_busy_first(void **state)
{
	struct fixture *fixture = *state;
	struct job job = waiting(JOB_ON_IDLE);

	tree_directory(&fixture->tree, "sys/bus/pci/devices/" DEVICE);
	job.schedule.always = true;
	(void)added(job);
	fake.answer = LIST("", "ok");
	turn_until_asked(2);
	assert_int_equal(count_of("start"), 0);
	fake.answer = LIST("{}", "ok");
	turn_until_asked(1);
	fake.answer = LIST("", "ok");
	turn_until("start", 1);
	turn_until_asked(1);
	assert_int_equal(count_of("start"), 1);
}

static void nothing_wakes_it_without_need(void **state)
{
	(void)state;
	(void)added(waiting(JOB_ON_UNPLUG));
	(void)added(at(realtime_us() + 3600 * SECOND, false));
	turn_for(200);
	assert_int_equal(sd_event_run(fake.manager.event, 1500000), 0);
	assert_int_equal(fake.questions, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_jobs, end_jobs)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_for_now_begins_and_ends),
		TEST(an_unplug_starts_what_waits_for_it),
		TEST(what_cannot_be_told_apart_starts_both),
		TEST(one_that_runs_always_runs_once_a_release),
		TEST(one_run_at_a_time_is_enough),
		TEST(many_jobs_do_not_keep_the_policy_from_acting),
		TEST(a_restart_during_a_release_runs_nothing_again),
		TEST(what_had_begun_begins_after_a_restart),
		TEST(a_time_comes),
		TEST(a_time_that_passed_is_late_or_missed),
		TEST(what_was_due_before_the_boot_is_missed),
		TEST(a_missed_run_is_told_and_the_next_one_waited_for),
		TEST(the_same_time_gives_the_same_run),
		TEST(a_calendar_that_means_nothing_ends_its_job),
		TEST(a_time_comes_while_it_is_asked_for_again),
		TEST(a_time_that_passed_unnoticed_comes_late),
		TEST(a_time_before_the_boot_is_missed_when_the_clock_says_so),
		TEST(times_are_asked_for_one_after_the_other),
		TEST(what_is_broken_does_not_keep_the_others),
		TEST(a_start_that_fails_is_tried_again),
		TEST(one_for_a_release_is_not_given_up_while_it_lasts),
		TEST(one_that_waits_is_cancelled),
		TEST(one_that_runs_is_stopped),
		TEST(one_that_is_about_to_run_is_cancelled),
		TEST(what_root_leaves_is_seen),
		TEST(what_root_cancels_stays_cancelled),
		TEST(what_root_cancels_is_not_begun),
		TEST(a_record_that_nobody_runs_is_ended_by_its_unit),
		TEST(a_record_that_never_began_is_cancelled),
		TEST(what_cannot_be_read_now_is_read_later),
		TEST(a_record_that_makes_no_sense_is_lost),
		TEST(the_end_of_the_owner_is_noticed),
		TEST(an_unknown_owner_is_waited_for_too),
		TEST(an_owner_ends_while_nobody_watches),
		TEST(an_owner_and_the_driver_go_while_nobody_watches),
		TEST(an_owner_of_another_boot_is_forgotten),
		TEST(the_same_use_gives_the_same_run),
		TEST(the_last_attachment_goes),
		TEST(one_that_runs_always_sees_it_busy_first),
		TEST(nothing_wakes_it_without_need),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
