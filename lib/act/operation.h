/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_ACT_OPERATION_H
#define DMABUFCTL_ACT_OPERATION_H

/*
 * One call into the kernel that may sleep without limit, in a disposable process (see
 * lib/base/child.h) which besides its pipe has only the fds it was given: the lock. It
 * says what it is about to do before it does it, so that a process that never comes
 * back is one that can be named.
 */

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/child.h"

enum { OPERATION_TEXT = 128 };

/* What a process has to say; the last one with .ended is the result. */
struct operation_report {
	bool ended;
	int error; /* 0 or negative errno */
	int64_t duration_us; /* inside its kernel calls */
	uint32_t value; /* as the operation defines it */
	char stage[OPERATION_TEXT]; /* what it does now, or was doing: "pidfd_getfd" */
};

struct operation {
	struct child child;
	int lock_fd; /* borrowed; -EBADF: none */
	uint64_t started_ms; /* monotonic_ms() */
	int64_t started_us; /* CLOCK_REALTIME */
	struct operation_report report; /* the last one */
};

#define OPERATION_NONE                                                                   \
	{                                                                                \
		.child = CHILD_NONE, .lock_fd = -EBADF                                   \
	}

/* For the work itself: tells the stage, and at the end the result. */
void operation_say(int output, const struct operation_report *report);

/* Says that this is what it does now; to be called before what may sleep. */
void operation_stage(int output, struct operation_report *report, const char *stage);

/* Says that it has ended. The stage stays: after an error, what has failed. */
void operation_finish(int output, struct operation_report *report, int error);

/*
 * work(output, context) runs in a process that keeps lock_fd (-EBADF: none), and must
 * end with operation_say() of an ended report. 0 or negative errno.
 */
int operation_start(void (*work)(int output, void *context), void *context, int lock_fd,
		    struct operation *ret);

/*
 * Until it has said something new, or has ended: 0 with operation->report; else the same
 * errors as operation_wait(). For progress, and for work that stays.
 */
int operation_next(struct operation *operation, uint64_t deadline_ms, int wake_fd);

/*
 * Until it has ended: 0 with operation->report; -ETIME at deadline_ms of monotonic_ms();
 * -EINTR when wake_fd (-EBADF: none) became readable; -EPIPE when the process died
 * without a result.
 */
int operation_wait(struct operation *operation, uint64_t deadline_ms, int wake_fd);

/*
 * Kills it if it still runs. false: it sleeps where no signal reaches it; it keeps the
 * lock until the kernel lets it go.
 */
bool operation_end(struct operation *operation);

#endif
