/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside lab_importer.ko.
 *
 * Locks, outermost first:
 *   session->mutex  one call at a time on an open file, but for RELEASE
 *   lab_lock        the lists of sessions and attachments; nothing that waits for
 *                   anyone else is done under it
 *   resv            the dma-buf's; sgt, pinned and gone of an attachment
 * RELEASE and release_all take no session mutex, because its holder may be asleep
 * behind just what they are to let go of. Attachments are reference counted for them.
 */
#ifndef INTERNAL_H
#define INTERNAL_H

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/device.h>
#include <linux/dma-buf.h>
#include <linux/dma-fence.h>
#include <linux/dma-resv.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/types.h>

#include "lab-importer.h"

struct lab_holder;

struct lab_behaviour {
	const char *name;
	const struct dma_buf_attach_ops *ops; /* NULL: static */
	bool pins;
};

struct lab_attachment {
	struct kref kref;
	struct list_head node; /* by lab_lock */
	const void *session; /* who made it; only compared */
	u32 id;
	u32 flags;
	u32 delay_ms;
	const struct lab_behaviour *behaviour;
	struct device *dev;
	struct dma_buf *dmabuf;
	struct dma_buf_attachment *attach;
	struct sg_table *sgt; /* by resv; NULL: not mapped */
	bool pinned; /* by resv */
	bool gone; /* by resv; being detached: the callback does nothing */
	struct dma_fence *fence; /* by xchg; NULL: none pending */
	struct lab_holder *holder; /* by xchg; NULL: resv is not held */
	struct completion let_go; /* ends the sleep of slow */
	atomic_t invalidations;
};

/* behaviour.c */
const struct lab_behaviour *lab_behaviour_find(const char *name);

/* attachment.c: new and detach take the resv lock, uninterruptibly */
struct lab_attachment *lab_attachment_new(const struct lab_importer_attach *arg,
					  struct device *dev);
void lab_attachment_put(struct lab_attachment *a);
void lab_attachment_detach(struct lab_attachment *a);
int lab_attachment_map(struct lab_attachment *a);
int lab_attachment_unmap(struct lab_attachment *a);
void lab_attachment_unmap_locked(struct lab_attachment *a);
int lab_attachment_hold_resv(struct lab_attachment *a);
void lab_attachment_add_fence(struct lab_attachment *a);
/* The first half of RELEASE, which never takes the resv lock; and all of it */
void lab_attachment_let_go(struct lab_attachment *a);
void lab_attachment_release(struct lab_attachment *a);

/* holder.c: both return once the lock is held, or fail with -EINTR when killed */
struct lab_holder *lab_holder_of_resv(struct dma_resv *resv);
struct lab_holder *lab_holder_of_mmap_lock(pid_t pid);
void lab_holder_stop(struct lab_holder *h);

#endif
