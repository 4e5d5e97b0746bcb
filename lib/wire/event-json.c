/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/wire/event-json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "lib/base/cleanup.h"
#include "lib/wire/json.h"

static int add_unseen(struct json_object *object, unsigned int unseen)
{
	struct json_object *array = json_object_new_array();

	if (wire_add(object, "unseen", array) < 0)
		return -ENOMEM;
	for (enum event_kind kind = 0; kind < EVENT_COUNT; kind++)
		if (unseen & EVENT_BIT(kind) &&
		    wire_append(array, wire_text_new(event_kind_name(kind))) < 0)
			return -ENOMEM;
	return 0;
}

struct json_object *wire_event_source(enum event_source source, const char *why,
				      unsigned int unseen)
{
	_cleanup_(wire_put) struct json_object *object = json_object_new_object();

	if (!object || wire_add_text(object, "source", event_source_name(source)) < 0 ||
	    wire_add_text(object, "reason", why) < 0 || add_unseen(object, unseen) < 0)
		return NULL;
	return TAKE_PTR(object);
}

/* As wire_add_time(), but to the microsecond: events are close to each other. */
static int add_moment(struct json_object *object, int64_t us)
{
	time_t seconds = (time_t)(us / 1000000);
	char text[32], whole[48];
	struct tm tm;

	if (us <= 0 || !gmtime_r(&seconds, &tm) ||
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm) == 0)
		return wire_add_null(object, "time");
	(void)snprintf(whole, sizeof(whole), "%s.%06" PRId64 "Z", text, us % 1000000);
	return wire_add_text(object, "time", whole);
}

static int add_positive(struct json_object *object, const char *key, uint64_t number)
{
	return number ? wire_add_unsigned(object, key, number)
		      : wire_add_null(object, key);
}

static int add_buffer(struct json_object *object, const struct event *event)
{
	if (wire_add_text(object, "device", event->device) < 0 ||
	    add_positive(object, "inode", event->inode) < 0 ||
	    add_positive(object, "size", event->size) < 0 ||
	    wire_add_text(object, "exporter", event->exporter) < 0 ||
	    wire_add_text(object, "attached", event->attached) < 0)
		return -ENOMEM;
	return wire_add_text(object, "importer", event->importer);
}

struct json_object *wire_event(const struct event *event)
{
	_cleanup_(wire_put) struct json_object *object = json_object_new_object();

	if (!object || add_moment(object, event->time_us) < 0 ||
	    wire_add_text(object, "event", event_kind_name(event->kind)) < 0 ||
	    add_buffer(object, event) < 0 ||
	    wire_add_text(object, "cause", event_cause_name(event->cause)) < 0 ||
	    wire_add_duration(object, "duration_ms", event->duration_us) < 0 ||
	    wire_add_number_or_null(object, "pid", event->pid > 0 ? event->pid : -1) <
		    0 ||
	    wire_add_text(object, "comm", event->comm) < 0 ||
	    wire_add_text(object, "job", event->job) < 0 ||
	    wire_add_text(object, "state", event->state) < 0 ||
	    add_positive(object, "lost", event->lost) < 0)
		return NULL;
	return TAKE_PTR(object);
}
