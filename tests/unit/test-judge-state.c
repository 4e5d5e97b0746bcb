/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is inferred of VFIO buffers whose kernel structures could not be read, and of
 * tasks and devices of a release. That kernels behave so, the scenarios of the lab show.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/judge/judge.h"
#include "lib/model/snapshot-builder.h"

#define DEVICE "0000:03:00.0"
#define OTHER "0000:04:00.0"

enum {
	INODE = 7,
	OWNER = 49,
	HOLDER = 50,
	MEMORY_ON = 0x103,
	MEMORY_OFF = 0x101,
	SEEN_ALL = SEEN_OWNERS | SEEN_TASKS | SEEN_DEVICES,
};

/* A host with one VFIO buffer, in whose state a test is interested. */
static struct snapshot_builder *host_begin(unsigned int seen)
{
	struct snapshot_builder *builder = snapshot_builder_new();
	const struct buffer buffer = {
		.inode = INODE,
		.size = 4096,
		.exporter = "vfio_pci_core",
		.region = -1,
		.references = 1,
		.mappings = -1,
		.attachments_known = true,
		.state = BUFFER_STATE_UNKNOWN,
	};

	assert_non_null(builder);
	assert_int_equal(builder_buffer(builder, &buffer), 0);
	builder_seen(builder, seen);
	return builder;
}

static void host_device_with(struct snapshot_builder *builder, const char *address,
			     const char *power, const char *runtime, const char *control,
			     int command)
{
	const struct device device = {
		.address = address,
		.bus = "pci",
		.driver = "vfio-pci",
		.vfio_bound = true,
		.power_state = power,
		.runtime_status = runtime,
		.power_control = control,
		.command = command,
		.largest_bar = 1 << 20,
		.iommu_group = 1,
	};

	assert_int_equal(builder_device(builder, &device), 0);
}

static void host_device(struct snapshot_builder *builder, const char *address,
			const char *power, const char *runtime, int command)
{
	host_device_with(builder, address, power, runtime, "auto", command);
}

static void host_owner(struct snapshot_builder *builder, const char *address, pid_t pid)
{
	assert_int_equal(builder_owner(builder, address, pid, 5), 0);
}

static void host_holder(struct snapshot_builder *builder, pid_t pid)
{
	assert_int_equal(builder_holder(builder, INODE, pid, HOLDER_FD, 3), 0);
}

static struct snapshot *host_judge(struct snapshot_builder *builder)
{
	struct snapshot *snapshot = NULL;

	assert_int_equal(builder_finish(builder, &snapshot), 0);
	judge_snapshot(snapshot);
	return snapshot;
}

static void expect(struct snapshot_builder *builder, enum buffer_state state)
{
	struct snapshot *snapshot = host_judge(builder);
	const struct buffer *buffer = snapshot_buffer(snapshot, INODE);

	assert_int_equal(buffer->state, state);
	assert_int_equal(buffer->state_evidence, state == BUFFER_STATE_UNKNOWN
							 ? EVIDENCE_NONE
							 : EVIDENCE_INFERRED);
	snapshot_free(snapshot);
}

/* One open device whose owner holds the buffer. */
static void expect_of_owner(const char *power, const char *runtime, int command,
			    enum buffer_state state)
{
	struct snapshot_builder *builder = host_begin(SEEN_ALL);

	host_device(builder, DEVICE, power, runtime, command);
	host_owner(builder, DEVICE, OWNER);
	host_holder(builder, OWNER);
	expect(builder, state);
}

static void the_memory_bit_tells_in_d0(void **state)
{
	(void)state;
	expect_of_owner("D0", "active", MEMORY_ON, BUFFER_STATE_LIVE);
	expect_of_owner("D0", "active", MEMORY_OFF, BUFFER_STATE_REVOKED);
	expect_of_owner("D0", "active", -1, BUFFER_STATE_UNKNOWN);
}

