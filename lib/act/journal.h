/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_ACT_JOURNAL_H
#define DMABUFCTL_ACT_JOURNAL_H

/*
 * Every act and its result as a structured entry of the journal, with a MESSAGE_ID that
 * the catalog (systemd/dmabufctl.catalog) explains, and DMABUFCTL_DEVICE=, _JOB=, _STEP=,
 * _RESULT=, _INODE=. What goes wrong while logging is nobody's error, and nobody waits
 * longer than 1 s in all for a journal that is stuck: see journal-sender.h.
 */

#include "lib/act/journal-sender.h"
#include "lib/model/job.h"

/* Entries are dropped until then, and after journal_close(). 0 or negative errno. */
int journal_open(struct journal_sender *ret);
void journal_close(struct journal_sender *journal);

void journal_job_started(struct journal_sender *journal, const struct job *job);
void journal_step(struct journal_sender *journal, const struct job *job,
		  const struct step_result *step);
void journal_stuck(struct journal_sender *journal, const struct job *job,
		   const struct stuck *stuck);
void journal_buffer(struct journal_sender *journal, const struct job *job,
		    const struct buffer_result *buffer);
void journal_job_ended(struct journal_sender *journal,
		       const struct job *job); /* job->result is there */
void journal_undo_incomplete(struct journal_sender *journal, const struct job *job,
			     const char *what);

/* What is about no job in particular. */
void journal_say(struct journal_sender *journal, int priority, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
