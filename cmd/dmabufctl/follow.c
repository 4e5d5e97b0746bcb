/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/follow.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <systemd/sd-bus.h>

#include "cmd/dmabufctl/act-progress.h"
#include "lib/act/unit.h"
#include "lib/base/cleanup.h"
#include "lib/base/file.h"

enum {
	LOOK_MS = 1000, /* how often the display and the unit are looked after */
	UNIT_LIMIT_US = 1000000,
	/* in a row; the first one may be between the creation and the start of a unit */
	GONE_LOOKS = 3,
	DEFAULT_WIDTH = 80,
};

static void display_signals(sigset_t *ret)
{
	(void)sigemptyset(ret);
	(void)sigaddset(ret, SIGINT);
	(void)sigaddset(ret, SIGTERM);
	(void)sigaddset(ret, SIGHUP);
	(void)sigaddset(ret, SIGQUIT);
}

int follow_begin(const struct job_store *store, bool progress, struct follow *ret)
{
	struct follow follow = {
		.store = store,
		.progress = progress,
		.watch_fd = job_store_watch(store),
	};
	sigset_t signals;
	int r = follow.watch_fd;

	if (r < 0)
		return r;
	display_signals(&signals);
	follow.signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (follow.signal_fd < 0) {
		r = -errno;
		cleanup_close(&follow.watch_fd);
		return r;
	}
	(void)sigprocmask(SIG_BLOCK, &signals, &follow.signals);
	*ret = follow;
	return 0;
}

void follow_done(struct follow *follow)
{
	if (follow->signal_fd < 0)
		return;
	cleanup_close(&follow->watch_fd);
	cleanup_close(&follow->signal_fd);
	follow->signal_fd = -EBADF;
	(void)sigprocmask(SIG_SETMASK, &follow->signals, NULL);
}

static void clear_line(const struct follow *follow)
{
	if (follow->progress)
		(void)fputs("\r\033[K", stderr);
}

/* Cut to the terminal: a line that wraps cannot be taken back. */
static void show_progress(const struct follow *follow, const struct job *job)
{
	_cleanup_free_ char *text = NULL;
	struct winsize size = { 0 };
	int width;

	if (!follow->progress)
		return;
	text = act_progress_text(job, realtime_us());
	(void)ioctl(STDERR_FILENO, TIOCGWINSZ, &size);
	width = size.ws_col ? size.ws_col : DEFAULT_WIDTH;
	clear_line(follow);
	(void)fprintf(stderr, "%.*s", width - 1, text ? text : "");
	(void)fflush(stderr);
}

/* Nothing of what it says matters, only that it has said something. */
static void read_empty(int fd)
{
	char bytes[4096];

	while (read(fd, bytes, sizeof(bytes)) > 0)
		continue;
}

/* Until something has changed, or LOOK_MS. 0 or -EINTR. */
static int sleep_a_little(const struct follow *follow)
{
	struct pollfd fds[] = {
		{ .fd = follow->watch_fd, .events = POLLIN },
		{ .fd = follow->signal_fd, .events = POLLIN },
	};

	if (poll(fds, ARRAY_SIZE(fds), LOOK_MS) <= 0)
		return 0;
	if (fds[0].revents)
		read_empty(follow->watch_fd);
	if (!fds[1].revents)
		return 0;
	read_empty(follow->signal_fd); /* or it comes again once it may */
	return -EINTR;
}

/* 1: yes, or nobody can tell; 0: no. A bus that went away is opened anew. */
static int unit_lives(struct sd_bus **bus, const char *unit)
{
	int r = *bus ? 0 : unit_bus_open(bus);

	if (r >= 0)
		r = unit_is_active(*bus, unit, UNIT_LIMIT_US);
	if (r >= 0)
		return r;
	*bus = sd_bus_close_unref(*bus);
	return 1;
}

struct watched_unit {
	struct sd_bus *bus;
	char name[JOB_UNIT_TEXT];
	uint64_t asked_ms;
	unsigned int gone; /* answers in a row that it is not there */
};

static void watched_unit_done(struct watched_unit *unit)
{
	unit->bus = sd_bus_close_unref(unit->bus);
}

/* Asks systemd, but not more often than every LOOK_MS. */
static bool is_gone(struct watched_unit *unit)
{
	uint64_t now = monotonic_ms();

	if (now - unit->asked_ms < LOOK_MS)
		return false;
	unit->asked_ms = now;
	unit->gone = unit_lives(&unit->bus, unit->name) > 0 ? 0 : unit->gone + 1;
	return unit->gone >= GONE_LOOKS;
}

/* One look. 0: go on; 1: it has ended; -EPIPE as below. *job is what it was last. */
static int look(struct follow *follow, const char *id, struct watched_unit *unit,
		struct job **job)
{
	bool gone = is_gone(unit); /* before the record, which it writes before it ends */
	struct job *now;
	int r = job_store_read(follow->store, id, &now);

	if (r < 0)
		return r;
	job_free(*job);
	*job = now;
	if (job_has_ended(now))
		return 1;
	if (gone)
		return -EPIPE;
	show_progress(follow, now);
	return 0;
}

int follow_job(struct follow *follow, const char *id, struct job **ret)
{
	_cleanup_(watched_unit_done) struct watched_unit unit = {
		.asked_ms = monotonic_ms(),
	};
	struct job *job = NULL;
	int r;

	job_unit_name(id, unit.name);
	while ((r = look(follow, id, &unit, &job)) == 0) {
		r = sleep_a_little(follow);
		if (r < 0)
			break;
	}
	clear_line(follow);
	if (r == 1 || r == -EPIPE)
		*ret = job;
	else
		job_free(job);
	return r > 0 ? 0 : r;
}
