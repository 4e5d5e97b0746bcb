/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/wire/readiness-json.h"

#include <errno.h>

#include "lib/base/cleanup.h"
#include "lib/wire/act-json.h"
#include "lib/wire/json.h"
#include "lib/wire/snapshot-json.h"
#include "lib/wire/time.h"

static int add_inode(struct json_object *object, uint64_t inode)
{
	return inode == 0 ? wire_add_null(object, "inode")
			  : wire_add_unsigned(object, "inode", inode);
}

/* What obstacles and notes have in common, up to the importer. */
static int add_subject(struct json_object *object, const char *kind,
		       const struct finding *finding)
{
	if (wire_add_text(object, "kind", kind) < 0 ||
	    wire_add_number_or_null(object, "pid", finding->pid > 0 ? finding->pid : -1) <
		    0 ||
	    wire_add_text(object, "comm", finding->comm) < 0 ||
	    wire_add_text(object, "unit", finding->unit) < 0 ||
	    wire_add_text(object, "device", finding->device) < 0 ||
	    add_inode(object, finding->inode) < 0 ||
	    wire_add_text(object, "importer", finding->importer) < 0)
		return -ENOMEM;
	return 0;
}

static int fill_obstacle(struct json_object *object, const void *item)
{
	const struct finding *finding = item;
	const char *kind = obstacle_kind_name((enum obstacle_kind)finding->kind);

	if (add_subject(object, kind, finding) < 0 ||
	    wire_add_bool(object, "bounded", finding->bounded) < 0 ||
	    wire_add_time(object, "since", finding->since_us) < 0 ||
	    wire_add_text(object, "reason", finding->reason) < 0 ||
	    wire_add_text(object, "remedy", finding->remedy) < 0)
		return -ENOMEM;
	return 0;
}

static int fill_note(struct json_object *object, const void *item)
{
	const struct finding *finding = item;
	const char *kind = note_kind_name((enum note_kind)finding->kind);

	if (add_subject(object, kind, finding) < 0 ||
	    wire_add_time(object, "since", finding->since_us) < 0 ||
	    wire_add_text(object, "reason", finding->reason) < 0)
		return -ENOMEM;
	return 0;
}

static int add_plan(struct json_object *object, const struct plan *plan)
{
	return plan ? wire_add(object, "plan", wire_plan(plan))
		    : wire_add_null(object, "plan");
}

static int fill_check(struct json_object *object, const struct readiness *readiness,
		      const struct plan *plan)
{
	if (wire_add_text(object, "device", readiness->device) < 0 ||
	    wire_add_bool(object, "ready", readiness->n_obstacles == 0) < 0 ||
	    wire_add_array(object, "obstacles", fill_obstacle, readiness->obstacles,
			   readiness->n_obstacles, sizeof(*readiness->obstacles)) < 0 ||
	    wire_add_array(object, "notes", fill_note, readiness->notes,
			   readiness->n_notes, sizeof(*readiness->notes)) < 0 ||
	    add_plan(object, plan) < 0)
		return -ENOMEM;
	return 0;
}

static int append_check(struct json_object *array, const struct checks *checks,
			size_t index)
{
	_cleanup_(wire_put) struct json_object *object = json_object_new_object();

	if (!object ||
	    fill_check(object, checks->items[index], checks_plan(checks, index)) < 0)
		return -ENOMEM;
	return wire_append(array, TAKE_PTR(object));
}

static int add_checks(struct json_object *object, const struct checks *checks)
{
	struct json_object *array = json_object_new_array();
	int r = wire_add(object, "checks", array);

	for (size_t i = 0; r == 0 && i < checks->count; i++)
		r = append_check(array, checks, i);
	return r;
}

static int fill_error(struct json_object *object, const void *item)
{
	const struct check_error *error = item;

	if (wire_add_text(object, "device", error->device) < 0 ||
	    wire_add_unsigned(object, "status", (uint64_t)error->status) < 0 ||
	    wire_add_text(object, "message", error->message) < 0 ||
	    wire_add_text(object, "hint", error->hint) < 0)
		return -ENOMEM;
	return 0;
}

struct json_object *wire_check(const struct readiness *readiness, const struct plan *plan,
			       const struct source_status sources[SOURCE_COUNT])
{
	_cleanup_(wire_put) struct json_object *object = json_object_new_object();

	if (!object || fill_check(object, readiness, plan) < 0 ||
	    wire_add(object, "sources", wire_sources(sources)) < 0)
		return NULL;
	return TAKE_PTR(object);
}

struct json_object *wire_checks(const struct checks *checks,
				const struct source_status sources[SOURCE_COUNT])
{
	_cleanup_(wire_put) struct json_object *object = json_object_new_object();

	if (!object || add_checks(object, checks) < 0 ||
	    wire_add_array(object, "errors", fill_error, checks->errors.items,
			   checks->errors.count, sizeof(*checks->errors.items)) < 0 ||
	    wire_add(object, "sources", wire_sources(sources)) < 0)
		return NULL;
	return TAKE_PTR(object);
}
