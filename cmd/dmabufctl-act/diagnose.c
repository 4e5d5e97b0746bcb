/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl-act/steps.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/dmabufctl-act/look.h"
#include "lib/act/journal.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/observe/stack.h"

enum {
	STACK_BYTES_MAX = 64 * 1024,
	LOOK_MS = 800, /* whoever waits for the result has waited long enough */
};

/* The kernel function that an operation sleeps in; empty when it cannot be read. */
static void read_function(const struct executor *executor, pid_t pid,
			  struct stack_meaning *ret)
{
	_cleanup_free_ char *text = NULL, *wchan = NULL;
	char path[64];

	*ret = (struct stack_meaning){ 0 };
	(void)snprintf(path, sizeof(path), "proc/%d/stack", pid);
	if (root_read(&executor->sources.root, executor->sources.root.fd, path,
		      STACK_BYTES_MAX, &text, NULL) == 0 &&
	    stack_read(text, ret))
		return;
	(void)snprintf(path, sizeof(path), "proc/%d/wchan", pid);
	if (root_read(&executor->sources.root, executor->sources.root.fd, path,
		      STACK_BYTES_MAX, &wchan, NULL) == 0)
		(void)stack_read_wchan(wchan, ret);
}

/* The buffer of a device whose revoke somebody still waits in; NULL: not known. */
static const struct buffer *stuck_buffer(const struct executor *executor,
					 const char *device)
{
	for (size_t i = 0; i < executor->snapshot->n_buffers; i++) {
		const struct buffer *buffer = &executor->snapshot->buffers[i];

		if (buffer->device && strcmp(buffer->device, device) == 0 &&
		    (buffer->state == BUFFER_STATE_REVOKING || buffer->writer))
			return buffer;
	}
	return NULL;
}

static void print_importers(FILE *stream, const struct buffer *buffer)
{
	for (size_t i = 0; i < buffer->n_attachments; i++) {
		const struct attachment *attachment = &buffer->attachments[i];
		_cleanup_free_ char *device = text_for_terminal(attachment->device);

		(void)fprintf(stream, "%s%s", i == 0 ? "" : ", ",
			      attachment->importer ?: "an unknown importer");
		if (device)
			(void)fprintf(stream, " (%s)", device);
	}
}

static void print_buffer(FILE *stream, const struct buffer *buffer)
{
	(void)fprintf(stream, "buffer %llu waits for ",
		      (unsigned long long)buffer->inode);
	if (buffer->n_fences > 0)
		(void)fprintf(stream, "a fence of %s, attached: ", buffer->fences[0]);
	if (buffer->n_attachments > 0)
		print_importers(stream, buffer);
	else
		(void)fputs("an importer that cannot be seen", stream);
	if (buffer->n_fences == 0 && buffer->mappings > 0)
		(void)fprintf(stream, ", which has not unmapped it");
}

char *awaited_text(const struct executor *executor, const char *device)
{
	const struct buffer *buffer = stuck_buffer(executor, device);
	char *text = NULL;
	size_t length;
	FILE *stream;

	if (!buffer)
		return NULL;
	stream = open_memstream(&text, &length);
	if (!stream)
		return NULL;
	print_buffer(stream, buffer);
	if (fclose(stream) == 0)
		return text;
	free(text);
	return NULL;
}

static const char *ends_when(enum step_kind step, const struct buffer *buffer)
{
	if (step == STEP_UNBIND || step == STEP_ASK)
		return "It ends when whoever has the device open closes it.";
	if (buffer && buffer->n_fences > 0)
		return "It ends when that fence is signalled.";
	return "It ends when the importer lets go, or whoever uses it does.";
}

static const char *importer_of(const struct buffer *buffer)
{
	if (!buffer)
		return NULL;
	if (buffer->n_fences > 0)
		return buffer->fences[0];
	return buffer->n_attachments > 0 ? buffer->attachments[0].importer : NULL;
}

int diagnose(struct executor *executor, enum step_kind step, const char *device,
	     const struct operation *operation)
{
	const struct buffer *buffer;
	_cleanup_free_ char *reason = NULL, *awaited = NULL;
	struct stack_meaning meaning;
	struct stuck stuck = {
		.step = step,
		.pid = operation->child.pid,
		.since_us = operation->started_us,
	};
	int r;

	executor->stuck = true;
	/* whoever waited for it has looked a moment ago */
	r = stuck_buffer(executor, device) ? 0 : look_again(executor, LOOK_MS);
	if (r < 0)
		return r;
	buffer = stuck_buffer(executor, device);
	awaited = awaited_text(executor, device);
	read_function(executor, stuck.pid, &meaning);
	if (asprintf(&reason,
		     "%s%sprocess %d sleeps in %s (%s). %s Until then nothing is written "
		     "to %s, no reset and no restore, and it cannot be released: the "
		     "process holds its fd.",
		     awaited ? awaited : "", awaited ? "; " : "", stuck.pid,
		     *meaning.function ? meaning.function : "the kernel",
		     operation->report.stage, ends_when(step, buffer), device) < 0) {
		reason = NULL;
		return -ENOMEM;
	}
	stuck.function = *meaning.function ? meaning.function : NULL;
	stuck.importer = importer_of(buffer);
	stuck.inode = buffer ? buffer->inode : 0;
	stuck.reason = reason;
	r = result_stuck(executor->job->result, &stuck);
	if (r == 0)
		journal_stuck(&executor->journal, executor->job, &stuck);
	return r;
}
