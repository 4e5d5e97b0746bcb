/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_OBSERVE_OBSERVERS_H
#define DMABUFCTL_OBSERVE_OBSERVERS_H

/*
 * One function a kernel interface. All of them run only in a disposable observer
 * process, because all of them may sleep without limit. Each begins and ends its
 * source in the sink and reports every failure there; none prints.
 */

#include <sys/types.h>

#include "lib/observe/root.h"
#include "lib/observe/sink.h"

/*
 * BPF iterators over dma-bufs, open files and mappings. Answers SOURCE_MISSING
 * quickly where the kernel, its BTF or the build lacks them. The kernel's part takes
 * dmabuf_list_mutex (plain mutex_lock): behind a stuck bufinfo reader it sleeps in D.
 * Returns true when buffers and holders were all read.
 */
bool observe_bpf(const struct root *root, struct sink *sink);

/*
 * sys/kernel/debug/dma_buf/bufinfo: buffers and attached device names. Takes
 * dmabuf_list_mutex and each buffer's reservation lock in turn (interruptible): while
 * it sleeps, every dma-buf export and final close on the host sleeps too, so its
 * process must be killed soon. When its buffers are not needed, only says whether it
 * could be read, which takes no lock. Returns true when all buffers were read.
 */
bool observe_bufinfo(const struct root *root, struct sink *sink, bool needed);

/*
 * sys/kernel/dmabuf/buffers (CONFIG_DMABUF_SYSFS_STATS): inode, exporter, size. When
 * its buffers are not needed, only says whether this kernel has it.
 */
void observe_sysfs(const struct root *root, struct sink *sink, bool needed);

/* Is kernel lockdown in force (sys/kernel/security/lockdown), in whatever mode? */
bool kernel_is_locked_down(const struct root *root);

/* In the mode that keeps kernel memory secret, from BPF too? */
bool kernel_is_confidential(const struct root *root);

enum {
	PROC_BUFFERS = 1 << 0, /* also report the buffers seen in fdinfo */
	PROC_FIND_BLOCKER = 1 << 1, /* also look who sleeps inside bufinfo */
};

/*
 * proc/PID/{fd,fdinfo,maps}: holders, owners of VFIO devices, users of importing
 * devices. Starts behind pid after (0: all). May stop at one process whose mmap_lock
 * is stuck: the last sink_process_start() names it.
 */
void observe_proc(const struct root *root, struct sink *sink, pid_t after,
		  unsigned int flags);

/*
 * One PCI device, as RECORD_PCI_DEVICE. PCI_COMMAND is read only of a device that a
 * VFIO driver has and that is in D0 and runtime-active: reading may wake others.
 * Without a driver link the device may be under release: then driver_override, which
 * takes device_lock on older kernels, is read only if safe_override says so.
 * 0, or -ENOENT when there is no such PCI device.
 */
int observe_pci_device(const struct root *root, struct sink *sink, const char *address,
		       bool safe_override);

/* Every PCI device. 0, or negative errno when they could not be listed. */
int observe_pci_devices(const struct root *root, struct sink *sink, bool safe_override);

/*
 * Mediated devices, sys/bus/mdev/devices/UUID, as RECORD_MDEV with their parents. A
 * kernel without them has none.
 */
void observe_mdevs(const struct root *root, struct sink *sink);

/*
 * What BTF tells of this kernel (sys/kernel/btf/vmlinux and vfio_pci_core), as
 * RECORD_FEATURES, without loading any program: needs no capability. Nothing where
 * there is no BTF, in a captured tree, or in a build without BPF.
 */
void observe_features(const struct root *root, struct sink *sink);

/* proc/sys/kernel: osrelease, hung_task_panic, hung_task_timeout_secs; RECORD_HOST. */
void observe_host(const struct root *root, struct sink *sink);

/*
 * Tasks that sleep in the kernel where a device waits for them or keeps them waiting,
 * as RECORD_TASK, from proc/PID/task/TID/{stat,wchan,stack}; then PASS_TASKS, if no task
 * was left unseen. Says sink_process_start() before each process: one may not answer
 * (wchan and stack take a lock of the task, killably). Starts behind pid after (0: all;
 * otherwise that one has not answered, and there is no pass). Without the right to read
 * stacks (CAP_SYS_ADMIN and CAP_SYS_PTRACE, no Yama ptrace_scope 3) tasks are known by
 * wchan alone, as TASK_PATH_OTHER, and there is no pass either.
 */
void observe_tasks(const struct root *root, struct sink *sink, pid_t after);

/*
 * Since when drivers wait for the owner of a device, as RECORD_RELEASE, from what
 * vfio-pci said in the kernel's log (dev/kmsg). Nothing where it cannot be read, or in a
 * captured tree. A wait that has ended stays in the log: who looks whether a device is
 * under release must not ask here.
 */
void observe_release_log(const struct root *root, struct sink *sink);

/*
 * What the host uses PCI devices for, as RECORD_USE: mounts, swap, stacked block
 * devices, network interfaces, consoles, open device nodes, USB devices; then
 * PASS_USES. What cannot be read is a use of kind HOST_USE_UNREADABLE.
 */
void observe_uses(const struct root *root, struct sink *sink);

/*
 * What is configured to take or move devices: etc/driverctl.d as
 * RECORD_SAVED_OVERRIDE, domains of libvirt (run/libvirt/qemu, etc/libvirt/qemu) as
 * RECORD_LIBVIRT; then PASS_SETTINGS.
 */
void observe_settings(const struct root *root, struct sink *sink);

/*
 * The systemd unit of a process from the text of proc/PID/cgroup: the first
 * component that is a unit and no slice, unescaped. 0, or -ENODATA when it is in none.
 */
int unit_from_cgroup(const char *cgroup_text, char unit[256]);

/* Reports the unit of a process, if it is in one (RECORD_UNIT). */
void observe_unit(const struct root *root, struct sink *sink, pid_t pid);

/*
 * The device behind a character device node, as an attachment would name it: its
 * parent ("0000:03:00.0", "vgem") or, without one, itself ("iommu"). From
 * sys/dev/char/MAJOR:MINOR. ret_subsystem is "drm", "misc", "vfio-dev" ...
 * 0 or negative errno.
 */
int device_of_node(const struct root *root, unsigned int major, unsigned int minor,
		   char ret_device[RECORD_DEVICE_NAME], char ret_subsystem[32]);

#endif
