/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/observe/stack.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/cleanup.h"

struct frame {
	const char *name;
	size_t length;
	const char *module; /* NULL: the kernel itself */
	size_t module_length;
};

enum {
	/* Who is there has to do with PCI or VFIO, whatever it waits for. */
	ABOUT_PCI = 1 << 0,
	/* Every bus has it: what sleeps right there waits for the lock of a device. */
	DEVICE_LOCK = 1 << 1,
	/* It says what the task was asked for. */
	SAYS_PATH = 1 << 2,
	/* It takes a device away: hotplug without it adds one. */
	TAKES_AWAY = 1 << 3,
};

struct rule {
	const char *name; /* a "*" at its end: whatever begins so */
	unsigned int flags;
	enum task_path path;
};

/* The first that matches counts. */
static const struct rule rules[] = {
	/* drivers/base/bus.c, dd.c, driver.c; kernel/module/main.c */
	{ "unbind_store", SAYS_PATH | DEVICE_LOCK, TASK_PATH_UNBIND },
	{ "bind_store", SAYS_PATH | DEVICE_LOCK, TASK_PATH_OTHER },
	{ "drivers_probe_store", SAYS_PATH | DEVICE_LOCK, TASK_PATH_OTHER },
	{ "driver_override_store", SAYS_PATH | DEVICE_LOCK, TASK_PATH_OTHER },
	{ "driver_override_show", SAYS_PATH | DEVICE_LOCK, TASK_PATH_OTHER },
	{ "uevent_show", SAYS_PATH | DEVICE_LOCK, TASK_PATH_OTHER },
	{ "device_shutdown", SAYS_PATH | DEVICE_LOCK, TASK_PATH_OTHER },
	{ "driver_set_override", DEVICE_LOCK, TASK_PATH_OTHER },
	{ "device_release_driver_internal", DEVICE_LOCK | TAKES_AWAY, TASK_PATH_OTHER },
	{ "device_driver_attach", DEVICE_LOCK, TASK_PATH_OTHER },
	{ "device_driver_detach", DEVICE_LOCK, TASK_PATH_OTHER },
	{ "__device_driver_lock", DEVICE_LOCK, TASK_PATH_OTHER },
	{ "__device_attach", DEVICE_LOCK, TASK_PATH_OTHER },
	{ "__driver_attach", DEVICE_LOCK, TASK_PATH_OTHER },
	{ "driver_detach", DEVICE_LOCK, TASK_PATH_OTHER },
	{ "driver_unregister", SAYS_PATH, TASK_PATH_UNLOAD },
	{ "__do_sys_delete_module", SAYS_PATH, TASK_PATH_UNLOAD },
	{ "__x64_sys_delete_module", SAYS_PATH, TASK_PATH_UNLOAD },
	{ "__arm64_sys_delete_module", SAYS_PATH, TASK_PATH_UNLOAD },
	/* drivers/pci: pci-sysfs.c, remove.c, iov.c, pci.c, access.c, pci-driver.c */
	{ "pci_unregister_driver", SAYS_PATH | ABOUT_PCI, TASK_PATH_UNLOAD },
	{ "remove_store", SAYS_PATH, TASK_PATH_REMOVE },
	{ "pci_stop_and_remove_bus_device_locked", SAYS_PATH | ABOUT_PCI | TAKES_AWAY,
	  TASK_PATH_REMOVE },
	{ "pci_stop_and_remove_bus_device", ABOUT_PCI | TAKES_AWAY, TASK_PATH_OTHER },
	{ "pci_stop_bus_device", ABOUT_PCI | TAKES_AWAY, TASK_PATH_OTHER },
	{ "pci_device_remove", ABOUT_PCI | TAKES_AWAY, TASK_PATH_OTHER },
	{ "pci_lock_rescan_remove", ABOUT_PCI, TASK_PATH_OTHER },
	{ "sriov_numvfs_store", SAYS_PATH | ABOUT_PCI, TASK_PATH_SRIOV },
	{ "sriov_*", ABOUT_PCI, TASK_PATH_OTHER },
	{ "rescan_store", SAYS_PATH | ABOUT_PCI, TASK_PATH_RESCAN },
	{ "dev_rescan_store", SAYS_PATH | ABOUT_PCI, TASK_PATH_RESCAN },
	{ "bus_rescan_store", SAYS_PATH | ABOUT_PCI, TASK_PATH_RESCAN },
	{ "reset_store", SAYS_PATH, TASK_PATH_RESET },
	{ "reset_subordinate_store", SAYS_PATH | ABOUT_PCI, TASK_PATH_RESET },
	{ "pci_dev_lock", ABOUT_PCI, TASK_PATH_OTHER },
	{ "pci_bus_lock", ABOUT_PCI, TASK_PATH_OTHER },
	{ "pci_slot_lock", ABOUT_PCI, TASK_PATH_OTHER },
	{ "pci_reset_*", ABOUT_PCI, TASK_PATH_OTHER },
	{ "pci_try_reset_*", ABOUT_PCI, TASK_PATH_OTHER },
	{ "pci_wait_cfg", ABOUT_PCI, TASK_PATH_OTHER },
	/* drivers/pci/hotplug; drivers/acpi/scan.c, which has more than PCI */
	{ "pciehp_unconfigure_device", SAYS_PATH | ABOUT_PCI | TAKES_AWAY,
	  TASK_PATH_UNPLUG },
	{ "pciehp_disable_slot", SAYS_PATH | ABOUT_PCI | TAKES_AWAY, TASK_PATH_UNPLUG },
	{ "pciehp_sysfs_disable_slot", SAYS_PATH | ABOUT_PCI | TAKES_AWAY,
	  TASK_PATH_UNPLUG },
	{ "pciehp_handle_disable_request", SAYS_PATH | ABOUT_PCI | TAKES_AWAY,
	  TASK_PATH_UNPLUG },
	{ "acpiphp_disable_*", SAYS_PATH | ABOUT_PCI | TAKES_AWAY, TASK_PATH_UNPLUG },
	{ "shpchp_unconfigure_device", SAYS_PATH | ABOUT_PCI | TAKES_AWAY,
	  TASK_PATH_UNPLUG },
	{ "shpchp_disable_slot", SAYS_PATH | ABOUT_PCI | TAKES_AWAY, TASK_PATH_UNPLUG },
	{ "acpi_scan_hot_remove", TAKES_AWAY, TASK_PATH_OTHER },
	{ "pciehp_*", SAYS_PATH | ABOUT_PCI, TASK_PATH_UNPLUG },
	{ "acpiphp_*", SAYS_PATH | ABOUT_PCI, TASK_PATH_UNPLUG },
	{ "shpchp_*", SAYS_PATH | ABOUT_PCI, TASK_PATH_UNPLUG },
	{ "acpi_device_hotplug", SAYS_PATH, TASK_PATH_UNPLUG },
	/* drivers/vfio */
	{ "vfio_pci_dma_buf_move", SAYS_PATH | ABOUT_PCI, TASK_PATH_REVOKE },
	{ "vfio_device_fops_release", SAYS_PATH | ABOUT_PCI, TASK_PATH_CLOSE },
	{ "vfio_group_fops_release", SAYS_PATH | ABOUT_PCI, TASK_PATH_CLOSE },
	{ "vfio_pci_core_close_device", SAYS_PATH | ABOUT_PCI, TASK_PATH_CLOSE },
	{ "vfio_device_fops_cdev_open", SAYS_PATH | ABOUT_PCI, TASK_PATH_OPEN },
	{ "vfio_df_ioctl_bind_iommufd", SAYS_PATH | ABOUT_PCI, TASK_PATH_OPEN },
	{ "vfio_group_fops_open", SAYS_PATH | ABOUT_PCI, TASK_PATH_OPEN },
	{ "vfio_group_fops_unl_ioctl", SAYS_PATH | ABOUT_PCI, TASK_PATH_OPEN },
	{ STACK_WAIT_FOR_OWNER, ABOUT_PCI | TAKES_AWAY, TASK_PATH_OTHER },
	{ "vfio_pci_*", ABOUT_PCI, TASK_PATH_OTHER },
	{ "vfio_basic_config_write", ABOUT_PCI, TASK_PATH_OTHER },
	{ "vfio_device_*", ABOUT_PCI, TASK_PATH_OTHER },
	{ "vfio_group_*", ABOUT_PCI, TASK_PATH_OTHER },
	{ "vfio_df_*", ABOUT_PCI, TASK_PATH_OTHER },
};

