/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_MODEL_JOB_H
#define DMABUFCTL_MODEL_JOB_H

/*
 * An act as it is kept on disk: armed -> started -> done, failed, interrupted or
 * cancelled, exactly once. "done" means that a result was written, whatever it says.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/model/result.h"
#include "lib/model/wish.h"

enum { /* with the final NUL */
       JOB_ID_TEXT = 33,
       JOB_CALENDAR_TEXT = 256,
       JOB_UNIT_TEXT = JOB_ID_TEXT + 32,
};

enum job_state {
	JOB_ARMED,
	JOB_STARTED,
	JOB_DONE,
	JOB_FAILED,
	JOB_INTERRUPTED,
	JOB_MISSED,
	JOB_CANCELLED,
};

enum job_trigger {
	JOB_NOW,
	JOB_ON_UNPLUG,
	JOB_ON_REASSIGN,
	JOB_ON_RELEASE,
	JOB_ON_EXIT,
	JOB_ON_IDLE,
	JOB_AT,
};

/* What the executor is at; for whoever follows it. */
struct job_progress {
	bool known; /* false: it has not begun a step */
	enum step_kind step;
	int64_t since_us; /* CLOCK_REALTIME */
	uint64_t timeout_us; /* TIME_SPAN_INFINITE: none */
	char awaited[256]; /* what is waited for; "": nothing to add */
};

/* What a job waits for; that of "now" has none. */
struct schedule {
	bool always; /* armed again each time, else once */
	char calendar[JOB_CALENDAR_TEXT]; /* of JOB_AT: as systemd.time(7) has it */
	/*
	 * Of JOB_AT: the next time; of others: when what they waited for came. CLOCK_REALTIME;
	 * 0: not known, not yet.
	 */
	int64_t due_us;
	/*
	 * Of JOB_ON_EXIT and JOB_ON_IDLE: since when it was seen to be in use,
	 * CLOCK_REALTIME; 0: it was not. The end of that is what is waited for, and may
	 * come while nobody watches.
	 */
	int64_t busy_us;
	bool fired; /* what it waited for has come: its unit may run it */
	/*
	 * JOB_MISSED or JOB_CANCELLED: it never will; its unit puts that on record and does
	 * nothing else. JOB_ARMED: neither.
	 */
	enum job_state end;
	char parent[JOB_ID_TEXT]; /* the armed job that this is a run of; "": none */
};

struct job {
	char id[JOB_ID_TEXT];
	struct wish wish;
	enum job_trigger trigger;
	struct schedule schedule;
	enum job_state state;
	int64_t created_us; /* CLOCK_REALTIME */
	struct job_progress progress;
	struct result *result; /* NULL: none yet */
};

void job_free(struct job *job); /* NULL is allowed */

/* 1 to 32 characters of [0-9a-z-], beginning with a letter or digit. */
bool job_id_is_valid(const char *id);

/* The unit that runs a job: "dmabufctl-act@ID.service". */
void job_unit_name(const char *id, char ret[JOB_UNIT_TEXT]);

/* A calendar of one line; NULL or "" is none. Only systemd knows whether it means a time. */
bool job_calendar_is_valid(const char *calendar);

/* May its unit run it now? What waits for something else may not. */
bool job_is_due(const struct job *job);

bool job_has_ended(const struct job *job);

/* Words of the JSON contract, and back: the value of a word, or -EINVAL. */
const char *job_state_name(enum job_state state);
const char *job_trigger_name(enum job_trigger trigger);
int job_state_parse(const char *word);
int job_trigger_parse(const char *word);

#endif
