/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/judge/judge-internal.h"

void judge_snapshot(struct snapshot *snapshot)
{
	const struct kernel_rules rules = kernel_rules(snapshot);

	judge_releases(snapshot);
	judge_states(snapshot);
	for (size_t i = 0; i < snapshot->n_buffers; i++) {
		struct buffer *buffer = &snapshot->buffers[i];

		for (size_t j = 0; j < buffer->n_attachments; j++)
			judge_attachment(snapshot, &rules, buffer,
					 &buffer->attachments[j]);
		judge_buffer(snapshot, &rules, buffer);
	}
}
