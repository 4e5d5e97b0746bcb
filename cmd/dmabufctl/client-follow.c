/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/client-follow.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "cmd/dmabufctl/client-look.h"
#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/base/time-span.h"
#include "lib/model/bus-names.h"
#include "lib/wire/act-parse.h"
#include "lib/wire/fields.h"
#include "lib/wire/json.h"
#include "lib/wire/time.h"

#define PROPERTIES "org.freedesktop.DBus.Properties"
#define ANSWER_US UINT64_C(5000000)

enum {
	LOOK_MS = 1000, /* how often the display is written anew */
	LOST_LOOKS = 3, /* in a row; the daemon may be starting again */
};

/* "" is nothing to say. */
static int parse_json(const char *text, struct json_object **ret)
{
	if (*text != '\0')
		return wire_parse_text(text, strlen(text), ret);
	*ret = NULL;
	return 0;
}

static int take_state(struct job *job, const char *text)
{
	int state = job_state_parse(text);

	if (state < 0)
		return -EBADMSG;
	job->state = (enum job_state)state;
	return 0;
}

static int take_device(struct job *job, const char *text)
{
	(void)snprintf(job->wish.device, sizeof(job->wish.device), "%s", text);
	return 0;
}

static int take_verb(struct job *job, const char *text)
{
	int verb = act_verb_parse(text);

	if (verb < 0)
		return -EBADMSG;
	job->wish.verb = (enum act_verb)verb;
	return 0;
}

static int take_trigger(struct job *job, const char *text)
{
	int trigger = job_trigger_parse(text);

	if (trigger < 0)
		return -EBADMSG;
	job->trigger = (enum job_trigger)trigger;
	return 0;
}

static int take_progress(struct job *job, const char *text)
{
	_cleanup_(wire_put) struct json_object *object = NULL;
	struct job_progress progress = { .known = true };
	int step, r = parse_json(text, &object);

	if (r < 0 || !object)
		return r;
	if (!json_object_is_type(object, json_type_object) ||
	    wire_get_word(object, "step", step_kind_parse, -1, &step) < 0 ||
	    wire_get_time(object, "since", &progress.since_us) < 0 ||
	    wire_get_unsigned(object, "timeout_us", TIME_SPAN_INFINITE,
			      &progress.timeout_us) < 0 ||
	    wire_copy_text(object, "awaited", progress.awaited,
			   sizeof(progress.awaited)) < 0)
		return -EBADMSG;
	progress.step = (enum step_kind)step;
	job->progress = progress;
	return 0;
}

static int take_result(struct job *job, const char *text)
{
	_cleanup_(wire_put) struct json_object *object = NULL;
	struct result *result = NULL;
	int r = parse_json(text, &object);

	if (r == 0 && object)
		r = wire_parse_result(object, &result);
	if (r < 0)
		return r;
	result_free(job->result);
	job->result = result;
	return 0;
}

static const struct {
	const char *name;
	int (*take)(struct job *job, const char *text);
} properties[] = {
	{ "Device", take_device },     { "Verb", take_verb },
	{ "On", take_trigger },	       { "State", take_state },
	{ "Progress", take_progress }, { "Result", take_result },
};

/* Positioned behind the name. */
static int read_property(sd_bus_message *reply, const char *name, struct job *job)
{
	const char *text;
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(properties); i++) {
		if (strcmp(properties[i].name, name) != 0)
			continue;
		r = sd_bus_message_read(reply, "v", "s", &text);
		return r < 0 ? r : properties[i].take(job, text);
	}
	return sd_bus_message_skip(reply, "v");
}

static int read_properties(sd_bus_message *reply, struct job *job)
{
	const char *name;
	int r = sd_bus_message_enter_container(reply, 'a', "{sv}");

	while (r >= 0 && (r = sd_bus_message_enter_container(reply, 'e', "sv")) > 0) {
		r = sd_bus_message_read(reply, "s", &name);
		if (r >= 0)
			r = read_property(reply, name, job);
		if (r >= 0)
			r = sd_bus_message_exit_container(reply);
	}
	return r < 0 ? r : 0;
}

