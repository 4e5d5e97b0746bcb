/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "cmd/dmabufd/jobs-internal.h"
#include "cmd/dmabufd/log.h"
#include "lib/act/message-ids.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"

#define OF_JOB(job)                                                                      \
	log_field("DMABUFCTL_JOB=%s", (job)->id),                                        \
		log_field("DMABUFCTL_DEVICE=%s", (job)->wish.device)

/* With an id, an entry of the catalog explains it. */
#define SEND(job, priority, message_id, ...)                                             \
	LOG_SEND(log_field("PRIORITY=%d", (priority)),                                   \
		 log_field("MESSAGE_ID=%s", (message_id)), OF_JOB(job),                  \
		 log_field(__VA_ARGS__))

void log_broken(const char *name, int set_aside)
{
	_cleanup_free_ char *safe = text_for_terminal(name);

	LOG_SEND(log_field("PRIORITY=%d", LOG_ERR),
		 log_field("MESSAGE_ID=%s", MESSAGE_REQUEST_BROKEN),
		 log_field("DMABUFCTL_RESULT=%s", set_aside < 0 ? "left" : "set-aside"),
		 log_field("MESSAGE=job file requests/%s is damaged, or of a later "
			   "version: %s",
			   safe ? safe : "?",
			   set_aside < 0 ? strerror(-set_aside)
					 : "set aside, and not run"));
}

void log_missed(const struct job *job)
{
	SEND(job, LOG_WARNING, MESSAGE_JOB_MISSED,
	     "MESSAGE=job %s on %s is missed: this host was down when it was due",
	     job->id, job->wish.device);
}

void log_not_started(const struct job *job, int error, bool given_up)
{
	SEND(job, LOG_ERR, MESSAGE_JOB_NOT_STARTED,
	     "MESSAGE=job %s on %s could not be started: %s%s", job->id, job->wish.device,
	     error == -ENOEXEC ? "its unit ended without a record" : strerror(-error),
	     given_up ? "; it is missed" : "; trying again");
}

void log_lost(const struct job *job)
{
	SEND(job, LOG_ERR, MESSAGE_JOB_LOST,
	     "MESSAGE=job %s on %s is on record as %s, but nobody runs it", job->id,
	     job->wish.device, job_state_name(job->state));
}

void log_never(const struct job *job, const char *words)
{
	_cleanup_free_ char *calendar = text_for_terminal(job->schedule.calendar);

	SEND(job, LOG_WARNING, MESSAGE_JOB_NEVER, "MESSAGE=job %s on %s ends: '%s' %s",
	     job->id, job->wish.device, calendar ? calendar : "?",
	     words ? words : "never comes again");
}

static void log_plain(const struct job *job, int priority, const char *what,
		      const char *why)
{
	LOG_SEND(log_field("PRIORITY=%d", priority), OF_JOB(job),
		 log_field("MESSAGE=job %s on %s: %s: %s", job->id, job->wish.device,
			   what, why));
}

void log_calendar(const struct job *job, int error)
{
	log_plain(job, LOG_ERR,
		  "systemd-analyze could not tell when it is due; trying again",
		  strerror(-error));
}

void log_left_out(const struct job *job, const struct job *last)
{
	log_plain(job, LOG_WARNING,
		  "it does not run this time, as its last run has not ended", last->id);
}

void log_untold(const struct job *job)
{
	log_plain(job, LOG_WARNING, "it may wait in vain",
		  "without BPF nobody can tell who is attached to a device's buffers");
}

void log_failed(const struct job *job, const char *what, int error)
{
	if (job)
		log_plain(job, LOG_ERR, what, strerror(-error));
	else
		log_print(LOG_ERR, "%s: %s", what, strerror(-error));
}
