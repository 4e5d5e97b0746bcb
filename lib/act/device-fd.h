/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_ACT_DEVICE_FD_H
#define DMABUFCTL_ACT_DEVICE_FD_H

/*
 * A copy of the fd by which an owner has a VFIO device open. It is as good as the
 * owner's own (vfio_device_fops checks nothing but the open file), and keeps the device
 * open: drop it at once. Dropping the last copy runs the whole close of the device. Only
 * for disposable processes.
 */

#include "lib/act/operation.h"
#include "lib/model/undo.h"

struct owner_fd {
	struct process_identity owner;
	int fd; /* number in the owner's table */
	char device[PCI_ADDRESS_TEXT];
};

/*
 * pidfd_open, pidfd_getfd, and the proof that it is still this device and this process:
 * the start time of the process, and vfio-device-syspath in the copy's fdinfo (before
 * 6.18: its node in sysfs, or VFIO_DEVICE_GET_INFO and the IDs in config space). Says its
 * stages, and adds the time in pidfd_getfd to report->duration_us.
 * The copy, or -ESRCH (the process has ended, or is another), -ESTALE (the fd is
 * closed or another file by now), -EPERM (Yama ptrace_scope 3, seccomp), negative errno.
 */
int device_fd_borrow(int output, const struct owner_fd *of,
		     struct operation_report *report);

/* Closes the copy, as a stage of its own. What the report says of the work stays. */
void device_fd_drop(int output, int fd, const struct operation_report *report);

/* 0 and the start time of a process, or -ESRCH. */
int process_identify(pid_t pid, struct process_identity *ret);

/* The start time that a process would have now. */
uint64_t process_ticks_now(void);

#endif
