/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The join: records of any source, in any order and cut anywhere, to one snapshot. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/model/feature.h"
#include "lib/observe/sink.h"
#include "lib/observe/snapshot.h"

static void take(struct joiner *joiner, struct record *header, enum record_type type,
		 enum source source, size_t length)
{
	record_init(header, type, source, length);
	assert_int_equal(joiner_take(joiner, (const char *)header, length),
			 (ssize_t)length);
}

#define TAKE(joiner, record, type, source)                                               \
	take((joiner), &(record)->header, (type), (source), sizeof(*(record)))

static void take_buffer(struct joiner *joiner, enum source source, uint64_t inode,
			const char *exporter, unsigned int attachments)
{
	struct record_buffer record = { .inode = inode,
					.size = 4096,
					.references = 2,
					.attachments = attachments,
					.attachments_known = source != SOURCE_PROC };

	RECORD_TEXT(record.exporter, exporter);
	TAKE(joiner, &record, RECORD_BUFFER, source);
}

static void take_holder(struct joiner *joiner, uint64_t inode, int pid, int fd,
			const char *comm)
{
	struct record_holder record = { .inode = inode, .pid = pid, .fd = fd };

	RECORD_TEXT(record.comm, comm);
	TAKE(joiner, &record, RECORD_HOLDER, SOURCE_BPF);
}

static void take_attachment(struct joiner *joiner, enum source source, uint64_t inode,
			    const char *device, unsigned int flags, const char *symbol)
{
	struct record_attachment record = { .inode = inode, .flags = flags };

	RECORD_TEXT(record.device, device);
	RECORD_TEXT(record.symbol, symbol);
	TAKE(joiner, &record, RECORD_ATTACHMENT, source);
}

static void take_source(struct joiner *joiner, enum source source, int outcome,
			const char *why)
{
	struct record_source record = { .outcome = outcome };

	RECORD_TEXT(record.why, why);
	TAKE(joiner, &record, RECORD_SOURCE, source);
}

static void take_pass(struct joiner *joiner, unsigned int pass)
{
	struct record_pass record = { .pass = pass };

	TAKE(joiner, &record, RECORD_PASS, SOURCE_BPF);
}

static struct snapshot *finish(struct joiner *joiner)
{
	struct snapshot *snapshot = NULL;

	assert_int_equal(joiner_finish(joiner, &snapshot), 0);
	assert_non_null(snapshot);
	return snapshot;
}

static void joins_by_inode_in_any_order(void **state)
{
	struct joiner *joiner = joiner_new();
	struct snapshot *snapshot;
	const struct buffer *buffer;

	(void)state;
	take_holder(joiner, 9, 70, 4, "qemu");
	take_attachment(joiner, SOURCE_BPF, 7, "vgem", ATTACHMENT_DYNAMIC_KNOWN, "");
	take_holder(joiner, 7, 70, 5, "qemu");
	take_holder(joiner, 7, 60, 3, "first");
	take_holder(joiner, 8, 60, 3, "nobody's");
	take_buffer(joiner, SOURCE_BPF, 9, "udmabuf", 0);
	take_buffer(joiner, SOURCE_BPF, 7, "system", 1);
	snapshot = finish(joiner);

	assert_int_equal(snapshot->n_buffers, 2);
	assert_int_equal(snapshot->buffers[0].inode, 7);
	buffer = snapshot_buffer(snapshot, 7);
	assert_int_equal(buffer->n_holders, 2);
	assert_int_equal(buffer->holders[0].process->pid, 60);
	assert_string_equal(buffer->holders[1].process->comm, "qemu");
	assert_int_equal(buffer->n_attachments, 1);
	assert_int_equal(buffer->attachments[0].has_ops, TRISTATE_NO);
	assert_int_equal(buffer->state, BUFFER_STATE_NONE);
	assert_int_equal(snapshot_buffer(snapshot, 9)->n_attachments, 0);
	assert_null(snapshot_buffer(snapshot, 8));
	snapshot_free(snapshot);
}

