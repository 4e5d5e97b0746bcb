/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_MODEL_REPORT_H
#define DMABUFCTL_MODEL_REPORT_H

/* What status says of a kernel and a build. */

#include <stddef.h>
#include <stdint.h>

#include "lib/model/snapshot.h"

enum { KNOWN_BUGS_MAX = 8 };

struct report {
	const char *version; /* of dmabufctl; NULL: unknown */
	const char *kernel; /* release; NULL: unknown */
	enum tristate build_has_bpf;
	enum tristate initial_pid_namespace;
	enum tristate initial_user_namespace;
	struct source_status sources[SOURCE_COUNT];
	uint32_t features; /* FEATURE_* bits; 0: not probed */
	const char *bugs[KNOWN_BUGS_MAX];
	size_t n_bugs;
	bool bugs_known;
};

struct report_feature {
	const char *key; /* in JSON */
	uint32_t bit;
	const char *help;
};

/* Ends with a key that is NULL. */
extern const struct report_feature report_features[];

#endif
