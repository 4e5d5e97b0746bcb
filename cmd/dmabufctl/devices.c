/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/acquire.h"
#include "cmd/dmabufctl/devices-table.h"
#include "cmd/dmabufctl/elsewhere.h"
#include "cmd/dmabufctl/error.h"
#include "cmd/dmabufctl/notes.h"
#include "cmd/dmabufctl/options.h"
#include "cmd/dmabufctl/output.h"
#include "cmd/dmabufctl/verbs.h"
#include "lib/base/cleanup.h"
#include "lib/model/chosen.h"
#include "lib/observe/pci-names.h"
#include "lib/wire/json.h"
#include "lib/wire/snapshot-json.h"

/* Names of PCI devices, where they will be shown. 0 or -ENOMEM. */
static int fill_names(struct snapshot *snapshot, const struct chosen_devices *chosen,
		      struct pci_names *names)
{
	int r = 0;

	for (size_t i = 0; names && r == 0 && i < chosen->count; i++)
		r = pci_names_fill(
			names, &snapshot->devices[chosen->items[i] - snapshot->devices]);
	return r;
}

static int print_json(const struct options *options, const struct snapshot *snapshot,
		      const struct chosen_devices *chosen)
{
	_cleanup_(wire_put) struct json_object *object =
		wire_devices(snapshot, chosen->items, chosen->count);

	return object ? output_json(options, object) : error_memory(options);
}

static int print_nothing(const struct options *options, const struct snapshot *snapshot)
{
	if (options->quiet)
		return STATUS_DONE;
	(void)fputs(options->unit ? "No devices match.\n"
				  : "No devices that share memory or are bound to "
				    "VFIO.\n",
		    stderr);
	notes_print(stderr, snapshot, options->verbose);
	return STATUS_DONE;
}

static int print_text(const struct options *options, const struct snapshot *snapshot,
		      const struct chosen_devices *chosen)
{
	struct output output;
	int r;

	if (chosen->count == 0)
		return print_nothing(options, snapshot);
	r = output_open(options, &output);
	if (r < 0)
		return error_memory(options);
	r = devices_table_print(options, chosen->items, chosen->count, &output);
	if (r == 0 && !options->no_legend && !options->quiet) {
		(void)fputc('\n', output.stream);
		notes_print_count(output.stream, chosen->count, "device", "devices");
		(void)fputs(".\n", output.stream);
		notes_print(output.stream, snapshot, options->verbose);
	}
	r = r < 0 ? error_memory(options) : STATUS_DONE;
	return r | output_close(options, &output);
}

static bool needs_names(const struct options *options)
{
	if (is_elsewhere(options))
		return false;
	return options->json != JSON_OFF || devices_table_needs_names(&options->columns);
}

int devices_run(const struct options *options)
{
	_cleanup_(cleanup_snapshot) struct snapshot *snapshot = NULL;
	_cleanup_(cleanup_pci_names) struct pci_names *names = NULL;
	_cleanup_(chosen_devices_done) struct chosen_devices chosen = { 0 };
	int status = acquire_snapshot(options, OBSERVE_DEVICES_ALL, &snapshot);

	if (status != STATUS_DONE)
		return status;
	if (needs_names(options)) {
		names = pci_names_new();
		if (!names)
			return error_memory(options);
	}
	if (chosen_devices(snapshot, options->unit, is_elsewhere(options), &chosen) < 0 ||
	    fill_names(snapshot, &chosen, names) < 0)
		return error_memory(options);
	return options->json != JSON_OFF ? print_json(options, snapshot, &chosen)
					 : print_text(options, snapshot, &chosen);
}
