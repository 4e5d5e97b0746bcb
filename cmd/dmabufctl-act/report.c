/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "cmd/dmabufctl-act/steps.h"
#include "lib/act/journal.h"
#include "lib/judge/judge.h"

static bool is_ours(const struct executor *executor, const struct buffer *buffer)
{
	for (size_t i = 0; buffer->device && i < executor->n_devices; i++)
		if (strcmp(buffer->device, executor->devices[i].address) == 0)
			return true;
	return false;
}

int remember_buffers(struct executor *executor)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < executor->snapshot->n_buffers; i++) {
		const struct buffer *buffer = &executor->snapshot->buffers[i];
		struct buffer_result item = { .inode = buffer->inode,
					      .before = buffer->state };

		if (is_ours(executor, buffer))
			r = ARRAY_PUSH(&executor->before, item);
	}
	return r;
}

static const char *detail_of(const struct executor *executor, const struct buffer *buffer)
{
	if (buffer)
		return NULL;
	return executor->snapshot->sources[SOURCE_BPF].outcome == SOURCE_OK
		       ? "it is gone"
		       : "it could not be read back";
}

int report_buffers(struct executor *executor)
{
	struct result *result = executor->job->result;
	size_t count;
	int r = 0;

	for (size_t i = 0; r == 0 && i < executor->before.count; i++) {
		struct buffer_result item = executor->before.items[i];
		const struct buffer *buffer =
			snapshot_buffer(executor->snapshot, item.inode);

		item.after = buffer ? buffer->state : BUFFER_STATE_NONE;
		item.verified = buffer ? buffer->state_evidence : EVIDENCE_NONE;
		item.detail = detail_of(executor, buffer);
		count = result->buffers.count;
		r = result_buffer(result, &item);
		if (result->buffers.count > count)
			journal_buffer(&executor->journal, executor->job,
				       &result->buffers.items[result->buffers.count - 1]);
	}
	return r;
}

/* Said only of what was read back. */
static int tell_removal(struct executor *executor, const char *address)
{
	struct result *result = executor->job->result;
	const struct device *other,
		*device = snapshot_device(executor->snapshot, address);
	const char *why;

	if (!device)
		return 0; /* it was removed already */
	why = judge_removal(executor->snapshot, device, &other);
	if (!why)
		return result_note(result, "%s is safe to remove", address);
	return result_note(result, "%s may not be removed yet: %s%s%s", address,
			   other ? other->address : "", other ? ": " : "", why);
}

int report_removal(struct executor *executor)
{
	const plan_step_array *move = &executor->plan->move;
	int r = 0;

	if (executor->plan->verb != ACT_REASSIGN ||
	    strcmp(executor->plan->driver, "-") != 0)
		return 0;
	for (size_t i = 0; r == 0 && i < move->count; i++)
		if (move->items[i].kind == STEP_UNBIND)
			r = tell_removal(executor, move->items[i].device);
	return r;
}
