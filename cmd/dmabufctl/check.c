/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>

#include "cmd/dmabufctl/check-look.h"
#include "cmd/dmabufctl/check-text.h"
#include "cmd/dmabufctl/error.h"
#include "cmd/dmabufctl/host.h"
#include "cmd/dmabufctl/notes.h"
#include "cmd/dmabufctl/options.h"
#include "cmd/dmabufctl/output.h"
#include "cmd/dmabufctl/targets.h"
#include "cmd/dmabufctl/verbs.h"
#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/observe/pci-names.h"
#include "lib/prepare/check-devices.h"
#include "lib/wire/json.h"
#include "lib/wire/readiness-json.h"
#include "lib/wire/readiness-parse.h"
#include "lib/wire/snapshot-parse.h"

int check_usage(const struct options *options, struct error *error)
{
	if (options->all && options->n_arguments > 0)
		error_set(error, STATUS_USAGE, NULL,
			  "'check' takes either devices or --all: '%s'",
			  options->arguments[0]);
	else if (!options->all && options->n_arguments == 0)
		error_set(error, STATUS_USAGE, "'dmabufctl devices' names those of VFIO.",
			  "'check' needs a device, or --all");
	else if (options->timeout && !options->wait)
		error_set(error, STATUS_USAGE, NULL, "--timeout needs --wait");
	else
		return 0;
	return -EINVAL;
}

static bool prints_several(const struct options *options)
{
	return options->all || options->n_arguments > 1;
}

/* Who waits comes here with a device that is not ready only for one of two reasons. */
static bool is_timed_out(const struct options *options, const struct checks *checks)
{
	return options->wait && !checks_all_ready(checks) && !check_is_hopeless(checks);
}

/* What the exit status is once the answer has been printed: the highest of all. */
static int verdict(const struct options *options, const struct checks *checks)
{
	int status = STATUS_DONE;

	if (!checks_all_ready(checks))
		status =
			is_timed_out(options, checks) ? STATUS_TIMED_OUT : STATUS_REFUSED;
	for (size_t i = 0; i < checks->errors.count; i++)
		if (checks->errors.items[i].status > status)
			status = checks->errors.items[i].status;
	return status;
}

static int tell_error(const struct options *options, const struct check_error *error)
{
	return error_report(options, (enum exit_status)error->status, error->hint,
			    "%s%s%s", options->host ? options->host : "",
			    options->host ? ": " : "", error->message);
}

static void tell_errors(const struct options *options, const struct checks *checks)
{
	for (size_t i = 0; i < checks->errors.count; i++)
		(void)tell_error(options, &checks->errors.items[i]);
}

static int print_json(const struct options *options, const struct checks *checks,
		      const struct snapshot *snapshot)
{
	_cleanup_(wire_put) struct json_object *object =
		prints_several(options)
			? wire_checks(checks, snapshot->sources)
			: wire_check(checks->items[0], checks_plan(checks, 0),
				     snapshot->sources);

	return object ? output_json(options, object) : error_memory(options);
}

/* Where nothing was to be seen, or nothing could be. */
static void print_nothing(const struct options *options, const struct checks *checks,
			  const struct snapshot *snapshot)
{
	bool blind = checks->errors.count > 0;

	if (options->quiet && !blind)
		return;
	if (!blind)
		(void)fputs("No VFIO devices.\n", stderr);
	notes_print(stderr, snapshot, blind || options->verbose);
}

/* What a device is called besides its address; NULL: nothing. */
static const char *name_of(const struct snapshot *snapshot, const char *address)
{
	const struct device *device = snapshot_device(snapshot, address);

	if (!device)
		return NULL;
	return device->name ? device->name : device->mdev_type;
}

static void print_devices(FILE *stream, const struct checks *checks,
			  const struct snapshot *snapshot,
			  const struct check_style *style)
{
	bool gap = false;

	for (size_t i = 0; i < checks->count; i++) {
		const struct readiness *readiness = checks->items[i];
		bool block =
			!style->brief && readiness->n_obstacles + readiness->n_notes > 0;

		if (i > 0 && (gap || block))
			(void)fputc('\n', stream);
		check_text_device(stream, readiness, name_of(snapshot, readiness->device),
				  style);
		check_text_plan(stream, readiness, checks_plan(checks, i), style);
		gap = block;
	}
}

/* "3 devices, 2 ready." and what the answer lacks. */
static void print_summary(const struct options *options, FILE *stream,
			  const struct checks *checks, const struct snapshot *snapshot)
{
	bool several = prints_several(options);

	if (several || notes_needed(snapshot, options->verbose))
		(void)fputc('\n', stream);
	if (several) {
		notes_print_count(stream, checks->count, "device", "devices");
		(void)fprintf(stream, ", %zu ready.\n", checks_count_ready(checks));
	}
	notes_print(stream, snapshot, options->verbose);
}