static void same_holder_told_twice_counts_once(void **state)
{
	struct joiner *joiner = joiner_new();
	struct snapshot *snapshot;

	(void)state;
	take_buffer(joiner, SOURCE_BPF, 7, "udmabuf", 0);
	take_holder(joiner, 7, 60, -1, "x");
	take_holder(joiner, 7, 60, 3, "x");
	take_holder(joiner, 7, 60, -1, "x");
	take_holder(joiner, 7, 60, 4, "x");
	take_holder(joiner, 7, 60, 3, "x");
	snapshot = finish(joiner);
	assert_int_equal(snapshot->buffers[0].n_holders, 3);
	assert_int_equal(snapshot->buffers[0].holders[0].fd, 3);
	assert_int_equal(snapshot->buffers[0].holders[2].kind, HOLDER_MAP);
	assert_int_equal(snapshot->n_processes, 1);
	snapshot_free(snapshot);
}

static void take_vfio(struct joiner *joiner, uint64_t inode, unsigned int revoked,
		      unsigned int closed, int writer)
{
	struct record_vfio_buffer record = {
		.inode = inode, .revoked = revoked, .closed = closed, .writer = writer
	};

	if (!closed)
		RECORD_TEXT(record.device, "0000:03:00.0");
	TAKE(joiner, &record, RECORD_VFIO_BUFFER, SOURCE_BPF);
}

static void vfio_buffers_get_state_and_ranges(void **state)
{
	struct joiner *joiner = joiner_new();
	struct record_range range = { .inode = 7, .address = 0xfe002000, .length = 4096 };
	struct record_pci_device device = { .iommu_group = 5,
					    .flags = PCI_DEVICE_VFIO_BOUND };
	const struct device *device_of_writer;
	struct snapshot *snapshot;
	const struct buffer *buffer;

	(void)state;
	for (uint64_t inode = 7; inode <= 10; inode++)
		take_buffer(joiner, SOURCE_BPF, inode, "vfio_pci_core", 0);
	take_vfio(joiner, 7, 0, 0, 0);
	TAKE(joiner, &range, RECORD_RANGE, SOURCE_BPF);
	range.address = 0xfe008000;
	TAKE(joiner, &range, RECORD_RANGE, SOURCE_BPF);
	take_vfio(joiner, 8, 1, 0, 0);
	take_vfio(joiner, 9, 1, 0, 123);
	take_vfio(joiner, 10, 1, 1, 0);
	take_pass(joiner, PASS_OWNERS);
	assert_int_equal(joiner_unexplained(joiner)->devices.count, 1);
	RECORD_TEXT(device.address, "0000:03:00.0");
	RECORD_TEXT(device.driver, "vfio-pci");
	device.bars[0].start = 0xfd000000;
	device.bars[0].length = 0x1000;
	device.bars[2].start = 0xfe000000;
	device.bars[2].length = 0x100000;
	TAKE(joiner, &device, RECORD_PCI_DEVICE, SOURCE_BPF);
	snapshot = finish(joiner);

	buffer = snapshot_buffer(snapshot, 7);
	assert_int_equal(buffer->state, BUFFER_STATE_LIVE);
	assert_int_equal(buffer->state_evidence, EVIDENCE_KERNEL);
	assert_string_equal(buffer->device, "0000:03:00.0");
	assert_int_equal(buffer->region, 2);
	assert_int_equal(buffer->n_ranges, 2);
	assert_int_equal(buffer->ranges[0].offset, 0x2000);
	assert_int_equal(buffer->ranges[1].offset, 0x8000);
	assert_int_equal(snapshot_buffer(snapshot, 8)->state, BUFFER_STATE_REVOKED);
	assert_int_equal(snapshot_buffer(snapshot, 9)->state, BUFFER_STATE_REVOKING);
	assert_int_equal(snapshot_buffer(snapshot, 10)->state, BUFFER_STATE_ORPHANED);
	assert_null(snapshot_buffer(snapshot, 10)->device);
	assert_int_equal(snapshot_device(snapshot, "0000:03:00.0")->n_exports, 3);
	device_of_writer = snapshot_device(snapshot, "0000:03:00.0");
	/* who waits in the revoke of 9 keeps it open, though none of his fds is seen */
	assert_int_equal(device_of_writer->state, DEVICE_OPEN);
	assert_int_equal(device_of_writer->n_owners, 1);
	assert_int_equal(device_of_writer->owners[0].process->pid, 123);
	assert_int_equal(device_of_writer->owners[0].n_fds, 0);
	assert_int_equal(device_of_writer->owners[0].maps, 0);
	snapshot_free(snapshot);
}

