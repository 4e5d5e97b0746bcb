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
#include "lib/observe/root.h"

static void not_found(struct error *error, const char *argument)
{
	error_set(error, STATUS_NOT_FOUND,
		  "'dmabufctl devices' names those that share memory or are bound to "
		  "VFIO; lspci names all.",
		  "no device '%s'", argument);
}

int no_such_device(const struct options *options, const char *argument)
{
	_cleanup_(error_done) struct error error = { 0 };

	not_found(&error, argument);
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

/* A link of sysfs does not sleep, whatever the device behind it does. */
bool target_is_there(const struct options *options, const struct target *target)
{
	static const char *const busses[] = { "pci", "mdev" };
	struct root root;
	bool there = false;

	if (target->verbatim)
		return false;
	if (root_open(options->root, &root) < 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(busses) && !there; i++) {
		_cleanup_free_ char *path = NULL, *link = NULL;

		if (asprintf(&path, "sys/bus/%s/devices/%s", busses[i], target->address) <
		    0)
			path = NULL;
		there = path && root_read_link(&root, root.fd, path, &link) == 0;
	}
	root_close(&root);
	return there;
}

void target_error(const struct options *options, const struct target *target,
		  struct error *error)
{
	if (target->verbatim)
		error_set(error, STATUS_USAGE,
			  "A device goes by an address as 03:00.0, a name as vfio0, or "
			  "its UUID.",
			  "not a device: '%s'", target->argument);
	else if (target_is_there(options, target))
		error_set(error, STATUS_FAILED,
			  "Something on this host may be stuck; 'dmabufctl status' says "
			  "more.",
			  "'%s' could not be read in time", target->argument);
	else
		not_found(error, target->argument);
}

int target_complain(const struct options *options, const struct target *target)
{
	_cleanup_(error_done) struct error error = { 0 };

	target_error(options, target, &error);
	return error_tell(options, &error);
}
