/* SPDX-License-Identifier: GPL-2.0-or-later WITH Linux-syscall-note */
/*
 * The interface of lab_importer.ko: /dev/lab-importer.
 *
 * An importer of dma-bufs that behaves as it is told, for scenarios: it attaches any
 * PCI device (or its own device "lab", which is not on PCI) to any dma-buf and maps
 * it, and then is a good or a bad citizen when the exporter invalidates the mapping.
 * It never accesses the memory.
 *
 * Behaviours, by name:
 *   static     attaches as drivers without attach ops do: no callback
 *   pinned     dynamic and peer-to-peer, without the callback; pins, then maps
 *   revocable  the callback unmaps at once
 *   slow       the callback sleeps delay_ms, then unmaps
 *   never      has the callback, but unmaps only on RELEASE
 *   fence      the callback adds a BOOKKEEP fence that signals only on RELEASE, and
 *              unmaps
 * A callback acts only while something is mapped, unless ALWAYS is set.
 *
 * Everything that an open file did is undone when it is closed, also by a kill.
 * Writing anything to /sys/class/misc/lab-importer/release_all does RELEASE to every
 * attachment of every open file, and gives every lock back.
 *
 * What may block: ATTACH, MAP, UNMAP, RELEASE and DETACH take the reservation lock of
 * the dma-buf, which a stuck revoke may hold; only MAP and UNMAP can be interrupted.
 * RELEASE, DETACH and the close first let go of what the revoke may be waiting for, so
 * that only another importer's doing can block them. A PCI device must not be removed
 * while it is attached.
 */
#ifndef LAB_IMPORTER_H
#define LAB_IMPORTER_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define LAB_IMPORTER_PATH "/dev/lab-importer"

#define LAB_IMPORTER_NO_MAP (1u << 0) /* attach only */
#define LAB_IMPORTER_ALWAYS (1u << 1) /* the callback acts when nothing is mapped, too */
#define LAB_IMPORTER_FLAGS (LAB_IMPORTER_NO_MAP | LAB_IMPORTER_ALWAYS)

struct lab_importer_attach {
	__s32 dmabuf_fd;
	__u32 flags;
	__u32 delay_ms; /* of slow */
	__u32 id; /* out: names the attachment in the calls below */
	char device[32];
	char behaviour[16];
};

struct lab_importer_state {
	__u32 id; /* in */
	__u32 mapped; /* 1: a mapping is live */
	__u32 fence; /* 1: a fence is not signalled */
	__u32 resv_held; /* 1: HOLD_RESV is in effect */
	__u32 invalidations; /* how often the callback was called */
};

#define LAB_IMPORTER_IOC 'L'

/* Attaches and maps, or does neither. ENXIO: no such device; else the exporter's errno */
#define LAB_IMPORTER_ATTACH _IOWR(LAB_IMPORTER_IOC, 0xe0, struct lab_importer_attach)

/* The argument of these is an id. MAP: EBUSY when mapped; UNMAP: ENOENT when not */
#define LAB_IMPORTER_MAP _IO(LAB_IMPORTER_IOC, 0xe1)
#define LAB_IMPORTER_UNMAP _IO(LAB_IMPORTER_IOC, 0xe2)
#define LAB_IMPORTER_DETACH _IO(LAB_IMPORTER_IOC, 0xe3)

/*
 * Lets go of all that the attachment holds. First, without the reservation lock:
 * signals the fence, ends the sleep of slow, gives up HOLD_RESV. Then, with it, unmaps.
 * The attachment stays, and will behave the same when it is mapped again.
 */
#define LAB_IMPORTER_RELEASE _IO(LAB_IMPORTER_IOC, 0xe4)

#define LAB_IMPORTER_STATE _IOWR(LAB_IMPORTER_IOC, 0xe5, struct lab_importer_state)

/*
 * A kernel thread takes the dma-buf's reservation lock and keeps it until RELEASE: a
 * reader of debugfs bufinfo then gets stuck inside it. Returns once the lock is held.
 */
#define LAB_IMPORTER_HOLD_RESV _IO(LAB_IMPORTER_IOC, 0xe6)

/*
 * A kernel thread takes the mmap_lock of the process (argument: its pid) for writing
 * and keeps it until RELEASE_MMAP_LOCK. One process an open file. Returns once the
 * lock is held. The process itself cannot exit meanwhile.
 */
#define LAB_IMPORTER_HOLD_MMAP_LOCK _IO(LAB_IMPORTER_IOC, 0xe7)
#define LAB_IMPORTER_RELEASE_MMAP_LOCK _IO(LAB_IMPORTER_IOC, 0xe8)

#endif
