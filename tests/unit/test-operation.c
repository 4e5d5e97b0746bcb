/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/act/operation.h"
#include "lib/base/cleanup.h"
#include "lib/base/file.h"

enum { LONG_MS = 20000, SHORT_MS = 60 };

static uint64_t in_ms(uint64_t ms)
{
	return monotonic_ms() + ms;
}

static void succeed(int output, void *context)
{
	struct operation_report report = { .value = *(uint32_t *)context };

	operation_stage(output, &report, "one");
	operation_stage(output, &report, "two");
	report.duration_us = 7;
	operation_finish(output, &report, -EIO);
}

static void tells_its_stages_and_its_result(void **state)
{
	struct operation operation = OPERATION_NONE;
	uint32_t value = 42;

	(void)state;
	assert_int_equal(operation_start(succeed, &value, -EBADF, &operation), 0);
	assert_true(operation.started_ms > 0 && operation.started_us > 0);
	assert_int_equal(operation_next(&operation, in_ms(LONG_MS), -EBADF), 0);
	assert_string_equal(operation.report.stage, "one");
	assert_false(operation.report.ended);
	assert_int_equal(operation_wait(&operation, in_ms(LONG_MS), -EBADF), 0);
	assert_true(operation.report.ended);
	assert_string_equal(operation.report.stage, "two");
	assert_int_equal(operation.report.error, -EIO);
	assert_int_equal(operation.report.value, 42);
	assert_int_equal(operation.report.duration_us, 7);
	/* and stays so */
	assert_int_equal(operation_wait(&operation, 0, -EBADF), 0);
	assert_true(operation_end(&operation));
}

static void sleep_in_stage(int output, void *context)
{
	struct operation_report report = { .ended = false };

	(void)context;
	operation_stage(output, &report, "pwrite PCI_COMMAND");
	for (;;)
		(void)pause();
}

static void is_known_by_its_stage_after_a_time_out(void **state)
{
	struct operation operation = OPERATION_NONE;
	uint64_t since = monotonic_ms();
	pid_t pid;

	(void)state;
	assert_int_equal(operation_start(sleep_in_stage, NULL, -EBADF, &operation), 0);
	assert_int_equal(operation_next(&operation, in_ms(LONG_MS), -EBADF), 0);
	assert_int_equal(operation_wait(&operation, in_ms(SHORT_MS), -EBADF), -ETIME);
	assert_true(monotonic_ms() - since >= SHORT_MS);
	assert_string_equal(operation.report.stage, "pwrite PCI_COMMAND");
	/* it goes on: only operation_end() ends it */
	pid = operation.child.pid;
	assert_int_equal(kill(pid, 0), 0);
	assert_true(operation_end(&operation));
	assert_int_equal(kill(pid, 0), -1);
}

static void is_left_when_somebody_calls(void **state)
{
	struct operation operation = OPERATION_NONE;
	_cleanup_close_ int wake_fd = eventfd(0, EFD_CLOEXEC);

	(void)state;
	assert_int_equal(operation_start(sleep_in_stage, NULL, -EBADF, &operation), 0);
	assert_int_equal(operation_next(&operation, in_ms(LONG_MS), wake_fd), 0);
	assert_int_equal(operation_wait(&operation, in_ms(SHORT_MS), wake_fd), -ETIME);
	assert_int_equal(eventfd_write(wake_fd, 1), 0);
	assert_int_equal(operation_wait(&operation, in_ms(LONG_MS), wake_fd), -EINTR);
	assert_string_equal(operation.report.stage, "pwrite PCI_COMMAND");
	assert_true(operation_end(&operation));
}

/* What it has said already counts, whatever the clock and others say. */
static void a_result_comes_before_everything(void **state)
{
	struct operation operation = OPERATION_NONE;
	_cleanup_close_ int wake_fd = eventfd(1, EFD_CLOEXEC);
	struct pollfd ended;
	uint32_t value = 1;

	(void)state;
	assert_int_equal(operation_start(succeed, &value, -EBADF, &operation), 0);
	ended = (struct pollfd){ .fd = operation.child.pidfd, .events = POLLIN };
	assert_int_equal(poll(&ended, 1, LONG_MS), 1);
	assert_int_equal(operation_wait(&operation, 0, wake_fd), 0);
	assert_int_equal(operation.report.value, 1);
	assert_true(operation_end(&operation));
}

static void die(int output, void *context)
{
	struct operation_report report = { .ended = false };

	operation_stage(output, &report, "close");
	if (context)
		(void)kill(getpid(), SIGKILL);
}

