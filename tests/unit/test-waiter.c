/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/backoff.h"
#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/observe/waiter.h"

static struct waiter *make(bool live, int output)
{
	struct waiter *waiter = NULL;

	assert_int_equal(waiter_new(live, output, -EBADF, &waiter), 0);
	return waiter;
}

/* How long one sleep took. */
static uint64_t sleep_once(struct waiter *waiter, const pid_t *pid)
{
	uint64_t start = monotonic_ms();

	assert_int_equal(waiter_looked(waiter, pid, pid ? 1 : 0), 0);
	assert_int_equal(waiter_sleep(waiter, UINT64_MAX), 0);
	return monotonic_ms() - start;
}

static void time_alone_wakes_ever_later(void **state)
{
	_cleanup_(cleanup_waiter) struct waiter *waiter = make(false, STDOUT_FILENO);

	(void)state;
	assert_true(sleep_once(waiter, NULL) >= BACKOFF_MIN_MS);
	assert_true(sleep_once(waiter, NULL) >= 2 * BACKOFF_MIN_MS);
	assert_true(sleep_once(waiter, NULL) >= 4 * BACKOFF_MIN_MS);
}

static void the_deadline_ends_a_sleep_and_then_all(void **state)
{
	_cleanup_(cleanup_waiter) struct waiter *waiter = make(false, STDOUT_FILENO);
	uint64_t start = monotonic_ms();

	(void)state;
	assert_int_equal(waiter_looked(waiter, NULL, 0), 0);
	assert_int_equal(waiter_sleep(waiter, start + 30), 0); /* one last look */
	assert_true(monotonic_ms() >= start + 30);
	assert_int_equal(waiter_looked(waiter, NULL, 0), 0);
	assert_int_equal(waiter_sleep(waiter, start + 30), -ETIME);
	assert_int_equal(waiter_sleep(waiter, 0), -ETIME);
}

static pid_t start_sleeper(int *ret_end)
{
	int pipes[2];
	pid_t pid;
	char byte;

	assert_int_equal(pipe(pipes), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)close(pipes[1]);
		while (read(pipes[0], &byte, 1) > 0)
			;
		_exit(0);
	}
	(void)close(pipes[0]);
	*ret_end = pipes[1];
	return pid;
}

/* A live waiter may be woken by the host: looked at are only sleeps that are short. */
static void the_end_of_a_process_wakes(void **state)
{
	_cleanup_(cleanup_waiter) struct waiter *waiter = make(true, STDOUT_FILENO);
	pid_t pid;
	uint64_t start;
	int end;

	(void)state;
	pid = start_sleeper(&end);
	for (int i = 0; i < 4; i++) /* the next one would be 1600 ms */
		(void)sleep_once(waiter, &pid);
	assert_int_equal(waiter_looked(waiter, &pid, 1), 0);
	start = monotonic_ms();
	(void)close(end);
	assert_int_equal(waiter_sleep(waiter, UINT64_MAX), 0);
	assert_true(monotonic_ms() - start < 1000);
	(void)wait(NULL);
}

static void a_process_that_is_gone_wakes_once(void **state)
{
	_cleanup_(cleanup_waiter) struct waiter *waiter = make(true, STDOUT_FILENO);
	pid_t pid;
	uint64_t start = monotonic_ms();
	int end;

	(void)state;
	pid = start_sleeper(&end);
	(void)close(end);
	(void)wait(NULL);
	for (int i = 0; i < 3; i++)
		(void)sleep_once(waiter, &pid);
	assert_true(monotonic_ms() - start >= 3 * BACKOFF_MIN_MS);
}

static void a_reader_that_left_ends_the_wait(void **state)
{
	struct waiter *waiter;
	int pipes[2];

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	waiter = make(false, pipes[1]);
	assert_int_equal(waiter_looked(waiter, NULL, 0), 0);
	assert_int_equal(waiter_sleep(waiter, UINT64_MAX), 0);
	(void)close(pipes[0]);
	assert_int_equal(waiter_looked(waiter, NULL, 0), 0);
	assert_int_equal(waiter_sleep(waiter, UINT64_MAX), -EPIPE);
	(void)close(pipes[1]);
	waiter_free(waiter);
}

static void whoever_is_needed_elsewhere_wakes(void **state)
{
	struct waiter *waiter = NULL;
	int pipes[2];

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(waiter_new(false, -EBADF, pipes[0], &waiter), 0);
	assert_int_equal(write(pipes[1], "!", 1), 1);
	assert_int_equal(waiter_looked(waiter, NULL, 0), 0);
	assert_int_equal(waiter_sleep(waiter, UINT64_MAX), -EINTR);
	(void)close(pipes[0]);
	(void)close(pipes[1]);
	waiter_free(waiter);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_alone_wakes_ever_later),
		cmocka_unit_test(the_deadline_ends_a_sleep_and_then_all),
		cmocka_unit_test(the_end_of_a_process_wakes),
		cmocka_unit_test(a_process_that_is_gone_wakes_once),
		cmocka_unit_test(a_reader_that_left_ends_the_wait),
		cmocka_unit_test(whoever_is_needed_elsewhere_wakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
