/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_OBSERVE_SNAPSHOT_H
#define DMABUFCTL_OBSERVE_SNAPSHOT_H

/*
 * Turns the records of one look into a snapshot. Pure: no I/O. Also knows how far
 * the sources are, which is what the process that waits for them needs to know.
 */

#include "lib/base/array.h"
#include "lib/model/snapshot-builder.h"
#include "lib/observe/record.h"

/* What the records named and another look at the kernel must still explain. */
struct node {
	unsigned int major, minor;
};

struct device_name {
	char text[RECORD_DEVICE_NAME];
};

typedef ARRAY(pid_t) pid_array;
typedef ARRAY(struct node) node_array;
typedef ARRAY(struct device_name) device_name_array;

struct unexplained {
	pid_array pids;
	node_array nodes;
	device_name_array devices;
};

struct source_progress {
	bool begun, ended;
	enum source_outcome outcome;
	char why[RECORD_WHY];
	char anonymous[RECORD_WHY]; /* the same without a process in it; "": why is */
};

struct joiner;

struct joiner *joiner_new(void); /* NULL: out of memory */
void joiner_free(struct joiner *joiner); /* NULL is allowed */

/*
 * Takes every whole record of bytes and returns how many bytes that were, or
 * -EBADMSG for what no observer writes, or -ENOMEM.
 */
ssize_t joiner_take(struct joiner *joiner, const char *bytes, size_t length);

struct source_progress *joiner_progress(struct joiner *joiner, enum source source);

/* The process being read when the records stopped; 0: none. */
pid_t joiner_current_process(const struct joiner *joiner);

/* Counts it as unreadable: its reader never came back. */
void joiner_give_up_process(struct joiner *joiner, pid_t pid);

/* An observer begins; it is done when its last record has come. */
void joiner_begin_observer(struct joiner *joiner);
bool joiner_is_done(const struct joiner *joiner);

/* Whatever told of processes becomes partial, for this reason. */
void joiner_weaken(struct joiner *joiner, const char *why);

/* Are there VFIO buffers whose state the kernel's own structures did not tell? */
bool joiner_needs_judgement(const struct joiner *joiner);
bool joiner_has_attachments(const struct joiner *joiner);

const struct unexplained *joiner_unexplained(const struct joiner *joiner);
uint32_t joiner_features(const struct joiner *joiner);

/* Joins everything. The joiner is gone afterwards. 0 or negative errno. */
int joiner_finish(struct joiner *joiner, struct snapshot **ret);

#endif
