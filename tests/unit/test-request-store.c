/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <poll.h>

#include "tests/unit/job-stores.h"

static struct job at_job(void)
{
	struct job job = revoke_job();

	job.trigger = JOB_AT;
	strcpy(job.schedule.calendar, "Mon 03:00");
	job.schedule.due_us = 1795241537123456;
	job.schedule.always = true;
	return job;
}

static struct job left(const struct fixture *fixture, struct job job)
{
	assert_int_equal(request_create(&fixture->store, &job), 0);
	return job;
}

static void what_is_left_is_found_again(void **state)
{
	struct fixture *fixture = *state;
	struct job job = left(fixture, at_job()), *again;

	assert_int_equal(job.state, JOB_ARMED);
	assert_true(job.created_us > 0);
	assert_true(exists(fixture, REQUESTS, job.id));
	assert_false(exists(fixture, JOBS, job.id));
	assert_int_equal(request_read(&fixture->store, job.id, &again), 0);
	assert_string_equal(again->id, job.id);
	assert_int_equal(again->trigger, JOB_AT);
	assert_string_equal(again->schedule.calendar, "Mon 03:00");
	assert_int_equal(again->schedule.due_us, 1795241537123456);
	assert_true(again->schedule.always);
	assert_int_equal(again->created_us, job.created_us);
	assert_false(job_is_due(again));
	again->schedule.fired = true;
	assert_int_equal(request_write(&fixture->store, again), 0);
	job_free(again);
	assert_int_equal(request_read(&fixture->store, job.id, &again), 0);
	assert_true(job_is_due(again));
	job_free(again);
}

static void nonsense_is_not_left(void **state)
{
	struct fixture *fixture = *state;
	struct job job = at_job();

	job.schedule.calendar[0] = '\0';
	assert_int_equal(request_create(&fixture->store, &job), -EINVAL);
	job = at_job();
	strcpy(job.schedule.calendar, "Mon\n03:00");
	assert_int_equal(request_create(&fixture->store, &job), -EINVAL);
	job = at_job();
	job.trigger = JOB_ON_UNPLUG; /* which has no time of its own */
	assert_int_equal(request_create(&fixture->store, &job), -EINVAL);
	job = at_job();
	strcpy(job.schedule.parent, "../x");
	assert_int_equal(request_create(&fixture->store, &job), -EINVAL);
	job = at_job();
	strcpy(job.id, "../x");
	assert_int_equal(request_write(&fixture->store, &job), -EINVAL);
}

static void an_id_is_used_once(void **state)
{
	struct fixture *fixture = *state;
	struct job job = left(fixture, at_job()), again = at_job();

	strcpy(again.id, job.id);
	assert_int_equal(request_create(&fixture->store, &again), -EEXIST);
	assert_int_equal(request_remove(&fixture->store, job.id), 0);
	assert_int_equal(job_store_create(&fixture->store, &job), 0);
	assert_int_equal(request_create(&fixture->store, &again), -EEXIST);
}

static void note_broken(void *context, const char *name)
{
	char *names = context;

	(void)strcat(names, name);
	(void)strcat(names, " ");
}

static void the_list_is_of_what_waits(void **state)
{
	struct fixture *fixture = *state;
	_cleanup_(job_array_done) job_array jobs = { 0 };
	struct job first = left(fixture, at_job()), second = left(fixture, at_job());
	struct job begun = left(fixture, at_job());
	char broken[256] = "";

	assert_int_equal(job_store_create(&fixture->store, &begun), 0);
	tree_file(&fixture->tree, REQUESTS "future.json", "{\"version\":2}");
	tree_file(&fixture->tree, REQUESTS ".half.json.0123", "{");
	tree_link(&fixture->tree, REQUESTS "link.json", "/etc/passwd");
	assert_int_equal(request_list(&fixture->store, &jobs, note_broken, broken), 0);
	assert_int_equal(jobs.count, 2);
	assert_string_equal(jobs.items[0]->id, first.id);
	assert_string_equal(jobs.items[1]->id, second.id);
	assert_non_null(strstr(broken, "future.json "));
	assert_non_null(strstr(broken, "link.json "));
	assert_null(strstr(broken, "half"));
}

/* Its executor was killed between making the record and removing the request. */
static void what_has_ended_is_no_request(void **state)
{
	struct fixture *fixture = *state;
	_cleanup_(job_array_done) job_array jobs = { 0 };
	struct job ended = left(fixture, at_job()), begun = left(fixture, at_job());

	assert_int_equal(job_store_create(&fixture->store, &ended), 0);
	ended.state = JOB_CANCELLED;
	assert_int_equal(job_store_write(&fixture->store, &ended), 0);
	assert_int_equal(job_store_create(&fixture->store, &begun), 0);
	assert_int_equal(request_list(&fixture->store, &jobs, NULL, NULL), 0);
	assert_int_equal(jobs.count, 0);
	assert_false(exists(fixture, REQUESTS, ended.id));
	assert_true(exists(fixture, REQUESTS, begun.id));
}

static void of_too_many_some_are_listed(void **state)
{
	struct fixture *fixture = *state;
	_cleanup_(job_array_done) job_array jobs = { 0 };

	for (int i = 0; i <= REQUEST_LIST_MAX; i++) {
		char path[64];

		(void)snprintf(path, sizeof(path), REQUESTS "%d.json", i);
		tree_file(&fixture->tree, path, REQUEST);
	}
	assert_int_equal(request_list(&fixture->store, &jobs, NULL, NULL), -E2BIG);
	assert_int_equal(jobs.count, REQUEST_LIST_MAX);
}

static void what_is_broken_is_set_aside(void **state)
{
	struct fixture *fixture = *state;
	_cleanup_(job_array_done) job_array jobs = { 0 };
	char broken[256] = "";

	tree_file(&fixture->tree, REQUESTS "future.json", "{\"version\":2}");
	assert_int_equal(request_set_aside(&fixture->store, "../jobs/x"), -EINVAL);
	assert_int_equal(request_set_aside(&fixture->store, ".hidden"), -EINVAL);
	assert_int_equal(request_set_aside(&fixture->store, "none.json"), -ENOENT);
	assert_int_equal(request_set_aside(&fixture->store, "future.json"), 0);
	assert_int_equal(request_list(&fixture->store, &jobs, note_broken, broken), 0);
	assert_string_equal(broken, "");
	assert_int_equal(
		faccessat(fixture->tree.root.fd, REQUESTS ".future.json.broken", F_OK, 0),
		0);
}

static bool is_readable(int fd)
{
	struct pollfd readable = { .fd = fd, .events = POLLIN };

	return poll(&readable, 1, 0) > 0;
}

static void who_watches_is_told(void **state)
{
	struct fixture *fixture = *state;
	_cleanup_close_ int fd = request_watch(&fixture->store);
	char events[4096];
	struct job job;

	assert_true(fd >= 0);
	assert_false(is_readable(fd));
	job = left(fixture, at_job());
	assert_true(is_readable(fd));
	assert_true(read(fd, events, sizeof(events)) > 0);
	assert_int_equal(request_remove(&fixture->store, job.id), 0);
	assert_true(is_readable(fd));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_left_is_found_again), TEST(nonsense_is_not_left),
		TEST(an_id_is_used_once),	   TEST(the_list_is_of_what_waits),
		TEST(of_too_many_some_are_listed), TEST(what_has_ended_is_no_request),
		TEST(what_is_broken_is_set_aside), TEST(who_watches_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
