/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/verbs.h"

#include <limits.h>
#include <string.h>

#include "cmd/dmabufctl/devices-table.h"
#include "cmd/dmabufctl/error.h"
#include "cmd/dmabufctl/list-table.h"
#include "cmd/dmabufctl/suggest.h"
#include "lib/base/cleanup.h"

const struct verb verbs[VERB_COUNT] = {
	[VERB_LIST] = {
		.id = VERB_LIST,
		.name = "list",
		.arguments = "",
		.columns = &list_columns,
		.help = "Buffers with their attachments and holders (the default)",
		.details =
			"Every dma-buf of this host. Below each buffer stand the devices that are\n"
			"attached to it and the processes that hold it, by fd or by mapping; there\n"
			"STATE says how, and NAME the processes that use an attached device, or\n"
			"the systemd unit of a holder. Patterns are those of the shell.\n",
		.run = list_run,
	},
	[VERB_SHOW] = {
		.id = VERB_SHOW,
		.name = "show",
		.arguments = "INODE|ADDRESS",
		.least = 1,
		.most = 1,
		.help = "Everything known of one buffer or device",
		.details =
			"A buffer goes by its inode, a device by any of its names: 03:00.0,\n"
			"0000:03:00.0, pci-0000:03:00.0, a path below /sys, vfio0; a mediated\n"
			"device by its UUID.\n",
		.run = show_run,
	},
	[VERB_DEVICES] = {
		.id = VERB_DEVICES,
		.name = "devices",
		.arguments = "",
		.columns = &devices_columns,
		.help = "PCI devices that share memory or are bound to VFIO",
		.details =
			"PCI devices that export or import buffers, are bound to a VFIO driver, are\n"
			"being released, or have mediated devices; with who has them open. Mediated\n"
			"devices stand below their parents, which may be of another bus.\n",
		.run = devices_run,
	},
	[VERB_CHECK] = {
		.id = VERB_CHECK,
		.name = "check",
		.arguments = "ADDRESS...|--all",
		.most = INT_MAX,
		.help = "Can a device be taken back now? If not, why",
		.details =
			"A device is ready when its driver can be unbound, or the device unplugged,\n"
			"without waiting for anybody and without taking it from anybody. Otherwise\n"
			"everything in the way is named, with what can be done about it:\n"
			"\n"
			"  owner             a process has it open or mapped\n"
			"  attachment        an importer cannot be revoked, or not at once\n"
			"  holder            another process holds one of its live buffers\n"
			"  group-member      another device of its IOMMU group is in use\n"
			"  virtual-function  a function below it is in use\n"
			"  reset-sibling     a device that is reset with it is in use\n"
			"  mdev              there is a mediated device below it\n"
			"  override          driverctl brings another driver back\n"
			"  libvirt           libvirt manages it for a running domain\n"
			"  release           it is being released already, and that waits\n"
			"  kernel            the kernel itself stands in the way\n"
			"  host-use          the host uses it\n"
			"\n"
			"An obstacle is bounded if it ends, or can be ended, within a limit. A note\n"
			"is no obstacle. The devices go by the names that 'show' takes; the UUID of a\n"
			"mediated device stands for itself.\n"
			"\n"
			"Exit status: 0 all are ready, 6 one is not, 5 it was not within --timeout,\n"
			"3 there is no such device.\n",
		.check = check_usage,
		.run = check_run,
	},
	[VERB_STATUS] = {
		.id = VERB_STATUS,
		.name = "status",
		.arguments = "",
		.help = "What this kernel and this build can do",
		.details = "Source by source, with the reason where one is missing.\n",
		.run = status_run,
	},
	[VERB_HELP] = {
		.id = VERB_HELP,
		.name = "help",
		.arguments = "[COMMAND]",
		.most = 1,
		.anybody = true,
		.help = "This text, or more about one command",
		.details = "",
		.run = help_run,
	},
};

const struct verb *verb_find(const char *name, struct error *error)
{
	struct suggestion suggestion = { .typed = name };
	_cleanup_free_ char *hint = NULL;

	if (!name)
		return &verbs[VERB_LIST];
	for (size_t i = 0; i < VERB_COUNT; i++) {
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
		suggest_offer(&suggestion, verbs[i].name);
	}
	hint = suggest_hint(&suggestion, "", "'dmabufctl help' lists them.");
	error_set(error, STATUS_USAGE, hint, "unknown command '%s'", name);
	return NULL;
}
