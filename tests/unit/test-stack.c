/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/observe/stack.h"
#include "tests/unit/stacks.h"

#define WAIT "vfio_unregister_group_dev"

struct expected {
	const char *stack;
	enum task_path path;
	const char *function;
};

static void check(const struct expected *expected, size_t count)
{
	for (size_t i = 0; i < count; i++, expected++) {
		struct stack_meaning meaning;

		if (!stack_read(expected->stack, &meaning))
			fail_msg("nothing in:\n%s", expected->stack);
		if (meaning.path != expected->path)
			fail_msg("%s in:\n%s", task_path_name(meaning.path),
				 expected->stack);
		assert_string_equal(meaning.function, expected->function);
		assert_int_equal(meaning.waits_for_owner,
				 strncmp(expected->function, WAIT, strlen(WAIT)) == 0);
	}
}

static void releases_that_wait_for_the_owner(void **state)
{
	static const struct expected stacks[] = {
		{ SID_UNBIND, TASK_PATH_UNBIND, WAIT " [vfio]" },
		{ SID_UNBIND_SIGNALLED, TASK_PATH_UNBIND, WAIT " [vfio]" },
		{ SID_REMOVE, TASK_PATH_REMOVE, WAIT " [vfio]" },
		{ SID_SRIOV, TASK_PATH_SRIOV, WAIT " [vfio]" },
		{ SID_ACPI_UNPLUG, TASK_PATH_UNPLUG, WAIT " [vfio]" },
		{ SID_PCIE_UNPLUG, TASK_PATH_UNPLUG, WAIT " [vfio]" },
		{ TRIXIE_UNBIND, TASK_PATH_UNBIND, WAIT " [vfio]" },
		{ TRIXIE_ACPI_UNPLUG, TASK_PATH_UNPLUG, WAIT " [vfio]" },
		{ BOOKWORM_UNBIND, TASK_PATH_UNBIND, WAIT " [vfio]" },
		{ BOOKWORM_ACPI_UNPLUG, TASK_PATH_UNPLUG, WAIT " [vfio]" },
	};

	(void)state;
	check(stacks, ARRAY_SIZE(stacks));
}

static void what_is_stuck_behind_a_release(void **state)
{
	static const struct expected stacks[] = {
		{ SID_SECOND_UNPLUG, TASK_PATH_UNPLUG, "pciehp_unconfigure_device" },
		{ SID_SECOND_UNBIND, TASK_PATH_UNBIND, "device_release_driver_internal" },
		{ SID_SECOND_REMOVE, TASK_PATH_REMOVE,
		  "pci_stop_and_remove_bus_device_locked" },
		{ SID_UNLOAD, TASK_PATH_UNLOAD, "device_release_driver_internal" },
		{ SID_BIND, TASK_PATH_OTHER, "device_driver_attach" },
		{ SID_RESET, TASK_PATH_RESET, "pci_reset_function" },
		{ BUILT_RESET, TASK_PATH_RESET, "pci_dev_lock" },
		{ BOOKWORM_RESET, TASK_PATH_RESET, "pci_reset_function" },
		{ SID_RESCAN, TASK_PATH_RESCAN, "rescan_store" },
		{ SID_DEVICE_RESCAN, TASK_PATH_RESCAN, "dev_rescan_store" },
		{ BOOKWORM_OVERRIDE, TASK_PATH_OTHER, "driver_override_show" },
		{ BOOKWORM_UEVENT, TASK_PATH_OTHER, "uevent_show" },
	};

	(void)state;
	check(stacks, ARRAY_SIZE(stacks));
}

static void hotplug_adds_devices_as_well(void **state)
{
	static const struct expected stacks[] = {
		{ "[<0>] some_probe+0x1/0x2 [some]\n"
		  "[<0>] pci_device_probe+0x1/0x2\n"
		  "[<0>] pciehp_configure_device+0x1/0x2\n"
		  "[<0>] pciehp_enable_slot+0x1/0x2\n"
		  "[<0>] pciehp_handle_presence_or_link_change+0x1/0x2\n"
		  "[<0>] pciehp_ist+0x1/0x2\n",
		  TASK_PATH_RESCAN, "some_probe [some]" },
		{ "[<0>] some_probe+0x1/0x2 [some]\n"
		  "[<0>] pci_device_probe+0x1/0x2\n"
		  "[<0>] acpiphp_check_bridge+0x1/0x2\n"
		  "[<0>] acpiphp_hotplug_notify+0x1/0x2\n"
		  "[<0>] acpi_device_hotplug+0x1/0x2\n",
		  TASK_PATH_RESCAN, "some_probe [some]" },
		/* a card that went away tells of it as one that came does */
		{ "[<0>] nvme_remove+0x1/0x2 [nvme]\n"
		  "[<0>] pci_device_remove+0x1/0x2\n"
		  "[<0>] pciehp_ist+0x1/0x2\n",
		  TASK_PATH_UNPLUG, "nvme_remove [nvme]" },
	};

	(void)state;
	check(stacks, ARRAY_SIZE(stacks));
}

