/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_MODEL_EVENT_KIND_H
#define DMABUFCTL_MODEL_EVENT_KIND_H

/* Apart from event.h because the BPF programs need them too. */

enum event_kind {
	EVENT_EXPORT,
	EVENT_RELEASE, /* of a buffer: its last file is closed */
	EVENT_ATTACH,
	EVENT_DETACH,
	EVENT_REVOKING, /* importers are being told to stop */
	EVENT_REVOKE, /* and have */
	EVENT_RESTORE, /* importers may map it again */
	EVENT_OPEN, /* of a device: it was closed before */
	EVENT_CLOSE, /* by the last who had it open */
	EVENT_RESET,
	EVENT_RELEASING, /* its driver is leaving, and will wait for the owner */
	EVENT_JOB_NEW,
	EVENT_JOB_REMOVED,
	EVENT_LOST, /* what happened faster than it was read */
	EVENT_COUNT
};

#define EVENT_BIT(kind) (1u << (kind))
#define EVENT_BITS_ALL (EVENT_BIT(EVENT_COUNT) - 1)

/* Why a buffer was revoked or restored, or by what a device was reset. */
enum event_cause {
	CAUSE_UNKNOWN,
	CAUSE_MEMORY, /* the memory-enable bit */
	CAUSE_LOW_POWER, /* VFIO's feature of that name */
	CAUSE_POWER_STATE, /* D3hot, through config space */
	CAUSE_RESET, /* VFIO_DEVICE_RESET, or the reset of the function by sysfs */
	CAUSE_FLR, /* a function-level reset through config space */
	CAUSE_HOT_RESET, /* of the whole slot or bus */
	CAUSE_CLOSE, /* the device was closed: for good */
	CAUSE_COUNT
};

#endif