static void range_outside_every_bar_is_dropped(void **state)
{
	struct joiner *joiner = joiner_new();
	struct record_range range = { .inode = 7, .address = 0x1000, .length = 4096 };
	struct snapshot *snapshot;

	(void)state;
	take_buffer(joiner, SOURCE_BPF, 7, "vfio_pci_core", 0);
	take_vfio(joiner, 7, 0, 0, 0);
	TAKE(joiner, &range, RECORD_RANGE, SOURCE_BPF);
	snapshot = finish(joiner);
	assert_int_equal(snapshot->buffers[0].region, -1);
	assert_int_equal(snapshot->buffers[0].n_ranges, 0);
	snapshot_free(snapshot);
}

static void take_owner(struct joiner *joiner, int pid, int fd)
{
	struct record_owner record = { .pid = pid, .fd = fd };

	RECORD_TEXT(record.comm, "owner");
	RECORD_TEXT(record.device, "0000:03:00.0");
	TAKE(joiner, &record, RECORD_OWNER, SOURCE_PROC);
}

static void owner_without_driver_means_releasing(void **state)
{
	struct joiner *joiner = joiner_new();
	struct record_pci_device device = { .iommu_group = 5 };
	const struct device *found;
	struct snapshot *snapshot;

	(void)state;
	take_source(joiner, SOURCE_PROC, -1, "");
	take_owner(joiner, 60, 7);
	take_owner(joiner, 60, 7);
	take_owner(joiner, 60, -1);
	take_owner(joiner, 60, -1);
	take_owner(joiner, 50, 3);
	take_source(joiner, SOURCE_PROC, SOURCE_OK, "");
	RECORD_TEXT(device.address, "0000:03:00.0");
	TAKE(joiner, &device, RECORD_PCI_DEVICE, SOURCE_PROC);
	RECORD_TEXT(device.address, "0000:04:00.0");
	TAKE(joiner, &device, RECORD_PCI_DEVICE, SOURCE_PROC);
	snapshot = finish(joiner);
	found = snapshot_device(snapshot, "0000:03:00.0");
	assert_int_equal(found->state, DEVICE_RELEASING);
	assert_int_equal(found->n_owners, 2);
	assert_int_equal(found->owners[0].process->pid, 50);
	assert_int_equal(found->owners[1].maps, 2);
	assert_int_equal(found->owners[1].n_fds, 1);
	assert_int_equal(found->owners[1].fds[0], 7);
	assert_int_equal(snapshot_device(snapshot, "0000:04:00.0")->state,
			 DEVICE_UNBOUND);
	snapshot_free(snapshot);
}

