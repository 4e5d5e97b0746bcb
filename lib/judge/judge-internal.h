/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_JUDGE_INTERNAL_H
#define DMABUFCTL_JUDGE_INTERNAL_H

/* The steps of judge_snapshot(), in their order; each builds on those before it. */

#include "lib/judge/judge.h"
#include "lib/judge/kernel-rules.h"

/* attachment.c: from its importer's ops, else from the exporter's rule, else a table. */
void judge_attachment(const struct snapshot *snapshot, const struct kernel_rules *rules,
		      const struct buffer *buffer, struct attachment *attachment);

/* release.c: which device each blocked task is about, and which devices that releases. */
void judge_releases(struct snapshot *snapshot);

/* state.c: the state of VFIO buffers whose kernel structures could not be read. */
void judge_states(struct snapshot *snapshot);

/* Is there room for the buffer in a BAR of this device? Others than PCI have none. */
bool device_may_export(const struct device *device, const struct buffer *buffer);

/* buffer.c: what its state, its exporter and its attachments make of a buffer. */
void judge_buffer(struct snapshot *snapshot, const struct kernel_rules *rules,
		  struct buffer *buffer);

bool text_equals(const char *one, const char *other); /* NULL equals nothing */
bool device_has_owner(const struct device *device, const struct process *process);

#endif
