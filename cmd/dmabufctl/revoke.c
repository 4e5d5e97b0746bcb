/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <inttypes.h>

#include "cmd/dmabufctl/act-run.h"
#include "cmd/dmabufctl/error.h"
#include "cmd/dmabufctl/format.h"
#include "cmd/dmabufctl/options.h"
#include "cmd/dmabufctl/verbs.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"

static bool is_inode(const char *argument, uint64_t *ret)
{
	return text_to_u64(argument, 10, ret) == 0;
}

int revoke_usage(const struct options *options, struct error *error)
{
	uint64_t inode;

	for (int i = 0; options->n_arguments > 1 && i < options->n_arguments; i++) {
		if (!is_inode(options->arguments[i], &inode))
			continue;
		error_set(error, STATUS_USAGE, NULL, "a buffer stands alone: '%s'",
			  options->arguments[i]);
		return -EINVAL;
	}
	return act_usage(options, error);
}

static int no_such_buffer(const struct options *options)
{
	return error_report(options, STATUS_NOT_FOUND,
			    "'dmabufctl list' names the buffers there are.",
			    "no buffer with inode %s", options->arguments[0]);
}

static int not_of_vfio(const struct options *options, const struct buffer *buffer)
{
	return error_report(
		options, STATUS_UNSUPPORTED,
		"It ends when those who use it give it up; 'dmabufctl show' "
		"names them.",
		"buffer %" PRIu64 " was exported by %s: user space can revoke "
		"those of VFIO alone",
		buffer->inode, buffer->exporter ? buffer->exporter : "an unknown driver");
}

static int device_unknown(const struct options *options, const struct buffer *buffer)
{
	return error_report(options, STATUS_UNSUPPORTED,
			    "Name the device instead; 'dmabufctl devices' lists them.",
			    "nothing tells which device buffer %" PRIu64 " is of: only "
			    "BPF could",
			    buffer->inode);
}

/* "16M, gpu-bar2" as the detail of each. 0 or -ENOMEM. */
static int add_buffer(struct result *result, const struct buffer *buffer)
{
	_cleanup_free_ char *size = format_size(buffer->size), *detail = NULL;
	const struct buffer_result item = {
		.inode = buffer->inode,
		.before = buffer->state,
		.after = buffer->state,
		.verified = buffer->state_evidence,
	};
	struct buffer_result described = item;

	if (!size || asprintf(&detail, "%s%s%s", size, buffer->name ? ", " : "",
			      buffer->name ? buffer->name : "") < 0)
		return -ENOMEM;
	described.detail = detail;
	return result_buffer(result, &described);
}

static int list_buffers(const struct act *act, const struct device *device,
			struct result *result)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < device->n_exports; i++) {
		const struct buffer *buffer =
			snapshot_buffer(act->snapshot, device->exports[i]);

		if (buffer)
			r = add_buffer(result, buffer);
	}
	return r;
}

/* A buffer cannot be revoked alone: whoever asks for it must know of the others. */
static int fill_not_alone(const struct act *act, const struct buffer *buffer,
			  const struct device *device, struct result *result)
{
	int r = list_buffers(act, device, result);

	if (r < 0)
		return r;
	return result_end(result, OUTCOME_REFUSED, "--all-of-device revokes all of them",
			  "this kernel cannot revoke buffer %" PRIu64
			  " alone, only all %zu of %s",
			  buffer->inode, device->n_exports, device->address);
}

static int refuse_alone(struct act *act, const struct buffer *buffer,
			const struct device *device)
{
	struct result *result = result_new(NULL, device->address, ACT_REVOKE);
	int status;

	if (!result || fill_not_alone(act, buffer, device, result) < 0)
		status = error_memory(act->options);
	else
		status = act_answer(act, result);
	result_free(result);
	return status;
}

/* Nothing is left of it to revoke, whatever becomes of its device. */
static int is_orphaned(struct act *act, const struct buffer *buffer)
{
	struct result *result =
		result_new(NULL, buffer->device ? buffer->device : "", ACT_REVOKE);
	int status;

	if (!result || result_end(result, OUTCOME_NOTHING_TO_DO, NULL,
				  "buffer %" PRIu64 " is orphaned: revoked for good",
				  buffer->inode) < 0) {
		status = error_memory(act->options);
	} else {
		if (!buffer->device)
			result->device = NULL;
		status = act_answer(act, result);
	}
	result_free(result);
	return status;
}

static int act_on_buffer(struct act *act, uint64_t inode)
{
	const struct buffer *buffer = snapshot_buffer(act->snapshot, inode);
	const struct device *device;

	if (!buffer)
		return no_such_buffer(act->options);
	if (!buffer_is_of_vfio(buffer))
		return not_of_vfio(act->options, buffer);
	if (buffer->state == BUFFER_STATE_ORPHANED)
		return is_orphaned(act, buffer);
	device = buffer->device ? snapshot_device(act->snapshot, buffer->device) : NULL;
	if (!device || !device_is_pci(device))
		return device_unknown(act->options, buffer);
	/* of the method buffer, the plan says that there is none */
	if (!act->options->all_of_device && act->options->method != METHOD_BUFFER)
		return refuse_alone(act, buffer, device);
	return act_on(act, device);
}

static int run_buffer(const struct options *options, uint64_t inode)
{
	_cleanup_(act_done) struct act act;
	int status = act_begin(options, ACT_REVOKE, NULL, &act);

	if (status == STATUS_DONE)
		status = act_look(&act);
	if (status == STATUS_DONE)
		status = act_on_buffer(&act, inode);
	return status != STATUS_DONE ? status : act_end(&act);
}

int revoke_run(const struct options *options)
{
	uint64_t inode;

	return is_inode(options->arguments[0], &inode)
		       ? run_buffer(options, inode)
		       : act_run(options, ACT_REVOKE, NULL);
}
