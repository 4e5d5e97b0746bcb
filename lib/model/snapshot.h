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

enum tristate { TRISTATE_UNKNOWN, TRISTATE_NO, TRISTATE_YES };

enum holder_kind { HOLDER_FD, HOLDER_MAP };

struct process {
	pid_t pid;
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
	const int *fds; /* may be empty: a mapping alone keeps it open */
	size_t n_fds;
	int maps; /* mappings of its BARs; -1: unknown */
};

struct device {
	const char *address; /* "0000:03:00.0" */
	const char *name; /* from the PCI ID database; NULL: unknown */
	uint16_t vendor, product;
	uint32_t class; /* 24 bits: base class, subclass, interface */
	const char *driver; /* NULL: none */
	const char *driver_override; /* NULL: none or not read */
	int iommu_group; /* -1: none */
	bool is_virtual_function;
	const char *physical_function; /* of a virtual function; else NULL */
	const char *power_state; /* "D0", "D3hot"; NULL: unknown */
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
};

struct snapshot {
	struct buffer *buffers;
	size_t n_buffers;
	struct device *devices;
	size_t n_devices;
	const struct process *processes;
	size_t n_processes;
	struct source_status sources[SOURCE_COUNT];
	unsigned int unreadable_processes;
	uint32_t features; /* FEATURE_* bits of lib/model/feature.h; 0: not probed */
	struct snapshot_storage *storage; /* private to the builder */
};

void snapshot_free(struct snapshot *snapshot); /* NULL is allowed */

/* NULL when there is none. */
const struct buffer *snapshot_buffer(const struct snapshot *snapshot, uint64_t inode);
const struct device *snapshot_device(const struct snapshot *snapshot,
				     const char *address);

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
