/* SPDX-License-Identifier: GPL-2.0-or-later */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include "lib/act/journal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>

#include <systemd/sd-journal.h>

#include "lib/act/message-ids.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"

/* One entry; step, result and inode may be NULL, 0 for none. */
struct entry {
	const char *message_id;
	int priority;
	const struct job *job;
	const char *step, *result;
	uint64_t inode;
};

/* Names of processes and importers come from anybody. */
static void send(const struct entry *entry, const char *message)
{
	_cleanup_free_ char *safe = text_for_terminal(message);
	char inode[32] = "";

	if (!safe)
		return;
	if (entry->inode)
		(void)snprintf(inode, sizeof(inode), "%" PRIu64, entry->inode);
	(void)sd_journal_send(
		"MESSAGE=%s", safe, "MESSAGE_ID=%s", entry->message_id, "PRIORITY=%i",
		entry->priority, "DMABUFCTL_JOB=%s", entry->job->id,
		"DMABUFCTL_DEVICE=%s", entry->job->wish.device, "DMABUFCTL_STEP=%s",
		entry->step ? entry->step : "", "DMABUFCTL_RESULT=%s",
		entry->result ? entry->result : "", "DMABUFCTL_INODE=%s", inode, NULL);
}

static void send_format(const struct entry *entry, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void send_format(const struct entry *entry, const char *format, ...)
{
	_cleanup_free_ char *message = NULL;
	va_list arguments;

	va_start(arguments, format);
	if (vasprintf(&message, format, arguments) < 0)
		message = NULL;
	va_end(arguments);
	if (message)
		send(entry, message);
}

void journal_job_started(const struct job *job)
{
	const struct entry entry = { MESSAGE_JOB_STARTED, LOG_INFO, job, NULL, NULL, 0 };

	send_format(&entry, "%s: %s begins (job %s)", job->wish.device,
		    act_verb_name(job->wish.verb), job->id);
}

void journal_step(const struct job *job, const struct step_result *step)
{
	const char *name = step_kind_name(step->step),
		   *result = step_outcome_name(step->outcome);
	const struct entry entry = {
		.message_id = MESSAGE_STEP,
		.priority = step->outcome == STEP_FAILED ? LOG_WARNING : LOG_INFO,
		.job = job,
		.step = name,
		.result = result,
	};

	send_format(&entry, "%s: %s: %s%s%s", job->wish.device, name, result,
		    step->detail ? ": " : "", step->detail ? step->detail : "");
}

void journal_stuck(const struct job *job, const struct stuck *stuck)
{
	const struct entry entry = {
		.message_id = MESSAGE_STUCK,
		.priority = LOG_ERR,
		.job = job,
		.step = step_kind_name(stuck->step),
		.inode = stuck->inode,
	};

	send_format(&entry, "%s: %s is stuck in the kernel: %s", job->wish.device,
		    entry.step, stuck->reason);
}

void journal_buffer(const struct job *job, const struct buffer_result *buffer)
{
	const char *before = buffer_state_name(buffer->before),
		   *after = buffer_state_name(buffer->after);
	const struct entry entry = {
		.message_id = MESSAGE_BUFFER,
		.priority = LOG_INFO,
		.job = job,
		.result = after,
		.inode = buffer->inode,
	};

	send_format(&entry, "%s: buffer %" PRIu64 ": %s -> %s (%s)", job->wish.device,
		    buffer->inode, before ? before : "unknown", after ? after : "gone",
		    evidence_name(buffer->verified));
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

void journal_job_ended(const struct job *job)
{
	const struct result *result = job->result;
	const char *word = act_outcome_name(result->outcome);
	const char *message_id = message_id_of(result->outcome);
	const struct entry entry = {
		.message_id = message_id,
		.priority = result->outcome == OUTCOME_DONE ||
					    result->outcome == OUTCOME_NOTHING_TO_DO
				    ? LOG_NOTICE
				    : LOG_WARNING,
		.job = job,
		.result = word,
	};

	send_format(&entry, "%s: %s: %s%s%s (job %s)", job->wish.device,
		    act_verb_name(job->wish.verb), word, result->reason ? ": " : "",
		    result->reason ? result->reason : "", job->id);
}

void journal_undo_incomplete(const struct job *job, const char *what)
{
	const struct entry entry = {
		MESSAGE_UNDO_INCOMPLETE, LOG_ERR, job, NULL, NULL, 0
	};

	send_format(&entry, "%s: not undone: %s", job->wish.device, what);
}