static void users_come_through_their_node(void **state)
{
	struct joiner *joiner = joiner_new();
	struct record_character_device open = { .pid = 60, .major = 226, .minor = 128 };
	struct record_node node = { .major = 226, .minor = 128 };
	struct snapshot *snapshot;
	const struct attachment *attachment;

	(void)state;
	take_buffer(joiner, SOURCE_BPF, 7, "udmabuf", 1);
	take_attachment(joiner, SOURCE_BPF, 7, "vgem", ATTACHMENT_DYNAMIC_KNOWN, "");
	RECORD_TEXT(open.comm, "compositor");
	TAKE(joiner, &open, RECORD_CHARACTER_DEVICE, SOURCE_BPF);
	TAKE(joiner, &open, RECORD_CHARACTER_DEVICE, SOURCE_BPF);
	assert_int_equal(joiner_unexplained(joiner)->nodes.count, 1);
	RECORD_TEXT(node.device, "vgem");
	RECORD_TEXT(node.subsystem, "drm");
	TAKE(joiner, &node, RECORD_NODE, SOURCE_BPF);
	snapshot = finish(joiner);
	attachment = &snapshot->buffers[0].attachments[0];
	assert_int_equal(attachment->n_users, 1);
	assert_string_equal(attachment->users[0].process->comm, "compositor");
	snapshot_free(snapshot);
}

static void containers_are_their_process(void **state)
{
	struct joiner *joiner = joiner_new();
	struct record_character_device container = {
		.pid = 60,
		.major = VFIO_CONTAINER_MAJOR,
		.minor = VFIO_CONTAINER_MINOR,
	};
	struct record_character_device other = { .pid = 61, .major = 10, .minor = 125 };
	struct record_pci_device device = { .iommu_group = 5 };
	struct snapshot *snapshot;

	(void)state;
	RECORD_TEXT(device.address, "0000:03:00.0");
	TAKE(joiner, &device, RECORD_PCI_DEVICE, SOURCE_BPF);
	TAKE(joiner, &container, RECORD_CHARACTER_DEVICE, SOURCE_BPF);
	TAKE(joiner, &container, RECORD_CHARACTER_DEVICE, SOURCE_PROC);
	TAKE(joiner, &other, RECORD_CHARACTER_DEVICE, SOURCE_BPF);
	take_owner(joiner, 60, 5);
	take_owner(joiner, 61, 5);
	snapshot = finish(joiner);
	assert_int_equal(snapshot->devices[0].n_owners, 2);
	assert_true(snapshot->devices[0].owners[0].has_container);
	assert_false(snapshot->devices[0].owners[1].has_container);
	snapshot_free(snapshot);
}

static void symbols_lose_their_module(void **state)
{
	struct joiner *joiner = joiner_new();
	struct snapshot *snapshot;
	const struct attachment *attachment;

	(void)state;
	take_buffer(joiner, SOURCE_BPF, 7, "vfio_pci_core", 1);
	take_attachment(joiner, SOURCE_BPF, 7, "iommu",
			ATTACHMENT_DYNAMIC_KNOWN | ATTACHMENT_HAS_OPS |
				ATTACHMENT_HAS_CALLBACK | ATTACHMENT_PEER2PEER,
			"iopt_revoke_notify [iommufd]");
	snapshot = finish(joiner);
	attachment = &snapshot->buffers[0].attachments[0];
	assert_string_equal(attachment->symbol, "iopt_revoke_notify");
	assert_string_equal(attachment->module, "iommufd");
	assert_int_equal(attachment->has_callback, TRISTATE_YES);
	assert_int_equal(attachment->peer2peer, TRISTATE_YES);
	snapshot_free(snapshot);
}

static void second_source_does_not_double(void **state)
{
	struct joiner *joiner = joiner_new();
	struct snapshot *snapshot;

	(void)state;
	take_source(joiner, SOURCE_BPF, -1, "");
	take_buffer(joiner, SOURCE_BPF, 7, "udmabuf", 1);
	take_attachment(joiner, SOURCE_BPF, 7, "vgem", 0, "");
	take_source(joiner, SOURCE_BPF, SOURCE_OK, "");
	take_source(joiner, SOURCE_BUFINFO, -1, "");
	take_buffer(joiner, SOURCE_BUFINFO, 7, "udmabuf", 1);
	take_attachment(joiner, SOURCE_BUFINFO, 7, "vgem", 0, "");
	take_source(joiner, SOURCE_BUFINFO, SOURCE_OK, "");
	snapshot = finish(joiner);
	assert_int_equal(snapshot->n_buffers, 1);
	assert_int_equal(snapshot->buffers[0].n_attachments, 1);
	assert_int_equal(snapshot->sources[SOURCE_BUFINFO].outcome, SOURCE_OK);
	snapshot_free(snapshot);
}

