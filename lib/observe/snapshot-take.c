/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/observe/joiner.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/model/pci-address.h"
#include "lib/observe/node.h"

/* People come in runs, so looking at the last few keeps the lists short. */
static int note_pid(struct joiner *joiner, pid_t pid)
{
	pid_array *pids = &joiner->unexplained.pids;

	for (size_t i = pids->count; i > 0 && i + 4 > pids->count; i--)
		if (pids->items[i - 1] == pid)
			return 0;
	return ARRAY_PUSH(pids, pid);
}

static int note_device(struct joiner *joiner, const char *name)
{
	device_name_array *devices = &joiner->unexplained.devices;
	struct device_name device = {};

	if (!pci_address_is_kernel_name(name))
		return 0;
	for (size_t i = devices->count; i > 0; i--)
		if (strcmp(devices->items[i - 1].text, name) == 0)
			return 0;
	strncpy(device.text, name, sizeof(device.text) - 1);
	return ARRAY_PUSH(devices, device);
}

static int note_node(struct joiner *joiner, struct node node)
{
	node_array *nodes = &joiner->unexplained.nodes;

	for (size_t i = nodes->count; i > 0; i--)
		if (nodes->items[i - 1].major == node.major &&
		    nodes->items[i - 1].minor == node.minor)
			return 0;
	return ARRAY_PUSH(nodes, node);
}

static const char *text_or_null(const char *text)
{
	return text[0] ? text : NULL;
}

/* A process as a record tells of it. 0 or -ENOMEM. */
static int take_process(struct joiner *joiner, pid_t pid, __u32 uid, const char *comm,
			const char *unit)
{
	int r = builder_process(joiner->builder, pid, comm, unit);

	if (r < 0)
		return r;
	return builder_process_uid(joiner->builder, pid,
				   uid == RECORD_UID_UNKNOWN ? PROCESS_UID_NONE : uid);
}

static int note_process(struct joiner *joiner, pid_t pid, __u32 uid, const char *comm)
{
	int r = note_pid(joiner, pid);

	return r < 0 ? r : take_process(joiner, pid, uid, text_or_null(comm), NULL);
}

static int take_source(struct joiner *joiner, struct record *header)
{
	const struct record_source *record = (const void *)header;
	struct source_progress *progress = &joiner->progress[header->source];

	progress->begun = true;
	if (record->outcome < 0)
		return 0;
	progress->ended = true;
	progress->outcome = (enum source_outcome)record->outcome;
	memcpy(progress->why, record->why, sizeof(progress->why));
	joiner->current_process = 0;
	return 0;
}

/* The buffer before this one has come to its end: did all of its attachments? */
static void end_attachments(struct joiner *joiner)
{
	joiner->changed += joiner->expected > 0;
	joiner->expected = 0;
}

static int expect_attachments(struct joiner *joiner, const struct record_buffer *record)
{
	struct opinion opinion = { record->inode, record->attachments };

	end_attachments(joiner);
	joiner->expected = record->attachments;
	if (record->attachments > RECORD_ATTACHMENTS_MAX) {
		joiner->expected = RECORD_ATTACHMENTS_MAX;
		joiner->cut_attachments += record->attachments - RECORD_ATTACHMENTS_MAX;
	}
	return ARRAY_PUSH(&joiner->first_opinions, opinion);
}

static int take_buffer(struct joiner *joiner, struct record *header)
{
	const struct record_buffer *record = (const void *)header;
	bool is_vfio = strcmp(record->exporter, "vfio_pci_core") == 0;
	struct opinion opinion = { record->inode, record->attachments };
	struct buffer buffer = {
		.inode = record->inode,
		.size = record->size,
		.exporter = record->exporter[0] ? record->exporter : NULL,
		.name = record->named ? record->name : NULL,
		.region = -1,
		.state = is_vfio ? BUFFER_STATE_UNKNOWN : BUFFER_STATE_NONE,
		.references = record->references,
		.mappings = -1,
		.attachments_known = record->attachments_known,
	};

	joiner->vfio_listed |= is_vfio;
	/* what was listed before keeps its attachments, and gains what it lacked */
	joiner->repeated =
		inode_set_add(&joiner->listed, buffer.inode) ? 0 : buffer.inode;
	if (header->source == SOURCE_BPF && expect_attachments(joiner, record) < 0)
		return -ENOMEM;
	if (header->source == SOURCE_BUFINFO && joiner->passes[PASS_BUFFERS] &&
	    ARRAY_PUSH(&joiner->second_opinions, opinion) < 0)
		return -ENOMEM;
	return builder_buffer(joiner->builder, &buffer);
}

