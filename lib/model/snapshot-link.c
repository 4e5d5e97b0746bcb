/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/model/snapshot-link.h"

static int compare_u64(uint64_t one, uint64_t other)
{
	return one < other ? -1 : one > other;
}

int link_compare_text(const char *one, const char *other)
{
	return strcmp(one ? one : "", other ? other : "");
}

void link_sort(void *items, size_t count, size_t size,
	       int (*compare)(const void *, const void *))
{
	const char *bytes = items;

	for (size_t i = 1; i < count; i++) {
		if (compare(bytes + (i - 1) * size, bytes + i * size) <= 0)
			continue;
		qsort(items, count, size, compare);
		return;
	}
}

static int compare_processes(const void *one, const void *other)
{
	const struct process *a = one, *b = other;

	return a->pid < b->pid ? -1 : a->pid > b->pid;
}

static void link_processes(struct snapshot *snapshot)
{
	struct snapshot_storage *storage = snapshot->storage;
	struct process *processes = storage->processes.items;
	size_t kept = 0;

	SORT(&storage->processes, compare_processes);
	for (size_t i = 0; i < storage->processes.count; i++) {
		struct process *last = kept ? &processes[kept - 1] : NULL;

		if (!last || last->pid != processes[i].pid) {
			processes[kept++] = processes[i];
			continue;
		}
		process_add_uid(last, processes[i].uid);
		if (!last->comm)
			last->comm = processes[i].comm;
		if (!last->unit)
			last->unit = processes[i].unit;
	}
	storage->processes.count = kept;
	snapshot->processes = processes;
	snapshot->n_processes = kept;
}

const struct process *link_process(const struct snapshot *snapshot, pid_t pid,
				   const struct process **hint)
{
	struct process key = { .pid = pid };

	if (!*hint || (*hint)->pid != pid)
		*hint = snapshot->n_processes == 0
				? NULL
				: bsearch(&key, snapshot->processes,
					  snapshot->n_processes, sizeof(key),
					  compare_processes);
	return *hint;
}

static int compare_buffers(const void *one, const void *other)
{
	const struct buffer *a = one, *b = other;

	return compare_u64(a->inode, b->inode);
}

static void buffer_fill(struct buffer *buffer, const struct buffer *more)
{
	if (buffer->size == 0)
		buffer->size = more->size;
	if (!buffer->exporter)
		buffer->exporter = more->exporter;
	if (!buffer->name)
		buffer->name = more->name;
	if (!buffer->device)
		buffer->device = more->device;
	if (buffer->region < 0)
		buffer->region = more->region;
	if (buffer->references < 0)
		buffer->references = more->references;
	if (more->state_evidence > buffer->state_evidence) {
		buffer->state = more->state;
		buffer->state_evidence = more->state_evidence;
	}
	if (buffer->mappings < 0)
		buffer->mappings = more->mappings;
	buffer->fences_known |= more->fences_known;
	buffer->attachments_known |= more->attachments_known;
}

static void link_buffers(struct snapshot *snapshot)
{
	struct snapshot_storage *storage = snapshot->storage;
	struct buffer *buffers = storage->buffers.items;
	size_t kept = 0;

	SORT(&storage->buffers, compare_buffers);
	for (size_t i = 0; i < storage->buffers.count; i++) {
		if (kept && buffers[kept - 1].inode == buffers[i].inode)
			buffer_fill(&buffers[kept - 1], &buffers[i]);
		else
			buffers[kept++] = buffers[i];
	}
	for (size_t i = 0; i < kept; i++)
		if (!buffers[i].reason)
			buffers[i].reason = "not judged";
	storage->buffers.count = kept;
	snapshot->buffers = buffers;
	snapshot->n_buffers = kept;
}

/*
 * Brings items (whose first member is the inode) into the order of the buffers,
 * keeping their order within each, and drops those of no buffer. On return buffer i
 * has the items from (*ret_starts)[i] up to (*ret_starts)[i + 1].
 */
