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

struct belongings {
	int output;
	int gate; /* a byte comes out of it when the work may begin */
	const int *fds;
	size_t n_fds;
};

/* Puts the pipe and the kept fds where they belong; their places may be taken by them. */
static int arrange(const struct belongings *belongings)
{
	int above = CHILD_KEPT + (int)belongings->n_fds;
	int aside[CHILD_KEPT_MAX];
	int output;
	size_t i;

	output = fcntl(belongings->output, F_DUPFD, above);
	if (output < 0)
		return -errno;
	for (i = 0; i < belongings->n_fds; i++) {
		aside[i] = fcntl(belongings->fds[i], F_DUPFD, above);
		if (aside[i] < 0)
			return -errno;
	}
	if (dup2(output, CHILD_OUTPUT) < 0)
		return -errno;
	for (i = 0; i < belongings->n_fds; i++)
		if (dup2(aside[i], CHILD_KEPT + (int)i) < 0)
			return -errno;
	return 0;
}

/* Until then whoever gives up can wait for the end of the child without sleeping long. */
static bool pass_gate(int gate)
{
	ssize_t n;
	char byte;

	do
		n = read(gate, &byte, 1);
	while (n < 0 && errno == EINTR);
	return n == 1;
}

/* Leaves nothing but what it owns and /dev/null; does not return on failure. */
static void become_disposable(const struct belongings *belongings, pid_t parent)
{
	unsigned int first_other = CHILD_KEPT + (unsigned int)belongings->n_fds;
	int null;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent ||
	    !pass_gate(belongings->gate))
		_exit(EXIT_FAILURE);
	/* these first: then /dev/null cannot be where one of them belongs */
	if (arrange(belongings) < 0)
		_exit(EXIT_FAILURE);
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0)
		_exit(EXIT_FAILURE);
	for (int fd = 0; fd < CHILD_OUTPUT; fd++)
		if (dup2(null, fd) < 0)
			_exit(EXIT_FAILURE);
	if (syscall(SYS_close_range, first_other, ~0U, 0) < 0 || setsid() < 0 ||
	    chdir("/") < 0)
		_exit(EXIT_FAILURE);
	(void)signal(SIGPIPE, SIG_IGN);
}

int child_spawn(void (*work)(int output, void *context), void *context, struct child *ret)
{
	return child_spawn_keeping(work, context, NULL, 0, ret);
}

/* The ends of a pipe, in that order. */
static int open_pipe(int *ret_input, int *ret_output)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	*ret_input = ends[0];
	*ret_output = ends[1];
	return 0;
}

static int open_output(int *ret_input, int *ret_output)
{
	int r = open_pipe(ret_input, ret_output);

	if (r < 0)
		return r;
	/* only speed: the default of 64 KiB works too */
	(void)fcntl(*ret_output, F_SETPIPE_SZ, CHILD_PIPE_BYTES);
	return fcntl(*ret_input, F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
}

/* A child that cannot be watched does not begin. */
static int let_begin(struct child *child, int *gate)
{
	int r = 0;

	child->pidfd = pidfd_of(child->pid);
	if (child->pidfd < 0)
		r = -errno;
	else if (write(*gate, "", 1) != 1)
		r = -EPIPE;
	cleanup_close(gate);
	*gate = -EBADF;
	if (r < 0) {
		(void)kill(child->pid, SIGKILL);
		(void)waitpid(child->pid, NULL, 0);
		cleanup_close(&child->pidfd);
	}
	return r;
}

int child_spawn_keeping(void (*work)(int output, void *context), void *context,
			const int *fds, size_t n_fds, struct child *ret)
{
	_cleanup_close_ int input = -EBADF, output = -EBADF, gate = -EBADF, key = -EBADF;
	struct child child = CHILD_NONE;
	pid_t parent = getpid();
	int r;

	if (n_fds > CHILD_KEPT_MAX)
		return -EINVAL;
	r = open_output(&input, &output);
	if (r == 0)
		r = open_pipe(&gate, &key);
	if (r < 0)
		return r;
	child.pid = fork();
	if (child.pid < 0)
		return -errno;
	if (child.pid == 0) {
		const struct belongings belongings = { output, gate, fds, n_fds };

		cleanup_close(&key); /* or the gate would never see its end */
		become_disposable(&belongings, parent);
		work(CHILD_OUTPUT, context);
		_exit(EXIT_SUCCESS);
	}
	r = let_begin(&child, &key);
	if (r < 0)
		return r;
	child.output = TAKE_FD(input);
	*ret = child;
	return 0;
}

bool child_end_within(struct child *child, int limit_ms)
{
	struct pollfd ended = { .fd = child->pidfd, .events = POLLIN };
	bool gone = true;

	if (child->pid > 0) {
		(void)pidfd_kill(child->pidfd);
		gone = poll(&ended, 1, limit_ms) > 0;
		if (gone)
			(void)waitpid(child->pid, NULL, 0);
	}
	cleanup_close(&child->pidfd);
	cleanup_close(&child->output);
	*child = (struct child)CHILD_NONE;
	return gone;
}

bool child_end(struct child *child)
{
	return child_end_within(child, CHILD_END_MS);
}
