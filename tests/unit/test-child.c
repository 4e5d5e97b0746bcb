/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/child.h"

static void read_all(struct child *child, char *text, size_t size)
{
	struct pollfd output = { .fd = child->output, .events = POLLIN };
	size_t used = 0;
	ssize_t n;

	while (poll(&output, 1, 10000) > 0) {
		n = read(child->output, text + used, size - 1 - used);
		if (n <= 0)
			break;
		used += (size_t)n;
	}
	text[used] = '\0';
}

static void describe_itself(int output, void *context)
{
	char cwd[64] = "", open_fds[32] = "";
	struct stat null, standard;

	for (int fd = 0; fd < 32; fd++)
		open_fds[fd] = fcntl(fd, F_GETFD) < 0 ? '.' : '#';
	open_fds[8] = '\0';
	(void)stat("/dev/null", &null);
	(void)fstat(1, &standard);
	(void)dprintf(output, "%s %s %d %d %d", open_fds, getcwd(cwd, sizeof(cwd)),
		      getsid(0) == getpid(), standard.st_rdev == null.st_rdev,
		      *(int *)context);
}

static void has_only_its_pipe(void **state)
{
	struct child child;
	char text[128];
	int number = 42, extra = open("/dev/zero", O_RDONLY);

	(void)state;
	assert_true(extra >= 0);
	assert_int_equal(child_spawn(describe_itself, &number, &child), 0);
	read_all(&child, text, sizeof(text));
	assert_string_equal(text, "####.... / 1 1 42");
	assert_true(child_end(&child));
	assert_int_equal(child.output, -EBADF);
	(void)close(extra);
}

static void tell_lengths(int output, void *context)
{
	struct stat one, other;

	(void)context;
	(void)fstat(CHILD_KEPT, &one);
	(void)fstat(CHILD_KEPT + 1, &other);
	(void)dprintf(output, "%d %d %d", (int)one.st_size, (int)other.st_size,
		      fcntl(CHILD_KEPT + 2, F_GETFD));
}

static int file_of(off_t length, int number)
{
	int fd = memfd_create("kept", MFD_CLOEXEC), there;

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, length), 0);
	there = fcntl(fd, F_DUPFD_CLOEXEC, number);
	assert_true(there >= number);
	(void)close(fd);
	return there;
}

/* Whatever their numbers are here, also if they are each other's there. */
static void keeps_what_it_is_given(void **state)
{
	int one = file_of(1, CHILD_KEPT), other = file_of(2, CHILD_KEPT);
	int both[2][2] = { { one, other }, { other, one } };
	const char *expected[] = { "1 2 -1", "2 1 -1" };
	struct child child;
	char text[128];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(
			child_spawn_keeping(tell_lengths, NULL, both[i], 2, &child), 0);
		read_all(&child, text, sizeof(text));
		assert_string_equal(text, expected[i]);
		assert_true(child_end(&child));
	}
	assert_int_equal(child_spawn_keeping(tell_lengths, NULL, both[0],
					     CHILD_KEPT_MAX + 1, &child),
			 -EINVAL);
	(void)close(one);
	(void)close(other);
}

static void sleep_for_ever(int output, void *context)
{
	(void)context;
	(void)write(output, "x", 1);
	for (;;)
		pause();
}

static void is_killed_when_it_ends(void **state)
{
	struct child child;
	struct pollfd output;
	pid_t pid;

	(void)state;
	assert_int_equal(child_spawn(sleep_for_ever, NULL, &child), 0);
	output = (struct pollfd){ .fd = child.output, .events = POLLIN };
	assert_int_equal(poll(&output, 1, 10000), 1);
	pid = child.pid;
	assert_true(child_end(&child));
	assert_int_equal(kill(pid, 0), -1);
	assert_int_equal(errno, ESRCH);
}

static void leave_a_mark(int output, void *context)
{
	(void)output;
	*(bool *)context = true;
}

/* So many fds may be opened more. */
static void leave_room_for(int fds)
{
	int next = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct rlimit limit;

	assert_true(next >= 0);
	(void)close(next);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = (rlim_t)(next + fds);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

/* Two pipes fit, and nothing to watch the child by. */
static void unwatched_work_does_not_begin(void **state)
{
	bool *began = mmap(NULL, sizeof(*began), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct rlimit before;
	struct child child;
	int r;

	(void)state;
	assert_true(began != MAP_FAILED);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	leave_room_for(4);
	r = child_spawn(leave_a_mark, began, &child);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(r, -EMFILE);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_false(*began);
	assert_int_equal(child_spawn(leave_a_mark, began, &child), 0);
	assert_int_equal(waitpid(child.pid, NULL, 0), child.pid);
	assert_true(*began);
	(void)child_end(&child);
	(void)munmap(began, sizeof(*began));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_only_its_pipe),
		cmocka_unit_test(keeps_what_it_is_given),
		cmocka_unit_test(is_killed_when_it_ends),
		cmocka_unit_test(unwatched_work_does_not_begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