static enum buffer_state vfio_state(const struct record_vfio_buffer *record)
{
	if (record->closed)
		return BUFFER_STATE_ORPHANED;
	if (!record->revoked)
		return BUFFER_STATE_LIVE;
	return record->writer ? BUFFER_STATE_REVOKING : BUFFER_STATE_REVOKED;
}

static int take_vfio_buffer(struct joiner *joiner, struct record *header)
{
	const struct record_vfio_buffer *record = (const void *)header;
	struct vfio_buffer buffer = {
		.inode = record->inode,
		.state = vfio_state(record),
		.mappings = record->mappings,
	};

	if (record->writer > 0 &&
	    (note_pid(joiner, record->writer) < 0 ||
	     builder_writer(joiner->builder, record->inode, record->writer) < 0))
		return -ENOMEM;
	if (record->device[0]) {
		buffer.device = builder_string(joiner->builder, record->device);
		if (!buffer.device || note_device(joiner, record->device) < 0)
			return -ENOMEM;
	}
	return ARRAY_PUSH(&joiner->vfio_buffers, buffer);
}

static int take_range(struct joiner *joiner, struct record *header)
{
	const struct record_range *record = (const void *)header;
	struct address_range range = { record->inode, record->address, record->length };

	return ARRAY_PUSH(&joiner->ranges, range);
}

static enum tristate known(const struct record_attachment *record, unsigned int flag)
{
	if (!(record->flags & ATTACHMENT_DYNAMIC_KNOWN))
		return TRISTATE_UNKNOWN;
	return record->flags & flag ? TRISTATE_YES : TRISTATE_NO;
}

const char *record_split_module(char *symbol)
{
	char *bracket = strstr(symbol, " ["), *end;

	if (!bracket)
		return NULL;
	*bracket = '\0';
	end = strchr(bracket + 2, ']');
	if (end)
		*end = '\0';
	return text_or_null(bracket + 2);
}

static int take_attachment(struct joiner *joiner, struct record *header)
{
	struct record_attachment *record = (void *)header;
	const char *module = record_split_module(record->symbol);
	struct attachment attachment = {
		.inode = record->inode,
		.device = record->device,
		.bus = text_or_null(record->bus),
		.driver = text_or_null(record->driver),
		.symbol = text_or_null(record->symbol),
		.module = module,
		.has_ops = known(record, ATTACHMENT_HAS_OPS),
		.has_callback = known(record, ATTACHMENT_HAS_CALLBACK),
		.peer2peer = known(record, ATTACHMENT_PEER2PEER),
	};

	if (record->inode == joiner->repeated)
		return 0;
	joiner->expected -= joiner->expected > 0;
	joiner->has_attachments = true;
	if (note_device(joiner, record->device) < 0)
		return -ENOMEM;
	return builder_attachment(joiner->builder, &attachment);
}

static int take_holder(struct joiner *joiner, struct record *header)
{
	const struct record_holder *record = (const void *)header;
	enum holder_kind kind = record->fd < 0 ? HOLDER_MAP : HOLDER_FD;
	int r = note_process(joiner, record->pid, record->uid, record->comm);

	if (r == 0 && kind == HOLDER_MAP)
		r = ARRAY_PUSH(&joiner->mapped, record->inode);
	if (r < 0)
		return r;
	return builder_holder(joiner->builder, record->inode, record->pid, kind,
			      record->fd);
}

static int note_owner(struct joiner *joiner, const struct record *header,
		      const struct record_owner *record)
{
	struct owned owned = { builder_string(joiner->builder, record->device),
			       record->pid };

	if (!owned.device)
		return -ENOMEM;
	if (record->fd >= 0)
		return ARRAY_PUSH(&joiner->owned, owned);
	return header->source == SOURCE_BPF ? ARRAY_PUSH(&joiner->bpf_mappings, owned)
					    : 0;
}

