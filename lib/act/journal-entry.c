/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/act/journal-entry.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "lib/act/message-ids.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"

/* Completes *ret with its message. Names of processes and importers come from anybody. */
static int finish_with(const struct journal_entry *entry, struct journal_entry *ret,
		       const char *format, va_list arguments)
	__attribute__((format(printf, 3, 0)));

static int finish_with(const struct journal_entry *entry, struct journal_entry *ret,
		       const char *format, va_list arguments)
{
	_cleanup_free_ char *message = NULL;
	char *safe;

	if (vasprintf(&message, format, arguments) < 0) {
		message = NULL;
		return -ENOMEM;
	}
	safe = text_for_terminal(message);
	if (!safe)
		return -ENOMEM;
	*ret = *entry;
	ret->message = safe;
	return 0;
}

static int finish(const struct journal_entry *entry, struct journal_entry *ret,
		  const char *format, ...) __attribute__((format(printf, 3, 4)));

static int finish(const struct journal_entry *entry, struct journal_entry *ret,
		  const char *format, ...)
{
	va_list arguments;
	int r;

	va_start(arguments, format);
	r = finish_with(entry, ret, format, arguments);
	va_end(arguments);
	return r;
}

void journal_entry_done(struct journal_entry *entry)
{
	free(entry->message);
	entry->message = NULL;
}

/* What follows a colon, if there is something. */
static const char *colon(const char *text)
{
	return text ? ": " : "";
}

static const char *or_nothing(const char *text)
{
	return text ? text : "";
}

int journal_entry_job_started(const struct job *job, struct journal_entry *ret)
{
	const struct journal_entry entry = {
		.message_id = MESSAGE_JOB_STARTED,
		.priority = LOG_INFO,
		.job = job,
	};

	return finish(&entry, ret, "%s: %s begins (job %s)", job->wish.device,
		      act_verb_name(job->wish.verb), job->id);
}

int journal_entry_step(const struct job *job, const struct step_result *step,
		       struct journal_entry *ret)
{
	const struct journal_entry entry = {
		.message_id = MESSAGE_STEP,
		.priority = step->outcome == STEP_FAILED ? LOG_WARNING : LOG_INFO,
		.job = job,
		.step = step_kind_name(step->step),
		.result = step_outcome_name(step->outcome),
	};

	return finish(&entry, ret, "%s: %s: %s%s%s", job->wish.device, entry.step,
		      entry.result, colon(step->detail), or_nothing(step->detail));
}

int journal_entry_stuck(const struct job *job, const struct stuck *stuck,
			struct journal_entry *ret)
{
	const struct journal_entry entry = {
		.message_id = MESSAGE_STUCK,
		.priority = LOG_ERR,
		.job = job,
		.step = step_kind_name(stuck->step),
		.inode = stuck->inode,
	};

	return finish(&entry, ret, "%s: the kernel has not come back from %s: %s",
		      job->wish.device, entry.step, stuck->reason);
}

int journal_entry_buffer(const struct job *job, const struct buffer_result *buffer,
			 struct journal_entry *ret)
{
	const char *before = buffer_state_name(buffer->before);
	const char *after = buffer_state_name(buffer->after);
	const struct journal_entry entry = {
		.message_id = MESSAGE_BUFFER,
		.priority = LOG_INFO,
		.job = job,
		.result = after,
		.inode = buffer->inode,
	};
	bool verified = buffer->verified != EVIDENCE_NONE;

	return finish(&entry, ret, "%s: buffer %" PRIu64 " was %s, is %s (%s%s)%s%s",
		      job->wish.device, buffer->inode, before ? before : "unknown",
		      after ? after : "unknown", verified ? "verified: " : "not verified",
		      verified ? evidence_name(buffer->verified) : "",
		      colon(buffer->detail), or_nothing(buffer->detail));
}

static const char *message_id_of(enum act_outcome outcome)
{
	switch (outcome) {
	case OUTCOME_DONE:
	case OUTCOME_NOTHING_TO_DO:
		return MESSAGE_JOB_DONE;
	case OUTCOME_REFUSED:
	case OUTCOME_UNSUPPORTED:
		return MESSAGE_JOB_REFUSED;
	case OUTCOME_TIMED_OUT:
		return MESSAGE_JOB_TIMED_OUT;
	default:
		return MESSAGE_JOB_FAILED;
	}
}

int journal_entry_job_ended(const struct job *job, struct journal_entry *ret)
{
	const struct result *result = job->result;
	bool good = result->outcome == OUTCOME_DONE ||
		    result->outcome == OUTCOME_NOTHING_TO_DO;
	const struct journal_entry entry = {
		.message_id = message_id_of(result->outcome),
		.priority = good ? LOG_NOTICE : LOG_WARNING,
		.job = job,
		.result = act_outcome_name(result->outcome),
	};

	return finish(&entry, ret, "%s: %s: %s%s%s (job %s)", job->wish.device,
		      act_verb_name(job->wish.verb), entry.result, colon(result->reason),
		      or_nothing(result->reason), job->id);
}

int journal_entry_undo_incomplete(const struct job *job, const char *what,
				  struct journal_entry *ret)
{
	const struct journal_entry entry = {
		.message_id = MESSAGE_UNDO_INCOMPLETE,
		.priority = LOG_ERR,
		.job = job,
	};

	return finish(&entry, ret, "%s: not undone: %s", job->wish.device, what);
}

int journal_entry_text(int priority, const char *format, va_list arguments,
		       struct journal_entry *ret)
{
	const struct journal_entry entry = { .priority = priority };

	return finish_with(&entry, ret, format, arguments);
}

static int add_field(struct journal_fields *fields, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int add_field(struct journal_fields *fields, const char *format, ...)
{
	va_list arguments;
	char *text;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0)
		return -ENOMEM;
	fields->items[fields->count++] = (struct iovec){ text, (size_t)length };
	return 0;
}

static int add_word(struct journal_fields *fields, const char *name, const char *word)
{
	return word ? add_field(fields, "%s=%s", name, word) : 0;
}

static int add_all(const struct journal_entry *entry, struct journal_fields *fields)
{
	int r = add_word(fields, "MESSAGE", entry->message);

	if (r == 0)
		r = add_word(fields, "MESSAGE_ID", entry->message_id);
	if (r == 0)
		r = add_field(fields, "PRIORITY=%d", entry->priority);
	if (r == 0 && entry->job)
		r = add_word(fields, "DMABUFCTL_DEVICE", entry->job->wish.device);
	if (r == 0 && entry->job)
		r = add_word(fields, "DMABUFCTL_JOB", entry->job->id);
	if (r == 0)
		r = add_word(fields, "DMABUFCTL_STEP", entry->step);
	if (r == 0)
		r = add_word(fields, "DMABUFCTL_RESULT", entry->result);
	if (r == 0 && entry->inode)
		r = add_field(fields, "DMABUFCTL_INODE=%" PRIu64, entry->inode);
	return r;
}

int journal_entry_fields(const struct journal_entry *entry, struct journal_fields *ret)
{
	struct journal_fields fields = { .count = 0 };
	int r = add_all(entry, &fields);

	if (r < 0) {
		journal_fields_done(&fields);
		return r;
	}
	*ret = fields;
	return 0;
}

void journal_fields_done(struct journal_fields *fields)
{
	for (size_t i = 0; i < fields->count; i++)
		free(fields->items[i].iov_base);
	fields->count = 0;
}