static void low_power_tells_without_the_memory_bit(void **state)
{
	(void)state;
	expect_of_owner("D0", "suspended", -1, BUFFER_STATE_REVOKED);
	expect_of_owner("D3hot", "suspended", -1, BUFFER_STATE_REVOKED);
	expect_of_owner("D3cold", "suspended", -1, BUFFER_STATE_REVOKED);
	expect_of_owner("D3hot", "active", -1, BUFFER_STATE_REVOKED);
	expect_of_owner("D0", "suspending", MEMORY_ON, BUFFER_STATE_UNKNOWN);
	expect_of_owner(NULL, NULL, MEMORY_ON, BUFFER_STATE_UNKNOWN);
}

/* It stays awake when its owner asks for low power, which revokes all the same. */
static void what_may_not_be_suspended_may_be_revoked(void **state)
{
	static const struct {
		const char *control;
		int command;
		enum buffer_state state;
	} cases[] = {
		{ "on", MEMORY_ON, BUFFER_STATE_UNKNOWN },
		{ NULL, MEMORY_ON, BUFFER_STATE_UNKNOWN },
		{ "on", MEMORY_OFF, BUFFER_STATE_REVOKED },
		{ "auto", MEMORY_ON, BUFFER_STATE_LIVE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct snapshot_builder *builder = host_begin(SEEN_ALL);

		host_device_with(builder, DEVICE, "D0", "active", cases[i].control,
				 cases[i].command);
		host_owner(builder, DEVICE, OWNER);
		host_holder(builder, OWNER);
		expect(builder, cases[i].state);
	}
}

static void the_memory_bit_of_a_virtual_function_means_nothing(void **state)
{
	struct snapshot_builder *builder = host_begin(SEEN_ALL);
	const struct device device = {
		.address = DEVICE,
		.bus = "pci",
		.driver = "vfio-pci",
		.vfio_bound = true,
		.is_virtual_function = true,
		.power_state = "D0",
		.runtime_status = "active",
		.power_control = "auto",
		.command = 0,
	};

	(void)state;
	assert_int_equal(builder_device(builder, &device), 0);
	host_owner(builder, DEVICE, OWNER);
	host_holder(builder, OWNER);
	expect(builder, BUFFER_STATE_LIVE);
}

static void with_no_device_open_a_buffer_is_an_orphan(void **state)
{
	struct snapshot_builder *builder = host_begin(SEEN_ALL);

	(void)state;
	host_device(builder, DEVICE, "D3hot", "suspended", -1);
	host_holder(builder, HOLDER);
	expect(builder, BUFFER_STATE_ORPHANED);
}

/* Nobody is seen, but vfio-pci would have suspended what nobody has open. */
static void an_active_device_has_a_hidden_owner(void **state)
{
	struct snapshot_builder *builder = host_begin(SEEN_ALL);

	(void)state;
	host_device(builder, DEVICE, "D0", "active", MEMORY_ON);
	host_holder(builder, HOLDER);
	expect(builder, BUFFER_STATE_UNKNOWN);
}

static void what_no_owner_holds_may_be_an_orphan(void **state)
{
	struct snapshot_builder *builder = host_begin(SEEN_ALL);

	(void)state;
	host_device(builder, DEVICE, "D0", "active", MEMORY_ON);
	host_owner(builder, DEVICE, OWNER);
	host_holder(builder, HOLDER);
	expect(builder, BUFFER_STATE_UNKNOWN);
}

/* Which of them exported it cannot be told, and matters only if they differ. */
static void open_devices_have_to_agree(void **state)
{
	struct snapshot_builder *builder;

	(void)state;
	builder = host_begin(SEEN_ALL);
	host_device(builder, DEVICE, "D0", "active", MEMORY_ON);
	host_device(builder, OTHER, "D0", "active", MEMORY_ON);
	host_owner(builder, DEVICE, OWNER);
	host_owner(builder, OTHER, HOLDER);
	host_holder(builder, OWNER);
	expect(builder, BUFFER_STATE_LIVE);

	builder = host_begin(SEEN_ALL);
	host_device(builder, DEVICE, "D0", "active", MEMORY_ON);
	host_device(builder, OTHER, "D0", "active", MEMORY_OFF);
	host_owner(builder, DEVICE, OWNER);
	host_owner(builder, OTHER, HOLDER);
	host_holder(builder, OWNER);
	expect(builder, BUFFER_STATE_UNKNOWN);
}

static void what_was_not_seen_is_not_concluded_from(void **state)
{
	static const unsigned int partly[] = { SEEN_OWNERS | SEEN_TASKS,
					       SEEN_OWNERS | SEEN_DEVICES,
					       SEEN_TASKS | SEEN_DEVICES };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(partly); i++) {
		struct snapshot_builder *builder = host_begin(partly[i]);

		host_device(builder, DEVICE, "D0", "active", MEMORY_ON);
		host_owner(builder, DEVICE, OWNER);
		host_holder(builder, OWNER);
		expect(builder, BUFFER_STATE_UNKNOWN);
	}
}

