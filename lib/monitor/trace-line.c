/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/monitor/trace-line.h"

#include <errno.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"

enum { COMM_COLUMNS = 16 };

static const struct {
	const char *name;
	enum event_kind kind;
} trace_events[] = {
	{ "dma_buf_export", EVENT_EXPORT },
	{ "dma_buf_dynamic_attach", EVENT_ATTACH },
	{ "dma_buf_detach", EVENT_DETACH },
};

static int kind_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(trace_events); i++)
		if (strcmp(trace_events[i].name, name) == 0)
			return (int)trace_events[i].kind;
	return -EBADMSG;
}

/* "CPU:1 [LOST 12 EVENTS]" */
static int parse_lost(char *line, struct event *event)
{
	static const char before[] = " [LOST ", after[] = " EVENTS]";
	char *number = strstr(line, before), *end;

	if (!text_starts_with(line, "CPU:") || !number)
		return -EBADMSG;
	number += sizeof(before) - 1;
	end = strstr(number, after);
	if (!end)
		return -EBADMSG;
	*end = '\0';
	if (text_to_u64(number, 10, &event->lost) < 0)
		return -EBADMSG;
	event->kind = EVENT_LOST;
	return 0;
}

/*
 * "            comm-123     [001] .....   456.789012" up to the colon: "%16s-%-7d [%03d] "
 * of trace_print_context(). The comm is whatever a process likes, so it is the columns
 * that count.
 */
static int parse_head(char *head, struct event *event)
{
	char *time = strrchr(head, ' '), *point, *pid_text = head + COMM_COLUMNS + 1;
	uint64_t pid, seconds, fraction;

	if (head[COMM_COLUMNS] != '-' || !time || time < pid_text)
		return -EBADMSG;
	point = strchr(time, '.');
	if (!point || strlen(point + 1) != 6)
		return -EBADMSG;
	*point = '\0';
	head[COMM_COLUMNS] = '\0';
	pid_text[strcspn(pid_text, " ")] = '\0';
	if (text_to_u64(pid_text, 10, &pid) < 0 || pid > INT32_MAX ||
	    text_to_u64(time + 1, 10, &seconds) < 0 || seconds > UINT32_MAX ||
	    text_to_u64(point + 1, 10, &fraction) < 0)
		return -EBADMSG;
	event->comm = head + strspn(head, " ");
	event->pid = (pid_t)pid;
	event->time_us = (int64_t)(seconds * 1000000 + fraction);
	return 0;
}

/* Cuts the value of "key=" out of fields; NULL: it has no such key. */
static char *take_value(char *fields, const char *key)
{
	size_t length = strlen(key);
	char *value = fields;

	while ((value = strstr(value, key)) && value != fields && value[-1] != ' ')
		value += length;
	if (!value)
		return NULL;
	value += length;
	value[strcspn(value, " \n")] = '\0';
	return value;
}

/* exp_name=udmabuf size=4096 ino=12 [attachment:... is_dynamic=1 dev_name=iommu] */
static int parse_fields(char *fields, struct event *event)
{
	/* the last one first: cutting hides what is behind it */
	static const char *const keys[] = { "dev_name=", "ino=", "size=", "exp_name=" };
	char *values[ARRAY_SIZE(keys)];

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		values[i] = take_value(fields, keys[i]);
	if (!values[1] || !values[2] || !values[3] ||
	    text_to_u64(values[1], 10, &event->inode) < 0 ||
	    text_to_u64(values[2], 10, &event->size) < 0)
		return -EBADMSG;
	event->attached = values[0];
	event->exporter = values[3];
	return event->kind == EVENT_EXPORT || event->attached ? 0 : -EBADMSG;
}

int trace_line_parse(char *line, struct event *ret)
{
	struct event event = { .duration_us = -1 };
	char *name, *fields;
	int kind;

	if (parse_lost(line, &event) == 0) {
		*ret = event;
		return 0;
	}
	if (strnlen(line, COMM_COLUMNS) < COMM_COLUMNS)
		return -EBADMSG;
	name = strstr(line + COMM_COLUMNS, ": dma_buf_");
	if (!name)
		return -EBADMSG;
	*name = '\0';
	name += 2;
	fields = strstr(name, ": ");
	if (!fields)
		return -EBADMSG;
	*fields = '\0';
	kind = kind_of(name);
	if (kind < 0 || parse_head(line, &event) < 0)
		return -EBADMSG;
	event.kind = (enum event_kind)kind;
	if (parse_fields(fields + 2, &event) < 0)
		return -EBADMSG;
	*ret = event;
	return 0;
}
