/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "cmd/dmabufctl/acquire.h"
#include "cmd/dmabufctl/device-name.h"
#include "cmd/dmabufctl/elsewhere.h"
#include "cmd/dmabufctl/error.h"
#include "cmd/dmabufctl/legend.h"
#include "cmd/dmabufctl/list-table.h"
#include "cmd/dmabufctl/notes.h"
#include "cmd/dmabufctl/options.h"
#include "cmd/dmabufctl/output.h"
#include "cmd/dmabufctl/verbs.h"
#include "lib/base/cleanup.h"
#include "lib/model/chosen.h"
#include "lib/wire/json.h"
#include "lib/wire/snapshot-json.h"

/*
 * The filter with its device as the kernel calls it. Names that are no form of an
 * address stay: iommu and vgem are devices too. 0 or negative errno.
 */
static int resolve_filter(const struct options *options, struct device_name *name,
			  struct filter *ret)
{
	int r;

	*ret = options->filter;
	if (!ret->device)
		return 0;
	r = device_name_parse(options->root, ret->device, name);
	if (r == -EINVAL)
		return 0;
	if (r < 0)
		return r;
	ret->device = name->text;
	return 0;
}

static int print_json(const struct options *options, const struct snapshot *snapshot,
		      const struct chosen_buffers *chosen)
{
	_cleanup_(wire_put) struct json_object *object =
		wire_list(snapshot, chosen->items, chosen->count);

	int r = object ? output_json(options, object) : error_memory(options);

	return r | (notes_anything_answered(snapshot) ? STATUS_DONE : STATUS_FAILED);
}

/* "12 buffers, 3 attachments, 5 holders." */
static void print_summary(FILE *stream, const struct chosen_buffers *chosen)
{
	size_t attachments = 0, holders = 0, unknown = 0;

	for (size_t i = 0; i < chosen->count; i++) {
		unknown += !chosen->items[i]->attachments_known;
		attachments += chosen->items[i]->n_attachments;
		holders += chosen->items[i]->n_holders;
	}
	(void)fputc('\n', stream);
	notes_print_count(stream, chosen->count, "buffer", "buffers");
	(void)fputs(", ", stream);
	notes_print_count(stream, attachments, "attachment", "attachments");
	(void)fputs(", ", stream);
	notes_print_count(stream, holders, "holder", "holders");
	(void)fputs(".\n", stream);
	if (unknown > 0) {
		(void)fputs("Attachments of ", stream);
		notes_print_count(stream, unknown, "buffer", "buffers");
		(void)fputs(" are not known.\n", stream);
	}
}

/* Without BPF a VFIO buffer may well be the device's that was asked for. */
static void print_unknown_devices(FILE *stream, const struct snapshot *snapshot)
{
	size_t unknown = 0;

	for (size_t i = 0; i < snapshot->n_buffers; i++)
		unknown += !snapshot->buffers[i].device &&
			   snapshot->buffers[i].state == BUFFER_STATE_UNKNOWN;
	if (unknown == 0)
		return;
	(void)fputs("The device of ", stream);
	notes_print_count(stream, unknown, "buffer", "buffers");
	(void)fputs(" is not known.\n", stream);
}

/* Nothing to show is no output, but what could not be seen matters all the more. */
static int print_nothing(const struct options *options, const struct snapshot *snapshot)
{
	if (!notes_anything_answered(snapshot)) {
		(void)fputs("Dma-bufs could not be read.\n", stderr);
		notes_print(stderr, snapshot, true);
		return STATUS_FAILED;
	}
	if (options->quiet)
		return STATUS_DONE;
	(void)fputs(filter_is_empty(&options->filter) ? "No dma-bufs.\n"
						      : "No dma-bufs match.\n",
		    stderr);
	if (options->filter.device)
		print_unknown_devices(stderr, snapshot);
	notes_print(stderr, snapshot, options->verbose);
	return STATUS_DONE;
}

static int print_text(const struct options *options, const struct snapshot *snapshot,
		      const struct chosen_buffers *chosen)
{
	struct output output;
	int r;

	if (chosen->count == 0)
		return print_nothing(options, snapshot);
	r = output_open(options, &output);
	if (r < 0)
		return error_memory(options);
	r = list_table_print(options, chosen->items, chosen->count, &output);
	if (r == 0 && !options->no_legend && !options->quiet) {
		print_summary(output.stream, chosen);
		notes_print(output.stream, snapshot, options->verbose);
	}
	if (r == 0 && options->legend)
		legend_print(output.stream);
	r = r < 0 ? error_memory(options) : STATUS_DONE;
	return r | output_close(options, &output);
}

int list_run(const struct options *options)
{
	_cleanup_(cleanup_snapshot) struct snapshot *snapshot = NULL;
	_cleanup_(chosen_buffers_done) struct chosen_buffers chosen = { 0 };
	const struct filter everything = { 0 };
	struct options asked = *options;
	struct device_name name;
	int r;

	/* the vfio0 of another host is not ours */
	r = options->host ? 0 : resolve_filter(options, &name, &asked.filter);
	if (r < 0)
		return error_report(options, STATUS_NOT_FOUND,
				    "'dmabufctl devices' lists those of VFIO.",
				    "no device '%s': %s", options->filter.device,
				    strerror(-r));
	r = acquire_snapshot(&asked, OBSERVE_DEVICES_REFERENCED, &snapshot);
	if (r != STATUS_DONE)
		return r;
	/* whoever looked elsewhere has filtered */
	if (chosen_buffers(snapshot, is_elsewhere(options) ? &everything : &asked.filter,
			   &chosen) < 0)
		return error_memory(options);
	return options->json != JSON_OFF ? print_json(options, snapshot, &chosen)
					 : print_text(options, snapshot, &chosen);
}