/* The object goes a while after the end: what is on record may still be told. */
static int look_at_record(const struct client *client, struct job *job)
{
	struct job *record;
	int r = client_ask_job(client, job->id, &record);

	if (r < 0)
		return r;
	if (!record)
		return -ENOENT;
	result_free(job->result);
	*job = *record;
	record->result = NULL;
	job_free(record);
	return job_has_ended(job);
}

static bool is_gone(const sd_bus_error *error)
{
	return sd_bus_error_has_name(error, SD_BUS_ERROR_UNKNOWN_OBJECT) ||
	       sd_bus_error_has_name(error, SD_BUS_ERROR_UNKNOWN_INTERFACE) ||
	       sd_bus_error_has_name(error, SD_BUS_ERROR_UNKNOWN_METHOD);
}

int client_look_at_job(const struct client *client, struct job *job)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL, *reply = NULL;
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	char path[BUS_JOB_PATH_TEXT];
	int r;

	bus_job_path(job->id, path);
	r = sd_bus_message_new_method_call(client->bus, &call, BUS_NAME, path, PROPERTIES,
					   "GetAll");
	if (r >= 0)
		r = sd_bus_message_append(call, "s", BUS_JOB);
	if (r < 0)
		return r;
	r = sd_bus_call(client->bus, call, ANSWER_US, &error, &reply);
	if (r < 0)
		return is_gone(&error) ? look_at_record(client, job) : r;
	r = read_properties(reply, job);
	return r < 0 ? r : job_has_ended(job);
}

struct following {
	const struct client *client;
	bool changed; /* since the last look */
	unsigned int failures; /* in a row */
	struct job *job;
};

static int on_changed(sd_bus_message *message, void *context, sd_bus_error *error)
{
	struct following *following = context;

	(void)message;
	(void)error;
	following->changed = true;
	return 0;
}

/* As client_look_at_job(), with patience. */
static int look(struct following *following)
{
	int r = client_look_at_job(following->client, following->job);

	if (r >= 0) {
		following->failures = 0;
		return r;
	}
	if (r == -ENOENT || r == -EBADMSG || r == -ENOMEM)
		return r;
	return ++following->failures < LOST_LOOKS ? 0 : r;
}

/* Until it has changed, or LOOK_MS. 0, -EINTR, or negative errno of the bus. */
static int sleep_a_little(struct following *following, const struct display *display)
{
	uint64_t end = monotonic_ms() + LOOK_MS, now;
	sd_bus *bus = following->client->bus;
	struct pollfd fds[] = {
		{ .fd = sd_bus_get_fd(bus), .events = POLLIN },
		{ .fd = display->signal_fd, .events = POLLIN },
	};

	while (!following->changed) {
		int r = sd_bus_process(bus, NULL);

		if (r < 0)
			return r;
		if (r > 0)
			continue;
		now = monotonic_ms();
		if (now >= end)
			return 0;
		(void)poll(fds, ARRAY_SIZE(fds), (int)(end - now));
		if (fds[1].revents && display_interrupted(display) < 0)
			return -EINTR;
	}
	following->changed = false;
	return 0;
}

static int follow(struct following *following, const struct display *display)
{
	int r;

	while ((r = look(following)) == 0) {
		display_show(display, following->job);
		r = sleep_a_little(following, display);
		if (r < 0)
			break;
	}
	display_clear(display);
	return r < 0 ? r : 0;
}

/* The match first: what changes between the first look and the first sleep is heard. */
int client_follow(const struct client *client, const struct display *display,
		  struct job *job)
{
	_cleanup_(sd_bus_slot_unrefp) sd_bus_slot *slot = NULL;
	struct following following = { .client = client, .job = job };
	char path[BUS_JOB_PATH_TEXT];
	int r;

	bus_job_path(job->id, path);
	r = sd_bus_match_signal(client->bus, &slot, BUS_NAME, path, PROPERTIES,
				"PropertiesChanged", on_changed, &following);
	return r < 0 ? r : follow(&following, display);
}
