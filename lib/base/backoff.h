/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_BASE_BACKOFF_H
#define DMABUFCTL_BASE_BACKOFF_H

/*
 * When to look again at what may change without a word: soon at first, then ever less
 * often; after a sign that something happened soon again, but never at once and again.
 * Pure: the caller tells the time, in milliseconds of any clock that does not jump.
 */

#include <stdint.h>

enum { BACKOFF_MIN_MS = 100, BACKOFF_MAX_MS = 2000 };

struct backoff {
	uint64_t looked_ms; /* when the last look ended */
	uint64_t delay_ms; /* from there to the next one */
	uint64_t next_ms; /* the delay behind that one */
};

#define BACKOFF_NEW                                                                      \
	{                                                                                \
		.next_ms = BACKOFF_MIN_MS                                                \
	}

/* A look has just ended. */
void backoff_looked(struct backoff *backoff, uint64_t now_ms);

/* Something happened. */
void backoff_event(struct backoff *backoff);

/* When the next look is due; that may be over already. */
uint64_t backoff_due(const struct backoff *backoff);

#endif
