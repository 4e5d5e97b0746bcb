/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "cmd/dmabufctl/acquire.h"
#include "cmd/dmabufctl/error.h"
#include "cmd/dmabufctl/notes.h"
#include "cmd/dmabufctl/options.h"
#include "cmd/dmabufctl/output.h"
#include "cmd/dmabufctl/show-text.h"
#include "cmd/dmabufctl/targets.h"
#include "cmd/dmabufctl/verbs.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/observe/pci-names.h"
#include "lib/wire/json.h"
#include "lib/wire/snapshot-json.h"

/* What was found: one of the two. */
struct found {
	const struct buffer *buffer;
	const struct device *device;
};

static int print_json(const struct options *options, const struct snapshot *snapshot,
		      const struct found *found)
{
	_cleanup_(wire_put) struct json_object *object =
		found->buffer ? wire_list(snapshot, &found->buffer, 1)
			      : wire_devices(snapshot, &found->device, 1);

	return object ? output_json(options, object) : error_memory(options);
}

static int print_text(const struct options *options, const struct snapshot *snapshot,
		      const struct found *found)
{
	struct output output;

	if (output_open(options, &output) < 0)
		return error_memory(options);
	if (found->buffer)
		show_buffer(output.stream, found->buffer);
	else
		show_device(output.stream, found->device);
	if (!options->quiet && !options->no_legend &&
	    notes_needed(snapshot, options->verbose)) {
		(void)fputc('\n', output.stream);
		notes_print(output.stream, snapshot, options->verbose);
	}
	return output_close(options, &output);
}

static int print(const struct options *options, const struct snapshot *snapshot,
		 const struct found *found)
{
	return options->json != JSON_OFF ? print_json(options, snapshot, found)
					 : print_text(options, snapshot, found);
}

static int no_buffer(const struct options *options)
{
	return error_report(options, STATUS_NOT_FOUND,
			    "'dmabufctl list' names the buffers there are.",
			    "no buffer with inode %s", options->arguments[0]);
}

static int run_buffer(const struct options *options, uint64_t inode)
{
	_cleanup_(cleanup_snapshot) struct snapshot *snapshot = NULL;
	struct found found = { 0 };
	int status = acquire_snapshot(options, OBSERVE_DEVICES_REFERENCED, &snapshot);

	if (status != STATUS_DONE)
		return status;
	found.buffer = snapshot_buffer(snapshot, inode);
	return found.buffer ? print(options, snapshot, &found) : no_buffer(options);
}

/* The kernel writes UUIDs in lower case; another host may not. */
static struct device *find_device(struct snapshot *snapshot, const char *address)
{
	for (size_t i = 0; i < snapshot->n_devices; i++)
		if (strcasecmp(snapshot->devices[i].address, address) == 0)
			return &snapshot->devices[i];
	return NULL;
}

static int print_device(const struct options *options, const struct snapshot *snapshot,
			struct device *device)
{
	_cleanup_(cleanup_pci_names) struct pci_names *names = pci_names_new();
	const struct found found = { .device = device };

	if (!names || pci_names_fill(names, device) < 0)
		return error_memory(options);
	return print(options, snapshot, &found);
}

static int no_target(const struct options *options, const struct target *target)
{
	if (!target->verbatim)
		return target_complain(options, target);
	return error_report(options, STATUS_USAGE,
			    "A buffer goes by its inode, a device by an address as "
			    "03:00.0 or a name as vfio0.",
			    "neither a buffer nor a device: '%s'", target->argument);
}

/* There may be such a device all the same. */
static int not_told(const struct options *options)
{
	return error_report(options, STATUS_NOT_FOUND,
			    "Run it as root, for example by sudo, to see all there are.",
			    "no device '%s' among those that share memory or are bound "
			    "to VFIO",
			    options->arguments[0]);
}

static int run_device(const struct options *options)
{
	_cleanup_(cleanup_snapshot) struct snapshot *snapshot = NULL;
	_cleanup_(targets_done) struct targets targets = { 0 };
	struct device *device;
	int status = targets_parse(options, &targets);

	if (status == STATUS_DONE)
		status = acquire_snapshot(options, OBSERVE_DEVICES_ALL, &snapshot);
	if (status != STATUS_DONE)
		return status;
	device = find_device(snapshot, targets.items[0].address);
	if (!device && options->daemon)
		return not_told(options);
	return device ? print_device(options, snapshot, device)
		      : no_target(options, &targets.items[0]);
}

/* The other side has found it, or told why not. */
static int run_there(const struct options *options)
{
	_cleanup_(cleanup_snapshot) struct snapshot *snapshot = NULL;
	struct found found = { 0 };
	int status = acquire_snapshot(options, OBSERVE_DEVICES_ALL, &snapshot);

	if (status != STATUS_DONE)
		return status;
	/* a device brings its buffers along, a buffer no devices */
	if (snapshot->n_devices > 0)
		found.device = &snapshot->devices[0];
	else if (snapshot->n_buffers > 0)
		found.buffer = &snapshot->buffers[0];
	else
		return no_such_device(options, options->arguments[0]);
	return print(options, snapshot, &found);
}

int show_run(const struct options *options)
{
	uint64_t inode;

	if (options->host)
		return run_there(options);
	if (text_to_u64(options->arguments[0], 10, &inode) == 0)
		return run_buffer(options, inode);
	return run_device(options);
}