/* Ways to sleep, which do not say for what; most kernels leave them out by themselves. */
static const char *const ways_to_sleep[] = {
	"schedule*",
	"__schedule*",
	"io_schedule*",
	"mutex_*",
	"__mutex_*",
	"ww_mutex_*",
	"__ww_mutex_*",
	"rt_mutex_*",
	"__rt_mutex_*",
	"rwsem_*",
	"down_*",
	"__down_*",
	"percpu_down_*",
	"__percpu_down_*",
	"wait_for_common*",
	"wait_for_completion*",
	"wait_on_bit*",
	"__wait_for_common",
	"do_wait_for_common",
	"__wait_on_bit*",
	"msleep*",
	"usleep_range*",
	"fsleep*",
	"__switch_to*",
};

static bool matches(const char *pattern, const struct frame *frame)
{
	size_t length = strlen(pattern);

	if (pattern[length - 1] == '*')
		return frame->length >= length - 1 &&
		       memcmp(frame->name, pattern, length - 1) == 0;
	return frame->length == length && memcmp(frame->name, pattern, length) == 0;
}

static const struct rule *find_rule(const struct frame *frame)
{
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		if (matches(rules[i].name, frame))
			return &rules[i];
	return NULL;
}

static bool is_way_to_sleep(const struct frame *frame)
{
	for (size_t i = 0; i < ARRAY_SIZE(ways_to_sleep); i++)
		if (matches(ways_to_sleep[i], frame))
			return true;
	return false;
}

