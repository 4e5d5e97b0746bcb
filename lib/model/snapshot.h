/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_MODEL_SNAPSHOT_H
#define DMABUFCTL_MODEL_SNAPSHOT_H

/*
 * What was seen at one moment, as plain data. The snapshot owns everything in it:
 * arrays are sorted (buffers by inode, processes by pid, devices by address), inner
 * pointers point into the snapshot, strings live in its pool and may be raw bytes
 * from a hostile process (comm, buffer names): see lib/base/text.h before printing.
 * A NULL string is "unknown" or "none", as the member says.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/model/host.h"
#include "lib/model/source.h"

enum evidence {
	EVIDENCE_NONE,
	EVIDENCE_INFERRED, /* command register, power state, closed device, fdinfo */
	EVIDENCE_TABLE, /* rules about drivers */
	EVIDENCE_EXPORTER, /* the exporter admits nothing else on this kernel */
	EVIDENCE_KERNEL, /* read from the kernel's own structures */
};

enum buffer_state {
	BUFFER_STATE_NONE, /* this exporter knows no such notion */
	BUFFER_STATE_UNKNOWN,
	BUFFER_STATE_LIVE,
	BUFFER_STATE_REVOKING, /* a writer still waits for an importer */
	BUFFER_STATE_REVOKED,
	BUFFER_STATE_ORPHANED, /* device closed, file still held: revoked for good */
};

enum verdict { VERDICT_UNKNOWN, VERDICT_YES, VERDICT_NO, VERDICT_DEPENDS };

enum attachment_kind {
	ATTACHMENT_KIND_UNKNOWN,
	ATTACHMENT_STATIC, /* the importer has no dma_buf_attach_ops at all */
	ATTACHMENT_PINNED,
	ATTACHMENT_DYNAMIC,
};

/*
 * When an importer has stopped using the memory, once its callback was called. A
 * callback alone proves nothing: what is not known to be AT_ONCE may wait.
 */
enum drain {
	DRAIN_UNKNOWN,
	DRAIN_AT_ONCE, /* when the callback returns */
	DRAIN_BOUNDED, /* within a limit of its driver */
	DRAIN_HARDWARE, /* when hardware or another host answers: no limit */
	DRAIN_DEFERRED, /* when its user runs again: no limit */
	DRAIN_NEVER, /* it cannot be told to stop */
};

enum tristate { TRISTATE_UNKNOWN, TRISTATE_NO, TRISTATE_YES };

enum holder_kind { HOLDER_FD, HOLDER_MAP };

/* Nobody's alone: its uids differ, or those that were seen of it do. */
#define PROCESS_UID_NONE ((int64_t)-2)
#define PROCESS_UID_UNKNOWN ((int64_t)-1)

struct process {
	pid_t pid; /* not above 0: kept from whoever asks */
	int64_t uid; /* whose it is, or PROCESS_UID_... */
	const char *comm; /* NULL: unknown */
	const char *unit; /* systemd unit; NULL: none or unknown */
};

struct holder {
	uint64_t inode;
	const struct process *process;
	enum holder_kind kind;
	int fd; /* -1 for a mapping */
};

/* A process that has the node of an importing device open. */
struct user {
	const char *device;
	const struct process *process;
};

struct attachment {
	uint64_t inode;
	const char *device; /* dev_name(): "0000:03:00.0", "iommu", "vgem" */
	const char *bus; /* NULL: none or unknown */
	const char *driver; /* NULL: none or unknown */
	const char *importer; /* NULL: unknown */
	const char *symbol; /* importer's callback, else its ops; NULL: unknown */
	const char *module; /* of symbol; NULL: built in, or unknown */
	enum tristate has_ops; /* has dma_buf_attach_ops: not a static importer */
	enum tristate has_callback; /* and an invalidation callback in them */
	enum attachment_kind kind;
	enum verdict revocable;
	enum evidence evidence;
	enum drain drain;
	const char *reason; /* never NULL */
	enum tristate restorable;
	enum tristate peer2peer;
	const struct user *users;
	size_t n_users;
};

/* A part of a BAR, in bytes from its start. */
struct buffer_range {
	uint64_t inode;
	uint64_t offset;
	uint64_t length;
};

struct buffer {
	uint64_t inode;
	uint64_t size; /* bytes */
	const char *exporter;
	const char *name; /* raw bytes of a user; NULL: not named */
	const char *device; /* exporting device; NULL: none or unknown */
	int region; /* BAR index; -1: unknown */
	const struct buffer_range *ranges;
	size_t n_ranges;
	enum buffer_state state;
	enum evidence state_evidence;
	enum verdict revocable;
	const char *reason; /* of revocable; never NULL */
	int64_t references; /* file references; -1: unknown */
	int64_t mappings; /* live ones of importers; -1: unknown */
	const struct process *writer; /* who waits in its revoke; NULL: nobody known */
	const char *const *fences; /* drivers of fences that are not signalled */
	size_t n_fences;
	bool fences_known;
	bool attachments_known; /* false: no source could list them */
	struct attachment *attachments;
	size_t n_attachments;
	const struct holder *holders;
	size_t n_holders;
};

enum device_state {
	DEVICE_STATE_UNKNOWN,
	DEVICE_IDLE, /* bound to a VFIO driver, nobody has it open */
	DEVICE_OPEN,
	DEVICE_RELEASING, /* its driver is leaving and waits for the owner */
	DEVICE_UNBOUND,
	DEVICE_HOST, /* a host driver has it */
};

