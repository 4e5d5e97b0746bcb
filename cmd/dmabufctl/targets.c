/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/targets.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/dmabufctl/device-name.h"
#include "cmd/dmabufctl/error.h"
#include "cmd/dmabufctl/options.h"
#include "lib/base/array.h"
#include "lib/base/cleanup.h"
#include "lib/prepare/missing-device.h"

/* An error without a message is told as lack of memory. */
static void set_missing(const struct options *options, const char *address,
			const char *argument, struct error *error)
{
	struct check_error missing;

	if (missing_device(options->root, address, argument, &missing) < 0) {
		error->status = STATUS_FAILED;
		return;
	}
	error_set(error, (enum exit_status)missing.status, missing.hint, "%s",
		  missing.message);
	free(missing.message);
}

int no_such_device(const struct options *options, const char *argument)
{
	_cleanup_(error_done) struct error error = { 0 };

	set_missing(options, NULL, argument, &error);
	return error_tell(options, &error);
}

static const char *last_component(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool has(const struct targets *targets, const char *address)
{
	for (size_t i = 0; i < targets->count; i++)
		if (strcmp(targets->items[i].address, address) == 0)
			return true;
	return false;
}

/* 0 or -ENOMEM. */
static int add(struct targets *targets, const char *argument, const char *address,
	       bool verbatim)
{
	struct target target = { argument, NULL, verbatim };
	int r;

	if (has(targets, address))
		return 0;
	target.address = strdup(address);
	if (!target.address)
		return -ENOMEM;
	r = ARRAY_PUSH(targets, target);
	if (r < 0)
		free(target.address);
	return r;
}

static int parse(const struct options *options, const char *argument,
		 struct targets *targets)
{
	struct device_name name;
	int r = device_name_parse(options->root, argument, &name);

	if (r == 0)
		r = add(targets, argument, name.text, false);
	else if (r != -ENOMEM) /* the node of a device that is not there is no mistake */
		r = add(targets, argument, last_component(argument), r == -EINVAL);
	return r < 0 ? error_memory(options) : STATUS_DONE;
}

int targets_parse(const struct options *options, struct targets *ret)
{
	_cleanup_(targets_done) struct targets targets = { 0 };
	int status;

	for (int i = 0; i < options->n_arguments; i++) {
		status = parse(options, options->arguments[i], &targets);
		if (status != STATUS_DONE)
			return status;
	}
	*ret = targets;
	targets = (struct targets){ 0 };
	return STATUS_DONE;
}

void targets_done(struct targets *targets)
{
	for (size_t i = 0; i < targets->count; i++)
		free(targets->items[i].address);
	free(targets->items);
	*targets = (struct targets){ 0 };
}

void target_error(const struct options *options, const struct target *target,
		  struct error *error)
{
	if (target->verbatim)
		error_set(error, STATUS_USAGE,
			  "A device goes by an address as 03:00.0, a name as vfio0, or "
			  "its UUID.",
			  "not a device: '%s'", target->argument);
	else
		set_missing(options, target->address, target->argument, error);
}

int target_complain(const struct options *options, const struct target *target)
{
	_cleanup_(error_done) struct error error = { 0 };

	target_error(options, target, &error);
	return error_tell(options, &error);
}
