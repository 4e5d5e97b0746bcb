/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufd/aftermath.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "cmd/dmabufd/log.h"
#include "cmd/dmabufd/observe-client.h"
#include "lib/act/message-ids.h"
#include "lib/base/array.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/model/pci-address.h"
#include "lib/wire/json.h"

enum {
	/* "unbind" and "remove" are one event here, and importers may be about to go */
	DELAY_US = 500000,
	RETRY_US = 10000000,
	RETRIES_MAX = 3,
	GONE_MAX = 256, /* what is not looked at is not reported: nothing else follows */
	ACCURACY_US = 100000,
	NAMED_MAX = 8,
};

struct gone {
	char address[PCI_ADDRESS_TEXT];
	bool unplugged;
};

struct aftermath {
	struct manager *manager;
	ARRAY(struct gone) gone, asked; /* asked: of the question under way */
	sd_event_source *timer;
	unsigned int retries;
};

static bool is(struct json_object *object, const char *key, const char *wanted)
{
	const char *text = wire_text_or_null(object, key);

	return text && strcmp(text, wanted) == 0;
}

/* ", held by a[1], b[2], mapped by iommufd" */
static void put_users(FILE *stream, struct json_object *buffer)
{
	struct json_object *array;
	size_t count = wire_array_or_none(buffer, "holders", &array);

	for (size_t i = 0; i < count && i < NAMED_MAX; i++) {
		struct json_object *holder = json_object_array_get_idx(array, i);
		const char *comm = wire_text_or_null(holder, "comm");
		int64_t pid = -1;

		(void)wire_get_number(holder, "pid", -1, &pid);
		(void)fprintf(stream, "%s%s[%" PRId64 "]", i == 0 ? ", held by " : ", ",
			      comm ? comm : "?", pid);
	}
	count = wire_array_or_none(buffer, "attachments", &array);
	for (size_t i = 0; i < count && i < NAMED_MAX; i++) {
		struct json_object *attachment = json_object_array_get_idx(array, i);
		const char *importer = wire_text_or_null(attachment, "importer");

		if (!importer)
			importer = wire_text_or_null(attachment, "device");
		(void)fprintf(stream, "%s%s", i == 0 ? ", attached to " : ", ",
			      importer ? importer : "?");
	}
}

static bool has_attachment_of(struct json_object *buffer, const char *address)
{
	struct json_object *array;
	size_t count = wire_array_or_none(buffer, "attachments", &array);

	for (size_t i = 0; i < count; i++)
		if (is(json_object_array_get_idx(array, i), "device", address))
			return true;
	return false;
}

/* Returns whether it says something. */
static bool put_buffer(FILE *stream, struct json_object *buffer, const char *address,
		       bool unplugged)
{
	bool outlives = is(buffer, "device", address) &&
			(unplugged || is(buffer, "state", "orphaned"));
	uint64_t inode = 0;

	(void)wire_get_unsigned(buffer, "inode", 0, &inode);
	if (outlives) {
		(void)fprintf(stream, "; buffer %" PRIu64 " outlives it", inode);
		put_users(stream, buffer);
	}
	if (unplugged && has_attachment_of(buffer, address)) {
		(void)fprintf(stream, "; it is still attached to buffer %" PRIu64, inode);
		return true;
	}
	return outlives;
}

int aftermath_text(struct json_object *list, const char *address, bool unplugged,
		   char **ret)
{
	_cleanup_free_ char *text = NULL;
	struct json_object *buffers;
	size_t count = wire_array_or_none(list, "buffers", &buffers), said = 0, length;
	FILE *stream = open_memstream(&text, &length);

	if (!stream)
		return -ENOMEM;
	(void)fprintf(stream, "%s is %s", address,
		      unplugged ? "unplugged" : "without its driver");
	for (size_t i = 0; i < count && said < NAMED_MAX; i++)
		said += put_buffer(stream, json_object_array_get_idx(buffers, i), address,
				   unplugged);
	if (said == NAMED_MAX)
		(void)fputs("; there may be more", stream);
	if (fclose(stream) != 0)
		return -ENOMEM;
	*ret = NULL;
	if (said == 0)
		return 0;
	*ret = text_for_terminal(text);
	return *ret ? 0 : -ENOMEM;
}

static void report(struct json_object *list, const struct gone *gone)
{
	_cleanup_free_ char *text = NULL;

	if (aftermath_text(list, gone->address, gone->unplugged, &text) == 0 && text)
		LOG_SEND(log_field("MESSAGE=%s", text),
			 log_field("MESSAGE_ID=%s", MESSAGE_LEFT_BEHIND),
			 log_field("PRIORITY=%d", LOG_WARNING),
			 log_field("DMABUFCTL_DEVICE=%s", gone->address));
}