static int take_owner(struct joiner *joiner, struct record *header)
{
	const struct record_owner *record = (const void *)header;
	int r = note_process(joiner, record->pid, record->uid, record->comm);

	if (r == 0)
		r = note_device(joiner, record->device);
	if (r == 0)
		r = note_owner(joiner, header, record);
	if (r < 0 || (record->fd < 0 && header->source == SOURCE_BPF))
		return r;
	return builder_owner(joiner->builder, record->device, record->pid, record->fd);
}

static int take_user(struct joiner *joiner, struct record *header)
{
	const struct record_user *record = (const void *)header;
	int r = note_process(joiner, record->pid, record->uid, record->comm);

	return r < 0 ? r : builder_user(joiner->builder, record->device, record->pid);
}

static int take_character_device(struct joiner *joiner, struct record *header)
{
	const struct record_character_device *record = (const void *)header;
	struct node_user user = { { record->major, record->minor }, record->pid };
	int r = take_process(joiner, record->pid, record->uid, text_or_null(record->comm),
			     NULL);

	if (r == 0 && user.node.major == VFIO_CONTAINER_MAJOR &&
	    user.node.minor == VFIO_CONTAINER_MINOR)
		return builder_container(joiner->builder, record->pid);
	/* importers were listed before: without any, nobody asks for their users */
	if (r < 0 || !joiner->has_attachments)
		return r;
	r = note_pid(joiner, record->pid);
	if (r == 0)
		r = note_node(joiner, user.node);
	return r < 0 ? r : ARRAY_PUSH(&joiner->node_users, user);
}

static int take_node(struct joiner *joiner, struct record *header)
{
	const struct record_node *record = (const void *)header;
	struct resolved_node node = {
		.node = { record->major, record->minor },
	};

	if (!node_class_imports(record->subsystem))
		return 0;
	node.device = builder_string(joiner->builder, record->device);
	return node.device ? ARRAY_PUSH(&joiner->resolved_nodes, node) : -ENOMEM;
}

static int take_unit(struct joiner *joiner, struct record *header)
{
	const struct record_unit *record = (const void *)header;

	return take_process(joiner, record->pid, record->uid, NULL, record->unit);
}

static int take_process_start(struct joiner *joiner, struct record *header)
{
	const struct record_process_mark *record = (const void *)header;

	joiner->current_process = record->pid;
	return 0;
}

static int take_process_unreadable(struct joiner *joiner, struct record *header)
{
	const struct record_process_mark *record = (const void *)header;

	joiner_give_up_process(joiner, record->pid);
	return 0;
}

/* Names in the blocked source who keeps it from answering. */
static int take_blocker(struct joiner *joiner, struct record *header)
{
	const struct record_blocker *record = (const void *)header;

	for (int i = 0; i < SOURCE_COUNT; i++) {
		struct source_progress *progress = &joiner->progress[i];
		size_t length = strlen(progress->why);

		if (!progress->ended || progress->outcome != SOURCE_BLOCKED)
			continue;
		if (!progress->anonymous[0])
			memcpy(progress->anonymous, progress->why, sizeof(progress->why));
		(void)snprintf(progress->why + length, sizeof(progress->why) - length,
			       "; process %d (%s) sleeps in %s", record->pid,
			       record->comm, record->where);
	}
	return 0;
}

static uint64_t largest_bar(const struct record_pci_device *record)
{
	uint64_t largest = 0;

	for (size_t i = 0; i < RECORD_BARS; i++)
		if (record->bars[i].length > largest)
			largest = record->bars[i].length;
	return largest;
}

static int take_pci_device(struct joiner *joiner, struct record *header)
{
	const struct record_pci_device *record = (const void *)header;
	struct bars bars = {};
	struct device device = {
		.address = record->address,
		.bus = "pci",
		.vendor = record->vendor,
		.product = record->product,
		.class = record->class,
		.driver = text_or_null(record->driver),
		.driver_override = text_or_null(record->driver_override),
		.iommu_group = record->iommu_group,
		.is_virtual_function = record->flags & PCI_DEVICE_VIRTUAL_FUNCTION,
		.on_root_bus = record->flags & PCI_DEVICE_ON_ROOT_BUS,
		.physical_function = text_or_null(record->physical_function),
		.power_state = text_or_null(record->power_state),
		.runtime_status = text_or_null(record->runtime_status),
		.power_control = text_or_null(record->power_control),
		.reset_methods = record->flags & PCI_DEVICE_RESETS_KNOWN
					 ? record->reset_methods
					 : NULL,
		.command = record->command,
		.largest_bar = largest_bar(record),
		.vfio_bound = record->flags & PCI_DEVICE_VFIO_BOUND,
	};

	bars.device = builder_string(joiner->builder, record->address);
	if (!bars.device)
		return -ENOMEM;
	memcpy(bars.bars, record->bars, sizeof(bars.bars));
	if (ARRAY_PUSH(&joiner->bars, bars) < 0)
		return -ENOMEM;
	return builder_device(joiner->builder, &device);
}

