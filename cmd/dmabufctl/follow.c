/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/follow.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include <systemd/sd-bus.h>

#include "lib/act/unit.h"
#include "lib/base/cleanup.h"
#include "lib/base/file.h"

enum {
	LOOK_MS = 1000, /* how often the display and the unit are looked after */
	UNIT_LIMIT_US = 1000000,
	/* in a row; the first one may be between the creation and the start of a unit */
	GONE_LOOKS = 3,
};

int follow_begin(const struct job_store *store, bool progress, struct follow *ret)
{
	struct follow follow = { .store = store, .watch_fd = job_store_watch(store) };
	int r = follow.watch_fd;

	if (r < 0)
		return r;
	r = display_begin(progress, &follow.display);
	if (r < 0) {
		cleanup_close(&follow.watch_fd);
		return r;
	}
	*ret = follow;
	return 0;
}

void follow_done(struct follow *follow)
{
	if (follow->display.signal_fd < 0)
		return;
	cleanup_close(&follow->watch_fd);
	display_done(&follow->display);
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
		{ .fd = follow->display.signal_fd, .events = POLLIN },
	};

	if (poll(fds, ARRAY_SIZE(fds), LOOK_MS) <= 0)
		return 0;
	if (fds[0].revents)
		read_empty(follow->watch_fd);
	return fds[1].revents ? display_interrupted(&follow->display) : 0;
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
	display_show(&follow->display, now);
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
	display_clear(&follow->display);
	if (r == 1 || r == -EPIPE)
		*ret = job;
	else
		job_free(job);
	return r > 0 ? 0 : r;
}