static void revokes_and_what_they_wait_for(void **state)
{
	static const struct expected stacks[] = {
		{ BUILT_REVOKE_NEVER, TASK_PATH_REVOKE, "vfio_pci_dma_buf_move" },
		{ BUILT_REVOKE_FENCE, TASK_PATH_REVOKE, "dma_fence_default_wait" },
		{ BUILT_REVOKE_SLOW, TASK_PATH_REVOKE,
		  "lab_importer_invalidate_slow [lab_importer]" },
		{ BUILT_CLOSE, TASK_PATH_CLOSE, "vfio_pci_dma_buf_move" },
		{ BUILT_OPEN, TASK_PATH_OPEN, "vfio_group_fops_open" },
	};

	(void)state;
	check(stacks, ARRAY_SIZE(stacks));
}

/* Recorded stacks, with frames in front that other configurations of a kernel show. */
static void ways_to_sleep_are_passed_over(void **state)
{
	static const struct expected stacks[] = {
		{ "[<0>] msleep+0x2d/0x40\n" BUILT_REVOKE_SLOW, TASK_PATH_REVOKE,
		  "lab_importer_invalidate_slow [lab_importer]" },
		{ "[<0>] __mutex_lock.constprop.0+0x3d8/0x7c0\n"
		  "[<0>] __mutex_lock_slowpath+0x13/0x20\n" SID_SECOND_UNBIND,
		  TASK_PATH_UNBIND, "device_release_driver_internal" },
		{ "[<0>] schedule_timeout+0x8c/0x150\n"
		  "[<0>] __wait_for_common+0x9a/0x1d0\n"
		  "[<0>] "
		  "wait_for_completion_interruptible_timeout+0x19/0x30\n" SID_UNBIND,
		  TASK_PATH_UNBIND, WAIT " [vfio]" },
		{ "[<0>] mutex_lock+0x3b/0x40\n"
		  "[<0>] pci_lock_rescan_remove.part.0+0x1a/0x20\n" SID_SECOND_UNPLUG,
		  TASK_PATH_UNPLUG, "pci_lock_rescan_remove" },
	};

	(void)state;
	check(stacks, ARRAY_SIZE(stacks));
}

static void the_outermost_says_what_was_asked(void **state)
{
	static const struct expected stacks[] = {
		/* an unbind of the physical function that takes the virtual ones along */
		{ "[<0>] " WAIT "+0x1/0x2 [vfio]\n"
		  "[<0>] pci_stop_and_remove_bus_device+0x1/0x2\n"
		  "[<0>] sriov_disable+0x1/0x2\n"
		  "[<0>] pci_device_remove+0x1/0x2\n"
		  "[<0>] unbind_store+0x1/0x2\n",
		  TASK_PATH_UNBIND, WAIT " [vfio]" },
		/* a write to the power file of a slot */
		{ "[<0>] pciehp_unconfigure_device+0x1/0x2\n"
		  "[<0>] pciehp_sysfs_disable_slot+0x1/0x2\n"
		  "[<0>] power_write_file+0x1/0x2\n",
		  TASK_PATH_UNPLUG, "pciehp_unconfigure_device" },
		/* queued behind a revoke: it revokes nothing yet */
		{ "[<0>] vfio_pci_zap_and_down_write_memory_lock+0x1/0x2\n"
		  "[<0>] vfio_basic_config_write+0x1/0x2\n"
		  "[<0>] ksys_pwrite64+0x1/0x2\n",
		  TASK_PATH_OTHER, "vfio_pci_zap_and_down_write_memory_lock" },
	};

	(void)state;
	check(stacks, ARRAY_SIZE(stacks));
}

