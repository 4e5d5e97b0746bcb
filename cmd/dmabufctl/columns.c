/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/columns.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "cmd/dmabufctl/options.h"
#include "cmd/dmabufctl/output.h"
#include "cmd/dmabufctl/suggest.h"
#include "lib/base/cleanup.h"
#include "lib/wire/json.h"

static int column_find(const struct column_set *set, const char *name, size_t *ret)
{
	for (size_t i = 0; i < set->count; i++) {
		if (strcasecmp(set->columns[i].name, name) != 0)
			continue;
		*ret = i;
		return 0;
	}
	return -ENOENT;
}

static int column_unknown(const struct column_set *set, char *name, struct error *error)
{
	_cleanup_free_ char *typed = strdup(name), *hint = NULL;
	struct suggestion suggestion = { .typed = typed };

	if (typed) {
		for (char *c = typed; *c; c++)
			*c = (char)toupper((unsigned char)*c);
		for (size_t i = 0; i < set->count; i++)
			suggest_offer(&suggestion, set->columns[i].name);
		hint = suggest_hint(&suggestion, "", "--list-columns names them all.");
	}
	error_set(error, STATUS_USAGE, hint, "unknown column '%s'", name);
	return -EINVAL;
}

static void select_default(const struct column_set *set, bool flat,
			   struct column_selection *ret)
{
	bool other = flat && set->flat_defaults;

	ret->count = other ? set->n_flat_defaults : set->n_defaults;
	memcpy(ret->ids, other ? set->flat_defaults : set->defaults,
	       ret->count * sizeof(*ret->ids));
}

int columns_select(const struct column_set *set, bool flat, const char *text,
		   struct column_selection *ret, struct error *error)
{
	struct column_selection selection = { 0 };
	_cleanup_free_ char *copy = NULL;
	char *rest, *name;

	if (!text || *text == '+')
		select_default(set, flat, &selection);
	if (text) {
		copy = rest = strdup(*text == '+' ? text + 1 : text);
		if (!copy)
			return -ENOMEM;
		while ((name = strsep(&rest, ","))) {
			if (selection.count == COLUMNS_MAX) {
				error_set(error, STATUS_USAGE, NULL,
					  "more than %d columns", COLUMNS_MAX);
				return -EINVAL;
			}
			if (column_find(set, name, &selection.ids[selection.count]) < 0)
				return column_unknown(set, name, error);
			selection.count++;
		}
	}
	*ret = selection;
	return 0;
}

void columns_print(FILE *stream, const struct column_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		(void)fprintf(stream, "  %-12s %s\n", set->columns[i].name,
			      set->columns[i].help);
}

static int append_column(struct json_object *array, const struct column *column)
{
	struct json_object *object = json_object_new_object();

	if (wire_append(array, object) < 0 ||
	    wire_add_text(object, "name", column->name) < 0 ||
	    wire_add_text(object, "type", column->type) < 0 ||
	    wire_add_text(object, "help", column->help) < 0)
		return -ENOMEM;
	return 0;
}

/* {"columns":[{"name":"INODE","type":"number","help":"..."}]} */
static int list_json(const struct options *options, const struct column_set *set)
{
	_cleanup_(wire_put) struct json_object *object = json_object_new_object();
	struct json_object *array = json_object_new_array();

	if (!object) {
		(void)json_object_put(array);
		return error_memory(options);
	}
	if (wire_add(object, "columns", array) < 0)
		return error_memory(options);
	for (size_t i = 0; i < set->count; i++)
		if (append_column(array, &set->columns[i]) < 0)
			return error_memory(options);
	return output_json(options, object);
}

int columns_list(const struct options *options, const struct column_set *set)
{
	struct output output;

	if (options->json != JSON_OFF)
		return list_json(options, set);
	if (output_open(options, &output) < 0)
		return error_memory(options);
	columns_print(output.stream, set);
	return output_close(options, &output);
}
