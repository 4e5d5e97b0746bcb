/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufd/release-report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "cmd/dmabufd/log.h"
#include "lib/act/message-ids.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/wire/json.h"

enum { NAMED_MAX = 8 }; /* processes or devices; who wants all of them looks */

static const char *phrase(enum release_kind kind)
{
	static const char *const phrases[] = {
		[RELEASE_UNKNOWN] = "is being taken back",
		[RELEASE_UNPLUG] = "is being unplugged",
		[RELEASE_REASSIGN] = "is being taken from its driver",
	};

	return phrases[kind];
}

/* "has waited 3 min", "has waited 12 s" */
static void put_duration(FILE *stream, const struct release *release, uint64_t now_us)
{
	uint64_t seconds = (now_us - release->begun_us) / 1000000;

	if (seconds >= 60)
		(void)fprintf(stream, "has waited %" PRIu64 " min", seconds / 60);
	else if (seconds > 0)
		(void)fprintf(stream, "has waited %" PRIu64 " s", seconds);
	else
		(void)fputs("waits", stream);
}

/* "qemu[49] (vm.scope)"; what somebody may not know is left out. */
static void put_process(FILE *stream, struct json_object *process)
{
	const char *comm = wire_text_or_null(process, "comm"),
		   *unit = wire_text_or_null(process, "unit");
	int64_t pid = -1;

	(void)wire_get_number(process, "pid", -1, &pid);
	(void)fputs(comm ? comm : "a process", stream);
	if (pid > 0)
		(void)fprintf(stream, "[%" PRId64 "]", pid);
	if (unit)
		(void)fprintf(stream, " (%s)", unit);
}

static void put_owners(FILE *stream, struct json_object *entry)
{
	struct json_object *owners = NULL;
	size_t count = wire_array_or_none(entry, "owners", &owners);

	for (size_t i = 0; i < count && i < NAMED_MAX; i++) {
		(void)fputs(i == 0 ? " for " : ", ", stream);
		put_process(stream, json_object_array_get_idx(owners, i));
	}
	if (count > NAMED_MAX)
		(void)fprintf(stream, " and %zu others", count - NAMED_MAX);
	if (count == 0)
		(void)fputs(" for an owner that is not seen", stream);
}

static void put_one_behind(FILE *stream, struct json_object *task)
{
	const char *device = wire_text_or_null(task, "device"),
		   *path = wire_text_or_null(task, "path");

	(void)fprintf(stream, "%s, by ", device ? device : "a device");
	put_process(stream, task);
	if (path)
		(void)fprintf(stream, " in %s", path);
}

static void put_behind(FILE *stream, struct json_object *entry)
{
	struct json_object *behind = NULL;
	size_t count = wire_array_or_none(entry, "behind", &behind);

	for (size_t i = 0; i < count && i < NAMED_MAX; i++) {
		(void)fputs(i == 0 ? "; behind it wait: " : "; ", stream);
		put_one_behind(stream, json_object_array_get_idx(behind, i));
	}
	if (count > NAMED_MAX)
		(void)fprintf(stream, " and %zu others", count - NAMED_MAX);
}

/* Without an entry it could not be seen, or nobody answered why. */
static void put_cause(FILE *stream, struct json_object *entry, const char *why)
{
	const char *cause = entry ? wire_text_or_null(entry, "cause") : NULL;

	if (cause)
		(void)fprintf(stream, ": %s", cause);
	else if (!entry)
		(void)fprintf(stream, ", what for is not known, %s",
			      why ? why : "no task is seen that waits for it");
}

char *release_report_text(const struct release *release, struct json_object *entry,
			  const char *why, uint64_t now_us)
{
	_cleanup_free_ char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	if (!stream)
		return NULL;
	(void)fprintf(stream, "%s %s; its driver ", release->address,
		      phrase(release->kind));
	put_duration(stream, release, now_us);
	if (entry)
		put_owners(stream, entry);
	put_cause(stream, entry, why);
	if (entry && !wire_text_or_null(entry, "cause")) /* which names them, too */
		put_behind(stream, entry);
	if (fclose(stream) != 0)
		return NULL;
	return text_for_terminal(text);
}

char *release_report_behind(struct json_object *entry)
{
	struct json_object *behind = NULL;
	size_t count = wire_array_or_none(entry, "behind", &behind), length;
	char *text = NULL;
	FILE *stream = open_memstream(&text, &length);

	if (!stream)
		return NULL;
	for (size_t i = 0; i < count && i < NAMED_MAX; i++) {
		const char *device =
			wire_text_or_null(json_object_array_get_idx(behind, i), "device");

		if (device)
			(void)fprintf(stream, "%s%s", ftell(stream) > 0 ? " " : "",
				      device);
	}
	if (fclose(stream) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

void release_report_noticed(const struct release *release)
{
	log_print(LOG_DEBUG, "%s: its driver begins to let go of it", release->address);
}

static void send(const char *message_id, int priority, const struct release *release,
		 struct json_object *entry, const char *text)
{
	_cleanup_free_ char *behind = release_report_behind(entry);

	if (text)
		LOG_SEND(log_field("MESSAGE=%s", text),
			 log_field("MESSAGE_ID=%s", message_id),
			 log_field("PRIORITY=%d", priority),
			 log_field("DMABUFCTL_DEVICE=%s", release->address),
			 log_field("DMABUFCTL_KIND=%s", release_kind_name(release->kind)),
			 log_field("DMABUFCTL_BEHIND=%s", behind ? behind : ""));
}

void release_report_waits(const struct release *release, struct json_object *entry,
			  const char *why, uint64_t now_us)
{
	_cleanup_free_ char *text = release_report_text(release, entry, why, now_us);

	send(MESSAGE_RELEASE_WAITS, LOG_NOTICE, release, entry, text);
}

void release_report_lasts(const struct release *release, struct json_object *entry,
			  const char *why, uint64_t now_us)
{
	_cleanup_free_ char *text = release_report_text(release, entry, why, now_us);

	send(MESSAGE_RELEASE_LASTS, LOG_WARNING, release, entry, text);
}

void release_report_ended(const struct release *release, uint64_t now_us)
{
	_cleanup_free_ char *text = NULL;

	if (asprintf(&text, "%s: its driver has let go of it, after %" PRIu64 " s",
		     release->address, (now_us - release->begun_us) / 1000000) < 0)
		text = NULL;
	send(MESSAGE_RELEASE_ENDED, LOG_NOTICE, release, NULL, text);
}

void release_report_failed(const struct release *release, int error)
{
	LOG_SEND(log_field("MESSAGE=%s: what Steps= says could not be begun: %s",
			   release->address, strerror(-error)),
		 log_field("PRIORITY=%d", LOG_ERR),
		 log_field("DMABUFCTL_DEVICE=%s", release->address));
}