static int print_answer(const struct options *options, const struct checks *checks,
			const struct snapshot *snapshot)
{
	struct check_style style = { .brief = options->quiet, .now_us = realtime_us() };
	struct output output;

	if (output_open(options, &output) < 0)
		return error_memory(options);
	style.colour = output.colour;
	print_devices(output.stream, checks, snapshot, &style);
	if (!options->no_legend && !options->quiet)
		print_summary(options, output.stream, checks, snapshot);
	return output_close(options, &output);
}

static int print_text(const struct options *options, const struct checks *checks,
		      const struct snapshot *snapshot)
{
	int status = STATUS_DONE;

	if (checks->count > 0)
		status = print_answer(options, checks, snapshot);
	if (status != STATUS_DONE)
		return status;
	tell_errors(options, checks);
	if (options->all && checks->count == 0)
		print_nothing(options, checks, snapshot);
	if (options->timeout && is_timed_out(options, checks) && !options->quiet)
		(void)error_report(options, STATUS_TIMED_OUT, NULL,
				   "still not ready after %s", options->timeout);
	return STATUS_DONE;
}

/* The snapshot tells the names and the sources. */
static int print(const struct options *options, const struct checks *checks,
		 const struct snapshot *snapshot)
{
	int status;

	if (!prints_several(options) && checks->errors.count > 0)
		return tell_error(options, &checks->errors.items[0]);
	status = options->json != JSON_OFF ? print_json(options, checks, snapshot)
					   : print_text(options, checks, snapshot);
	return status != STATUS_DONE ? status : verdict(options, checks);
}

/* Names of PCI devices, where people will read them. */
static int fill_names(const struct options *options, struct snapshot *snapshot,
		      const struct checks *checks, struct pci_names **ret)
{
	if (options->json != JSON_OFF)
		return STATUS_DONE;
	*ret = pci_names_new();
	if (!*ret)
		return error_memory(options);
	for (size_t i = 0; i < checks->count; i++) {
		const struct device *device =
			snapshot_device(snapshot, checks->items[i]->device);

		if (pci_names_fill(*ret, &snapshot->devices[device - snapshot->devices]) <
		    0)
			return error_memory(options);
	}
	return STATUS_DONE;
}

static int run_here(const struct options *options)
{
	_cleanup_(targets_done) struct targets targets = { 0 };
	_cleanup_(check_done) struct check check = { 0 };
	_cleanup_(cleanup_pci_names) struct pci_names *names = NULL;
	int status = targets_parse(options, &targets);

	if (status == STATUS_DONE)
		status = options->wait ? check_wait(options, &targets, &check)
				       : check_look(options, &targets, &check);
	if (status == STATUS_DONE)
		status = fill_names(options, check.snapshot, &check.checks, &names);
	if (status != STATUS_DONE)
		return status;
	/* dmabufd has told its plans */
	if (!options->daemon &&
	    check_plans(options->root, check.snapshot, &check.checks) < 0)
		return error_memory(options);
	return print(options, &check.checks, check.snapshot);
}

/* Its status must be what follows from its answer. */
static bool makes_sense(const struct options *options, const struct checks *checks,
			int status)
{
	return (prints_several(options) ||
		(checks->count == 1 && checks->errors.count == 0)) &&
	       verdict(options, checks) == status;
}

static int run_there(const struct options *options)
{
	const unsigned int statuses =
		STATUS_BIT(STATUS_FAILED) | STATUS_BIT(STATUS_USAGE) |
		STATUS_BIT(STATUS_NOT_FOUND) | STATUS_BIT(STATUS_REFUSED) |
		STATUS_BIT(STATUS_TIMED_OUT);
	_cleanup_(wire_put) struct json_object *answer = NULL;
	_cleanup_(checks_done) struct checks checks = { 0 };
	struct json_object *sources = NULL;
	struct snapshot seen = { 0 }; /* only its sources */
	int there, status = host_ask_status(options, statuses, &answer, &there), r;

	if (status != STATUS_DONE)
		return status;
	r = wire_parse_checks(answer, &checks);
	if (r == -ENOMEM)
		return error_memory(options);
	if (r < 0 || wire_get_object(answer, "sources", &sources) < 0 ||
	    wire_parse_sources(sources, seen.sources) < 0 ||
	    !makes_sense(options, &checks, there))
		return host_nonsense(options);
	return print(options, &checks, &seen);
}

int check_run(const struct options *options)
{
	return options->host ? run_there(options) : run_here(options);
}