/* PCI devices tell of themselves; of another parent this is all there is. */
static int take_mdev_parent(struct joiner *joiner, const struct record_mdev *record)
{
	struct device parent = {
		.address = record->parent,
		.bus = text_or_null(record->parent_bus),
		.driver = text_or_null(record->parent_driver),
		.iommu_group = -1,
		.command = -1,
		.state = DEVICE_HOST,
	};

	return strcmp(record->parent_bus, "pci") == 0
		       ? 0
		       : builder_device(joiner->builder, &parent);
}

static int take_mdev(struct joiner *joiner, struct record *header)
{
	const struct record_mdev *record = (const void *)header;
	struct device device = {
		.address = record->uuid,
		.bus = "mdev",
		.parent = record->parent,
		.mdev_type = text_or_null(record->type),
		.driver = text_or_null(record->driver),
		.iommu_group = record->iommu_group,
		.command = -1,
		.vfio_bound = record->driver[0] != '\0',
	};

	if (take_mdev_parent(joiner, record) < 0 ||
	    builder_device(joiner->builder, &device) < 0)
		return -ENOMEM;
	return builder_mdev(joiner->builder, record->parent, record->uuid);
}

static int take_pass(struct joiner *joiner, struct record *header)
{
	const struct record_pass *record = (const void *)header;

	if (record->pass >= ARRAY_SIZE(joiner->passes))
		return -EBADMSG;
	end_attachments(joiner);
	joiner->passes[record->pass] = true;
	return 0;
}

static int take_done(struct joiner *joiner, struct record *header)
{
	(void)header;
	joiner->done = true;
	return 0;
}

static int take_features(struct joiner *joiner, struct record *header)
{
	const struct record_features *record = (const void *)header;

	joiner->features |= record->features;
	builder_features(joiner->builder, record->features);
	return 0;
}

static int take_fence(struct joiner *joiner, struct record *header)
{
	struct record_fence *record = (void *)header;
	const char *module = record_split_module(record->symbol);

	return builder_fence(joiner->builder, record->inode,
			     module ? module : text_or_null(record->symbol));
}

static int take_device_lock(struct joiner *joiner, struct record *header)
{
	const struct record_device_lock *record = (const void *)header;
	const struct device device = {
		.address = record->device,
		.lock_holder = record->tid,
	};

	return builder_circumstances(joiner->builder, &device);
}

static int take_host(struct joiner *joiner, struct record *header)
{
	const struct record_host *record = (const void *)header;

	return builder_host(joiner->builder, text_or_null(record->kernel),
			    record->hung_task_panic, record->hung_task_seconds);
}

static int take_task(struct joiner *joiner, struct record *header)
{
	const struct record_task *record = (const void *)header;
	const struct blocked_task task = {
		.tid = record->tid,
		.state = record->state,
		.path = (enum task_path)record->path,
		.waits_for_owner = record->flags & TASK_WAITS_FOR_OWNER,
		.function = text_or_null(record->function),
		.slot_device = text_or_null(record->slot_device),
	};

	if (take_process(joiner, record->pid, record->uid, text_or_null(record->comm),
			 NULL) < 0)
		return -ENOMEM;
	return builder_task(joiner->builder, &task, record->pid);
}

static int take_release(struct joiner *joiner, struct record *header)
{
	const struct record_release *record = (const void *)header;
	const struct device device = {
		.address = record->device,
		.release_since_us = record->since_us,
	};

	return builder_circumstances(joiner->builder, &device);
}

static int take_use(struct joiner *joiner, struct record *header)
{
	const struct record_use *record = (const void *)header;
	const struct host_use use = {
		.device = record->device,
		.kind = (enum host_use_kind)record->kind,
		.name = record->name,
		.detail = text_or_null(record->detail),
	};

	if (record->pid > 0 && take_process(joiner, record->pid, record->uid,
					    text_or_null(record->comm), NULL) < 0)
		return -ENOMEM;
	return builder_use(joiner->builder, &use, record->pid);
}

