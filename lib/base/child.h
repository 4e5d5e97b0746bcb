/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_BASE_CHILD_H
#define DMABUFCTL_BASE_CHILD_H

/*
 * A disposable process for work that may sleep in the kernel without limit. It has
 * nothing of its parent but a pipe, and fds that were given to it by name: 0-2 are
 * /dev/null, every other fd is closed, it is in its own session in /, and it dies with
 * its parent (unless the kernel holds it in an uninterruptible sleep).
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum {
	CHILD_KEPT = 4, /* number of the first kept fd inside the child */
	CHILD_KEPT_MAX = 4, /* how many it can keep */
};

struct child {
	pid_t pid;
	int pidfd;
	int output; /* our end of its pipe, non-blocking */
};

#define CHILD_NONE                                                                       \
	{                                                                                \
		.pid = 0, .pidfd = -EBADF, .output = -EBADF                              \
	}

/*
 * Runs work(output, context) in a new process; output is the pipe to write to and
 * context is its copy of ours. The process ends when work returns. 0 or negative
 * errno.
 */
int child_spawn(void (*work)(int output, void *context), void *context,
		struct child *ret);

/*
 * The same, but the child also keeps n_fds of our fds, which it finds at CHILD_KEPT,
 * CHILD_KEPT + 1, and so on. They are the same open files: a flock() on one of them
 * lasts until the last of us has closed it. -EINVAL: more than CHILD_KEPT_MAX.
 */
int child_spawn_keeping(void (*work)(int output, void *context), void *context,
			const int *fds, size_t n_fds, struct child *ret);

/*
 * Kills the child if it still runs and waits for its end, but at most 100 ms.
 * Returns whether it is gone; if not, it sleeps where no signal reaches it, and
 * nobody waits for it any more. Frees what child holds in both cases.
 */
bool child_end(struct child *child);

/* The same with another patience. */
bool child_end_within(struct child *child, int limit_ms);

#endif
