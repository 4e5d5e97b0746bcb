/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_only_its_pipe),
		cmocka_unit_test(is_killed_when_it_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
