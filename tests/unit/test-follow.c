/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cmd/dmabufctl/follow.h"
#include "tests/unit/records.h"

struct fixture {
	struct tree tree;
	struct job_store store;
	struct job job; /* armed */
	struct follow follow;
};

static void begin(struct fixture *fixture)
{
	static const char *const directories[] = {
		"var/lib/dmabufctl/jobs",     "var/lib/dmabufctl/ended",
		"var/lib/dmabufctl/requests", "run/dmabufctl/undo",
		"run/dmabufctl/revoked",
	};

	*fixture = (struct fixture){
		.job.wish = { .verb = ACT_REVOKE, .device = "0000:03:00.0" },
	};
	tree_begin(&fixture->tree);
	for (size_t i = 0; i < ARRAY_SIZE(directories); i++)
		tree_directory(&fixture->tree, directories[i]);
	assert_int_equal(job_store_open(fixture->tree.root.fd, &fixture->store), 0);
	assert_int_equal(follow_begin(&fixture->store, false, &fixture->follow), 0);
	assert_int_equal(job_store_create(&fixture->store, &fixture->job), 0);
}

static void end(struct fixture *fixture)
{
	follow_done(&fixture->follow);
	job_store_close(&fixture->store);
	tree_end(&fixture->tree);
}

static void unit_is_named_after_the_job(void **state)
{
	char unit[JOB_UNIT_TEXT], id[JOB_ID_TEXT], longest[128];

	(void)state;
	job_unit_name("20261121-a1", unit);
	assert_string_equal(unit, "dmabufctl-act@20261121-a1.service");
	memset(id, 'a', sizeof(id) - 1);
	id[sizeof(id) - 1] = '\0';
	job_unit_name(id, unit);
	(void)snprintf(longest, sizeof(longest), "dmabufctl-act@%s.service", id);
	assert_string_equal(unit, longest);
}

static void ended_job_is_told_at_once(void **state)
{
	struct fixture fixture;
	struct job *job;

	(void)state;
	begin(&fixture);
	fixture.job.state = JOB_CANCELLED;
	assert_int_equal(job_store_write(&fixture.store, &fixture.job), 0);
	assert_int_equal(follow_job(&fixture.follow, fixture.job.id, &job), 0);
	assert_int_equal(job->state, JOB_CANCELLED);
	job_free(job);
	end(&fixture);
}

/* As the executor does it. */
static void *end_soon(void *context)
{
	struct fixture *fixture = context;
	struct job job = fixture->job;

	(void)usleep(50000);
	job.state = JOB_STARTED;
	assert_int_equal(job_store_write(&fixture->store, &job), 0);
	(void)usleep(50000);
	job.state = JOB_DONE;
	job.result = result_new(job.id, job.wish.device, job.wish.verb);
	assert_int_equal(job_store_write(&fixture->store, &job), 0);
	result_free(job.result);
	return NULL;
}

static void end_of_a_job_is_seen_when_it_comes(void **state)
{
	struct fixture fixture;
	pthread_t thread;
	uint64_t begun;
	struct job *job;

	(void)state;
	begin(&fixture);
	begun = monotonic_ms();
	assert_int_equal(pthread_create(&thread, NULL, end_soon, &fixture), 0);
	assert_int_equal(follow_job(&fixture.follow, fixture.job.id, &job), 0);
	/* by the change of the record, not by the clock */
	assert_true(monotonic_ms() - begun < 900);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(job->state, JOB_DONE);
	assert_non_null(job->result);
	job_free(job);
	end(&fixture);
}

/* Whoever presses Ctrl-C is not killed by it, neither now nor later. */
static void interrupt_ends_the_display_alone(void **state)
{
	struct fixture fixture;
	struct job *job;

	(void)state;
	begin(&fixture);
	assert_int_equal(kill(getpid(), SIGINT), 0);
	assert_int_equal(follow_job(&fixture.follow, fixture.job.id, &job), -EINTR);
	assert_int_equal(job_store_read(&fixture.store, fixture.job.id, &job), 0);
	assert_int_equal(job->state, JOB_ARMED);
	job_free(job);
	end(&fixture);
}

static void signals_are_as_before_behind_it(void **state)
{
	struct fixture fixture;
	sigset_t before, after;

	(void)state;
	assert_int_equal(sigprocmask(SIG_SETMASK, NULL, &before), 0);
	begin(&fixture);
	assert_int_equal(sigprocmask(SIG_SETMASK, NULL, &after), 0);
	assert_true(sigismember(&after, SIGINT));
	end(&fixture);
	assert_int_equal(sigprocmask(SIG_SETMASK, NULL, &after), 0);
	assert_int_equal(sigismember(&before, SIGINT), sigismember(&after, SIGINT));
	assert_int_equal(sigismember(&after, SIGTERM), sigismember(&before, SIGTERM));
}

static void lost_record_is_an_error(void **state)
{
	struct fixture fixture;
	struct job *job;

	(void)state;
	begin(&fixture);
	assert_int_equal(follow_job(&fixture.follow, "nobody", &job), -ENOENT);
	end(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unit_is_named_after_the_job),
		cmocka_unit_test(ended_job_is_told_at_once),
		cmocka_unit_test(end_of_a_job_is_seen_when_it_comes),
		cmocka_unit_test(interrupt_ends_the_display_alone),
		cmocka_unit_test(signals_are_as_before_behind_it),
		cmocka_unit_test(lost_record_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