static int group_by_buffer(const struct snapshot *snapshot, void **items, size_t count,
			   size_t size, size_t **ret_starts)
{
	size_t n = snapshot->n_buffers;
	_cleanup_free_ size_t *starts = calloc(n + 2, sizeof(*starts));
	_cleanup_free_ size_t *which = calloc(count + 1, sizeof(*which));
	char *grouped = calloc(count + 1, size), *bytes = *items;
	const struct buffer *buffer = NULL;

	if (!starts || !which || !grouped) {
		free(grouped);
		return -ENOMEM;
	}
	for (size_t i = 0; i < count; i++) {
		uint64_t inode;

		memcpy(&inode, bytes + i * size, sizeof(inode));
		if (!buffer || buffer->inode != inode)
			buffer = snapshot_buffer(snapshot, inode);
		which[i] = buffer ? (size_t)(buffer - snapshot->buffers) : n;
		starts[which[i] + 1]++;
	}
	for (size_t i = 1; i <= n; i++)
		starts[i] += starts[i - 1];
	/* starts[b] is now where b begins; it walks to where b ends, and back below */
	for (size_t i = 0; i < count; i++)
		if (which[i] < n)
			memcpy(grouped + starts[which[i]]++ * size, bytes + i * size,
			       size);
	memmove(starts + 1, starts, n * sizeof(*starts));
	starts[0] = 0;
	free(*items);
	*items = grouped;
	*ret_starts = TAKE_PTR(starts);
	return 0;
}

static int compare_attachments(const void *one, const void *other)
{
	const struct attachment *a = one, *b = other;
	int r = link_compare_text(a->device, b->device);

	return r ? r : link_compare_text(a->symbol, b->symbol);
}

static int link_attachments(struct snapshot *snapshot)
{
	struct snapshot_storage *storage = snapshot->storage;
	_cleanup_free_ size_t *starts = NULL;
	int r;

	r = group_by_buffer(snapshot, (void **)&storage->attachments.items,
			    storage->attachments.count, sizeof(struct attachment),
			    &starts);
	if (r < 0)
		return r;
	storage->attachments.count = starts[snapshot->n_buffers];
	for (size_t i = 0; i < snapshot->n_buffers; i++) {
		struct attachment *first = storage->attachments.items + starts[i];

		snapshot->buffers[i].attachments = first;
		snapshot->buffers[i].n_attachments = starts[i + 1] - starts[i];
		link_sort(first, starts[i + 1] - starts[i], sizeof(*first),
			  compare_attachments);
	}
	return 0;
}

static int link_ranges(struct snapshot *snapshot)
{
	struct snapshot_storage *storage = snapshot->storage;
	_cleanup_free_ size_t *starts = NULL;
	int r;

	r = group_by_buffer(snapshot, (void **)&storage->ranges.items,
			    storage->ranges.count, sizeof(struct buffer_range), &starts);
	if (r < 0)
		return r;
	for (size_t i = 0; i < snapshot->n_buffers; i++) {
		snapshot->buffers[i].ranges = storage->ranges.items + starts[i];
		snapshot->buffers[i].n_ranges = starts[i + 1] - starts[i];
	}
	return 0;
}

static int compare_holders(const void *one, const void *other)
{
	const struct holder *a = one, *b = other;

	if (a->process != b->process)
		return a->process < b->process ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return a->fd < b->fd ? -1 : a->fd > b->fd;
}

static void buffer_link_holders(struct buffer *buffer, struct holder *holders,
				size_t count)
{
	size_t kept = 0;

	link_sort(holders, count, sizeof(*holders), compare_holders);
	for (size_t i = 0; i < count; i++)
		if (kept == 0 || compare_holders(&holders[kept - 1], &holders[i]) != 0)
			holders[kept++] = holders[i];
	buffer->holders = holders;
	buffer->n_holders = kept;
}

static int link_holders(struct snapshot *snapshot)
{
	struct snapshot_storage *storage = snapshot->storage;
	_cleanup_free_ size_t *starts = NULL;
	const struct process *hint = NULL;
	size_t count;
	int r;

	r = group_by_buffer(snapshot, (void **)&storage->pending_holders.items,
			    storage->pending_holders.count, sizeof(struct pending_holder),
			    &starts);
	if (r < 0)
		return r;
	count = starts[snapshot->n_buffers];
	storage->holders = calloc(count + 1, sizeof(struct holder));
	if (!storage->holders)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		struct pending_holder *pending = &storage->pending_holders.items[i];

		storage->holders[i] = (struct holder){
			.inode = pending->inode,
			.process = link_process(snapshot, pending->pid, &hint),
			.kind = pending->kind,
			.fd = pending->fd,
		};
	}
	for (size_t i = 0; i < snapshot->n_buffers; i++)
		buffer_link_holders(&snapshot->buffers[i], storage->holders + starts[i],
				    starts[i + 1] - starts[i]);
	return 0;
}

