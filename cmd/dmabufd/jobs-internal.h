/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFD_JOBS_INTERNAL_H
#define DMABUFD_JOBS_INTERNAL_H

/* For the files of jobs.h alone. */

#include "cmd/dmabufd/jobs-rules.h"
#include "cmd/dmabufd/jobs.h"
#include "lib/act/calendar.h"
#include "lib/base/array.h"

/* How long the silence of a unit may last before systemd is asked. */
enum { ENTRY_LOOK_US = 10000000 };

enum phase {
	PHASE_WAITS, /* its request is armed */
	PHASE_STARTS, /* its request is due: its unit is to take it */
	PHASE_RUNS, /* there is a record */
	PHASE_ENDED, /* and it says how */
};

struct entry {
	struct jobs *jobs;
	struct job *job;
	enum phase phase;
	bool for_release; /* it was begun for the release that is under way, or has run */
	bool cancelled; /* to be cancelled while it starts: then its record may be late */
	bool unwritten; /* its request is not on disk as it is here */
	bool lost; /* nobody runs it, and its record cannot be ended */
	bool buried; /* its unit was started to end its record */
	bool started; /* systemd has its unit */
	unsigned int failures; /* in a row, to start it */
	sd_event_source *timer; /* the next thing to do in its phase; monotonic */

	sd_event_source *due; /* JOB_AT */
	struct calendar_query query;
	sd_event_source *answer; /* of query */

	ARRAY(struct awaited *) owners; /* JOB_ON_EXIT: who is waited for */
	unsigned int polls; /* JOB_ON_EXIT, JOB_ON_IDLE: questions without news */
	bool asking;
	bool told; /* that it cannot be told whether it is idle */
};

/* A call to systemd under way: its job may be gone when it is answered. */
struct call {
	struct jobs *jobs;
	char id[JOB_ID_TEXT];
	struct call *next;
};

struct jobs {
	struct manager *manager;
	ARRAY(struct entry *) entries;
	struct call *calls;
	sd_event_source *records, *requests; /* inotify */
	sd_event_source *rescan; /* soon after one of these: they come in crowds */
	sd_event_source *clock; /* somebody has set it */
};

/* jobs-entry.c */

/* Takes job, also on failure; in no phase yet. 0 or negative errno. */
int entry_new(struct jobs *jobs, struct job *job, enum phase phase, struct entry **ret);
void entry_drop(struct entry *entry); /* out of the list as well */
struct entry *entry_find(const struct jobs *jobs, const char *id);
struct job *job_copy(const struct job *job); /* without its result; NULL: no memory */
void entry_wake_in(struct entry *entry, uint64_t delay_us); /* the timer */

/* What is there of it now counts. Takes record. */
void entry_take_record(struct entry *entry, struct job *record);

/* jobs-begin.c */

/* What it waited for has come: it begins now, or a run of it does. */
void entry_fire(struct entry *entry);
/* The same of a moment of its own, which may have been missed. */
void entry_fire_at(struct entry *entry, int64_t moment_us, bool missed);
/* Its unit is to put on record that it will never run. */
void entry_end(struct entry *entry, enum job_state end);
/* Its request is due: starts its unit, and sees to it that there is a record. */
void entry_start(struct entry *entry);
int entry_stop(struct entry *entry);
void entry_look_after(struct entry *entry); /* timer of PHASE_STARTS and PHASE_RUNS */

/* jobs-at.c */
void at_arm(struct entry *entry);
void at_ask(struct entry *entry, int64_t after_us);
void at_retry(struct entry *entry); /* timer */
void at_disarm(struct entry *entry);
int at_watch_clock(struct jobs *jobs);

/* jobs-watch.c: exit and idle */
void watch_arm(struct entry *entry);
void watch_poll(struct entry *entry); /* timer */
void watch_disarm(struct entry *entry);

/* jobs-load.c */
void entry_arm(struct entry *entry); /* PHASE_WAITS */

/* jobs-log.c */
void log_broken(const char *name, int set_aside);
void log_missed(const struct job *job);
void log_not_started(const struct job *job, int error, bool given_up);
void log_lost(const struct job *job);
void log_never(const struct job *job, const char *words);
void log_calendar(const struct job *job, int error);
void log_untold(const struct job *job);
void log_failed(const struct job *job, const char *what, int error);

#endif
