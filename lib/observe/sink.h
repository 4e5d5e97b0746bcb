/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_OBSERVE_SINK_H
#define DMABUFCTL_OBSERVE_SINK_H

/*
 * Where observers put their records. In an observer process it is a pipe; in tests
 * it may be any fd. Records gather in a buffer and are written when it is full, at
 * sink_flush(), and before anything that may block (sink_process_start()).
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lib/model/source.h"
#include "lib/observe/record.h"

struct sink;

struct sink *sink_new(int fd); /* does not own fd; NULL: out of memory */
void sink_free(struct sink *sink); /* does not flush; NULL is allowed */

/*
 * Fills a record's header, and nothing else:
 * record_init(&r.header, RECORD_HOLDER, SOURCE_PROC, sizeof(r)).
 */
void record_init(struct record *header, enum record_type type, enum source source,
		 size_t length);

/* Copies text into a field of a record, cut to fit; NULL leaves it empty. */
void record_text(char *field, size_t size, const char *text);
#define RECORD_TEXT(field, text) record_text((field), sizeof(field), (text))

/* The same for text that is not NUL-terminated. */
void record_bytes(char *field, size_t size, const char *text, size_t length);
#define RECORD_BYTES(field, text, length)                                                \
	record_bytes((field), sizeof(field), (text), (length))

/*
 * Appends a record. Once the reader is gone everything is dropped and sink_error()
 * says so; observers need not check every call.
 */
void sink_put(struct sink *sink, const struct record *record);
void sink_flush(struct sink *sink); /* may sleep until the reader reads */
int sink_error(const struct sink *sink); /* 0 or negative errno */

void sink_source_begin(struct sink *sink, enum source source);
void sink_source_end(struct sink *sink, enum source source, enum source_outcome outcome,
		     const char *why);

/* Says that this was seen to its end. */
void sink_pass(struct sink *sink, enum source source, enum record_pass_kind pass);

/* Says which process is about to be read, in case that never ends. Flushes. */
void sink_process_start(struct sink *sink, enum source source, pid_t pid);
void sink_process_unreadable(struct sink *sink, enum source source, pid_t pid);

#endif
