/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/observe/sink.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SINK_BUFFER = 64 * 1024 }; /* more than any record: its length is 16 bits */

struct sink {
	int fd;
	int error;
	size_t used;
	char buffer[SINK_BUFFER];
};

struct sink *sink_new(int fd)
{
	struct sink *sink = malloc(sizeof(*sink));

	if (!sink)
		return NULL;
	sink->fd = fd;
	sink->error = 0;
	sink->used = 0;
	return sink;
}

void sink_free(struct sink *sink)
{
	free(sink);
}

void record_init(struct record *header, enum record_type type, enum source source,
		 size_t length)
{
	assert(length >= sizeof(*header) && length <= UINT16_MAX);
	header->type = (__u16)type;
	header->length = (__u16)length;
	header->source = source;
}

void record_bytes(char *field, size_t size, const char *text, size_t length)
{
	if (length > size - 1)
		length = size - 1;
	memcpy(field, text, length);
	field[length] = '\0';
}

void record_text(char *field, size_t size, const char *text)
{
	if (text)
		record_bytes(field, size, text, strnlen(text, size));
	else
		field[0] = '\0';
}

static void wait_writable(int fd)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLOUT };

	(void)poll(&poll_fd, 1, -1);
}

void sink_flush(struct sink *sink)
{
	size_t done = 0;

	while (sink->error == 0 && done < sink->used) {
		ssize_t n = write(sink->fd, sink->buffer + done, sink->used - done);

		if (n >= 0)
			done += (size_t)n;
		else if (errno == EAGAIN)
			wait_writable(sink->fd);
		else if (errno != EINTR)
			sink->error = -errno;
	}
	sink->used = 0;
}

void sink_put(struct sink *sink, const struct record *record)
{
	if (sink->error < 0)
		return;
	if (record->length > SINK_BUFFER - sink->used)
		sink_flush(sink);
	memcpy(sink->buffer + sink->used, record, record->length);
	sink->used += record->length;
}

int sink_error(const struct sink *sink)
{
	return sink->error;
}

static void put_source(struct sink *sink, enum source source, int outcome,
		       const char *why)
{
	struct record_source record = { 0 };

	record_init(&record.header, RECORD_SOURCE, source, sizeof(record));
	record.outcome = outcome;
	RECORD_TEXT(record.why, why);
	sink_put(sink, &record.header);
}

void sink_source_begin(struct sink *sink, enum source source)
{
	put_source(sink, source, -1, NULL);
}

void sink_source_end(struct sink *sink, enum source source, enum source_outcome outcome,
		     const char *why)
{
	put_source(sink, source, outcome, why);
}

void sink_pass(struct sink *sink, enum source source, enum record_pass_kind pass)
{
	struct record_pass record = { .pass = pass };

	record_init(&record.header, RECORD_PASS, source, sizeof(record));
	sink_put(sink, &record.header);
}

static void put_mark(struct sink *sink, enum record_type type, enum source source,
		     pid_t pid)
{
	struct record_process_mark record = { 0 };

	record_init(&record.header, type, source, sizeof(record));
	record.pid = pid;
	sink_put(sink, &record.header);
}

void sink_process_start(struct sink *sink, enum source source, pid_t pid)
{
	put_mark(sink, RECORD_PROCESS_START, source, pid);
	sink_flush(sink);
}

void sink_process_unreadable(struct sink *sink, enum source source, pid_t pid)
{
	put_mark(sink, RECORD_PROCESS_UNREADABLE, source, pid);
}