static void others_are_none_of_ours(void **state)
{
	static const char *const stacks[] = {
		"",
		"\n\n",
		"[",
		"[<0>]",
		"[<0>] ",
		"[<0>] +0x1/0x2\n",
		"[<0>] [vfio]\n",
		SID_WRITE,
		"[<0>] rq_qos_wait+0xbe/0x130\n"
		"[<0>] blk_mq_submit_bio+0x1/0x2\n" SID_WRITE,
		/* a USB driver is slow to leave */
		"[<0>] usb_kill_urb+0x8c/0xd0\n"
		"[<0>] usb_unbind_interface+0x91/0x2a0\n"
		"[<0>] device_release_driver_internal+0x19e/0x200\n"
		"[<0>] unbind_store+0xa4/0xb0\n" SID_WRITE,
		/* a stick is pulled while its device is locked */
		"[<0>] device_release_driver_internal+0x3b/0x200\n"
		"[<0>] bus_remove_device+0xc1/0x130\n"
		"[<0>] usb_disconnect+0xd1/0x2c0\n",
		/* zram has a reset, too */
		"[<0>] sync_blockdev+0x1/0x2\n[<0>] reset_store+0x1/0x2 "
		"[zram]\n" SID_WRITE,
		/* memory is unplugged */
		"[<0>] offline_pages+0x1/0x2\n[<0>] acpi_device_hotplug+0xa5/0x490\n",
		/* names that only look alike */
		"[<0>] my_vfio_pci_dma_buf_move+0x1/0x2\n",
		"[<0>] rescan_store_all+0x1/0x2\n",
		/* an owner pins memory */
		"[<0>] folio_wait_bit_common+0x13d/0x350\n"
		"[<0>] vfio_pin_pages_remote+0x1/0x2 [vfio_iommu_type1]\n"
		"[<0>] vfio_iommu_type1_ioctl+0x1/0x2 [vfio_iommu_type1]\n",
	};
	struct stack_meaning meaning;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(stacks); i++)
		if (stack_read(stacks[i], &meaning))
			fail_msg("%s in:\n%s", meaning.function, stacks[i]);
}

static void names_are_cut_and_bare(void **state)
{
	struct stack_meaning meaning;
	char stack[4096];

	(void)state;
	/* clang's LTO, build ids, kernels before 4.15 */
	assert_true(stack_read("[<ffffffffc0a1b2c3>] vfio_pci_remove.llvm.123+0x19/0x30 "
			       "[vfio_pci 0123abcd]",
			       &meaning));
	assert_string_equal(meaning.function, "vfio_pci_remove [vfio_pci]");
	assert_true(stack_read("vfio_pci_remove", &meaning));
	assert_string_equal(meaning.function, "vfio_pci_remove");
	(void)memset(stack, 'x', sizeof(stack));
	(void)memcpy(stack, "[<0>] vfio_pci_", 15);
	stack[sizeof(stack) - 1] = '\0';
	assert_true(stack_read(stack, &meaning));
	assert_int_equal(strlen(meaning.function), RECORD_SYMBOL - 1);
}

static void wchan_tells_where_and_not_why(void **state)
{
	struct stack_meaning meaning;

	(void)state;
	assert_true(stack_read_wchan(WAIT, &meaning));
	assert_true(meaning.waits_for_owner);
	assert_int_equal(meaning.path, TASK_PATH_OTHER);
	assert_string_equal(meaning.function, WAIT);
	/* under a close as well as under a revoke */
	assert_true(stack_read_wchan("vfio_pci_dma_buf_move", &meaning));
	assert_false(meaning.waits_for_owner);
	assert_int_equal(meaning.path, TASK_PATH_OTHER);
	assert_true(stack_read_wchan("pciehp_unconfigure_device", &meaning));
	/* it may be a fence of anybody */
	assert_false(stack_read_wchan("dma_fence_default_wait", &meaning));
	assert_false(stack_read_wchan("device_release_driver_internal", &meaning));
	assert_false(stack_read_wchan("0", &meaning));
	assert_false(stack_read_wchan("", &meaning));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(releases_that_wait_for_the_owner),
		cmocka_unit_test(what_is_stuck_behind_a_release),
		cmocka_unit_test(hotplug_adds_devices_as_well),
		cmocka_unit_test(revokes_and_what_they_wait_for),
		cmocka_unit_test(ways_to_sleep_are_passed_over),
		cmocka_unit_test(the_outermost_says_what_was_asked),
		cmocka_unit_test(others_are_none_of_ours),
		cmocka_unit_test(names_are_cut_and_bare),
		cmocka_unit_test(wchan_tells_where_and_not_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
