/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/judge/judge.h"

static void judge_attachment(struct attachment *attachment)
{
	attachment->importer = importer_of_symbol(attachment->symbol, attachment->module);
	if (attachment->has_ops == TRISTATE_NO)
		attachment->kind = ATTACHMENT_STATIC;
	attachment->revocable = VERDICT_UNKNOWN;
	attachment->evidence = EVIDENCE_NONE;
	attachment->reason = "revocability is not judged by this version";
}

void judge_snapshot(struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->n_buffers; i++) {
		struct buffer *buffer = &snapshot->buffers[i];

		for (size_t j = 0; j < buffer->n_attachments; j++)
			judge_attachment(&buffer->attachments[j]);
		buffer->revocable = VERDICT_UNKNOWN;
		buffer->reason = "revocability is not judged by this version";
	}
}
