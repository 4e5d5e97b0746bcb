/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/observe/waiter.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/syscall.h>

#include <libudev.h>

#include "lib/base/array.h"
#include "lib/base/backoff.h"
#include "lib/base/cleanup.h"
#include "lib/base/file.h"

enum {
	MAX_PROCESSES = 64, /* so many do not end one by one */
	MAX_UEVENTS = 1024, /* read at a time */
};

/* A process in the way. */
struct watched {
	pid_t pid;
	int pidfd; /* negative: it has ended, or cannot be watched */
	bool named; /* by the last look */
};

/* The fds that poll() looks at; those of the processes follow. */
enum { POLL_OUTPUT, POLL_WAKE, POLL_UEVENTS, POLL_MOUNTS, POLL_PROCESSES };

struct waiter {
	bool live;
	int output, wake;
	struct udev *udev;
	struct udev_monitor *monitor;
	int mounts;
	struct backoff backoff;
	ARRAY(struct watched) processes;
	struct pollfd fds[POLL_PROCESSES + MAX_PROCESSES];
};

/* Kernel events, not udev's: rules take their time, and may not come at all. */
static void watch_uevents(struct waiter *waiter)
{
	waiter->udev = udev_new();
	if (!waiter->udev)
		return;
	waiter->monitor = udev_monitor_new_from_netlink(waiter->udev, "kernel");
	if (!waiter->monitor || udev_monitor_enable_receiving(waiter->monitor) >= 0)
		return;
	(void)udev_monitor_unref(waiter->monitor);
	waiter->monitor = NULL;
}

int waiter_new(bool live, int output, int wake, struct waiter **ret)
{
	struct waiter *waiter = calloc(1, sizeof(*waiter));

	if (!waiter)
		return -ENOMEM;
	waiter->live = live;
	waiter->output = output;
	waiter->wake = wake;
	waiter->mounts = -EBADF;
	waiter->backoff = (struct backoff)BACKOFF_NEW;
	if (live) {
		watch_uevents(waiter);
		waiter->mounts = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	}
	*ret = waiter;
	return 0;
}

void waiter_free(struct waiter *waiter)
{
	if (!waiter)
		return;
	for (size_t i = 0; i < waiter->processes.count; i++)
		cleanup_close(&waiter->processes.items[i].pidfd);
	free(waiter->processes.items);
	cleanup_close(&waiter->mounts);
	if (waiter->monitor)
		(void)udev_monitor_unref(waiter->monitor);
	if (waiter->udev)
		(void)udev_unref(waiter->udev);
	free(waiter);
}

void cleanup_waiter(struct waiter **waiter)
{
	waiter_free(*waiter);
}

static struct watched *find(struct waiter *waiter, pid_t pid)
{
	for (size_t i = 0; i < waiter->processes.count; i++)
		if (waiter->processes.items[i].pid == pid)
			return &waiter->processes.items[i];
	return NULL;
}

/*
 * The number may be another's by now. Then its end wakes us for nothing, and how long
 * it lives says nothing: the next look decides, not the process.
 */
static int watch_process(struct waiter *waiter, pid_t pid)
{
	struct watched *known = find(waiter, pid),
		       watched = { .pid = pid, .named = true };
	int r;

	if (known) {
		known->named = true;
		return 0;
	}
	if (waiter->processes.count == MAX_PROCESSES)
		return 0;
	watched.pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (watched.pidfd < 0 && errno == ESRCH)
		backoff_event(&waiter->backoff); /* it ended while we looked */
	r = ARRAY_PUSH(&waiter->processes, watched);
	if (r < 0)
		cleanup_close(&watched.pidfd);
	return r;
}

static void drop_unnamed(struct waiter *waiter)
{
	size_t kept = 0;

	for (size_t i = 0; i < waiter->processes.count; i++) {
		struct watched *watched = &waiter->processes.items[i];

		if (watched->named)
			waiter->processes.items[kept++] = *watched;
		else
			cleanup_close(&watched->pidfd);
	}
	waiter->processes.count = kept;
}

int waiter_looked(struct waiter *waiter, const pid_t *pids, size_t count)
{
	int r = 0;

	backoff_looked(&waiter->backoff, monotonic_ms());
	if (!waiter->live)
		return 0;
	for (size_t i = 0; i < waiter->processes.count; i++)
		waiter->processes.items[i].named = false;
	for (size_t i = 0; r == 0 && i < count; i++)
		r = watch_process(waiter, pids[i]);
	drop_unnamed(waiter);
	return r;
}

static nfds_t prepare(struct waiter *waiter)
{
	struct pollfd *fds = waiter->fds;

	/* without events: only whether the other end is gone */
	fds[POLL_OUTPUT] = (struct pollfd){ .fd = waiter->output };
	fds[POLL_WAKE] = (struct pollfd){ .fd = waiter->wake, .events = POLLIN };
	fds[POLL_UEVENTS] = (struct pollfd){
		.fd = waiter->monitor ? udev_monitor_get_fd(waiter->monitor) : -EBADF,
		.events = POLLIN,
	};
	/* proc_pid_mountinfo(5): a change is an exceptional condition */
	fds[POLL_MOUNTS] = (struct pollfd){ .fd = waiter->mounts, .events = POLLPRI };
	for (size_t i = 0; i < waiter->processes.count; i++)
		fds[POLL_PROCESSES + i] = (struct pollfd){
			.fd = waiter->processes.items[i].pidfd,
			.events = POLLIN,
		};
	return POLL_PROCESSES + waiter->processes.count;
}

static void drain_uevents(struct waiter *waiter)
{
	for (int i = 0; i < MAX_UEVENTS; i++) {
		struct udev_device *device = udev_monitor_receive_device(waiter->monitor);

		if (!device)
			return;
		(void)udev_device_unref(device);
	}
}

/* Whether anything happened; each end of a process counts once. */
static bool take_events(struct waiter *waiter)
{
	const struct pollfd *fds = waiter->fds;
	bool happened = fds[POLL_MOUNTS].revents;

	if (fds[POLL_UEVENTS].revents) {
		drain_uevents(waiter);
		happened = true;
	}
	for (size_t i = 0; i < waiter->processes.count; i++) {
		if (!fds[POLL_PROCESSES + i].revents)
			continue;
		cleanup_close(&waiter->processes.items[i].pidfd);
		waiter->processes.items[i].pidfd = -EBADF;
		happened = true;
	}
	return happened;
}

/* How long poll() may sleep at now for something that is due then. */
static int poll_timeout(uint64_t now, uint64_t due)
{
	return due - now > INT_MAX ? INT_MAX : (int)(due - now);
}

int waiter_sleep(struct waiter *waiter, uint64_t deadline_ms)
{
	uint64_t now = monotonic_ms(), due;
	nfds_t count = prepare(waiter);
	int r;

	if (now >= deadline_ms)
		return -ETIME;
	for (; now < deadline_ms; now = monotonic_ms()) {
		due = backoff_due(&waiter->backoff);
		if (now >= due)
			return 0;
		if (due > deadline_ms)
			due = deadline_ms;
		r = poll(waiter->fds, count, poll_timeout(now, due));
		if (r < 0 && errno != EINTR)
			return -errno;
		if (r <= 0)
			continue;
		if (waiter->fds[POLL_OUTPUT].revents)
			return -EPIPE;
		if (waiter->fds[POLL_WAKE].revents)
			return -EINTR;
		if (take_events(waiter))
			backoff_event(&waiter->backoff);
		count = prepare(waiter);
	}
	return 0;
}
