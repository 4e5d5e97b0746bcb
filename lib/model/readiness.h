/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_MODEL_READINESS_H
#define DMABUFCTL_MODEL_READINESS_H

/*
 * Can a device be taken back now? What stands in the way, and what an administrator
 * should know besides. Owns all that it points to.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum obstacle_kind {
	OBSTACLE_OWNER, /* a process has the device open or mapped */
	OBSTACLE_ATTACHMENT, /* an importer that cannot be revoked, or not at once */
	OBSTACLE_HOLDER, /* another process holds one of its live buffers */
	OBSTACLE_GROUP_MEMBER, /* of the same IOMMU group, in use */
	OBSTACLE_VIRTUAL_FUNCTION, /* below this physical function, in use */
	OBSTACLE_RESET_SIBLING, /* would be reset with it, in use */
	OBSTACLE_MDEV, /* a mediated device below it */
	OBSTACLE_OVERRIDE, /* driverctl brings another driver back */
	OBSTACLE_LIBVIRT, /* libvirt manages it for a running domain */
	OBSTACLE_RELEASE, /* a release is under way already */
	OBSTACLE_KERNEL, /* the kernel itself: a stuck task, hung_task_panic */
	OBSTACLE_HOST_USE, /* the host uses it */
};

enum note_kind {
	NOTE_ORPHANED_BUFFER, /* revoked for good, and still held */
	NOTE_TENANT_MAPPING, /* a revoke ends this mapping of somebody else for good */
	NOTE_STALE_MAPPING, /* after an unplug: addresses that may be used again */
	NOTE_LEGACY_MAPPING, /* P2P of a type1 container: no revoke reaches it */
	NOTE_MDEV_DMA, /* does the driver of a mediated device stop its DMA? */
	NOTE_LIBVIRT, /* a domain that is not running is configured to use it */
	NOTE_HUNG_TASK_PANIC, /* a task that waits too long would panic the host */
	NOTE_UNASSIGNED_BUFFER, /* may be one of this device: only BPF could tell */
	NOTE_UNSEEN, /* what could not be looked at */
};

/* An obstacle or a note. */
struct finding {
	int kind; /* enum obstacle_kind or enum note_kind */
	pid_t pid; /* 0: none */
	const char *comm; /* raw bytes; NULL: unknown */
	const char *unit; /* systemd unit; NULL: none or unknown */
	const char *device; /* another device; NULL: none */
	uint64_t inode; /* buffer; 0: none */
	const char *importer; /* NULL: none or unknown */
	bool bounded; /* obstacle: it ends, or can be ended, within a limit */
	int64_t since_us; /* CLOCK_REALTIME; 0: unknown */
	const char *reason; /* never NULL */
	const char *remedy; /* obstacle: never NULL; note: NULL */
};

struct readiness {
	const char *device;
	struct finding *obstacles; /* none: the device is ready */
	size_t n_obstacles;
	struct finding *notes;
	size_t n_notes;
	struct readiness_storage *storage; /* private */
};

/* NULL: out of memory. */
struct readiness *readiness_new(const char *device);
void readiness_free(struct readiness *readiness); /* NULL is allowed */

/*
 * Appends one, with its texts copied; reason is formatted. 0 or -ENOMEM. The remedy of
 * a note is dropped.
 */
int readiness_obstacle(struct readiness *readiness, const struct finding *finding,
		       const char *format, ...) __attribute__((format(printf, 3, 4)));
int readiness_note(struct readiness *readiness, const struct finding *finding,
		   const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The words of the JSON contract, and back: the value of a word, or -EINVAL. */
const char *obstacle_kind_name(enum obstacle_kind kind);
const char *note_kind_name(enum note_kind kind);
int obstacle_kind_parse(const char *word);
int note_kind_parse(const char *word);

#endif
