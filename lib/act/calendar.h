/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_ACT_CALENDAR_H
#define DMABUFCTL_ACT_CALENDAR_H

/*
 * When a calendar (OnCalendar= of systemd.time(7)) comes next, as systemd itself says:
 * systemd-analyze, in a disposable process. What names no time zone is of the host's,
 * whatever TZ says, as it is for timer units. To the second.
 */

#include <stdint.h>

#include "lib/base/child.h"

enum { CALENDAR_ANSWER = 4096 };

struct calendar_query {
	struct child child;
	char answer[CALENDAR_ANSWER];
	size_t length;
};

#define CALENDAR_NONE                                                                    \
	{                                                                                \
		.child = CHILD_NONE                                                      \
	}

/*
 * Asks for the first time later than after_us (CLOCK_REALTIME). The answer is to be read
 * when ret->child.output is readable. 0, -EINVAL (no calendar of one line) or negative
 * errno. End with calendar_end(), whatever came of it.
 */
int calendar_ask(const char *calendar, int64_t after_us, struct calendar_query *ret);

/*
 * -EAGAIN: there is more to come. 0 with the time; -EINVAL: it is no calendar; -ERANGE:
 * that time never comes; -EOPNOTSUPP: systemd-analyze could not be run; -EBADMSG: it said
 * something else. Of -EINVAL and -EBADMSG ret_words (may be NULL) are systemd's own,
 * malloc'ed, one line and safe on a terminal; else it is not touched.
 */
int calendar_read(struct calendar_query *query, int64_t *ret_us, char **ret_words);

/* Kills it if it still runs. Also of CALENDAR_NONE. */
void calendar_end(struct calendar_query *query);

/* All of it, and waits for at most limit_ms: -ETIME. */
int calendar_next(const char *calendar, int64_t after_us, int limit_ms, int64_t *ret_us,
		  char **ret_words);

/* The answer, read. Pure; errors as calendar_read(). */
int calendar_parse(const char *answer, int64_t *ret_us);

#endif