static void a_death_is_no_result(void **state)
{
	struct operation operation = OPERATION_NONE;
	int killed = 1;

	(void)state;
	assert_int_equal(operation_start(die, &killed, -EBADF, &operation), 0);
	assert_int_equal(operation_wait(&operation, in_ms(LONG_MS), -EBADF), -EPIPE);
	assert_string_equal(operation.report.stage, "close");
	assert_true(operation_end(&operation));

	assert_int_equal(operation_start(die, NULL, -EBADF, &operation), 0);
	assert_int_equal(operation_wait(&operation, in_ms(LONG_MS), -EBADF), -EPIPE);
	assert_true(operation_end(&operation));
}

static void say_open_fds(int output, void *context)
{
	struct operation_report report = { .value = 0 };

	(void)context;
	for (int fd = 0; fd < 32; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			report.value |= 1U << fd;
	operation_finish(output, &report, 0);
}

static uint32_t open_fds(int lock_fd)
{
	struct operation operation = OPERATION_NONE;
	uint32_t value;

	assert_int_equal(operation_start(say_open_fds, NULL, lock_fd, &operation), 0);
	assert_int_equal(operation_wait(&operation, in_ms(LONG_MS), -EBADF), 0);
	value = operation.report.value;
	assert_true(operation_end(&operation));
	return value;
}

/* Another open file of the same name, as another actor would have it. */
static bool is_locked(int fd)
{
	_cleanup_close_ int other = -EBADF;
	char path[32];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	other = open(path, O_RDWR | O_CLOEXEC);
	assert_true(other >= 0);
	return flock(other, LOCK_EX | LOCK_NB) < 0;
}

static void keeps_the_lock_and_nothing_else(void **state)
{
	_cleanup_close_ int lock_fd = memfd_create("lock", MFD_CLOEXEC);

	(void)state;
	assert_int_equal(open_fds(-EBADF), 0x0f);
	assert_int_equal(open_fds(lock_fd), 0x1f);
}

static void the_lock_lives_as_long_as_the_work(void **state)
{
	_cleanup_close_ int lock_fd = memfd_create("lock", MFD_CLOEXEC);
	_cleanup_close_ int witness = -EBADF;
	struct operation operation = OPERATION_NONE;
	char path[32];

	(void)state;
	/* keeps the file itself; the lock belongs to lock_fd */
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", lock_fd);
	witness = open(path, O_RDWR | O_CLOEXEC);
	assert_int_equal(flock(lock_fd, LOCK_EX | LOCK_NB), 0);
	assert_int_equal(operation_start(sleep_in_stage, NULL, lock_fd, &operation), 0);
	assert_int_equal(operation_next(&operation, in_ms(LONG_MS), -EBADF), 0);
	(void)close(TAKE_FD(lock_fd));
	assert_true(is_locked(witness));
	assert_true(operation_end(&operation));
	assert_false(is_locked(witness));
}

/* Nobody is left to kill it: it must go by itself, and the lock with it. */
static void dies_with_who_started_it(void **state)
{
	_cleanup_close_ int lock_fd = memfd_create("lock", MFD_CLOEXEC);
	_cleanup_close_ int witness = -EBADF;
	struct operation operation = OPERATION_NONE;
	uint64_t deadline = in_ms(LONG_MS);
	char path[32];
	int status;
	pid_t pid;

	(void)state;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", lock_fd);
	witness = open(path, O_RDWR | O_CLOEXEC);
	assert_int_equal(flock(lock_fd, LOCK_EX | LOCK_NB), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (operation_start(sleep_in_stage, NULL, lock_fd, &operation) < 0 ||
		    operation_next(&operation, deadline, -EBADF) < 0)
			_exit(1);
		(void)kill(getpid(), SIGKILL);
	}
	(void)close(TAKE_FD(lock_fd));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	while (is_locked(witness) && monotonic_ms() < deadline)
		(void)usleep(1000);
	assert_false(is_locked(witness));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_its_stages_and_its_result),
		cmocka_unit_test(is_known_by_its_stage_after_a_time_out),
		cmocka_unit_test(is_left_when_somebody_calls),
		cmocka_unit_test(a_result_comes_before_everything),
		cmocka_unit_test(a_death_is_no_result),
		cmocka_unit_test(keeps_the_lock_and_nothing_else),
		cmocka_unit_test(the_lock_lives_as_long_as_the_work),
		cmocka_unit_test(dies_with_who_started_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
