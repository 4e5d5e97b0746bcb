/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/model/job.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/model/words.h"

void job_free(struct job *job)
{
	if (!job)
		return;
	result_free(job->result);
	free(job);
}

bool job_id_is_valid(const char *id)
{
	size_t length = strspn(id, "0123456789abcdefghijklmnopqrstuvwxyz-");

	return length > 0 && length < JOB_ID_TEXT && id[length] == '\0' &&
	       isalnum((unsigned char)id[0]);
}

void job_unit_name(const char *id, char ret[JOB_UNIT_TEXT])
{
	(void)snprintf(ret, JOB_UNIT_TEXT, "dmabufctl-act@%s.service", id);
}

bool job_calendar_is_valid(const char *calendar)
{
	if (!calendar || !*calendar || strlen(calendar) >= JOB_CALENDAR_TEXT)
		return false;
	for (; *calendar; calendar++)
		if (iscntrl((unsigned char)*calendar))
			return false;
	return true;
}

bool job_is_due(const struct job *job)
{
	return job->trigger == JOB_NOW || job->schedule.fired ||
	       job->schedule.end != JOB_ARMED;
}

bool job_has_ended(const struct job *job)
{
	return job->state != JOB_ARMED && job->state != JOB_STARTED;
}

static const char *const job_state_names[] = {
	[JOB_ARMED] = "armed",
	[JOB_STARTED] = "started",
	[JOB_DONE] = "done",
	[JOB_FAILED] = "failed",
	[JOB_INTERRUPTED] = "interrupted",
	[JOB_MISSED] = "missed",
	[JOB_CANCELLED] = "cancelled",
};

static const char *const job_trigger_names[] = {
	[JOB_NOW] = "now",
	[JOB_ON_UNPLUG] = "unplug",
	[JOB_ON_REASSIGN] = "reassign",
	[JOB_ON_RELEASE] = "release",
	[JOB_ON_EXIT] = "exit",
	[JOB_ON_IDLE] = "idle",
	[JOB_AT] = "at",
};

WORDS(job_state)
WORDS(job_trigger)
