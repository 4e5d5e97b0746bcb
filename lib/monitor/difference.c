/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/monitor/difference.h"

#include <string.h>

struct comparison {
	int64_t time_us;
	event_function *put;
	void *context;
};

static bool same(const char *one, const char *other)
{
	return one == other || (one && other && strcmp(one, other) == 0);
}

static struct event event_of(const struct comparison *comparison, enum event_kind kind)
{
	return (struct event){
		.kind = kind,
		.time_us = comparison->time_us,
		.duration_us = -1,
	};
}

static void add_process(struct event *event, const struct process *process)
{
	if (!process)
		return;
	event->pid = process->pid;
	event->comm = process->comm;
}

static struct event buffer_event(const struct comparison *comparison,
				 enum event_kind kind, const struct buffer *buffer)
{
	struct event event = event_of(comparison, kind);

	event.inode = buffer->inode;
	event.size = buffer->size;
	event.exporter = buffer->exporter;
	event.device = buffer->device;
	return event;
}

static void put_exported(const struct comparison *comparison, const struct buffer *buffer)
{
	struct event event = buffer_event(comparison, EVENT_EXPORT, buffer);

	/* one holder: it has made it, or been given it */
	if (buffer->n_holders == 1)
		add_process(&event, buffer->holders[0].process);
	comparison->put(comparison->context, &event);
}

static void put_attachment(const struct comparison *comparison, enum event_kind kind,
			   const struct buffer *buffer,
			   const struct attachment *attachment)
{
	struct event event = buffer_event(comparison, kind, buffer);

	event.attached = attachment->device;
	event.importer = attachment->importer;
	if (attachment->n_users == 1)
		add_process(&event, attachment->users[0].process);
	comparison->put(comparison->context, &event);
}

static bool same_attachment(const struct attachment *one, const struct attachment *other)
{
	return same(one->device, other->device) && same(one->symbol, other->symbol);
}

/* How many like this one there are: a device may be attached more than once. */
static size_t count_like(const struct attachment *items, size_t count,
			 const struct attachment *wanted)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++)
		found += same_attachment(&items[i], wanted);
	return found;
}

/* Those of one that other has fewer of. */
static void put_surplus(const struct comparison *comparison, enum event_kind kind,
			const struct buffer *one, const struct buffer *other)
{
	for (size_t i = 0; i < one->n_attachments; i++) {
		const struct attachment *attachment = &one->attachments[i];
		size_t nth = count_like(one->attachments, i, attachment);

		if (!other || nth >= count_like(other->attachments, other->n_attachments,
						attachment))
			put_attachment(comparison, kind, one, attachment);
	}
}

static bool is_revoked(enum buffer_state state)
{
	return state == BUFFER_STATE_REVOKED || state == BUFFER_STATE_ORPHANED;
}

static void put_state(const struct comparison *comparison, const struct buffer *buffer,
		      enum event_kind kind)
{
	struct event event = buffer_event(comparison, kind, buffer);

	if (kind == EVENT_REVOKING)
		add_process(&event, buffer->writer);
	if (buffer->state == BUFFER_STATE_ORPHANED)
		event.cause = CAUSE_CLOSE;
	comparison->put(comparison->context, &event);
}

static void compare_states(const struct comparison *comparison,
			   const struct buffer *before, const struct buffer *after)
{
	if (after->state == BUFFER_STATE_UNKNOWN || before->state == BUFFER_STATE_UNKNOWN)
		return;
	if (after->state == BUFFER_STATE_REVOKING && before->state == BUFFER_STATE_LIVE)
		put_state(comparison, after, EVENT_REVOKING);
	else if (is_revoked(after->state) && !is_revoked(before->state))
		put_state(comparison, after, EVENT_REVOKE);
	else if (after->state == BUFFER_STATE_LIVE && before->state != BUFFER_STATE_LIVE)
		put_state(comparison, after, EVENT_RESTORE);
}

static void compare_buffers(const struct comparison *comparison,
			    const struct snapshot *before, const struct snapshot *after)
{
	for (size_t i = 0; i < after->n_buffers; i++) {
		const struct buffer *now = &after->buffers[i];
		const struct buffer *then = snapshot_buffer(before, now->inode);

		if (!then)
			put_exported(comparison, now);
		if (now->attachments_known && (!then || then->attachments_known))
			put_surplus(comparison, EVENT_ATTACH, now, then);
		if (then)
			compare_states(comparison, then, now);
	}
	for (size_t i = 0; i < before->n_buffers; i++) {
		const struct buffer *then = &before->buffers[i];
		const struct buffer *now = snapshot_buffer(after, then->inode);
		struct event event = buffer_event(comparison, EVENT_RELEASE, then);

		if (then->attachments_known && (!now || now->attachments_known))
			put_surplus(comparison, EVENT_DETACH, then, now);
		if (!now)
			comparison->put(comparison->context, &event);
	}
}

static void put_device(const struct comparison *comparison, enum event_kind kind,
		       const struct device *device)
{
	struct event event = event_of(comparison, kind);

	event.device = device->address;
	if (device->n_owners > 0)
		add_process(&event, device->owners[0].process);
	comparison->put(comparison->context, &event);
}

/* Those of one that are open there, and are not in other. */
static void put_open(const struct comparison *comparison, enum event_kind kind,
		     const struct snapshot *one, const struct snapshot *other)
{
	for (size_t i = 0; i < one->n_devices; i++) {
		const struct device *device = &one->devices[i];
		const struct device *counterpart =
			snapshot_device(other, device->address);

		if (device->n_owners > 0 && (!counterpart || counterpart->n_owners == 0))
			put_device(comparison, kind, device);
	}
}

void difference(const struct snapshot *before, const struct snapshot *after,
		int64_t time_us, event_function *put, void *context)
{
	const struct comparison comparison = {
		.time_us = time_us,
		.put = put,
		.context = context,
	};

	put_open(&comparison, EVENT_OPEN, after, before);
	compare_buffers(&comparison, before, after);
	put_open(&comparison, EVENT_CLOSE, before, after);
}

bool difference_is_of_use(const struct snapshot *snapshot)
{
	bool answered = false;

	for (size_t i = 0; i < SOURCE_COUNT; i++) {
		if (snapshot->sources[i].outcome == SOURCE_BLOCKED)
			return false;
		answered |= snapshot->sources[i].outcome == SOURCE_OK ||
			    snapshot->sources[i].outcome == SOURCE_PARTIAL;
	}
	return answered;
}
