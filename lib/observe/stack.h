/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_OBSERVE_STACK_H
#define DMABUFCTL_OBSERVE_STACK_H

/*
 * What the stack of a sleeping task tells: proc/PID/task/TID/stack, one kernel function
 * a line, the innermost first: "[<0>] vfio_pci_dma_buf_move+0xfc/0x164 [vfio_pci_core]".
 * Pure; the text may be anything.
 */

#include <stdbool.h>

#include "lib/model/host.h"
#include "lib/observe/record.h"

/* Here a driver waits for the owner of its device, in S or D. */
#define STACK_WAIT_FOR_OWNER "vfio_unregister_group_dev"

struct stack_meaning {
	enum task_path path;
	bool waits_for_owner;
	char function[RECORD_SYMBOL]; /* "name", or "name [module]" */
};

/*
 * Does the stack show a task that a device, or all of PCI, has to do with: inside VFIO,
 * or on one of the paths of enum task_path? False leaves *ret untouched.
 *
 * The path is what the task was asked for: of several that are on the stack, the
 * outermost. The function is the innermost one that is no mere way to sleep.
 */
bool stack_read(const char *text, struct stack_meaning *ret);

/*
 * The same from proc/PID/task/TID/wchan alone, for who may not read stacks: one function,
 * which cannot tell the path (TASK_PATH_OTHER).
 */
bool stack_read_wchan(const char *wchan, struct stack_meaning *ret);

#endif
