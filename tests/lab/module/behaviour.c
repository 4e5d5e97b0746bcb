// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the importer does when the exporter invalidates its mappings. Every behaviour
 * has attach ops and a callback of its own, because dmabufctl tells importers apart by
 * these symbols. The callbacks run with the resv lock held, in the revoking task.
 */
#include <linux/jiffies.h>
#include <linux/string.h>

#include "internal.h"

/* Counts the call; true: the behaviour is to be shown */
static bool called(struct lab_attachment *a)
{
	atomic_inc(&a->invalidations);
	return !a->gone && (a->sgt || (a->flags & LAB_IMPORTER_ALWAYS));
}

static void lab_importer_invalidate_revocable(struct dma_buf_attachment *attach)
{
	struct lab_attachment *a = attach->importer_priv;

	if (called(a))
		lab_attachment_unmap_locked(a);
}

static void lab_importer_invalidate_slow(struct dma_buf_attachment *attach)
{
	struct lab_attachment *a = attach->importer_priv;

	if (!called(a))
		return;
	reinit_completion(&a->let_go);
	wait_for_completion_timeout(&a->let_go, msecs_to_jiffies(a->delay_ms));
	lab_attachment_unmap_locked(a);
}

static void lab_importer_invalidate_never(struct dma_buf_attachment *attach)
{
	called(attach->importer_priv);
}

static void lab_importer_invalidate_fence(struct dma_buf_attachment *attach)
{
	struct lab_attachment *a = attach->importer_priv;

	if (!called(a))
		return;
	lab_attachment_add_fence(a);
	lab_attachment_unmap_locked(a);
}

static const struct dma_buf_attach_ops lab_importer_pinned_ops = {
	.allow_peer2peer = true,
};

static const struct dma_buf_attach_ops lab_importer_revocable_ops = {
	.allow_peer2peer = true,
	.invalidate_mappings = lab_importer_invalidate_revocable,
};

static const struct dma_buf_attach_ops lab_importer_slow_ops = {
	.allow_peer2peer = true,
	.invalidate_mappings = lab_importer_invalidate_slow,
};

static const struct dma_buf_attach_ops lab_importer_never_ops = {
	.allow_peer2peer = true,
	.invalidate_mappings = lab_importer_invalidate_never,
};

static const struct dma_buf_attach_ops lab_importer_fence_ops = {
	.allow_peer2peer = true,
	.invalidate_mappings = lab_importer_invalidate_fence,
};

static const struct lab_behaviour behaviours[] = {
	{ .name = "static" },
	{ .name = "pinned", .ops = &lab_importer_pinned_ops, .pins = true },
	{ .name = "revocable", .ops = &lab_importer_revocable_ops },
	{ .name = "slow", .ops = &lab_importer_slow_ops },
	{ .name = "never", .ops = &lab_importer_never_ops },
	{ .name = "fence", .ops = &lab_importer_fence_ops },
};

const struct lab_behaviour *lab_behaviour_find(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(behaviours); i++)
		if (!strcmp(behaviours[i].name, name))
			return &behaviours[i];
	return NULL;
}
