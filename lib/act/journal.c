/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/act/journal.h"

#include <stdarg.h>

#include "lib/act/journal-entry.h"
#include "lib/base/cleanup.h"

enum { PATIENCE_MS = 1000 };

int journal_open(struct journal_sender *ret)
{
	return journal_sender_open(JOURNAL_SOCKET, PATIENCE_MS, ret);
}

void journal_close(struct journal_sender *journal)
{
	journal_sender_close(journal);
}

/* Takes what entry owns; r: whether it could be made. */
static void send(struct journal_sender *journal, int r, struct journal_entry *entry)
{
	_cleanup_(journal_fields_done) struct journal_fields fields = { .count = 0 };

	if (r == 0)
		r = journal_entry_fields(entry, &fields);
	if (r == 0)
		journal_sender_put(journal, fields.items, fields.count);
	journal_entry_done(entry);
}

void journal_job_started(struct journal_sender *journal, const struct job *job)
{
	struct journal_entry entry = { .message = NULL };

	send(journal, journal_entry_job_started(job, &entry), &entry);
}

void journal_step(struct journal_sender *journal, const struct job *job,
		  const struct step_result *step)
{
	struct journal_entry entry = { .message = NULL };

	send(journal, journal_entry_step(job, step, &entry), &entry);
}

void journal_stuck(struct journal_sender *journal, const struct job *job,
		   const struct stuck *stuck)
{
	struct journal_entry entry = { .message = NULL };

	send(journal, journal_entry_stuck(job, stuck, &entry), &entry);
}

void journal_buffer(struct journal_sender *journal, const struct job *job,
		    const struct buffer_result *buffer)
{
	struct journal_entry entry = { .message = NULL };

	send(journal, journal_entry_buffer(job, buffer, &entry), &entry);
}

void journal_job_ended(struct journal_sender *journal, const struct job *job)
{
	struct journal_entry entry = { .message = NULL };

	send(journal, journal_entry_job_ended(job, &entry), &entry);
}

void journal_undo_incomplete(struct journal_sender *journal, const struct job *job,
			     const char *what)
{
	struct journal_entry entry = { .message = NULL };

	send(journal, journal_entry_undo_incomplete(job, what, &entry), &entry);
}

void journal_say(struct journal_sender *journal, int priority, const char *format, ...)
{
	struct journal_entry entry = { .message = NULL };
	va_list arguments;
	int r;

	va_start(arguments, format);
	r = journal_entry_text(priority, format, arguments, &entry);
	va_end(arguments);
	send(journal, r, &entry);
}
