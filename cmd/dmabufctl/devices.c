/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fnmatch.h>
#include <string.h>

#include "cmd/dmabufctl/acquire.h"
#include "cmd/dmabufctl/devices-table.h"
#include "cmd/dmabufctl/error.h"
#include "cmd/dmabufctl/notes.h"
#include "cmd/dmabufctl/options.h"
#include "cmd/dmabufctl/output.h"
#include "cmd/dmabufctl/pci-names.h"
#include "cmd/dmabufctl/verbs.h"
#include "lib/base/cleanup.h"
#include "lib/wire/json.h"
#include "lib/wire/snapshot-json.h"

struct chosen {
	const struct device **devices;
	size_t count;
};

static void chosen_done(struct chosen *chosen)
{
	free(chosen->devices);
}

static bool is_shared(const struct device *device)
{
	return device->n_exports > 0 || device->n_imports > 0 || device->vfio_bound ||
	       device->n_owners > 0 || device->n_mdevs > 0 || device->parent ||
	       device->state == DEVICE_RELEASING;
}

static bool unit_matches(const char *pattern, const struct device *device)
{
	if (!pattern)
		return true;
	for (size_t i = 0; i < device->n_owners; i++) {
		const struct process *process = device->owners[i].process;

		if (!process || !process->unit)
			continue;
		/* a literal name may contain backslashes, which a pattern would eat */
		if (strcmp(pattern, process->unit) == 0 ||
		    fnmatch(pattern, process->unit, FNM_NOESCAPE) == 0)
			return true;
	}
	return false;
}

/* The device that another stands behind; NULL: it stands by itself. */
static const struct device *parent_of(const struct snapshot *snapshot,
				      const struct device *device)
{
	const struct device *parent =
		device->parent ? snapshot_device(snapshot, device->parent) : NULL;

	/* another host may tell of parents in a circle */
	return parent && !parent->parent ? parent : NULL;
}

static int choose_one(const struct options *options, struct pci_names *names,
		      struct device *device, struct chosen *chosen)
{
	/* another host has chosen already, and tells less than it knows */
	if (!options->host &&
	    (!is_shared(device) || !unit_matches(options->unit, device)))
		return 0;
	if (names && pci_names_fill(names, device) < 0)
		return -ENOMEM;
	chosen->devices[chosen->count++] = device;
	return 0;
}

static int choose_children(struct snapshot *snapshot, const struct options *options,
			   const struct device *parent, struct chosen *chosen)
{
	for (size_t i = 0; i < snapshot->n_devices; i++) {
		struct device *device = &snapshot->devices[i];

		if (device->parent && strcmp(device->parent, parent->address) == 0 &&
		    choose_one(options, NULL, device, chosen) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* By address, but for mediated devices, which follow their parents. */
static int choose(struct snapshot *snapshot, const struct options *options,
		  struct pci_names *names, struct chosen *ret)
{
	ret->devices = calloc(snapshot->n_devices + 1, sizeof(*ret->devices));
	if (!ret->devices)
		return -ENOMEM;
	for (size_t i = 0; i < snapshot->n_devices; i++) {
		struct device *device = &snapshot->devices[i];

		if (parent_of(snapshot, device))
			continue;
		if (choose_one(options, names, device, ret) < 0)
			return -ENOMEM;
		if (!device->parent &&
		    choose_children(snapshot, options, device, ret) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int print_json(const struct options *options, const struct snapshot *snapshot,
		      const struct chosen *chosen)
{
	_cleanup_(wire_put) struct json_object *object =
		wire_devices(snapshot, chosen->devices, chosen->count);

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
		      const struct chosen *chosen)
{
	struct output output;
	int r;

	if (chosen->count == 0)
		return print_nothing(options, snapshot);
	r = output_open(options, &output);
	if (r < 0)
		return error_memory(options);
	r = devices_table_print(options, chosen->devices, chosen->count, &output);
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
	if (options->host)
		return false;
	return options->json != JSON_OFF || devices_table_needs_names(&options->columns);
}

int devices_run(const struct options *options)
{
	_cleanup_(cleanup_snapshot) struct snapshot *snapshot = NULL;
	_cleanup_(cleanup_pci_names) struct pci_names *names = NULL;
	_cleanup_(chosen_done) struct chosen chosen = { 0 };
	int status = acquire_snapshot(options, OBSERVE_DEVICES_ALL, &snapshot);

	if (status != STATUS_DONE)
		return status;
	if (needs_names(options)) {
		names = pci_names_new();
		if (!names)
			return error_memory(options);
	}
	if (choose(snapshot, options, names, &chosen) < 0)
		return error_memory(options);
	return options->json != JSON_OFF ? print_json(options, snapshot, &chosen)
					 : print_text(options, snapshot, &chosen);
}