static void cross_check_counts_what_differs(void **state)
{
	struct joiner *joiner = joiner_new();
	struct snapshot *snapshot;

	(void)state;
	take_source(joiner, SOURCE_BPF, -1, "");
	take_buffer(joiner, SOURCE_BPF, 7, "udmabuf", 1);
	take_buffer(joiner, SOURCE_BPF, 8, "udmabuf", 0);
	take_buffer(joiner, SOURCE_BPF, 9, "udmabuf", 0);
	take_pass(joiner, PASS_BUFFERS);
	take_source(joiner, SOURCE_BPF, SOURCE_OK, "");
	take_source(joiner, SOURCE_BUFINFO, -1, "");
	take_buffer(joiner, SOURCE_BUFINFO, 7, "udmabuf", 2);
	take_buffer(joiner, SOURCE_BUFINFO, 9, "udmabuf", 0);
	take_buffer(joiner, SOURCE_BUFINFO, 10, "udmabuf", 0);
	take_source(joiner, SOURCE_BUFINFO, SOURCE_OK, "");
	snapshot = finish(joiner);
	assert_int_equal(snapshot->sources[SOURCE_BUFINFO].outcome, SOURCE_PARTIAL);
	assert_string_equal(snapshot->sources[SOURCE_BUFINFO].why,
			    "3 buffers differ from bpf");
	snapshot_free(snapshot);
}

static void fallback_adds_what_bpf_did_not_list(void **state)
{
	struct joiner *joiner = joiner_new();
	struct snapshot *snapshot;

	(void)state;
	take_source(joiner, SOURCE_BPF, -1, "");
	take_buffer(joiner, SOURCE_BPF, 7, "udmabuf", 1);
	take_attachment(joiner, SOURCE_BPF, 7, "vgem", 0, "");
	take_source(joiner, SOURCE_BPF, SOURCE_PARTIAL, "cut off");
	take_source(joiner, SOURCE_BUFINFO, -1, "");
	take_buffer(joiner, SOURCE_BUFINFO, 7, "udmabuf", 1);
	take_attachment(joiner, SOURCE_BUFINFO, 7, "vgem", 0, "");
	take_buffer(joiner, SOURCE_BUFINFO, 8, "udmabuf", 1);
	take_attachment(joiner, SOURCE_BUFINFO, 8, "vgem", 0, "");
	take_source(joiner, SOURCE_BUFINFO, SOURCE_OK, "");
	snapshot = finish(joiner);
	assert_int_equal(snapshot->n_buffers, 2);
	assert_int_equal(snapshot->buffers[0].n_attachments, 1);
	assert_int_equal(snapshot->buffers[1].n_attachments, 1);
	snapshot_free(snapshot);
}

static void attachments_that_went_away_are_told(void **state)
{
	struct joiner *joiner = joiner_new();
	struct snapshot *snapshot;

	(void)state;
	take_source(joiner, SOURCE_BPF, -1, "");
	take_buffer(joiner, SOURCE_BPF, 7, "udmabuf", 2);
	take_attachment(joiner, SOURCE_BPF, 7, "vgem", 0, "");
	take_pass(joiner, PASS_BUFFERS);
	take_source(joiner, SOURCE_BPF, SOURCE_OK, "");
	snapshot = finish(joiner);
	assert_int_equal(snapshot->sources[SOURCE_BPF].outcome, SOURCE_PARTIAL);
	snapshot_free(snapshot);
}

