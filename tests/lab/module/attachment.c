// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One attachment: mapped or not, with or without a pending fence.
 */
#include <linux/delay.h>
#include <linux/slab.h>

#include "internal.h"

static const char *fence_driver_name(struct dma_fence *fence)
{
	return "lab_importer";
}

static const char *fence_timeline_name(struct dma_fence *fence)
{
	return "never-signals";
}

/* No release and no wait: a signalled fence may then outlive this module */
static const struct dma_fence_ops lab_importer_stuck_fence_ops = {
	.get_driver_name = fence_driver_name,
	.get_timeline_name = fence_timeline_name,
};

/* With the resv lock held. A fence that is still pending does for this time as well */
void lab_attachment_add_fence(struct lab_attachment *a)
{
	struct dma_fence *fence;

	if (READ_ONCE(a->fence) || dma_resv_reserve_fences(a->dmabuf->resv, 1))
		return;
	fence = kzalloc(sizeof(*fence), GFP_KERNEL);
	if (!fence)
		return;
	dma_fence_init(fence, &lab_importer_stuck_fence_ops, NULL,
		       dma_fence_context_alloc(1), 1);
	dma_resv_add_fence(a->dmabuf->resv, fence, DMA_RESV_USAGE_BOOKKEEP);
	xchg(&a->fence, fence);
}

static void signal_fence(struct lab_attachment *a)
{
	struct dma_fence *fence = xchg(&a->fence, NULL);

	if (!fence)
		return;
	dma_fence_signal(fence);
	dma_fence_put(fence);
}

void lab_attachment_unmap_locked(struct lab_attachment *a)
{
	if (!a->sgt)
		return;
	dma_buf_unmap_attachment(a->attach, a->sgt, DMA_BIDIRECTIONAL);
	a->sgt = NULL;
	if (a->pinned)
		dma_buf_unpin(a->attach);
	a->pinned = false;
}

/* No wait for the exporter's own fences: the memory is never accessed */
static int map_locked(struct lab_attachment *a)
{
	struct sg_table *sgt;
	int ret;

	if (a->sgt)
		return -EBUSY;
	if (a->behaviour->pins) {
		ret = dma_buf_pin(a->attach);
		if (ret)
			return ret;
	}
	sgt = dma_buf_map_attachment(a->attach, DMA_BIDIRECTIONAL);
	if (IS_ERR(sgt)) {
		if (a->behaviour->pins)
			dma_buf_unpin(a->attach);
		return PTR_ERR(sgt);
	}
	a->sgt = sgt;
	a->pinned = a->behaviour->pins;
	return 0;
}

int lab_attachment_map(struct lab_attachment *a)
{
	int ret;

	ret = dma_resv_lock_interruptible(a->dmabuf->resv, NULL);
	if (ret)
		return ret;
	ret = map_locked(a);
	dma_resv_unlock(a->dmabuf->resv);
	return ret;
}

int lab_attachment_unmap(struct lab_attachment *a)
{
	int ret;

	ret = dma_resv_lock_interruptible(a->dmabuf->resv, NULL);
	if (ret)
		return ret;
	if (!a->sgt)
		ret = -ENOENT;
	lab_attachment_unmap_locked(a);
	dma_resv_unlock(a->dmabuf->resv);
	return ret;
}

/* Under the session's mutex, which leaves only lab_attachment_let_go() to race with */
int lab_attachment_hold_resv(struct lab_attachment *a)
{
	struct lab_holder *h;

	if (READ_ONCE(a->holder))
		return -EBUSY;
	h = lab_holder_of_resv(a->dmabuf->resv);
	if (IS_ERR(h))
		return PTR_ERR(h);
	xchg(&a->holder, h);
	return 0;
}

void lab_attachment_let_go(struct lab_attachment *a)
{
	complete(&a->let_go);
	signal_fence(a);
	lab_holder_stop(xchg(&a->holder, NULL));
}

/*
 * Not dma_resv_lock(): a revoke that has just begun may hold the lock and wait for what
 * our callback has set up since the last look. Once @gone, nothing is mapped any more
 * and a->attach is not looked at.
 */
static void unmap_now(struct lab_attachment *a, bool gone)
{
	lab_attachment_let_go(a);
	while (!dma_resv_trylock(a->dmabuf->resv)) {
		msleep(10);
		lab_attachment_let_go(a);
	}
	lab_attachment_unmap_locked(a);
	a->gone |= gone;
	dma_resv_unlock(a->dmabuf->resv);
	/* An exporter that does not wait for fences may have left one behind */
	lab_attachment_let_go(a);
}

void lab_attachment_release(struct lab_attachment *a)
{
	unmap_now(a, false);
}

void lab_attachment_detach(struct lab_attachment *a)
{
	unmap_now(a, true);
	dma_buf_detach(a->dmabuf, a->attach);
}

static void attachment_free(struct kref *kref)
{
	struct lab_attachment *a = container_of(kref, struct lab_attachment, kref);

	dma_buf_put(a->dmabuf);
	put_device(a->dev);
	kfree(a);
}

/* May run the last close of the dma-buf: not under a lock */
void lab_attachment_put(struct lab_attachment *a)
{
	kref_put(&a->kref, attachment_free);
}

static int attach_and_map(struct lab_attachment *a)
{
	int ret;

	a->attach = dma_buf_dynamic_attach(a->dmabuf, a->dev, a->behaviour->ops, a);
	if (IS_ERR(a->attach))
		return PTR_ERR(a->attach);
	if (a->flags & LAB_IMPORTER_NO_MAP)
		return 0;
	ret = lab_attachment_map(a);
	if (ret)
		lab_attachment_detach(a);
	return ret;
}

/* Takes over the reference to @dev if it succeeds */
struct lab_attachment *lab_attachment_new(const struct lab_importer_attach *arg,
					  struct device *dev)
{
	struct lab_attachment *a;
	int ret;

	a = kzalloc(sizeof(*a), GFP_KERNEL);
	if (!a)
		return ERR_PTR(-ENOMEM);
	kref_init(&a->kref);
	INIT_LIST_HEAD(&a->node);
	init_completion(&a->let_go);
	a->flags = arg->flags;
	a->delay_ms = arg->delay_ms;
	a->dev = dev;
	a->behaviour = lab_behaviour_find(arg->behaviour);
	ret = -EINVAL;
	if (!a->behaviour)
		goto fail;
	a->dmabuf = dma_buf_get(arg->dmabuf_fd);
	ret = PTR_ERR_OR_ZERO(a->dmabuf);
	if (ret)
		goto fail;
	ret = attach_and_map(a);
	if (ret) {
		dma_buf_put(a->dmabuf);
		goto fail;
	}
	return a;
fail:
	kfree(a);
	return ERR_PTR(ret);
}
