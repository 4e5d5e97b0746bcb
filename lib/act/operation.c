/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/act/operation.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"

enum {
	END_MS = 100, /* after SIGKILL */
	EXIT_MS = 5000,
};

_Static_assert(sizeof(struct operation_report) <= PIPE_BUF, "a report is never torn");

void operation_say(int output, const struct operation_report *report)
{
	ssize_t n;

	do
		n = write(output, report, sizeof(*report));
	while (n < 0 && errno == EINTR);
}

void operation_stage(int output, struct operation_report *report, const char *stage)
{
	(void)snprintf(report->stage, sizeof(report->stage), "%s", stage);
	operation_say(output, report);
}

void operation_finish(int output, struct operation_report *report, int error)
{
	report->ended = true;
	report->error = error;
	operation_say(output, report);
}

int operation_start(void (*work)(int output, void *context), void *context, int lock_fd,
		    struct operation *ret)
{
	struct operation operation = {
		.child = CHILD_NONE,
		.lock_fd = lock_fd,
		.started_ms = monotonic_ms(),
		.started_us = realtime_us(),
	};
	int r;

	r = child_spawn_keeping(work, context, &lock_fd, lock_fd >= 0 ? 1 : 0,
				&operation.child);
	if (r < 0)
		return r;
	*ret = operation;
	return 0;
}

/* 0, -EAGAIN: it has nothing to say now, or -EPIPE. */
static int read_report(struct operation *operation)
{
	struct operation_report report;
	ssize_t n = read(operation->child.output, &report, sizeof(report));

	if (n < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	if (n != sizeof(report))
		return -EPIPE;
	report.stage[sizeof(report.stage) - 1] = '\0';
	operation->report = report;
	return 0;
}

static int wait_for_output(const struct operation *operation, uint64_t deadline_ms,
			   int wake_fd)
{
	struct pollfd fds[] = {
		{ .fd = operation->child.output, .events = POLLIN },
		{ .fd = wake_fd, .events = POLLIN }, /* negative: poll() ignores it */
	};
	uint64_t now = monotonic_ms();
	int n;

	if (now >= deadline_ms)
		return -ETIME;
	n = poll(fds, ARRAY_SIZE(fds),
		 deadline_ms - now > INT_MAX ? INT_MAX : (int)(deadline_ms - now));
	if (n < 0 && errno != EINTR)
		return -errno;
	if (n > 0 && fds[0].revents == 0)
		return -EINTR;
	return 0;
}

int operation_next(struct operation *operation, uint64_t deadline_ms, int wake_fd)
{
	int r;

	if (operation->report.ended)
		return 0;
	for (;;) {
		/* first what it has said: a result is worth more than a time-out */
		r = read_report(operation);
		if (r != -EAGAIN)
			return r;
		r = wait_for_output(operation, deadline_ms, wake_fd);
		if (r < 0)
			return r;
	}
}

int operation_wait(struct operation *operation, uint64_t deadline_ms, int wake_fd)
{
	int r;

	do
		r = operation_next(operation, deadline_ms, wake_fd);
	while (r == 0 && !operation->report.ended);
	return r;
}

bool operation_end(struct operation *operation)
{
	/* what has come back from the kernel has only to exit: a busy host is not stuck */
	return child_end_within(&operation->child,
				operation->report.ended ? EXIT_MS : END_MS);
}