static void mappings_that_were_not_read_are_unknown(void **state)
{
	struct joiner *joiner = joiner_new();
	struct record_process_mark mark = { .pid = 60 };
	struct record_pci_device device = { .iommu_group = 5,
					    .flags = PCI_DEVICE_VFIO_BOUND };
	const struct device *found;
	struct snapshot *snapshot;

	(void)state;
	take_source(joiner, SOURCE_PROC, -1, "");
	take_owner(joiner, 50, 3);
	take_owner(joiner, 60, 7);
	TAKE(joiner, &mark, RECORD_PROCESS_UNREADABLE, SOURCE_PROC);
	take_source(joiner, SOURCE_PROC, SOURCE_OK, "");
	RECORD_TEXT(device.address, "0000:03:00.0");
	TAKE(joiner, &device, RECORD_PCI_DEVICE, SOURCE_PROC);
	snapshot = finish(joiner);
	found = snapshot_device(snapshot, "0000:03:00.0");
	assert_int_equal(found->n_owners, 2);
	assert_int_equal(found->owners[0].maps, 0);
	assert_int_equal(found->owners[1].maps, -1);
	snapshot_free(snapshot);
}

static void nothing_is_idle_where_owners_are_not_known(void **state)
{
	struct joiner *joiner = joiner_new();
	struct record_pci_device device = { .iommu_group = 5,
					    .flags = PCI_DEVICE_VFIO_BOUND };
	struct snapshot *snapshot;

	(void)state;
	RECORD_TEXT(device.address, "0000:03:00.0");
	RECORD_TEXT(device.driver, "vfio-pci");
	TAKE(joiner, &device, RECORD_PCI_DEVICE, SOURCE_PROC);
	snapshot = finish(joiner);
	assert_int_equal(snapshot->devices[0].state, DEVICE_STATE_UNKNOWN);
	snapshot_free(snapshot);
}

static void unreadable_processes_are_counted(void **state)
{
	struct joiner *joiner = joiner_new();
	struct record_process_mark mark = { .pid = 60 };
	struct snapshot *snapshot;

	(void)state;
	take_source(joiner, SOURCE_BPF, -1, "");
	TAKE(joiner, &mark, RECORD_PROCESS_UNREADABLE, SOURCE_BPF);
	take_source(joiner, SOURCE_BPF, SOURCE_OK, "");
	snapshot = finish(joiner);
	assert_int_equal(snapshot->unreadable_processes, 1);
	assert_int_equal(snapshot->sources[SOURCE_BPF].outcome, SOURCE_PARTIAL);
	assert_string_equal(snapshot->sources[SOURCE_BPF].why,
			    "1 process could not be read");
	snapshot_free(snapshot);
}

static void records_may_be_cut_anywhere(void **state)
{
	struct joiner *joiner = joiner_new();
	struct record_holder record = { .inode = 7, .pid = 60, .fd = 3 };
	const char *bytes = (const char *)&record;

	(void)state;
	record_init(&record.header, RECORD_HOLDER, SOURCE_BPF, sizeof(record));
	for (size_t length = 0; length < sizeof(record); length++)
		assert_int_equal(joiner_take(joiner, bytes, length), 0);
	assert_int_equal(joiner_take(joiner, bytes, sizeof(record)), sizeof(record));
	joiner_free(joiner);
}

static void what_no_observer_writes_is_refused(void **state)
{
	struct joiner *joiner = joiner_new();
	struct record_holder record = {};

	(void)state;
	record_init(&record.header, (enum record_type)999, SOURCE_BPF, sizeof(record));
	assert_int_equal(joiner_take(joiner, (char *)&record, sizeof(record)), -EBADMSG);
	record_init(&record.header, RECORD_HOLDER, SOURCE_BPF, 8);
	assert_int_equal(joiner_take(joiner, (char *)&record, sizeof(record)), -EBADMSG);
	record_init(&record.header, RECORD_HOLDER, (enum source)77, sizeof(record));
	assert_int_equal(joiner_take(joiner, (char *)&record, sizeof(record)), -EBADMSG);
	joiner_free(joiner);
}