static int take_saved_override(struct joiner *joiner, struct record *header)
{
	const struct record_saved_override *record = (const void *)header;
	const struct device device = {
		.address = record->device,
		.saved_override = record->driver,
	};

	return builder_circumstances(joiner->builder, &device);
}

static int take_libvirt(struct joiner *joiner, struct record *header)
{
	const struct record_libvirt *record = (const void *)header;
	const struct device device = {
		.address = record->device,
		.libvirt_domain = record->domain,
		.libvirt_running = record->running,
		.libvirt_managed = record->managed,
	};

	return builder_circumstances(joiner->builder, &device);
}

static const struct {
	size_t length;
	int (*take)(struct joiner *joiner, struct record *header);
} record_kinds[] = {
	[RECORD_SOURCE] = { sizeof(struct record_source), take_source },
	[RECORD_BUFFER] = { sizeof(struct record_buffer), take_buffer },
	[RECORD_VFIO_BUFFER] = { sizeof(struct record_vfio_buffer), take_vfio_buffer },
	[RECORD_RANGE] = { sizeof(struct record_range), take_range },
	[RECORD_ATTACHMENT] = { sizeof(struct record_attachment), take_attachment },
	[RECORD_HOLDER] = { sizeof(struct record_holder), take_holder },
	[RECORD_OWNER] = { sizeof(struct record_owner), take_owner },
	[RECORD_USER] = { sizeof(struct record_user), take_user },
	[RECORD_CHARACTER_DEVICE] = { sizeof(struct record_character_device),
				      take_character_device },
	[RECORD_NODE] = { sizeof(struct record_node), take_node },
	[RECORD_UNIT] = { sizeof(struct record_unit), take_unit },
	[RECORD_PROCESS_START] = { sizeof(struct record_process_mark),
				   take_process_start },
	[RECORD_PROCESS_UNREADABLE] = { sizeof(struct record_process_mark),
					take_process_unreadable },
	[RECORD_BLOCKER] = { sizeof(struct record_blocker), take_blocker },
	[RECORD_PCI_DEVICE] = { sizeof(struct record_pci_device), take_pci_device },
	[RECORD_MDEV] = { sizeof(struct record_mdev), take_mdev },
	[RECORD_PASS] = { sizeof(struct record_pass), take_pass },
	[RECORD_DONE] = { sizeof(struct record_done), take_done },
	[RECORD_FENCE] = { sizeof(struct record_fence), take_fence },
	[RECORD_DEVICE_LOCK] = { sizeof(struct record_device_lock), take_device_lock },
	[RECORD_HOST] = { sizeof(struct record_host), take_host },
	[RECORD_TASK] = { sizeof(struct record_task), take_task },
	[RECORD_RELEASE] = { sizeof(struct record_release), take_release },
	[RECORD_USE] = { sizeof(struct record_use), take_use },
	[RECORD_SAVED_OVERRIDE] = { sizeof(struct record_saved_override),
				    take_saved_override },
	[RECORD_LIBVIRT] = { sizeof(struct record_libvirt), take_libvirt },
	[RECORD_FEATURES] = { sizeof(struct record_features), take_features },
};

ssize_t joiner_take(struct joiner *joiner, const char *bytes, size_t length)
{
	/* records are not aligned in the stream; the largest is a PCI device */
	union {
		struct record header;
		char bytes[1024];
	} record;
	size_t taken = 0;

	while (length - taken >= sizeof(record.header)) {
		size_t type, size;
		int r;

		memcpy(&record.header, bytes + taken, sizeof(record.header));
		type = record.header.type;
		size = record.header.length;
		if (type >= ARRAY_SIZE(record_kinds) || !record_kinds[type].take ||
		    size != record_kinds[type].length || size > sizeof(record) ||
		    record.header.source >= SOURCE_COUNT)
			return -EBADMSG;
		if (length - taken < size)
			break;
		memcpy(&record, bytes + taken, size);
		r = record_kinds[type].take(joiner, &record.header);
		if (r < 0)
			return r;
		taken += size;
	}
	return (ssize_t)taken;
}
