/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/wire/report-json.h"

#include <errno.h>

#include "lib/base/cleanup.h"
#include "lib/model/feature.h"
#include "lib/wire/fields.h"
#include "lib/wire/json.h"
#include "lib/wire/snapshot-json.h"

static int add_object(struct json_object *object, const char *key,
		      struct json_object **ret)
{
	*ret = json_object_new_object();
	return wire_add(object, key, *ret);
}

static int add_features(struct json_object *object, uint32_t features)
{
	struct json_object *member;

	if (add_object(object, "features", &member) < 0)
		return -ENOMEM;
	for (const struct report_feature *f = report_features; f->key; f++) {
		enum tristate value = features & f->bit ? TRISTATE_YES : TRISTATE_NO;

		if (!(features & FEATURE_PROBED))
			value = TRISTATE_UNKNOWN;
		if (wire_add_tristate(member, f->key, value) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int add_bugs(struct json_object *object, const struct report *report)
{
	struct json_object *array;

	if (!report->bugs_known)
		return wire_add_null(object, "known_bugs");
	array = json_object_new_array();
	if (wire_add(object, "known_bugs", array) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < report->n_bugs; i++)
		if (wire_append(array, wire_text_new(report->bugs[i])) < 0)
			return -ENOMEM;
	return 0;
}

static int fill(struct json_object *object, const struct report *report)
{
	struct json_object *build, *namespaces;

	if (wire_add_text(object, "version", report->version) < 0 ||
	    wire_add_text(object, "kernel", report->kernel) < 0 ||
	    add_object(object, "build", &build) < 0 ||
	    wire_add_tristate(build, "bpf", report->build_has_bpf) < 0 ||
	    add_object(object, "namespaces", &namespaces) < 0 ||
	    wire_add_tristate(namespaces, "initial_pid", report->initial_pid_namespace) <
		    0 ||
	    wire_add_tristate(namespaces, "initial_user",
			      report->initial_user_namespace) < 0 ||
	    wire_add(object, "sources", wire_sources(report->sources)) < 0 ||
	    add_features(object, report->features) < 0 || add_bugs(object, report) < 0)
		return -ENOMEM;
	return 0;
}

struct json_object *wire_report(const struct report *report)
{
	_cleanup_(wire_put) struct json_object *object = json_object_new_object();

	if (!object || fill(object, report) < 0)
		return NULL;
	return TAKE_PTR(object);
}
