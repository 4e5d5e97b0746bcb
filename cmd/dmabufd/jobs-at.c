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

enum {
	ACCURACY_US = 100000,
	ANSWER_US = 10000000,
	AGAIN_US = 60000000,
};

/* The next one in the queue: its turn comes when this event is over. */
static void next_question(struct jobs *jobs)
{
	(void)sd_event_source_set_enabled(jobs->questions, SD_EVENT_ONESHOT);
}

static void drop_question(struct jobs *jobs)
{
	jobs->answer = sd_event_source_disable_unref(jobs->answer);
	calendar_end(&jobs->query);
	jobs->asked = NULL;
	next_question(jobs);
}

void at_disarm(struct entry *entry)
{
	entry->asks = false;
	if (entry->jobs->asked == entry)
		drop_question(entry->jobs);
	entry->due = sd_event_source_disable_unref(entry->due);
}

/* The clock may have been set since: a host that was down then has missed it. */
static int on_due(sd_event_source *source, uint64_t now_us, void *context)
{
	(void)source;
	(void)now_us;
	at_arm(context);
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
		r = entry_write(entry);
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
	struct jobs *jobs = context;
	struct entry *entry = jobs->asked;
	_cleanup_free_ char *words = NULL;
	int64_t due_us = 0;
	int r = calendar_read(&jobs->query, &due_us, &words);

	(void)source;
	(void)fd;
	(void)events;
	if (r == -EAGAIN)
		return 0;
	drop_question(jobs);
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

static void ask(struct entry *entry)
{
	struct jobs *jobs = entry->jobs;
	int r;

	entry->asks = false;
	jobs->asked = entry;
	r = calendar_ask(entry->job->schedule.calendar, entry->after_us, &jobs->query);
	if (r == 0)
		r = sd_event_add_io(jobs->manager->event, &jobs->answer,
				    jobs->query.child.output, EPOLLIN, on_answer, jobs);
	if (r < 0) {
		drop_question(jobs);
		try_again(entry, r);
		return;
	}
	entry_wake_in(entry, ANSWER_US);
}

static int on_turn(sd_event_source *source, void *context)
{
	struct jobs *jobs = context;

	(void)source;
	for (size_t i = 0; !jobs->asked && i < jobs->entries.count; i++)
		if (jobs->entries.items[i]->asks)
			ask(jobs->entries.items[i]);
	return 0;
}

/* One question at a time, as each is a process. What was due before is so until then. */
void at_ask(struct entry *entry, int64_t after_us)
{
	if (entry->jobs->asked == entry)
		drop_question(entry->jobs);
	(void)sd_event_source_set_enabled(entry->timer, SD_EVENT_OFF);
	entry->after_us = after_us;
	entry->asks = true;
	next_question(entry->jobs);
}

/* No answer, or none that helps; meanwhile it may have become due. */
void at_retry(struct entry *entry)
{
	int64_t due_us = entry->job->schedule.due_us, now_us = realtime_us();

	if (entry->jobs->asked == entry) {
		drop_question(entry->jobs);
		try_again(entry, -ETIME);
	} else if (due_us > 0 && due_us <= now_us) {
		at_arm(entry);
	} else {
		at_ask(entry, due_us > 0 ? now_us : entry->after_us);
	}
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
 * another clock, and so were questions that are still to be asked.
 */
static void clock_was_set(struct entry *entry, int64_t now_us)
{
	int64_t due_us = entry->job->schedule.due_us;

	if (due_us > now_us || (due_us == 0 && entry->after_us > now_us))
		at_ask(entry, now_us);
}

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

		if (entry->phase == PHASE_WAITS && entry->job->trigger == JOB_AT)
			clock_was_set(entry, now_us);
	}
	return 0;
}

static int watch_clock(struct jobs *jobs)
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

int at_open(struct jobs *jobs)
{
	int r = sd_event_add_defer(jobs->manager->event, &jobs->questions, on_turn, jobs);

	if (r >= 0)
		r = sd_event_source_set_enabled(jobs->questions, SD_EVENT_OFF);
	return r < 0 ? r : watch_clock(jobs);
}

void at_close(struct jobs *jobs)
{
	(void)sd_event_source_disable_unref(jobs->questions);
	(void)sd_event_source_disable_unref(jobs->clock);
}
