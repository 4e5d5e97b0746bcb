/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFD_REACT_H
#define DMABUFD_REACT_H

/*
 * What is done about a release, and when. Pure: the caller tells the time, which is
 * CLOCK_MONOTONIC in microseconds unless it says otherwise.
 */

#include <stdbool.h>
#include <stdint.h>

#include "cmd/dmabufd/releases.h"
#include "lib/model/job.h"
#include "lib/model/policy.h"

#define REACT_NEVER UINT64_MAX

struct release {
	char address[PCI_ADDRESS_TEXT];
	uint16_t vendor, product; /* both 0: not known */
	enum release_kind kind;
	uint64_t begun_us;
	uint64_t look_us; /* when the observer is asked about it */
	uint64_t act_us; /* when the policy acts; once, unless it could do nothing */
	unsigned int failures; /* acts of it that could do nothing */
	unsigned int looks; /* until it was settled */
	unsigned int missed; /* answers in a row that did not show it */
	bool was_handled; /* by a job, before this daemon began */
	uint64_t found_us; /* by the observer: its uevent may still come; 0: it was not */
	bool settled; /* told apart, or it never will be */
	bool seen; /* some answer has shown it */
	bool awaits_kind; /* a job may be for it, which depends on its kind */
	bool reported; /* the journal knows of it */
};

/* A new one, with its address and ids; handled: there is a job for it. */
void react_begin(struct release *release, const struct policy *policy, bool handled,
		 uint64_t now_us);

/* What the policy would do is done by somebody else. */
void react_handled(struct release *release);

/* Somebody is still at the device: the policy acts when he has ended. */
void react_postpone(struct release *release, uint64_t now_us);

/* Its act could do nothing: it may try again a few times, for the release still waits. */
void react_failed(struct release *release, uint64_t now_us);

/* Is a uevent that comes now that of the release which was found? */
bool react_is_known(const struct release *release, uint64_t now_us);

/* What follows from a look at it: bits. */
enum react_news {
	REACT_TOLD = 1 << 0, /* release->kind is known now */
	REACT_UNTOLD = 1 << 1, /* and will not be */
	REACT_BEGUN = 1 << 2, /* it waits: the journal is to know */
	REACT_LASTS = 1 << 3, /* for another minute: the journal is to know why */
	REACT_OVER = 1 << 4, /* it has ended, and nobody said so */
};

struct react_look {
	bool answered; /* false: the observer could not say anything */
	bool shown; /* the release is in the answer ... */
	enum release_kind kind; /* ... as this */
};

unsigned int react_looked(struct release *release, const struct react_look *look,
			  uint64_t now_us);

/* Is it time for what the policy says? */
bool react_is_due(const struct release *release, uint64_t now_us);

/* When to call again, for an act or, unless one is under way, a look; REACT_NEVER. */
uint64_t react_next_us(const struct release *release, bool looking);

/* Who waits there: a word of enum task_path, or "unknown"; NULL is unknown. */
enum release_kind react_kind(const char *path);

/* Does the job wait for a release of this device, of one kind and not the other? */
bool react_job_awaits_kind(const struct job *job, const char *address);

/*
 * Is, or was, the job there for a release of this device that began at since_us
 * (CLOCK_REALTIME)?
 */
bool react_job_handles(const struct job *job, const char *address, int64_t since_us);

/* What the policy does. */
struct job react_job(const struct release *release, const struct policy *policy);

#endif
