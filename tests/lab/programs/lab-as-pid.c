// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs a program under a pid of our choice: somebody else who has come by the number of
 * a process that is gone.
 */
#include "common.h"

#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SYNOPSIS "PID PROGRAM [ARGUMENT...]"

enum { TRIES = 500, TRY_US = 10000 };

/* As fork(), but in the child the pid is the given one. */
static pid_t fork_as(pid_t pid)
{
	struct clone_args args = {
		.exit_signal = SIGCHLD,
		.set_tid = (uintptr_t)&pid,
		.set_tid_size = 1,
	};

	return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

/* Whoever had it may still have to be reaped. */
static pid_t fork_once_free(pid_t pid)
{
	pid_t child = fork_as(pid);

	for (int i = 0; child < 0 && errno == EEXIST && i < TRIES; i++) {
		usleep(TRY_US);
		child = fork_as(pid);
	}
	if (child < 0)
		die_errno("cannot start a process with pid %d", pid);
	return child;
}

int main(int argc, char **argv)
{
	int status;
	pid_t child;

	if (argc < 3)
		die_usage(SYNOPSIS);
	child = fork_once_free(pid_or_die(argv[1]));
	if (child == 0) {
		execvp(argv[2], argv + 2);
		die_errno("cannot run %s", argv[2]);
	}
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			die_errno("cannot wait for process %d", child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