static int compare_users(const void *one, const void *other)
{
	const struct pending_user *a = one, *b = other;
	int r = link_compare_text(a->device, b->device);

	return r ? r : (a->pid > b->pid) - (a->pid < b->pid);
}

static void attachment_link_users(struct attachment *attachment,
				  const struct snapshot_storage *storage)
{
	for (size_t i = 0; i < storage->users.count; i++) {
		const struct user *user = &storage->users.items[i];

		if (link_compare_text(user->device, attachment->device) != 0)
			continue;
		if (attachment->n_users++ == 0)
			attachment->users = user;
	}
}

static int link_users(struct snapshot *snapshot)
{
	struct snapshot_storage *storage = snapshot->storage;
	const struct process *hint = NULL;
	const struct attachment *last = NULL;

	SORT(&storage->pending_users, compare_users);
	for (size_t i = 0; i < storage->pending_users.count; i++) {
		struct pending_user *pending = &storage->pending_users.items[i];
		struct user user = { pending->device,
				     link_process(snapshot, pending->pid, &hint) };

		if (i > 0 && compare_users(pending - 1, pending) == 0)
			continue;
		if (ARRAY_PUSH(&storage->users, user) < 0)
			return -ENOMEM;
	}
	for (size_t i = 0; i < storage->attachments.count; i++) {
		struct attachment *attachment = &storage->attachments.items[i];

		attachment->users = NULL;
		attachment->n_users = 0;
		if (last && link_compare_text(last->device, attachment->device) == 0) {
			attachment->users = last->users;
			attachment->n_users = last->n_users;
		} else {
			attachment_link_users(attachment, storage);
		}
		last = attachment;
		if (!attachment->reason)
			attachment->reason = "not judged";
	}
	return 0;
}

static int compare_fences(const void *one, const void *other)
{
	const struct fence *a = one, *b = other;
	int r = compare_u64(a->inode, b->inode);

	return r ? r : link_compare_text(a->driver, b->driver);
}

/* The array of names must not move any more when buffers point into it. */
static int link_fences(struct snapshot *snapshot)
{
	struct snapshot_storage *storage = snapshot->storage;
	size_t next = 0;

	SORT(&storage->fences, compare_fences);
	for (size_t i = 0; i < storage->fences.count; i++)
		if (ARRAY_PUSH(&storage->fence_drivers, storage->fences.items[i].driver) <
		    0)
			return -ENOMEM;
	for (size_t i = 0; i < snapshot->n_buffers; i++) {
		struct buffer *buffer = &snapshot->buffers[i];

		while (next < storage->fences.count &&
		       storage->fences.items[next].inode < buffer->inode)
			next++;
		buffer->fences = ITEM_AT(&storage->fence_drivers, next);
		buffer->n_fences = 0;
		while (next < storage->fences.count &&
		       storage->fences.items[next].inode == buffer->inode) {
			buffer->n_fences++;
			next++;
		}
	}
	return 0;
}

static void link_writers(struct snapshot *snapshot)
{
	struct snapshot_storage *storage = snapshot->storage;
	const struct process *hint = NULL;

	for (size_t i = 0; i < storage->writers.count; i++) {
		const struct writer *writer = &storage->writers.items[i];
		const struct buffer *buffer = snapshot_buffer(snapshot, writer->inode);

		if (buffer)
			snapshot->buffers[buffer - snapshot->buffers].writer =
				link_process(snapshot, writer->pid, &hint);
	}
}

int snapshot_link(struct snapshot *snapshot)
{
	int r;

	link_processes(snapshot);
	link_buffers(snapshot);
	link_writers(snapshot);
	r = link_devices(snapshot);
	if (r == 0)
		r = link_attachments(snapshot);
	if (r == 0)
		r = link_ranges(snapshot);
	if (r == 0)
		r = link_holders(snapshot);
	if (r == 0)
		r = link_users(snapshot);
	if (r == 0)
		r = link_owners(snapshot);
	if (r == 0)
		r = link_fences(snapshot);
	if (r == 0)
		r = link_uses(snapshot);
	if (r == 0)
		r = link_tasks(snapshot);
	if (r == 0)
		r = link_device_details(snapshot);
	return r;
}
