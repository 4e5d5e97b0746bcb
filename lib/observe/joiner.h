/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_OBSERVE_JOINER_H
#define DMABUFCTL_OBSERVE_JOINER_H

/*
 * What the parts of the join share: snapshot.c (its life and its end), snapshot-take.c
 * (one record after the other), snapshot-sources.c (how the sources fared).
 */

#include <stdbool.h>

#include "lib/base/array.h"
#include "lib/observe/inode-set.h"
#include "lib/observe/snapshot.h"

/* A VFIO buffer's ranges are physical addresses until its device's BARs are known. */
struct vfio_buffer {
	uint64_t inode;
	const char *device;
	enum buffer_state state;
	int64_t mappings;
};

struct address_range {
	uint64_t inode;
	uint64_t address, length;
};

struct bars {
	const char *device;
	struct {
		uint64_t start, length;
	} bars[RECORD_BARS];
};

struct node_user {
	struct node node;
	pid_t pid;
};

struct resolved_node {
	struct node node;
	const char *device;
};

/* What one source says about a buffer, to be compared with another. */
struct opinion {
	uint64_t inode;
	size_t attachments;
};

/* A process and a VFIO device that it has open or mapped. */
struct owned {
	const char *device;
	pid_t pid;
};

struct joiner {
	struct snapshot_builder *builder;
	struct source_progress progress[SOURCE_COUNT];
	struct unexplained unexplained;
	pid_t current_process;
	bool done; /* this observer left nothing out */
	bool passes[PASS_COUNT]; /* that came to their end */
	pid_array unreadable;
	uint32_t features;
	uint64_t cut_attachments;
	uint64_t repeated; /* the buffer at hand was listed before; 0: no */
	uint32_t expected; /* attachments of the buffer at hand that still must come */
	uint64_t changed; /* buffers whose attachments changed while they were read */
	bool has_attachments;
	bool vfio_listed; /* there are VFIO buffers */
	ARRAY(struct vfio_buffer) vfio_buffers;
	ARRAY(struct address_range) ranges;
	ARRAY(struct bars) bars;
	ARRAY(struct node_user) node_users;
	ARRAY(struct resolved_node) resolved_nodes;
	ARRAY(struct opinion) first_opinions;
	ARRAY(struct opinion) second_opinions;
	ARRAY(struct owned) owned;
	ARRAY(struct owned) bpf_mappings; /* count only once all were seen */
	struct inode_set listed; /* buffers of any source */
	ARRAY(uint64_t) mapped; /* buffers that processes map */
};

/* Did this source answer in full? */
bool joiner_has_ended_well(const struct joiner *joiner, enum source source);

/* Tells the builder how every source fared. 0 or -ENOMEM. */
int joiner_finish_sources(struct joiner *joiner);

#endif