/* Until it ends the command register has the old value, whatever was revoked. */
static void a_revoke_under_way_leaves_all_unknown(void **state)
{
	struct snapshot_builder *builder = host_begin(SEEN_ALL);
	const struct blocked_task task = { .tid = OWNER,
					   .state = 'D',
					   .path = TASK_PATH_REVOKE };

	(void)state;
	host_device(builder, DEVICE, "D0", "active", MEMORY_ON);
	host_owner(builder, DEVICE, OWNER);
	host_holder(builder, OWNER);
	assert_int_equal(builder_task(builder, &task, OWNER), 0);
	expect(builder, BUFFER_STATE_UNKNOWN);
}

/* Nobody is seen, but somebody waits for him: that device is still open. */
static void a_wait_for_an_owner_of_nobody_knows_what_leaves_all_unknown(void **state)
{
	struct snapshot_builder *builder = host_begin(SEEN_ALL);
	const struct blocked_task task = {
		.tid = 90, .state = 'S', .path = TASK_PATH_UNBIND, .waits_for_owner = true
	};

	(void)state;
	host_device(builder, DEVICE, "D3hot", "suspended", -1);
	host_holder(builder, HOLDER);
	assert_int_equal(builder_task(builder, &task, 90), 0);
	expect(builder, BUFFER_STATE_UNKNOWN);
}

static void what_the_kernel_told_stays(void **state)
{
	struct snapshot_builder *builder = host_begin(SEEN_ALL);
	const struct buffer told = {
		.inode = INODE,
		.region = 2,
		.device = DEVICE,
		.state = BUFFER_STATE_REVOKED,
		.state_evidence = EVIDENCE_KERNEL,
	};
	struct snapshot *snapshot;

	(void)state;
	host_device(builder, DEVICE, "D0", "active", MEMORY_ON);
	host_owner(builder, DEVICE, OWNER);
	host_holder(builder, OWNER);
	assert_int_equal(builder_buffer(builder, &told), 0);
	snapshot = host_judge(builder);
	assert_int_equal(snapshot->buffers[0].state, BUFFER_STATE_REVOKED);
	assert_int_equal(snapshot->buffers[0].state_evidence, EVIDENCE_KERNEL);
	snapshot_free(snapshot);
}

/* A device whose driver has left; with an owner it is releasing. */
static void host_bare_device(struct snapshot_builder *builder, const char *address)
{
	const struct device device = { .address = address, .bus = "pci", .command = -1 };

	assert_int_equal(builder_device(builder, &device), 0);
}

static const struct blocked_task unbinding = {
	.tid = 90, .state = 'S', .path = TASK_PATH_UNBIND, .waits_for_owner = true
};

