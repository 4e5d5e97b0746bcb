/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/base/child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "lib/base/cleanup.h"

enum {
	CHILD_OUTPUT = 3,
	CHILD_END_MS = 100,
	CHILD_PIPE_BYTES = 1 << 20,
};

static int pidfd_of(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

static int pidfd_kill(int pidfd)
{
	return (int)syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
}

/* Leaves nothing but CHILD_OUTPUT and /dev/null; does not return on failure. */
static void become_disposable(int output, pid_t parent)
{
	int null;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(EXIT_FAILURE);
	/* the pipe first: then /dev/null cannot be where the pipe belongs */
	if (dup2(output, CHILD_OUTPUT) < 0)
		_exit(EXIT_FAILURE);
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0)
		_exit(EXIT_FAILURE);
	for (int fd = 0; fd < CHILD_OUTPUT; fd++)
		if (dup2(null, fd) < 0)
			_exit(EXIT_FAILURE);
	if (syscall(SYS_close_range, CHILD_OUTPUT + 1, ~0U, 0) < 0 || setsid() < 0 ||
	    chdir("/") < 0)
		_exit(EXIT_FAILURE);
	(void)signal(SIGPIPE, SIG_IGN);
}

int child_spawn(void (*work)(int output, void *context), void *context, struct child *ret)
{
	_cleanup_close_ int input = -EBADF, output = -EBADF;
	struct child child = CHILD_NONE;
	pid_t parent = getpid();
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	input = ends[0];
	output = ends[1];
	/* only speed: the default of 64 KiB works too */
	(void)fcntl(output, F_SETPIPE_SZ, CHILD_PIPE_BYTES);
	if (fcntl(input, F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	child.pid = fork();
	if (child.pid < 0)
		return -errno;
	if (child.pid == 0) {
		become_disposable(output, parent);
		work(CHILD_OUTPUT, context);
		_exit(EXIT_SUCCESS);
	}
	child.pidfd = pidfd_of(child.pid);
	if (child.pidfd < 0) {
		int r = -errno;

		(void)kill(child.pid, SIGKILL);
		(void)waitpid(child.pid, NULL, 0);
		return r;
	}
	child.output = TAKE_FD(input);
	*ret = child;
	return 0;
}

bool child_end(struct child *child)
{
	struct pollfd ended = { .fd = child->pidfd, .events = POLLIN };
	bool gone = true;

	if (child->pid > 0) {
		(void)pidfd_kill(child->pidfd);
		gone = poll(&ended, 1, CHILD_END_MS) > 0;
		if (gone)
			(void)waitpid(child->pid, NULL, 0);
	}
	cleanup_close(&child->pidfd);
	cleanup_close(&child->output);
	*child = (struct child)CHILD_NONE;
	return gone;
}
