/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_OBSERVE_RECORD_H
#define DMABUFCTL_OBSERVE_RECORD_H

/*
 * What a disposable observer streams to the process that waits for it: fixed-size
 * records, each with its type and length first. The BPF programs write the same
 * records, so this header uses nothing but <linux/types.h>. It never leaves the
 * machine nor one build of the program: no compatibility is kept.
 *
 * Strings are NUL-terminated within their array; text that is too long is cut.
 */

#include <linux/types.h>

enum record_type {
	RECORD_SOURCE = 1,
	RECORD_BUFFER,
	RECORD_VFIO_BUFFER,
	RECORD_RANGE,
	RECORD_ATTACHMENT,
	RECORD_HOLDER,
	RECORD_OWNER,
	RECORD_USER,
	RECORD_CHARACTER_DEVICE,
	RECORD_NODE,
	RECORD_UNIT,
	RECORD_PROCESS_START,
	RECORD_PROCESS_UNREADABLE,
	RECORD_BLOCKER,
	RECORD_PCI_DEVICE,
	RECORD_MDEV,
	RECORD_FEATURES,
	RECORD_FENCE,
	RECORD_DEVICE_LOCK,
	RECORD_HOST,
	RECORD_TASK,
	RECORD_RELEASE,
	RECORD_USE,
	RECORD_SAVED_OVERRIDE,
	RECORD_LIBVIRT,
	RECORD_PASS,
	RECORD_DONE,
};

enum {
	RECORD_BUFFER_NAME = 32, /* DMA_BUF_NAME_LEN, linux/dma-buf.h */
	RECORD_EXPORTER_NAME = 56, /* MODULE_NAME_LEN, linux/module.h */
	RECORD_DEVICE_NAME = 48,
	RECORD_BUS_NAME = 16,
	RECORD_DRIVER_NAME = 32,
	RECORD_SYMBOL = 80,
	RECORD_COMM = 16, /* TASK_COMM_LEN, linux/sched.h */
	RECORD_WHY = 200,
	RECORD_ATTACHMENTS_MAX = 96, /* of one buffer: all fit a 32 KiB seq_file */
	RECORD_RANGES_MAX = 128,
	RECORD_MAPPINGS_MAX = 300, /* of one process: all fit a 32 KiB seq_file */
};

/* Of a process that is not one user's alone, or whose user could not be read. */
#define RECORD_UID_UNKNOWN 0xffffffffu

struct record {
	__u16 type;
	__u16 length; /* bytes, this header included */
	__u32 source; /* enum source */
};

/* A source begins (outcome -1) or has ended. */
struct record_source {
	struct record header;
	__s32 outcome; /* enum source_outcome */
	char why[RECORD_WHY];
};

struct record_buffer {
	struct record header;
	__u64 inode;
	__u64 size;
	__s64 references; /* -1: unknown */
	__u32 attachments; /* in the kernel's list; RECORD_ATTACHMENTS_MAX are sent */
	__u8 attachments_known;
	__u8 named;
	char name[RECORD_BUFFER_NAME];
	char exporter[RECORD_EXPORTER_NAME];
};

/* More of a VFIO buffer, from the exporter's own struct vfio_pci_dma_buf. */
struct record_vfio_buffer {
	struct record header;
	__u64 inode;
	__u32 revoked;
	__u32 closed; /* vdev is NULL: the device was closed for good */
	__s32 writer; /* pid that waits in the revoke; 0: nobody */
	__s32 mappings; /* live ones of importers; -1: this kernel does not count */
	__u32 ranges;
	char device[RECORD_DEVICE_NAME];
};

struct record_range {
	struct record header;
	__u64 inode;
	__u64 address; /* physical */
	__u64 length;
};

enum {
	ATTACHMENT_DYNAMIC_KNOWN = 1 << 0, /* the next two bits mean something */
	ATTACHMENT_HAS_OPS = 1 << 1,
	ATTACHMENT_HAS_CALLBACK = 1 << 2,
	ATTACHMENT_PEER2PEER = 1 << 3,
};

struct record_attachment {
	struct record header;
	__u64 inode;
	__u32 flags;
	char device[RECORD_DEVICE_NAME];
	char bus[RECORD_BUS_NAME];
	char driver[RECORD_DRIVER_NAME];
	char symbol[RECORD_SYMBOL]; /* "name [module]" of the callback, else of ops */
};

struct record_holder {
	struct record header;
	__u64 inode;
	__s32 pid;
	__s32 fd; /* -1: a mapping */
	__u32 uid;
	char comm[RECORD_COMM];
};

enum {
	RECORD_OWNER_MAPPING = -1, /* one record a mapping of a BAR */
	/* The owner of several devices has mapped at least one, and which is unknown. */
	RECORD_OWNER_MAYBE_MAPPING = -2,
};

/* Has a VFIO device open (fd) or mapped (RECORD_OWNER_MAPPING). */
struct record_owner {
	struct record header;
	__s32 pid;
	__s32 fd;
	__u32 uid;
	char comm[RECORD_COMM];
	char device[RECORD_DEVICE_NAME];
};

/* Has the node of a device open that imports buffers. */
struct record_user {
	struct record header;
	__s32 pid;
	__u32 uid;
	char comm[RECORD_COMM];
	char device[RECORD_DEVICE_NAME];
};