static void a_waiting_task_is_about_the_only_device_that_releases(void **state)
{
	struct snapshot_builder *builder = host_begin(SEEN_ALL);
	struct snapshot *snapshot;

	(void)state;
	host_bare_device(builder, DEVICE);
	host_bare_device(builder, OTHER);
	host_owner(builder, DEVICE, OWNER);
	assert_int_equal(builder_task(builder, &unbinding, 90), 0);
	snapshot = host_judge(builder);
	assert_string_equal(snapshot->tasks[0].device, DEVICE);
	assert_int_equal(snapshot_device(snapshot, DEVICE)->state, DEVICE_RELEASING);
	assert_int_equal(snapshot_device(snapshot, OTHER)->state, DEVICE_UNBOUND);
	snapshot_free(snapshot);
}

static void of_two_that_release_the_lock_tells_which(void **state)
{
	struct snapshot_builder *builder = host_begin(SEEN_ALL);
	const struct device lock = { .address = OTHER, .lock_holder = 90 };
	const struct blocked_task second = {
		.tid = 91, .state = 'S', .path = TASK_PATH_UNBIND, .waits_for_owner = true
	};
	struct snapshot *snapshot;

	(void)state;
	host_bare_device(builder, DEVICE);
	host_bare_device(builder, OTHER);
	host_owner(builder, DEVICE, OWNER);
	host_owner(builder, OTHER, OWNER);
	assert_int_equal(builder_circumstances(builder, &lock), 0);
	assert_int_equal(builder_task(builder, &unbinding, 90), 0);
	assert_int_equal(builder_task(builder, &second, 91), 0);
	snapshot = host_judge(builder);
	assert_string_equal(snapshot->tasks[0].device, OTHER);
	assert_null(snapshot->tasks[1].device);
	snapshot_free(snapshot);
}

/* The device of the only task, which has the locks of all three. */
static void expect_of_locks(bool first_is_bare, bool second_is_bare, const char *expected)
{
	const struct device devices[] = {
		{ .address = DEVICE, .bus = "pci", .driver = "igb", .command = -1 },
		{ .address = OTHER,
		  .bus = "pci",
		  .driver = first_is_bare ? NULL : "vfio-pci",
		  .is_virtual_function = true,
		  .physical_function = DEVICE,
		  .command = -1 },
		{ .address = "0000:04:00.1",
		  .bus = "pci",
		  .driver = second_is_bare ? NULL : "vfio-pci",
		  .is_virtual_function = true,
		  .physical_function = DEVICE,
		  .command = -1 },
	};
	const struct blocked_task task = {
		.tid = 90, .state = 'S', .path = TASK_PATH_SRIOV, .waits_for_owner = true
	};
	struct snapshot_builder *builder = host_begin(SEEN_ALL);
	struct snapshot *snapshot;

	for (size_t i = 0; i < ARRAY_SIZE(devices); i++) {
		const struct device lock = { .address = devices[i].address,
					     .lock_holder = 90 };

		assert_int_equal(builder_device(builder, &devices[i]), 0);
		assert_int_equal(builder_circumstances(builder, &lock), 0);
	}
	assert_int_equal(builder_task(builder, &task, 90), 0);
	snapshot = host_judge(builder);
	if (expected)
		assert_string_equal(snapshot->tasks[0].device, expected);
	else
		assert_null(snapshot->tasks[0].device);
	assert_int_not_equal(snapshot_device(snapshot, DEVICE)->state, DEVICE_RELEASING);
	snapshot_free(snapshot);
}

static void the_end_of_sriov_is_about_a_virtual_function(void **state)
{
	(void)state;
	expect_of_locks(true, false, OTHER);
	expect_of_locks(false, true, "0000:04:00.1");
	expect_of_locks(true, true, NULL);
	expect_of_locks(false, false, NULL);
}

/* An owner that is stuck in its own exit has no fds any more. */
static void the_log_tells_of_a_release_whose_owner_is_not_seen(void **state)
{
	struct snapshot_builder *builder = host_begin(SEEN_ALL);
	const struct device log = { .address = DEVICE, .release_since_us = 1000 };
	struct snapshot *snapshot;

	(void)state;
	host_bare_device(builder, DEVICE);
	assert_int_equal(builder_circumstances(builder, &log), 0);
	assert_int_equal(builder_task(builder, &unbinding, 90), 0);
	snapshot = host_judge(builder);
	assert_string_equal(snapshot->tasks[0].device, DEVICE);
	assert_int_equal(snapshot->devices[0].state, DEVICE_RELEASING);
	assert_true(snapshot->devices[0].release_since_us == 1000);
	snapshot_free(snapshot);
}