static void arm(struct aftermath *aftermath, uint64_t delay_us)
{
	if (sd_event_source_set_time_relative(aftermath->timer, delay_us) >= 0)
		(void)sd_event_source_set_enabled(aftermath->timer, SD_EVENT_ONESHOT);
}

/* Once more, with what has come to it meanwhile. */
static void try_again(struct aftermath *aftermath)
{
	for (size_t i = 0; i < aftermath->asked.count; i++)
		if (aftermath->gone.count < GONE_MAX)
			(void)ARRAY_PUSH(&aftermath->gone, aftermath->asked.items[i]);
	aftermath->asked.count = 0;
	if (aftermath->retries++ < RETRIES_MAX) {
		arm(aftermath, RETRY_US);
		return;
	}
	log_print(LOG_DEBUG, "what %zu devices left behind is not known",
		  aftermath->gone.count);
	aftermath->gone.count = 0;
	aftermath->retries = 0;
}

static void on_list(void *context, int error, struct json_object *answer)
{
	struct aftermath *aftermath = context;

	if (error < 0 || json_object_object_get(answer, "error")) {
		try_again(aftermath);
		return;
	}
	for (size_t i = 0; i < aftermath->asked.count; i++)
		report(answer, &aftermath->asked.items[i]);
	aftermath->asked.count = 0;
	aftermath->retries = 0;
	if (aftermath->gone.count > 0)
		arm(aftermath, DELAY_US);
}

/* Of one device what it has to do with, of several everything. NULL: out of memory. */
static struct json_object *make_request(const struct aftermath *aftermath)
{
	_cleanup_(wire_put) struct json_object *request = json_object_new_object();
	struct json_object *filter;

	if (!request || wire_add_text(request, "verb", "list") < 0 ||
	    wire_add_null(request, "for_uid") < 0)
		return NULL;
	if (aftermath->asked.count > 1)
		return TAKE_PTR(request);
	filter = json_object_new_object();
	if (wire_add(request, "filter", filter) < 0 ||
	    wire_add_text(filter, "device", aftermath->asked.items[0].address) < 0)
		return NULL;
	return TAKE_PTR(request);
}

static int on_timer(sd_event_source *source, uint64_t now_us, void *context)
{
	struct aftermath *aftermath = context;
	struct json_object *request;

	(void)source;
	(void)now_us;
	/* while it is asked, the answer arms the timer */
	if (aftermath->asked.count > 0 || aftermath->gone.count == 0)
		return 0;
	for (size_t i = 0; i < aftermath->gone.count; i++)
		if (ARRAY_PUSH(&aftermath->asked, aftermath->gone.items[i]) < 0)
			break;
	aftermath->gone.count = 0;
	if (aftermath->asked.count == 0)
		return 0;
	request = make_request(aftermath);
	if (!request || observe_client_ask(aftermath->manager->observe, request, on_list,
					   aftermath) < 0)
		try_again(aftermath);
	return 0;
}

void aftermath_look(struct aftermath *aftermath, const char *address, bool unplugged)
{
	struct gone gone = { .unplugged = unplugged };

	for (size_t i = 0; i < aftermath->gone.count; i++)
		if (strcmp(aftermath->gone.items[i].address, address) == 0) {
			aftermath->gone.items[i].unplugged |= unplugged;
			return;
		}
	(void)snprintf(gone.address, sizeof(gone.address), "%s", address);
	if (aftermath->gone.count >= GONE_MAX || ARRAY_PUSH(&aftermath->gone, gone) < 0)
		return;
	if (aftermath->gone.count == 1 && aftermath->asked.count == 0)
		arm(aftermath, DELAY_US);
}

int aftermath_new(struct manager *manager, struct aftermath **ret)
{
	struct aftermath *aftermath = calloc(1, sizeof(*aftermath));
	int r;

	if (!aftermath)
		return -ENOMEM;
	aftermath->manager = manager;
	r = sd_event_add_time(manager->event, &aftermath->timer, CLOCK_MONOTONIC,
			      UINT64_MAX, ACCURACY_US, on_timer, aftermath);
	if (r >= 0)
		r = sd_event_source_set_enabled(aftermath->timer, SD_EVENT_OFF);
	if (r < 0) {
		aftermath_free(aftermath);
		return r;
	}
	*ret = aftermath;
	return 0;
}

void aftermath_free(struct aftermath *aftermath)
{
	if (!aftermath)
		return;
	if (aftermath->manager->observe)
		observe_client_forget(aftermath->manager->observe, aftermath);
	(void)sd_event_source_disable_unref(aftermath->timer);
	free(aftermath->gone.items);
	free(aftermath->asked.items);
	free(aftermath);
}
