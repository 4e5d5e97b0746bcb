/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_MODEL_QUESTION_H
#define DMABUFCTL_MODEL_QUESTION_H

/* What the daemon asks an observer: once, on one connection. Texts are not owned. */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lib/model/filter.h"

enum question_verb {
	QUESTION_LIST,
	QUESTION_DEVICES,
	QUESTION_CHECK,
	QUESTION_RELEASES, /* devices whose driver is leaving, and what waits behind them */
	QUESTION_STATUS,
};

struct question {
	enum question_verb verb;
	const char *device; /* check: as the kernel names it; NULL: all of VFIO */
	struct filter filter; /* list */
	const char *unit; /* devices: shell pattern; NULL: any */
	size_t limit; /* list: buffers at most; 0: all */
	bool for_everybody; /* hides nothing; else what is not for_uid's: snapshot-hide.h */
	uid_t for_uid;
	unsigned int sources; /* SOURCE_BIT() mask; 0: the default ones */
};

/* enum question_verb, or -EINVAL. */
int question_verb_parse(const char *word);

#endif