static void an_old_log_line_is_no_release(void **state)
{
	struct snapshot_builder *builder = host_begin(SEEN_ALL);
	const struct device log = { .address = DEVICE, .release_since_us = 1000 };
	struct snapshot *snapshot;

	(void)state;
	host_bare_device(builder, DEVICE);
	assert_int_equal(builder_circumstances(builder, &log), 0);
	snapshot = host_judge(builder);
	assert_int_equal(snapshot->devices[0].state, DEVICE_UNBOUND);
	assert_true(snapshot->devices[0].release_since_us == 0);
	snapshot_free(snapshot);
}

static void a_stuck_revoke_is_about_its_own_device(void **state)
{
	struct snapshot_builder *builder = host_begin(SEEN_ALL);
	const struct blocked_task task = { .tid = OWNER + 1,
					   .state = 'D',
					   .path = TASK_PATH_REVOKE };
	struct snapshot *snapshot;

	(void)state;
	host_device(builder, DEVICE, "D0", "active", MEMORY_ON);
	host_device(builder, OTHER, "D0", "active", MEMORY_ON);
	host_owner(builder, DEVICE, OWNER);
	assert_int_equal(builder_task(builder, &task, OWNER), 0);
	snapshot = host_judge(builder);
	assert_string_equal(snapshot->tasks[0].device, DEVICE);
	snapshot_free(snapshot);
}

/* What it closes is not among its fds any more: it is not the one it still has. */
static void a_stuck_close_is_about_no_device_that_is_still_open(void **state)
{
	struct snapshot_builder *builder = host_begin(SEEN_ALL);
	const struct blocked_task task = { .tid = OWNER,
					   .state = 'D',
					   .path = TASK_PATH_CLOSE };
	struct snapshot *snapshot;

	(void)state;
	host_device(builder, DEVICE, "D0", "active", MEMORY_ON);
	host_device(builder, OTHER, "D0", "active", MEMORY_ON);
	host_owner(builder, DEVICE, OWNER);
	assert_int_equal(builder_task(builder, &task, OWNER), 0);
	snapshot = host_judge(builder);
	assert_null(snapshot->tasks[0].device);
	snapshot_free(snapshot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_memory_bit_tells_in_d0),
		cmocka_unit_test(low_power_tells_without_the_memory_bit),
		cmocka_unit_test(what_may_not_be_suspended_may_be_revoked),
		cmocka_unit_test(the_memory_bit_of_a_virtual_function_means_nothing),
		cmocka_unit_test(with_no_device_open_a_buffer_is_an_orphan),
		cmocka_unit_test(an_active_device_has_a_hidden_owner),
		cmocka_unit_test(what_no_owner_holds_may_be_an_orphan),
		cmocka_unit_test(open_devices_have_to_agree),
		cmocka_unit_test(what_was_not_seen_is_not_concluded_from),
		cmocka_unit_test(a_revoke_under_way_leaves_all_unknown),
		cmocka_unit_test(
			a_wait_for_an_owner_of_nobody_knows_what_leaves_all_unknown),
		cmocka_unit_test(what_the_kernel_told_stays),
		cmocka_unit_test(a_waiting_task_is_about_the_only_device_that_releases),
		cmocka_unit_test(of_two_that_release_the_lock_tells_which),
		cmocka_unit_test(the_end_of_sriov_is_about_a_virtual_function),
		cmocka_unit_test(the_log_tells_of_a_release_whose_owner_is_not_seen),
		cmocka_unit_test(an_old_log_line_is_no_release),
		cmocka_unit_test(a_stuck_revoke_is_about_its_own_device),
		cmocka_unit_test(a_stuck_close_is_about_no_device_that_is_still_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
