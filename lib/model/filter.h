/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_MODEL_FILTER_H
#define DMABUFCTL_MODEL_FILTER_H

/* Which buffers list shows. Zeroed: all of them. Texts are not owned. */

#include <stdbool.h>
#include <sys/types.h>

#include "lib/model/snapshot.h"

struct filter {
	const char *exporter; /* shell pattern */
	const char *name; /* shell pattern, of the raw bytes */
	const char *device; /* exporting or importing device, as the kernel names it */
	pid_t pid; /* of a holder; 0: any */
	unsigned int revocable; /* 1 << enum verdict; 0: any */
	unsigned int state; /* 1 << enum buffer_state; 0: any */
};

/* "yes,depends" and the like. 0 or -EINVAL. */
int filter_parse_revocable(const char *words, unsigned int *ret);

/* "live,revoking"; "none" is for exporters that have no such notion. 0 or -EINVAL. */
int filter_parse_state(const char *words, unsigned int *ret);

/* 0 or -EINVAL. */
int filter_parse_pid(const char *text, pid_t *ret);

bool filter_is_empty(const struct filter *filter);
bool filter_matches(const struct filter *filter, const struct buffer *buffer);

#endif
