/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/verbs.h"

#include <limits.h>
#include <string.h>

#include "cmd/dmabufctl/devices-table.h"
#include "cmd/dmabufctl/error.h"
#include "cmd/dmabufctl/jobs-table.h"
#include "cmd/dmabufctl/list-table.h"
#include "cmd/dmabufctl/suggest.h"
#include "lib/base/cleanup.h"

#define ACT_EXIT_STATUS                                                                  \
	"\nExit status: 0 done or nothing to do, 1 failed or done in part, 3 no such\n"  \
	"device, 5 timed out (what is still under way is named), 6 refused, 7 not\n"     \
	"supported.\n"

#define STEPS_HELP                                                                       \
	"\n"                                                                             \
	"  grace         wait\n"                                                         \
	"  detach        run DetachCommand= of dmabufctl.conf\n"                         \
	"  revoke        see 'dmabufctl help revoke'\n"                                  \
	"  freeze-owner  freeze its systemd unit\n"                                      \
	"  ask           start the unbind while it is open: no way back\n"               \
	"  stop-owner    stop its systemd unit\n"                                        \
	"  kill-owner    kill it\n"                                                      \
	"\n"                                                                             \
	"The default is grace,revoke, where a revoke that would harm a living owner, "   \
	"or\n"                                                                           \
	"end a mapping for good, is skipped and said so. Each step has its limit: 10 "   \
	"s,\n"                                                                           \
	"StepTimeout= or --timeout=.\n"

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
	[VERB_REVOKE] = {
		.id = VERB_REVOKE,
		.name = "revoke",
		.arguments = "ADDRESS...|INODE",
		.least = 1,
		.most = INT_MAX,
		.help = "Stop every importer of a device's buffers",
		.details =
			"Through a copy of its owner's file, which is dropped at once. The methods:\n"
			"\n"
			"  auto       memory, or low-power on a virtual function\n"
			"  memory     clear the memory-enable bit\n"
			"  low-power  put the device into low power\n"
			"  reset      reset it: for a moment only, and it forgets everything\n"
			"  buffer     one buffer alone: no kernel can yet\n"
			"\n"
			"The owner loses its view of the BAR: a virtual machine that touches it\n"
			"usually ends. --dry-run says whose mappings end, and which for good. A\n"
			"buffer goes by its inode; what is revoked are all buffers of its device.\n"
			ACT_EXIT_STATUS,
		.check = revoke_usage,
		.run = revoke_run,
	},
	[VERB_RESTORE] = {
		.id = VERB_RESTORE,
		.name = "restore",
		.arguments = "ADDRESS...",
		.least = 1,
		.most = INT_MAX,
		.help = "Let importers map them again",
		.details =
			"Undoes a revoke that is on record, by its method; without a record only with\n"
			"--force. Whoever holds a buffer can map it again. Importers that do not come\n"
			"back by themselves are named.\n"
			ACT_EXIT_STATUS,
		.check = act_usage,
		.run = restore_run,
	},
	[VERB_RELEASE] = {
		.id = VERB_RELEASE,
		.name = "release",
		.arguments = "ADDRESS...",
		.least = 1,
		.most = INT_MAX,
		.help = "Get its owner to let go",
		.details =
			"Takes one step after the other until nobody has the device open:\n"
			STEPS_HELP
			ACT_EXIT_STATUS,
		.check = act_usage,
		.run = release_run,
	},
	[VERB_REASSIGN] = {
		.id = VERB_REASSIGN,
		.name = "reassign",
		.arguments = "ADDRESS DRIVER",
		.least = 2,
		.most = 2,
		.help = "Release it, and bind it to another driver",
		.details =
			"'-' is no driver. First it is released:\n"
			STEPS_HELP
			"\n"
			"Then the group is kept from everybody, its driver taken away, and the new one\n"
			"bound and read back. What fails is undone: driver and override are then as\n"
			"before.\n"
			ACT_EXIT_STATUS,
		.check = reassign_usage,
		.run = reassign_run,
	},
	[VERB_SCHEDULE] = {
		.id = VERB_SCHEDULE,
		.name = "schedule",
		.arguments = "ADDRESS",
		.least = 1,
		.most = 1,
		.help = "Release or reassign it later, when --on says",
		.details =
			"--on is what the job waits for:\n"
			"\n"
			"  unplug    the kernel begins to take the device away\n"
			"  reassign  its VFIO driver is being taken from it\n"
			"  release   either of them\n"
			"  exit      those who have the device open now have ended; if\n"
			"            nobody has, those who open it next\n"
			"  idle      nothing is attached to its buffers (needs BPF)\n"
			"  at        a time, see --at\n"
			"\n"
			"Then it is released by --steps, or with --to reassigned. The device need not\n"
			"be there yet. dmabufd keeps the job, also over a reboot; a time that passes\n"
			"while the host is down is missed. For a release such a job takes the place\n"
			"of what dmabufctl.conf says, and its first step is done at once.\n",
		.check = schedule_usage,
		.run = schedule_run,
	},
	[VERB_JOBS] = {
		.id = VERB_JOBS,
		.name = "jobs",
		.arguments = "",
		.columns = &jobs_columns,
		.help = "Jobs that wait or run; --all: and their results",
		.details =
			"Every act is a job, run by the unit dmabufctl-act@JOB.service. Ended ones are\n"
			"kept for 30 days.\n",
		.run = jobs_run,
	},
	[VERB_CANCEL] = {
		.id = VERB_CANCEL,
		.name = "cancel",
		.arguments = "JOB",
		.least = 1,
		.most = 1,
		.help = "End a job",
		.details =
			"One that waits is cancelled; one that runs is stopped, and what it has begun\n"
			"is undone. With one that has ended there is nothing to do.\n",
		.run = cancel_run,
	},
	[VERB_MONITOR] = {
		.id = VERB_MONITOR,
		.name = "monitor",
		.arguments = "",
		.help = "Events as they happen, until Ctrl-C",
		.details =
			"The first line says where they come from, and what that cannot see:\n"
			"\n"
			"  bpf    programs in the kernel\n"
			"  trace  trace events of dma-buf, in an instance of our own\n"
			"  poll   a look every second: what is over sooner is not seen\n"
			"\n"
			"Events:\n"
			"\n"
			"  export, release      a buffer is made, its last file is closed\n"
			"  attach, detach       of an importer\n"
			"  revoking, revoke     importers are told to stop, and have\n"
			"  restore              they may map it again\n"
			"  open, close          of a VFIO device: the first, the last\n"
			"  reset                of a device\n"
			"  releasing            its driver leaves, and waits for the owner\n"
			"  job-new, job-removed of dmabufd\n"
			"  lost                 so many events were not read in time\n"
			"\n"
			"A reset or a hot reset by the owner is a revoke and a restore at once;\n"
			"DETAILS say by what. With --json each event is an object on its own.\n",
		.run = monitor_run,
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