/* A process that has a VFIO device open or mapped. */
struct owner {
	const char *device;
	const struct process *process;
	/* may be empty: a mapping alone keeps it open, and so does a close that is stuck */
	const int *fds;
	size_t n_fds;
	int maps; /* mappings of its BARs; -1: unknown */
	bool has_container; /* of VFIO, the interface before iommufd: /dev/vfio/vfio */
};

struct device {
	const char *address; /* "0000:03:00.0"; of an mdev its UUID */
	const char
		*bus; /* "pci", "mdev", or of a parent of mdevs another; NULL: unknown */
	const char *parent; /* of an mdev: address of its parent; else NULL */
	const char *mdev_type; /* of an mdev: "mtty-2"; else NULL */
	const char *name; /* from the PCI ID database; NULL: unknown */
	uint16_t vendor, product;
	uint32_t class; /* 24 bits: base class, subclass, interface */
	const char *driver; /* NULL: none */
	const char *driver_override; /* NULL: none or not read */
	int iommu_group; /* -1: none */
	bool is_virtual_function;
	bool on_root_bus; /* right below a host bridge; false: no, or unknown */
	const char *physical_function; /* of a virtual function; else NULL */
	const char *power_state; /* "D0", "D3hot"; NULL: unknown */
	const char *runtime_status; /* "active", "suspended"; NULL: unknown */
	const char *power_control; /* "auto", or "on": never suspended; NULL: unknown */
	int command; /* PCI_COMMAND as the device has it; -1: not read, see pci.c */
	uint64_t largest_bar; /* bytes of its largest memory BAR; 0: unknown */
	const char *reset_methods; /* "flr bus", "" for none; NULL: unknown */
	bool vfio_bound; /* a VFIO driver has it: vfio-dev/ is there */
	enum device_state state;
	const struct owner *owners;
	size_t n_owners;
	const uint64_t *exports; /* inodes */
	size_t n_exports;
	bool exports_known; /* false: only BPF tells which device a buffer is of */
	const uint64_t *imports;
	size_t n_imports;
	bool imports_known; /* false: no source could list attachments */
	const char *const *mdevs; /* UUIDs */
	size_t n_mdevs;
	/* Only after a look at all devices: see snapshot.seen. */
	const struct host_use *uses;
	size_t n_uses;
	const char *saved_override; /* driver that driverctl brings back; NULL: none */
	const char *libvirt_domain; /* that this device belongs to; NULL: none */
	bool libvirt_running; /* and it is running */
	bool libvirt_managed; /* libvirt moves the device between VFIO and its driver */
	pid_t lock_holder; /* task with the device's lock in its hands; 0: unknown */
	int64_t release_since_us; /* CLOCK_REALTIME: its driver waits for the owner; 0 */
};

/* What a look at all devices has seen to its end (snapshot.seen). */
enum seen {
	SEEN_OWNERS = 1 << 0, /* who has devices open: without it "idle" is no answer */
	SEEN_TASKS = 1 << 1, /* tasks that sleep in the kernel */
	SEEN_USES = 1 << 2, /* what the host uses */
	SEEN_SETTINGS = 1 << 3, /* driverctl, libvirt */
	SEEN_DEVICES = 1 << 4, /* every PCI device */
};

struct snapshot {
	struct buffer *buffers;
	size_t n_buffers;
	struct device *devices;
	size_t n_devices;
	const struct process *processes;
	size_t n_processes;
	struct source_status sources[SOURCE_COUNT];
	unsigned int left_out; /* SOURCE_BIT() of the sources that nobody asked for */
	struct blocked_task *tasks; /* their device is for the judge to find */
	size_t n_tasks;
	unsigned int seen; /* SEEN_* */
	const char *kernel; /* release; NULL: unknown */
	int hung_task_panic; /* the sysctl; -1: unknown, or this kernel has none */
	int hung_task_seconds; /* hung_task_timeout_secs; -1: unknown */
	unsigned int unreadable_processes;
	uint32_t features; /* FEATURE_* bits of lib/model/feature.h; 0: not probed */
	struct snapshot_storage *storage; /* private to the builder */
};

void snapshot_free(struct snapshot *snapshot); /* NULL is allowed */
void cleanup_snapshot(struct snapshot **snapshot); /* for _cleanup_() */

/* NULL when there is none. */
const struct buffer *snapshot_buffer(const struct snapshot *snapshot, uint64_t inode);
const struct device *snapshot_device(const struct snapshot *snapshot,
				     const char *address);

/* Of another device these are not told: function, ids, reset methods. */
bool device_is_pci(const struct device *device);

/* Did a VFIO device export it? Only those can be revoked by user space. */
bool buffer_is_of_vfio(const struct buffer *buffer);

/* A text that lives as long as the snapshot. NULL: out of memory. */
const char *snapshot_text(struct snapshot *snapshot, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The words of the JSON contract; NULL where the contract says null. */
const char *evidence_name(enum evidence evidence);
const char *buffer_state_name(enum buffer_state state);
const char *verdict_name(enum verdict verdict);
const char *attachment_kind_name(enum attachment_kind kind);
const char *holder_kind_name(enum holder_kind kind);
const char *device_state_name(enum device_state state);

/* And back: the value of a word, or -EINVAL. */
int evidence_parse(const char *word);
int buffer_state_parse(const char *word);
int verdict_parse(const char *word);
int attachment_kind_parse(const char *word);
int holder_kind_parse(const char *word);
int device_state_parse(const char *word);

#endif
