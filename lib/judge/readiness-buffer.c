/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <stdio.h>

#include "lib/judge/readiness-internal.h"

/* What the time it takes to let go means for whoever waits. */
static const char *drain_text(const struct attachment *attachment)
{
	switch (attachment->drain) {
	case DRAIN_AT_ONCE:
	case DRAIN_UNKNOWN:
		break;
	case DRAIN_BOUNDED:
		return "; that ends within a limit of its driver";
	case DRAIN_HARDWARE:
	case DRAIN_DEFERRED:
	case DRAIN_NEVER:
		return "; a revoke may wait for it without limit";
	}
	return "";
}

/* Who has the node of the importer open; which of them imports, nothing tells. */
static const char *users_text(const struct attachment *attachment,
			      struct process_text *room)
{
	struct process_text name;

	if (attachment->n_users == 0)
		return "";
	if (attachment->n_users == 1)
		(void)snprintf(room->text, sizeof(room->text), ", perhaps used by %s",
			       process_text(attachment->users[0].process, &name));
	else
		(void)snprintf(room->text, sizeof(room->text),
			       ", perhaps used by one of %zu processes",
			       attachment->n_users);
	return room->text;
}

static int check_attachment(struct check *check, const struct buffer *buffer,
			    const struct attachment *attachment)
{
	const struct process *user =
		attachment->n_users == 1 ? attachment->users[0].process : NULL;
	struct process_text users;
	struct finding finding = {
		.kind = OBSTACLE_ATTACHMENT,
		.device = attachment->device,
		.inode = buffer->inode,
		.importer = attachment->importer,
		.bounded = attachment->revocable == VERDICT_YES &&
			   attachment->drain == DRAIN_BOUNDED,
		.remedy = "have its user drop the buffer, or end him",
	};

	finding_set_process(&finding, user);
	return readiness_obstacle(
		check->findings, &finding, "buffer %" PRIu64 ", %s (%s%s): %s%s",
		buffer->inode, attachment->device,
		attachment->importer ? attachment->importer : "unknown importer",
		users_text(attachment, &users), attachment->reason,
		drain_text(attachment));
}

/* Whose mapping it is: not the owner's alone, who takes his own device back. */
static const struct process *other_user(const struct attachment *attachment,
					const struct device *device)
{
	for (size_t i = 0; i < attachment->n_users; i++)
		if (!device_has_owner(device, attachment->users[i].process))
			return attachment->users[i].process;
	return NULL;
}

static int note_tenant(struct check *check, const struct buffer *buffer,
		       const struct attachment *attachment)
{
	const struct process *tenant = other_user(attachment, check->device);
	struct process_text name;
	struct finding finding = {
		.kind = NOTE_TENANT_MAPPING,
		.device = attachment->device,
		.inode = buffer->inode,
		.importer = attachment->importer,
	};

	if (!tenant && attachment->n_users > 0)
		return 0;
	finding_set_process(&finding, tenant);
	return readiness_note(
		check->findings, &finding,
		"a revoke ends the mapping of buffer %" PRIu64 " by %s for good%s%s",
		buffer->inode,
		attachment->importer ? attachment->importer : attachment->device,
		tenant ? ": perhaps of " : "", tenant ? process_text(tenant, &name) : "");
}

/*
 * An unplugged device leaves addresses behind in iommufd, which alone keeps them until
 * its user unmaps them; after an unbind the device is still there to answer.
 */
static bool leaves_addresses(const struct check *check,
			     const struct attachment *attachment)
{
	const struct blocked_task *task = release_task(check);

	return attachment->restorable == TRISTATE_NO &&
	       text_equals(attachment->importer, "iommufd") &&
	       release_is_under_way(check) &&
	       (!task ||
		(task->path != TASK_PATH_UNBIND && task->path != TASK_PATH_UNLOAD));
}

static int note_stale(struct check *check, const struct buffer *buffer,
		      const struct attachment *attachment)
{
	const struct finding finding = {
		.kind = NOTE_STALE_MAPPING,
		.device = attachment->device,
		.inode = buffer->inode,
		.importer = attachment->importer,
	};

	return readiness_note(
		check->findings, &finding,
		"once the device is gone, iommufd keeps the I/O virtual address of "
		"buffer %" PRIu64 " until its user unmaps it: work that is still queued "
		"there faults, or reaches whatever gets that address next",
		buffer->inode);
}

static int check_attachments_of(struct check *check, const struct buffer *buffer)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < buffer->n_attachments; i++) {
		const struct attachment *attachment = &buffer->attachments[i];

		if (attachment_may_wait(attachment))
			r = check_attachment(check, buffer, attachment);
		if (r == 0 && attachment->restorable == TRISTATE_NO)
			r = note_tenant(check, buffer, attachment);
		if (r == 0 && leaves_addresses(check, attachment))
			r = note_stale(check, buffer, attachment);
	}
	return r;
}

