/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/observe/joiner.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/model/feature.h"

struct joiner *joiner_new(void)
{
	struct joiner *joiner = calloc(1, sizeof(*joiner));

	if (!joiner)
		return NULL;
	joiner->builder = snapshot_builder_new();
	if (!joiner->builder) {
		free(joiner);
		return NULL;
	}
	return joiner;
}

void joiner_free(struct joiner *joiner)
{
	if (!joiner)
		return;
	snapshot_builder_free(joiner->builder);
	free(joiner->unexplained.pids.items);
	free(joiner->unexplained.nodes.items);
	free(joiner->unexplained.devices.items);
	free(joiner->vfio_buffers.items);
	free(joiner->ranges.items);
	free(joiner->bars.items);
	free(joiner->node_users.items);
	free(joiner->resolved_nodes.items);
	free(joiner->first_opinions.items);
	free(joiner->second_opinions.items);
	free(joiner->owned.items);
	free(joiner->bpf_mappings.items);
	free(joiner->unreadable.items);
	inode_set_free(&joiner->listed);
	free(joiner->mapped.items);
	free(joiner);
}

struct source_progress *joiner_progress(struct joiner *joiner, enum source source)
{
	return &joiner->progress[source];
}

pid_t joiner_current_process(const struct joiner *joiner)
{
	return joiner->current_process;
}

void joiner_give_up_process(struct joiner *joiner, pid_t pid)
{
	if (joiner->current_process == pid)
		joiner->current_process = 0;
	for (size_t i = 0; i < joiner->unreadable.count; i++)
		if (joiner->unreadable.items[i] == pid)
			return;
	/* out of memory: one entry less is all that is lost */
	(void)ARRAY_PUSH(&joiner->unreadable, pid);
}

void joiner_begin_observer(struct joiner *joiner)
{
	joiner->done = false;
	joiner->current_process = 0;
}

bool joiner_is_done(const struct joiner *joiner)
{
	return joiner->done;
}

const struct unexplained *joiner_unexplained(const struct joiner *joiner)
{
	return &joiner->unexplained;
}

uint32_t joiner_features(const struct joiner *joiner)
{
	return joiner->features;
}

/* The BAR that holds an address; -1: none of them. */
static int bar_of(const struct bars *bars, uint64_t address)
{
	for (int i = 0; i < RECORD_BARS; i++)
		if (bars->bars[i].length > 0 && address >= bars->bars[i].start &&
		    address - bars->bars[i].start < bars->bars[i].length)
			return i;
	return -1;
}

static const struct bars *bars_of(const struct joiner *joiner, const char *device)
{
	for (size_t i = 0; device && i < joiner->bars.count; i++)
		if (strcmp(joiner->bars.items[i].device, device) == 0)
			return &joiner->bars.items[i];
	return NULL;
}

/* Its ranges follow each other in the records, from *next on. */
static int finish_vfio_buffer(struct joiner *joiner, const struct vfio_buffer *vfio,
			      size_t *next)
{
	const struct bars *bars = bars_of(joiner, vfio->device);
	struct buffer buffer = {
		.inode = vfio->inode,
		.device = vfio->device,
		.region = -1,
		.state = vfio->state,
		.state_evidence = EVIDENCE_KERNEL,
		.references = -1,
		.mappings = vfio->mappings,
		.fences_known = true,
	};

	for (; *next < joiner->ranges.count; (*next)++) {
		const struct address_range *range = &joiner->ranges.items[*next];

		if (range->inode != vfio->inode)
			break;
		if (!bars || bar_of(bars, range->address) < 0)
			continue;
		buffer.region = bar_of(bars, range->address);
		if (builder_range(joiner->builder, range->inode,
				  range->address - bars->bars[buffer.region].start,
				  range->length) < 0)
			return -ENOMEM;
	}
	return builder_buffer(joiner->builder, &buffer);
}

static int finish_vfio_buffers(struct joiner *joiner)
{
	size_t next = 0;
	int r;

	for (size_t i = 0; i < joiner->vfio_buffers.count; i++) {
		r = finish_vfio_buffer(joiner, &joiner->vfio_buffers.items[i], &next);
		if (r < 0)
			return r;
	}
	return 0;
}

static int finish_node_users(struct joiner *joiner)
{
	for (size_t i = 0; i < joiner->node_users.count; i++) {
		const struct node_user *user = &joiner->node_users.items[i];

		for (size_t j = 0; j < joiner->resolved_nodes.count; j++) {
			const struct resolved_node *node =
				&joiner->resolved_nodes.items[j];

			if (node->node.major != user->node.major ||
			    node->node.minor != user->node.minor)
				continue;
			if (builder_user(joiner->builder, node->device, user->pid) < 0)
				return -ENOMEM;
		}
	}
	return 0;
}

static bool is_unreadable(const struct joiner *joiner, pid_t pid)
{
	for (size_t i = 0; i < joiner->unreadable.count; i++)
		if (joiner->unreadable.items[i] == pid)
			return true;
	return false;
}

/* Mappings count where all of a process were seen; elsewhere they are unknown. */
static int finish_owners(struct joiner *joiner)
{
	const struct source_progress *proc = &joiner->progress[SOURCE_PROC];
	bool by_bpf = joiner->passes[PASS_MAPPINGS];
	bool by_proc = proc->ended &&
		       (proc->outcome == SOURCE_OK || proc->outcome == SOURCE_PARTIAL);
	int r = 0;

	for (size_t i = 0; r == 0 && by_bpf && i < joiner->bpf_mappings.count; i++)
		r = builder_owner(joiner->builder, joiner->bpf_mappings.items[i].device,
				  joiner->bpf_mappings.items[i].pid, -1);
	for (size_t i = 0; r == 0 && i < joiner->owned.count; i++) {
		const struct owned *owned = &joiner->owned.items[i];

		if ((by_bpf || by_proc) && !is_unreadable(joiner, owned->pid))
			continue;
		r = builder_owner(joiner->builder, owned->device, owned->pid, -2);
	}
	return r;
}

static unsigned int seen(const struct joiner *joiner)
{
	static const struct {
		enum record_pass_kind pass;
		enum seen seen;
	} looks[] = {
		{ PASS_OWNERS, SEEN_OWNERS },	  { PASS_DEVICES, SEEN_DEVICES },
		{ PASS_TASKS, SEEN_TASKS },	  { PASS_USES, SEEN_USES },
		{ PASS_SETTINGS, SEEN_SETTINGS },
	};
	unsigned int seen = 0;

	if (joiner_has_ended_well(joiner, SOURCE_PROC))
		seen |= SEEN_OWNERS;
	for (size_t i = 0; i < ARRAY_SIZE(looks); i++)
		if (joiner->passes[looks[i].pass])
			seen |= looks[i].seen;
	return seen;
}

bool joiner_needs_judgement(const struct joiner *joiner)
{
	return joiner->vfio_listed && joiner->vfio_buffers.count == 0;
}

bool joiner_has_attachments(const struct joiner *joiner)
{
	return joiner->has_attachments;
}

int joiner_finish(struct joiner *joiner, struct snapshot **ret)
{
	int r = finish_vfio_buffers(joiner);

	if (r == 0)
		r = finish_owners(joiner);
	builder_seen(joiner->builder, seen(joiner));
	if (r == 0)
		r = finish_node_users(joiner);
	if (r == 0)
		r = joiner_finish_sources(joiner);
	if (r == 0)
		r = builder_finish(TAKE_PTR(joiner->builder), ret);
	joiner_free(joiner);
	return r;
}
