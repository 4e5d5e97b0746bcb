/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <signal.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "lib/act/device-lock.h"
#include "lib/act/operation.h"
#include "tests/unit/records.h"

static const char device[] = "0000:03:00.0";

struct runtime {
	struct tree tree;
	int fd;
};

static int setup(void **state)
{
	struct runtime *runtime = calloc(1, sizeof(*runtime));

	assert_non_null(runtime);
	tree_begin(&runtime->tree);
	runtime->fd = open(runtime->tree.path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(runtime->fd >= 0);
	*state = runtime;
	return 0;
}

static int teardown(void **state)
{
	struct runtime *runtime = *state;

	(void)close(runtime->fd);
	tree_end(&runtime->tree);
	free(runtime);
	return 0;
}

static void says_who_holds_it(void **state)
{
	struct runtime *runtime = *state;
	_cleanup_close_ int fd = -EBADF;
	_cleanup_free_ char *text = NULL;
	int64_t before = realtime_us();
	struct lock_holder holder;
	char expected[128];

	/* what an earlier, longer-winded one has left must not show through */
	tree_file(&runtime->tree, "0000:03:00.0.lock",
		  "job=earlier-and-longer-than-the-next\npid=999999999\nsince=1\n"
		  "and=more-that-is-not-cut-off-by-itself-and-has-to-be-truncated\n");
	fd = device_lock(runtime->fd, device, "job-1", &holder);
	assert_true(fd >= 0);
	(void)snprintf(expected, sizeof(expected),
		       "job=job-1\nunit=dmabufctl-act@job-1.service\npid=%d\nsince=",
		       (int)getpid());
	assert_int_equal(root_read(&runtime->tree.root, runtime->tree.root.fd,
				   "0000:03:00.0.lock", 4096, &text, NULL),
			 0);
	assert_memory_equal(text, expected, strlen(expected));
	assert_null(strstr(text, "more"));

	assert_int_equal(device_lock(runtime->fd, device, "job-2", &holder),
			 -EWOULDBLOCK);
	assert_string_equal(holder.job, "job-1");
	assert_int_equal(holder.pid, getpid());
	assert_true(holder.since_us >= before && holder.since_us <= realtime_us());
	/* each device has its own */
	(void)close(TAKE_FD(fd));
	fd = device_lock(runtime->fd, "0000:03:00.1", "job-2", &holder);
	assert_true(fd >= 0);
}

static void is_private_and_not_inherited_by_programs(void **state)
{
	struct runtime *runtime = *state;
	_cleanup_close_ int fd = -EBADF;
	struct lock_holder holder;
	struct stat status;

	fd = device_lock(runtime->fd, device, "job-1", &holder);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
}

static void hold_lock(int output, void *context)
{
	const struct runtime *runtime = context;
	struct operation_report report = { .ended = false };
	struct lock_holder holder;
	int runtime_fd = open(runtime->tree.path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	report.error = device_lock(runtime_fd, device, "other", &holder);
	operation_stage(output, &report, "held");
	for (;;)
		(void)pause();
}

/* Takes it in another process, and returns when that has it. */
static void start_other(struct runtime *runtime, struct operation *other)
{
	assert_int_equal(operation_start(hold_lock, runtime, -EBADF, other), 0);
	assert_int_equal(operation_next(other, monotonic_ms() + 20000, -EBADF), 0);
	assert_string_equal(other->report.stage, "held");
	assert_true(other->report.error >= 0);
}

static void excludes_other_processes(void **state)
{
	struct runtime *runtime = *state;
	struct operation other = OPERATION_NONE;
	struct lock_holder holder;
	uint64_t since;
	int fd, wake[2];

	assert_int_equal(pipe(wake), 0);
	(void)close(wake[1]);
	start_other(runtime, &other);
	assert_int_equal(device_lock(runtime->fd, device, "mine", &holder), -EWOULDBLOCK);
	assert_string_equal(holder.job, "other");
	assert_int_equal(holder.pid, other.child.pid);
	since = monotonic_ms();
	assert_int_equal(device_lock_wait(runtime->fd, device, "mine", since + 100,
					  -EBADF, &holder),
			 -EWOULDBLOCK);
	assert_true(monotonic_ms() - since >= 100);
	assert_int_equal(device_lock_wait(runtime->fd, device, "mine",
					  monotonic_ms() + 20000, wake[0], &holder),
			 -EINTR);
	assert_true(operation_end(&other));
	(void)close(wake[0]);
	fd = device_lock_wait(runtime->fd, device, "mine", monotonic_ms() + 20000, -EBADF,
			      &holder);
	assert_true(fd >= 0);
	(void)close(fd);
}

static void is_waited_for(void **state)
{
	struct runtime *runtime = *state;
	struct operation other = OPERATION_NONE;
	struct lock_holder holder;
	int status, fd;
	pid_t killer;

	start_other(runtime, &other);
	killer = fork();
	assert_true(killer >= 0);
	if (killer == 0) {
		(void)usleep(100 * 1000);
		_exit(kill(other.child.pid, SIGKILL) < 0);
	}
	fd = device_lock_wait(runtime->fd, device, "mine", monotonic_ms() + 20000, -EBADF,
			      &holder);
	assert_true(fd >= 0);
	(void)close(fd);
	assert_int_equal(waitpid(killer, &status, 0), killer);
	assert_int_equal(status, 0);
	assert_true(operation_end(&other));
}

static void follows_no_link_and_takes_no_pipe(void **state)
{
	struct runtime *runtime = *state;
	struct lock_holder holder;
	struct stat status;
	char path[PATH_MAX];

	tree_file(&runtime->tree, "precious", "as it was");
	tree_link(&runtime->tree, "0000:03:00.0.lock", "precious");
	assert_int_equal(device_lock(runtime->fd, device, "job", &holder), -ELOOP);
	tree_path(&runtime->tree, "precious", path);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_size, strlen("as it was"));

	tree_path(&runtime->tree, "0000:03:00.1.lock", path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(device_lock(runtime->fd, "0000:03:00.1", "job", &holder),
			 -EINVAL);
}

static void refuses_names_that_are_none(void **state)
{
	struct runtime *runtime = *state;
	struct lock_holder holder;

	assert_int_equal(device_lock(runtime->fd, "../x", "job", &holder), -EINVAL);
	assert_int_equal(device_lock(runtime->fd, "", "job", &holder), -EINVAL);
	assert_int_equal(device_lock(runtime->fd, device, "a\nb", &holder), -EINVAL);
	assert_int_equal(device_lock(runtime->fd, device, "", &holder), -EINVAL);
}

/* A lock on a file that has lost its name excludes nobody who comes later. */
static void a_replaced_file_is_not_the_lock(void **state)
{
	struct runtime *runtime = *state;
	_cleanup_close_ int old = -EBADF, new = -EBADF;
	struct lock_holder holder;

	old = device_lock(runtime->fd, device, "old", &holder);
	assert_true(old >= 0);
	assert_int_equal(unlinkat(runtime->fd, "0000:03:00.0.lock", 0), 0);
	new = device_lock(runtime->fd, device, "new", &holder);
	assert_true(new >= 0);
	assert_int_equal(device_lock(runtime->fd, device, "third", &holder),
			 -EWOULDBLOCK);
	assert_string_equal(holder.job, "new");
}

static void an_odd_holder_stays_unknown(void **state)
{
	struct runtime *runtime = *state;
	_cleanup_close_ int fd = -EBADF;
	struct lock_holder holder;
	char long_text[2048];

	fd = device_lock(runtime->fd, device, "job", &holder);
	assert_true(fd >= 0);
	memset(long_text, 'j', sizeof(long_text));
	memcpy(long_text, "pid=-5\nsince=99999999999999999999\njob=", 38);
	assert_int_equal(pwrite(fd, long_text, sizeof(long_text), 0), sizeof(long_text));
	assert_int_equal(device_lock(runtime->fd, device, "mine", &holder), -EWOULDBLOCK);
	assert_string_equal(holder.job, "");
	assert_int_equal(holder.pid, 0);
	assert_int_equal(holder.since_us, 0);
}

#define LOCK_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LOCK_TEST(says_who_holds_it),
		LOCK_TEST(is_private_and_not_inherited_by_programs),
		LOCK_TEST(excludes_other_processes),
		LOCK_TEST(is_waited_for),
		LOCK_TEST(follows_no_link_and_takes_no_pipe),
		LOCK_TEST(refuses_names_that_are_none),
		LOCK_TEST(a_replaced_file_is_not_the_lock),
		LOCK_TEST(an_odd_holder_stays_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
