/* SPDX-License-Identifier: GPL-2.0-or-later */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include "lib/act/journal.h"

#include <stdarg.h>

#include <systemd/sd-journal.h>

#include "lib/act/journal-entry.h"
#include "lib/act/journal-sender.h"
#include "lib/base/cleanup.h"

/* One process acts on one job. */
static struct journal_sender sender = JOURNAL_SENDER_NONE;

int journal_open(void)
{
	return journal_sender_start(sd_journal_sendv, &sender);
}

void journal_close(void)
{
	journal_sender_end(&sender);
}

/* Takes what entry owns; r: whether it could be made. */
static void send(int r, struct journal_entry *entry)
{
	_cleanup_(journal_fields_done) struct journal_fields fields = { .count = 0 };

	if (r == 0)
		r = journal_entry_fields(entry, &fields);
	if (r == 0)
		journal_sender_put(&sender, &fields);
	journal_entry_done(entry);
}

void journal_job_started(const struct job *job)
{
	struct journal_entry entry = { .message = NULL };

	send(journal_entry_job_started(job, &entry), &entry);
}

void journal_step(const struct job *job, const struct step_result *step)
{
	struct journal_entry entry = { .message = NULL };

	send(journal_entry_step(job, step, &entry), &entry);
}

void journal_stuck(const struct job *job, const struct stuck *stuck)
{
	struct journal_entry entry = { .message = NULL };

	send(journal_entry_stuck(job, stuck, &entry), &entry);
}

void journal_buffer(const struct job *job, const struct buffer_result *buffer)
{
	struct journal_entry entry = { .message = NULL };

	send(journal_entry_buffer(job, buffer, &entry), &entry);
}

void journal_job_ended(const struct job *job)
{
	struct journal_entry entry = { .message = NULL };

	send(journal_entry_job_ended(job, &entry), &entry);
}

void journal_undo_incomplete(const struct job *job, const char *what)
{
	struct journal_entry entry = { .message = NULL };

	send(journal_entry_undo_incomplete(job, what, &entry), &entry);
}

void journal_say(int priority, const char *format, ...)
{
	struct journal_entry entry = { .message = NULL };
	va_list arguments;
	int r;

	va_start(arguments, format);
	r = journal_entry_text(priority, format, arguments, &entry);
	va_end(arguments);
	send(r, &entry);
}
