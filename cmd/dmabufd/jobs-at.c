/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Jobs that wait for a time. */

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>

#include "cmd/dmabufd/jobs-internal.h"
#include "cmd/dmabufd/manager-bus.h"
#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/jobs/request-store.h"

enum {
	ACCURACY_US = 100000,
	ANSWER_US = 10000000,
	AGAIN_US = 60000000,
};

static void drop_question(struct entry *entry)
{
	entry->answer = sd_event_source_disable_unref(entry->answer);
	calendar_end(&entry->query);
}

void at_disarm(struct entry *entry)
{
	drop_question(entry);
	entry->due = sd_event_source_disable_unref(entry->due);
}

static int on_due(sd_event_source *source, uint64_t now_us, void *context)
{
	struct entry *entry = context;

	(void)source;
	(void)now_us;
	entry_fire_at(entry, entry->job->schedule.due_us, false);
	return 0;
}

static int add_timer(struct entry *entry)
{
	int r;

	entry->due = sd_event_source_disable_unref(entry->due);
	r = sd_event_add_time(entry->jobs->manager->event, &entry->due, CLOCK_REALTIME,
			      (uint64_t)entry->job->schedule.due_us, ACCURACY_US, on_due,
			      entry);
	return r < 0 ? r : 0;
}

static void wait_for_it(struct entry *entry)
{
	int r = add_timer(entry);

	if (r < 0) {
		log_failed(entry->job, "its timer could not be set", r);
		entry_wake_in(entry, AGAIN_US);
	}
}

/* The next time; what cannot be written is looked up again after a restart. */
static void take_time(struct entry *entry, int64_t due_us)
{
	struct manager *manager = entry->jobs->manager;
	int r;

	if (entry->job->schedule.due_us != due_us) {
		entry->job->schedule.due_us = due_us;
		r = request_write(&manager->store, entry->job);
		if (r < 0)
			log_failed(entry->job, "its next time could not be written", r);
		manager_bus_job_changed(manager, entry->job);
	}
	wait_for_it(entry);
}

static void try_again(struct entry *entry, int error)
{
	log_calendar(entry->job, error);
	entry_wake_in(entry, AGAIN_US);
}

/* A time that never comes, or is none: then it has had its last one. */
static int on_answer(sd_event_source *source, int fd, uint32_t events, void *context)
{
	struct entry *entry = context;
	_cleanup_free_ char *words = NULL;
	int64_t due_us = 0;
	int r = calendar_read(&entry->query, &due_us, &words);

	(void)source;
	(void)fd;
	(void)events;
	if (r == -EAGAIN)
		return 0;
	drop_question(entry);
	(void)sd_event_source_set_enabled(entry->timer, SD_EVENT_OFF);
	if (r == 0) {
		take_time(entry, due_us);
	} else if (r == -EINVAL || r == -ERANGE) {
		log_never(entry->job, words);
		entry_end(entry, JOB_CANCELLED);
	} else {
		try_again(entry, r);
	}
	return 0;
}

void at_ask(struct entry *entry, int64_t after_us)
{
	int r;

	at_disarm(entry);
	r = calendar_ask(entry->job->schedule.calendar, after_us, &entry->query);
	if (r == 0) {
		r = sd_event_add_io(entry->jobs->manager->event, &entry->answer,
				    entry->query.child.output, EPOLLIN, on_answer, entry);
		entry_wake_in(entry, ANSWER_US);
	}
	if (r < 0) {
		drop_question(entry);
		try_again(entry, r);
	}
}

/* No answer, or none that helps; what was due before is so still. */
void at_retry(struct entry *entry)
{
	if (entry->answer)
		log_calendar(entry->job, -ETIME);
	at_ask(entry, realtime_us());
}

void at_arm(struct entry *entry)
{
	int64_t due_us = entry->job->schedule.due_us;

	if (due_us == 0) {
		at_ask(entry, realtime_us());
		return;
	}
	switch (rule_moment(due_us, realtime_us(), realtime_boot_us())) {
	case RULE_WAIT:
		wait_for_it(entry);
		break;
	case RULE_BEGIN:
		entry_fire_at(entry, due_us, false);
		break;
	case RULE_MISSED:
		entry_fire_at(entry, due_us, true);
		break;
	}
}

static int set_clock_timer(int fd)
{
	/* it never comes; that the clock was set ends the wait for it */
	const struct itimerspec never = { .it_value.tv_sec = INT32_MAX };

	if (timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never,
			    NULL) < 0)
		return -errno;
	return 0;
}

/*
 * Times that have come are noticed by their own timers. Those ahead were reckoned with
 * another clock.
 */
static int on_clock(sd_event_source *source, int fd, uint32_t events, void *context)
{
	struct jobs *jobs = context;
	int64_t now_us = realtime_us();
	uint64_t expirations;

	(void)source;
	(void)events;
	if (read(fd, &expirations, sizeof(expirations)) >= 0 || errno != ECANCELED)
		return 0;
	(void)set_clock_timer(fd);
	for (size_t i = 0; i < jobs->entries.count; i++) {
		struct entry *entry = jobs->entries.items[i];

		if (entry->phase == PHASE_WAITS && entry->due &&
		    entry->job->schedule.due_us > now_us)
			at_ask(entry, now_us);
	}
	return 0;
}

int at_watch_clock(struct jobs *jobs)
{
	int fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
	int r = fd < 0 ? -errno : set_clock_timer(fd);

	if (r == 0)
		r = sd_event_add_io(jobs->manager->event, &jobs->clock, fd, EPOLLIN,
				    on_clock, jobs);
	if (r >= 0)
		r = sd_event_source_set_io_fd_own(jobs->clock, 1);
	else
		cleanup_close(&fd);
	return r < 0 ? r : 0;
}