/*
 * "[<0>] name.part.0+0x1/0x2 [module]" without what the compiler, the address and the
 * module's build id add. False if there is no name.
 */
static bool read_frame(const char *line, struct frame *ret)
{
	const char *name = line, *end;

	if (*line == '[') {
		name = line + strcspn(line, " \n");
		name += *name == ' ';
	}
	ret->name = name;
	ret->length = strcspn(name, "+ .[\n");
	ret->module = NULL;
	ret->module_length = 0;
	end = name + strcspn(name, "[\n");
	if (*end == '[') {
		ret->module = end + 1;
		ret->module_length = strcspn(ret->module, " ]\n");
	}
	return ret->length > 0;
}

static void name_frame(const struct frame *frame, char name[RECORD_SYMBOL])
{
	if (frame->module)
		(void)snprintf(name, RECORD_SYMBOL, "%.*s [%.*s]", (int)frame->length,
			       frame->name, (int)frame->module_length, frame->module);
	else
		(void)snprintf(name, RECORD_SYMBOL, "%.*s", (int)frame->length,
			       frame->name);
}

/* What is known after the frames so far, from the innermost outwards. */
struct reading {
	bool about_pci;
	bool locks_device; /* it sleeps in a lock of a device */
	bool takes_away;
	bool has_path;
	bool has_function;
	struct stack_meaning meaning;
};

static void take_frame(struct reading *reading, const struct frame *frame)
{
	const struct rule *rule = find_rule(frame);

	if (!reading->has_function && (rule || !is_way_to_sleep(frame))) {
		reading->has_function = true;
		reading->locks_device = rule && rule->flags & DEVICE_LOCK;
		reading->meaning.waits_for_owner =
			rule && strcmp(rule->name, STACK_WAIT_FOR_OWNER) == 0;
		name_frame(frame, reading->meaning.function);
	}
	if (!rule)
		return;
	reading->about_pci |= rule->flags & ABOUT_PCI;
	reading->takes_away |= rule->flags & TAKES_AWAY;
	if (rule->flags & SAYS_PATH) {
		reading->has_path = true;
		reading->meaning.path = rule->path;
	}
}

bool stack_read(const char *text, struct stack_meaning *ret)
{
	struct reading reading = { .meaning.path = TASK_PATH_OTHER };

	while (*text) {
		struct frame frame;

		if (read_frame(text, &frame))
			take_frame(&reading, &frame);
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	if (!reading.about_pci && !(reading.locks_device && reading.has_path))
		return false;
	/* hotplug that adds a device does what a rescan does */
	if (reading.meaning.path == TASK_PATH_UNPLUG && !reading.takes_away)
		reading.meaning.path = TASK_PATH_RESCAN;
	*ret = reading.meaning;
	return true;
}

bool stack_read_wchan(const char *wchan, struct stack_meaning *ret)
{
	if (!stack_read(wchan, ret))
		return false;
	ret->path = TASK_PATH_OTHER;
	return true;
}