/* Each record says whose its process is; where they differ it is nobody's. */
static void processes_belong_to_whom_all_records_say(void **state)
{
	struct joiner *joiner = joiner_new();
	struct record_holder holder = { .inode = 7, .pid = 49, .fd = 5, .uid = 1000 };
	struct record_owner owner = { .pid = 50, .fd = 3, .uid = 1000 };
	struct record_unit unit = { .pid = 50, .uid = 1001, .unit = "other.service" };
	struct record_task task = { .pid = 51, .tid = 51, .uid = RECORD_UID_UNKNOWN };
	struct record_use use = { .pid = 51, .uid = 1000 };
	struct snapshot *snapshot;

	(void)state;
	take_buffer(joiner, SOURCE_BPF, 7, "udmabuf", 0);
	TAKE(joiner, &holder, RECORD_HOLDER, SOURCE_BPF);
	RECORD_TEXT(owner.device, "0000:03:00.0");
	TAKE(joiner, &owner, RECORD_OWNER, SOURCE_BPF);
	TAKE(joiner, &unit, RECORD_UNIT, SOURCE_PROC);
	TAKE(joiner, &task, RECORD_TASK, SOURCE_PROC);
	RECORD_TEXT(use.device, "0000:03:00.0");
	TAKE(joiner, &use, RECORD_USE, SOURCE_PROC);
	assert_int_equal(joiner_finish(joiner, &snapshot), 0);
	assert_int_equal(snapshot->n_processes, 3);
	assert_true(snapshot->processes[0].uid == 1000);
	assert_true(snapshot->processes[1].uid == PROCESS_UID_NONE);
	assert_true(snapshot->processes[2].uid == PROCESS_UID_NONE);
	snapshot_free(snapshot);
}

static void a_source_can_be_told_without_its_blocker(void **state)
{
	struct joiner *joiner = joiner_new();
	struct record_blocker blocker = { .pid = 812 };
	struct snapshot *snapshot;

	(void)state;
	take_source(joiner, SOURCE_BUFINFO, -1, NULL);
	take_source(joiner, SOURCE_BUFINFO, SOURCE_BLOCKED, "no answer in time");
	RECORD_TEXT(blocker.comm, "cat");
	RECORD_TEXT(blocker.where, "dma_buf_debug_show");
	TAKE(joiner, &blocker, RECORD_BLOCKER, SOURCE_BUFINFO);
	assert_int_equal(joiner_finish(joiner, &snapshot), 0);
	assert_string_equal(snapshot->sources[SOURCE_BUFINFO].why,
			    "no answer in time; process 812 (cat) sleeps in "
			    "dma_buf_debug_show");
	assert_string_equal(snapshot->sources[SOURCE_BUFINFO].anonymous,
			    "no answer in time");
	snapshot_free(snapshot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(joins_by_inode_in_any_order),
		cmocka_unit_test(processes_belong_to_whom_all_records_say),
		cmocka_unit_test(a_source_can_be_told_without_its_blocker),
		cmocka_unit_test(same_holder_told_twice_counts_once),
		cmocka_unit_test(vfio_buffers_get_state_and_ranges),
		cmocka_unit_test(range_outside_every_bar_is_dropped),
		cmocka_unit_test(owner_without_driver_means_releasing),
		cmocka_unit_test(users_come_through_their_node),
		cmocka_unit_test(containers_are_their_process),
		cmocka_unit_test(symbols_lose_their_module),
		cmocka_unit_test(second_source_does_not_double),
		cmocka_unit_test(cross_check_counts_what_differs),
		cmocka_unit_test(fallback_adds_what_bpf_did_not_list),
		cmocka_unit_test(attachments_that_went_away_are_told),
		cmocka_unit_test(mappings_that_were_not_read_are_unknown),
		cmocka_unit_test(nothing_is_idle_where_owners_are_not_known),
		cmocka_unit_test(unreadable_processes_are_counted),
		cmocka_unit_test(records_may_be_cut_anywhere),
		cmocka_unit_test(what_no_observer_writes_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