/* The node of VFIO's containers (MISC_MAJOR, VFIO_MINOR: linux/miscdevice.h). */
enum { VFIO_CONTAINER_MAJOR = 10, VFIO_CONTAINER_MINOR = 196 };

/* Has some character device open; whose node it is, a record_node tells. */
struct record_character_device {
	struct record header;
	__s32 pid;
	__u32 uid;
	__u32 major, minor;
	char comm[RECORD_COMM];
};

/* The device behind a node, as an attachment would name it. */
struct record_node {
	struct record header;
	__u32 major, minor;
	char device[RECORD_DEVICE_NAME];
	char subsystem[RECORD_DRIVER_NAME];
};

struct record_unit {
	struct record header;
	__s32 pid;
	__u32 uid;
	char unit[256]; /* NAME_MAX and its NUL */
};

/* RECORD_PROCESS_START (about to be read) and RECORD_PROCESS_UNREADABLE. */
struct record_process_mark {
	struct record header;
	__s32 pid;
};

/* This process sleeps where it keeps the source from answering. */
struct record_blocker {
	struct record header;
	__s32 pid;
	char comm[RECORD_COMM];
	char where[RECORD_SYMBOL];
};

enum { RECORD_BARS = 6 };

enum {
	PCI_DEVICE_VIRTUAL_FUNCTION = 1 << 0,
	PCI_DEVICE_VFIO_BOUND = 1 << 1,
	PCI_DEVICE_RESETS_KNOWN = 1 << 2,
	PCI_DEVICE_ON_ROOT_BUS = 1 << 3,
};

struct record_pci_device {
	struct record header;
	__u32 flags;
	__u32 class;
	__u16 vendor, product;
	__s32 iommu_group;
	char address[RECORD_DEVICE_NAME];
	char driver[RECORD_DRIVER_NAME];
	char driver_override[RECORD_DRIVER_NAME];
	char physical_function[RECORD_DEVICE_NAME];
	char power_state[8];
	char runtime_status[12];
	char power_control[8];
	char reset_methods[48];
	__s32 command; /* -1: not read */
	struct {
		__u64 start, length;
	} bars[RECORD_BARS];
};

struct record_mdev {
	struct record header;
	__s32 iommu_group;
	char uuid[40];
	char driver[RECORD_DRIVER_NAME];
	char type[RECORD_DEVICE_NAME];
	char parent[RECORD_DEVICE_NAME];
	char parent_bus[RECORD_BUS_NAME]; /* "pci"; "": the parent has no bus */
	char parent_driver[RECORD_DRIVER_NAME];
};

/* A fence of a buffer that is not signalled yet. */
struct record_fence {
	struct record header;
	__u64 inode;
	char symbol[RECORD_SYMBOL]; /* "name [module]" of its ops */
};

/* This task has the lock of a device in its hands. */
struct record_device_lock {
	struct record header;
	__s32 tid;
	char device[RECORD_DEVICE_NAME];
};

struct record_host {
	struct record header;
	__s32 hung_task_panic; /* -1: unknown */
	__s32 hung_task_seconds;
	char kernel[64];
};

enum { TASK_WAITS_FOR_OWNER = 1 << 0 };

struct record_task {
	struct record header;
	__s32 pid, tid;
	__u32 uid;
	__u32 path; /* enum task_path */
	__u32 flags;
	char state;
	char comm[RECORD_COMM]; /* of the thread */
	char function[RECORD_SYMBOL];
	char slot_device[RECORD_DEVICE_NAME]; /* of a thread of pciehp */
};

/* The driver of a device began to wait for its owner. */
struct record_release {
	struct record header;
	__s64 since_us; /* CLOCK_REALTIME */
	char device[RECORD_DEVICE_NAME];
};

struct record_use {
	struct record header;
	__u32 kind; /* enum host_use_kind */
	__s32 pid; /* 0: none */
	__u32 uid;
	char comm[RECORD_COMM];
	char device[RECORD_DEVICE_NAME];
	char name[RECORD_DEVICE_NAME];
	char detail[RECORD_WHY];
};

struct record_saved_override {
	struct record header;
	char device[RECORD_DEVICE_NAME];
	char driver[RECORD_DRIVER_NAME];
};

struct record_libvirt {
	struct record header;
	__u32 running;
	__u32 managed; /* libvirt moves the device to VFIO and back */
	char device[RECORD_DEVICE_NAME];
	char domain[64];
};

/* What BTF told about this kernel: FEATURE_* bits of lib/model/feature.h. */
struct record_features {
	struct record header;
	__u32 features;
};

/* One pass has come to its end: of BPF over the kernel's objects, or over the host. */
enum record_pass_kind {
	PASS_BUFFERS,
	PASS_FILES,
	PASS_MAPPINGS,
	PASS_OWNERS, /* they told of all owners, or there is no VFIO */
	PASS_DEVICES,
	PASS_TASKS,
	PASS_USES,
	PASS_SETTINGS,
	PASS_COUNT,
};

struct record_pass {
	struct record header;
	__u32 pass;
};

/* The last record of an observer: nothing that was asked is missing. */
struct record_done {
	struct record header;
};

/*
 * Cuts "name [module]", as the kernel prints a symbol of a module, behind the name.
 * Returns the module, which lies in symbol; NULL: it is built in.
 */
const char *record_split_module(char *symbol);

#endif
