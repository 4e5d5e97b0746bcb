/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/help.h"

#include <stdio.h>

#include "cmd/dmabufctl/columns.h"
#include "cmd/dmabufctl/error.h"
#include "cmd/dmabufctl/options.h"
#include "cmd/dmabufctl/output.h"
#include "cmd/dmabufctl/verbs.h"
#include "lib/base/build.h"
#include "lib/base/cleanup.h"
#include "lib/wire/json.h"

static void print_overview(FILE *stream)
{
	(void)fputs("dmabufctl [OPTIONS...] COMMAND\n"
		    "\n"
		    "See who shares device memory through dma-buf.\n"
		    "\n"
		    "Commands:\n",
		    stream);
	for (size_t i = 0; i < VERB_COUNT; i++) {
		char usage[32];

		(void)snprintf(usage, sizeof(usage), "%s %s", verbs[i].name,
			       verbs[i].arguments);
		(void)fprintf(stream, "  %-27s %s\n", usage, verbs[i].help);
	}
	(void)fputs("\nOptions:\n", stream);
	options_print_help(stream, VERB_BITS_ALL);
	(void)fputs("\n'dmabufctl help COMMAND' tells more. See also dmabufctl(8).\n",
		    stream);
}

static void print_verb(FILE *stream, const struct verb *verb)
{
	(void)fprintf(stream, "dmabufctl %s [OPTIONS...]%s%s\n\n%s\n", verb->name,
		      *verb->arguments ? " " : "", verb->arguments, verb->help);
	if (*verb->details)
		(void)fprintf(stream, "\n%s", verb->details);
	(void)fputs("\nOptions:\n", stream);
	options_print_help(stream, VERB_BIT(verb->id));
	if (verb->columns) {
		(void)fputs("\nColumns:\n", stream);
		columns_print(stream, verb->columns);
	}
}

static void print(FILE *stream, const struct verb *verb)
{
	if (verb)
		print_verb(stream, verb);
	else
		print_overview(stream);
}

/* {"help":"..."}: with --json nothing but JSON is printed, whatever was asked. */
static int help_json(const struct options *options, const struct verb *verb)
{
	_cleanup_(wire_put) struct json_object *object = json_object_new_object();
	_cleanup_free_ char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	if (!stream)
		return error_memory(options);
	print(stream, verb);
	if (fclose(stream) != 0 || !object || wire_add_text(object, "help", text) < 0)
		return error_memory(options);
	return output_json(options, object);
}

int help_print(const struct options *options, const struct verb *verb)
{
	struct output output;

	if (options->json != JSON_OFF)
		return help_json(options, verb);
	if (output_open(options, &output) < 0)
		return error_memory(options);
	print(output.stream, verb);
	return output_close(options, &output);
}

int help_run(const struct options *options)
{
	_cleanup_(error_done) struct error error = { 0 };
	const struct verb *verb = NULL;

	if (options->n_arguments > 0) {
		verb = verb_find(options->arguments[0], &error);
		if (!verb)
			return error_tell(options, &error);
	}
	return help_print(options, verb);
}

static int version_json(const struct options *options)
{
	_cleanup_(wire_put) struct json_object *object = json_object_new_object();

	if (!object || wire_add_text(object, "version", DMABUFCTL_VERSION) < 0)
		return error_memory(options);
	return output_json(options, object);
}

int version_print(const struct options *options)
{
	struct output output;

	if (options->json != JSON_OFF)
		return version_json(options);
	if (output_open(options, &output) < 0)
		return error_memory(options);
	(void)fprintf(output.stream, "dmabufctl %s\n%cbpf\n", DMABUFCTL_VERSION,
		      BUILD_HAS_BPF ? '+' : '-');
	return output_close(options, &output);
}
