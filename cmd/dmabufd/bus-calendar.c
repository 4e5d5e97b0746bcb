/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufd/bus-calendar.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

#include "lib/act/calendar.h"
#include "lib/base/cleanup.h"
#include "lib/base/file.h"

enum { ANSWER_US = 10000000, ACCURACY_US = 100000 };

struct bus_calendar {
	struct bus_call *call;
	bus_call_run *then;
	struct calendar_query query;
	sd_event_source *answer, *late;
};

void bus_calendar_end(struct bus_calendar *calendar)
{
	if (!calendar)
		return;
	(void)sd_event_source_disable_unref(calendar->answer);
	(void)sd_event_source_disable_unref(calendar->late);
	calendar_end(&calendar->query);
	free(calendar);
}

static void refuse(struct bus_call *call, int error, const char *words)
{
	const char *calendar = call->job.schedule.calendar;

	if (error == -EINVAL)
		bus_call_fail(call, SD_BUS_ERROR_INVALID_ARGS, "%s",
			      words ? words : "option 'at' is no calendar");
	else if (error == -ERANGE)
		bus_call_fail(call, SD_BUS_ERROR_INVALID_ARGS,
			      "that time never comes again: '%s'", calendar);
	else
		bus_call_fail(call, BUS_ERROR_FAILED,
			      "systemd-analyze could not tell when '%s' is: %s", calendar,
			      words ? words : strerror(-error));
	bus_call_end(call);
}

static int on_answer(sd_event_source *source, int fd, uint32_t events, void *context)
{
	struct bus_calendar *calendar = context;
	struct bus_call *call = calendar->call;
	bus_call_run *then = calendar->then;
	_cleanup_free_ char *words = NULL;
	int r = calendar_read(&calendar->query, &call->job.schedule.due_us, &words);

	(void)source;
	(void)fd;
	(void)events;
	if (r == -EAGAIN)
		return 0;
	bus_calendar_end(TAKE_PTR(call->calendar));
	if (r < 0)
		refuse(call, r, words);
	else
		bus_call_go_on(call, then);
	return 0;
}

static int on_late(sd_event_source *source, uint64_t now_us, void *context)
{
	struct bus_calendar *calendar = context;

	(void)source;
	(void)now_us;
	refuse(calendar->call, -ETIME, NULL);
	return 0;
}

static int add_events(struct bus_calendar *calendar)
{
	sd_event *event = calendar->call->bus->manager->event;
	int r = sd_event_add_io(event, &calendar->answer, calendar->query.child.output,
				EPOLLIN, on_answer, calendar);

	if (r < 0)
		return r;
	return sd_event_add_time_relative(event, &calendar->late, CLOCK_MONOTONIC,
					  ANSWER_US, ACCURACY_US, on_late, calendar);
}

int bus_calendar_ask(struct bus_call *call, bus_call_run *then)
{
	struct bus_calendar *calendar = calloc(1, sizeof(*calendar));
	int r;

	if (!calendar)
		return -ENOMEM;
	calendar->call = call;
	calendar->then = then;
	calendar->query = (struct calendar_query)CALENDAR_NONE;
	call->calendar = calendar;
	r = calendar_ask(call->job.schedule.calendar, realtime_us(), &calendar->query);
	if (r >= 0)
		r = add_events(calendar);
	return r < 0 ? r : 1;
}