static int unlisted_attachments(struct check *check, const struct buffer *buffer)
{
	const struct finding finding = {
		.kind = OBSTACLE_ATTACHMENT,
		.inode = buffer->inode,
		.remedy = unseen_remedy(check, SOURCE_BUFINFO),
	};

	return readiness_obstacle(
		check->findings, &finding, "who is attached to buffer %" PRIu64 " %s",
		buffer->inode,
		source_is_left_out(check, SOURCE_BUFINFO) ? "was not asked of bufinfo"
							  : "could not be read");
}

bool buffer_may_be_of(const struct buffer *buffer, const struct device *device)
{
	return buffer_is_of_vfio(buffer) && !buffer->device &&
	       buffer->state != BUFFER_STATE_ORPHANED &&
	       buffer->state != BUFFER_STATE_REVOKED && device->n_owners > 0 &&
	       device_may_export(device, buffer);
}

/* Without BPF nothing tells whose buffers they are: they may be of this device. */
static int note_unassigned(struct check *check, size_t count, uint64_t inode)
{
	const struct finding finding = {
		.kind = NOTE_UNASSIGNED_BUFFER,
		.inode = count == 1 ? inode : 0,
	};

	if (count == 1)
		return readiness_note(check->findings, &finding,
				      "buffer %" PRIu64
				      " is of some VFIO device, perhaps "
				      "of this one: only BPF can tell",
				      inode);
	return readiness_note(check->findings, &finding,
			      "%zu buffers are of some VFIO device, perhaps of this one: "
			      "only BPF can tell",
			      count);
}

int check_attachments(struct check *check)
{
	const struct snapshot *snapshot = check->snapshot;
	size_t unassigned = 0;
	uint64_t inode = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < snapshot->n_buffers; i++) {
		const struct buffer *buffer = &snapshot->buffers[i];
		bool may_be_of = buffer_may_be_of(buffer, check->device);

		if (!may_be_of && !buffer_is_live_on(buffer, check->device))
			continue;
		if (may_be_of) {
			unassigned++;
			inode = buffer->inode;
		}
		if (!buffer->attachments_known)
			r = unlisted_attachments(check, buffer);
		if (r == 0)
			r = check_attachments_of(check, buffer);
	}
	return r == 0 && unassigned > 0 ? note_unassigned(check, unassigned, inode) : r;
}

static bool first_of_its_process(const struct buffer *buffer, size_t i)
{
	return i == 0 || buffer->holders[i - 1].process != buffer->holders[i].process;
}

static int check_holder(struct check *check, const struct buffer *buffer,
			const struct process *process)
{
	struct process_text name;
	struct finding finding = {
		.kind = OBSTACLE_HOLDER,
		.inode = buffer->inode,
		.bounded = true,
		.remedy = "have the owner close the device: that ends it for good",
	};

	finding_set_process(&finding, process);
	return readiness_obstacle(check->findings, &finding,
				  "%s holds buffer %" PRIu64
				  "%s, and can have it mapped again as long as the "
				  "device is open",
				  process_text(process, &name), buffer->inode,
				  buffer->device ? "" : ", perhaps of this device");
}

int check_holders(struct check *check)
{
	const struct snapshot *snapshot = check->snapshot;
	int r = 0;

	for (size_t i = 0; r == 0 && i < snapshot->n_buffers; i++) {
		const struct buffer *buffer = &snapshot->buffers[i];

		if (!buffer_is_live_on(buffer, check->device) &&
		    !buffer_may_be_of(buffer, check->device))
			continue;
		for (size_t j = 0; r == 0 && j < buffer->n_holders; j++) {
			const struct process *process = buffer->holders[j].process;

			if (first_of_its_process(buffer, j) &&
			    !device_has_owner(check->device, process))
				r = check_holder(check, buffer, process);
		}
	}
	return r;
}

static int note_orphan(struct check *check, const struct buffer *buffer,
		       const struct process *process)
{
	struct finding finding = {
		.kind = NOTE_ORPHANED_BUFFER,
		.inode = buffer->inode,
	};
	struct process_text name;

	finding_set_process(&finding, process);
	return readiness_note(check->findings, &finding,
			      "%s holds buffer %" PRIu64
			      " of a device that was closed: revoked for good, and in "
			      "nobody's way",
			      process_text(process, &name), buffer->inode);
}

/* They have lost their device, so they are told with any that VFIO has. */
int check_orphans(struct check *check)
{
	const struct snapshot *snapshot = check->snapshot;
	int r = 0;

	if (check->device->state == DEVICE_HOST)
		return 0;
	for (size_t i = 0; r == 0 && i < snapshot->n_buffers; i++) {
		const struct buffer *buffer = &snapshot->buffers[i];

		if (buffer->state != BUFFER_STATE_ORPHANED)
			continue;
		for (size_t j = 0; r == 0 && j < buffer->n_holders; j++)
			if (first_of_its_process(buffer, j))
				r = note_orphan(check, buffer,
						buffer->holders[j].process);
	}
	return r;
}
