/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/act/command.h"
#include "lib/base/cleanup.h"
#include "lib/base/file.h"

static int run(const char *command, int *ret_status)
{
	return command_run(command, monotonic_ms() + 10000, -EBADF, ret_status);
}

static void the_status_of_a_command_is_told(void **state)
{
	int status = -1;

	(void)state;
	assert_int_equal(run("/bin/true", &status), 0);
	assert_int_equal(status, 0);
	assert_int_equal(run("  /bin/sh\t-c  exit\\ 3", &status), 0);
	assert_int_not_equal(status, 0); /* no shell reads the backslash for us */
	assert_int_equal(run("/nonexistent/command", &status), 0);
	assert_int_equal(status, 127);
}

static void what_is_no_command_line_is_refused(void **state)
{
	int status = -1;

	(void)state;
	assert_int_equal(run(NULL, &status), -EINVAL);
	assert_int_equal(run("", &status), -EINVAL);
	assert_int_equal(run(" \t ", &status), -EINVAL);
	assert_int_equal(run("true", &status), -EINVAL);
	assert_int_equal(status, -1);
}

static void the_time_ends_it(void **state)
{
	uint64_t start = monotonic_ms();
	int status = -1;

	(void)state;
	assert_int_equal(command_run("/bin/sleep 60", start + 50, -EBADF, &status),
			 -ETIME);
	assert_true(monotonic_ms() - start < 5000);
}

static void whoever_is_needed_elsewhere_ends_it(void **state)
{
	_cleanup_close_ int wake = eventfd(1, EFD_CLOEXEC);
	int status = -1;

	(void)state;
	assert_int_equal(command_run("/bin/sleep 60", UINT64_MAX, wake, &status), -EINTR);
}

/* As the executor runs: with signals that it reads itself, and one that it ignores. */
static void it_starts_with_no_signal_blocked_or_ignored(void **state)
{
	sigset_t blocked, before;
	int status = -1;

	(void)state;
	(void)sigemptyset(&blocked);
	(void)sigaddset(&blocked, SIGTERM);
	(void)sigaddset(&blocked, SIGINT);
	assert_int_equal(sigprocmask(SIG_BLOCK, &blocked, &before), 0);
	assert_int_equal(run("/bin/grep -qP SigBlk:\\t0+$ /proc/self/status", &status),
			 0);
	assert_int_equal(status, 0);
	assert_int_equal(run("/bin/grep -qP SigIgn:\\t0+$ /proc/self/status", &status),
			 0);
	assert_int_equal(status, 0);
	assert_int_equal(sigprocmask(SIG_SETMASK, &before, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_status_of_a_command_is_told),
		cmocka_unit_test(what_is_no_command_line_is_refused),
		cmocka_unit_test(the_time_ends_it),
		cmocka_unit_test(whoever_is_needed_elsewhere_ends_it),
		cmocka_unit_test(it_starts_with_no_signal_blocked_or_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
