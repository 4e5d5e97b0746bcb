/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_ACT_JOURNAL_ENTRY_H
#define DMABUFCTL_ACT_JOURNAL_ENTRY_H

/* What lib/act/journal.h sends, before it is sent. Pure. */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "lib/model/job.h"

enum { JOURNAL_FIELDS_MAX = 8 };

/* Owns message; borrows the rest. Ends with journal_entry_done(). */
struct journal_entry {
	const char *message_id; /* NULL: none */
	int priority;
	const struct job *job; /* NULL: none in particular */
	const char *step, *result; /* words; NULL: none */
	uint64_t inode; /* 0: none */
	char *message; /* one line, safe on a terminal */
};

struct journal_fields {
	struct iovec items[JOURNAL_FIELDS_MAX]; /* "NAME=value", malloc'ed */
	size_t count;
};

/* Each fills *ret: 0 or -ENOMEM. */
int journal_entry_job_started(const struct job *job, struct journal_entry *ret);
int journal_entry_step(const struct job *job, const struct step_result *step,
		       struct journal_entry *ret);
int journal_entry_stuck(const struct job *job, const struct stuck *stuck,
			struct journal_entry *ret);
int journal_entry_buffer(const struct job *job, const struct buffer_result *buffer,
			 struct journal_entry *ret);
int journal_entry_job_ended(const struct job *job, struct journal_entry *ret);
int journal_entry_undo_incomplete(const struct job *job, const char *what,
				  struct journal_entry *ret);
int journal_entry_text(int priority, const char *format, va_list arguments,
		       struct journal_entry *ret) __attribute__((format(printf, 2, 0)));
void journal_entry_done(struct journal_entry *entry); /* also for _cleanup_() */

/* As the journal takes it; what there is not is left out. 0 or -ENOMEM. */
int journal_entry_fields(const struct journal_entry *entry, struct journal_fields *ret);
void journal_fields_done(struct journal_fields *fields); /* also for _cleanup_() */

#endif
