/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/report.h"

#include <errno.h>

#include "lib/base/cleanup.h"
#include "lib/model/feature.h"
#include "lib/wire/json.h"
#include "lib/wire/snapshot-json.h"
#include "lib/wire/snapshot-parse.h"

const struct report_feature report_features[] = {
	{ "invalidate_mappings", FEATURE_INVALIDATE_MAPPINGS,
	  "importers can be told to let go (Linux 7.1)" },
	{ "move_notify", FEATURE_MOVE_NOTIFY, "the same by its older name" },
	{ "vfio_dma_buf", FEATURE_VFIO_DMA_BUF, "VFIO devices export dma-bufs" },
	{ "vfio_waits", FEATURE_VFIO_WAITS, "a revoke by VFIO waits for unmaps" },
	{ "vfio_owners", FEATURE_VFIO_OWNERS,
	  "the kernel tells who has a VFIO device open" },
	{ "safe_override", FEATURE_SAFE_OVERRIDE,
	  "driver_override can be read while a device is released" },
	{ 0 },
};

static int add_tristate(struct json_object *object, const char *key, enum tristate value)
{
	if (value == TRISTATE_UNKNOWN)
		return wire_add_null(object, key);
	return wire_add_bool(object, key, value == TRISTATE_YES);
}

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
		if (add_tristate(member, f->key, value) < 0)
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
	    add_tristate(build, "bpf", report->build_has_bpf) < 0 ||
	    add_object(object, "namespaces", &namespaces) < 0 ||
	    add_tristate(namespaces, "initial_pid", report->initial_pid_namespace) < 0 ||
	    add_tristate(namespaces, "initial_user", report->initial_user_namespace) <
		    0 ||
	    wire_add(object, "sources", wire_sources(report->sources)) < 0 ||
	    add_features(object, report->features) < 0 || add_bugs(object, report) < 0)
		return -ENOMEM;
	return 0;
}

struct json_object *report_to_json(const struct report *report)
{
	_cleanup_(wire_put) struct json_object *object = json_object_new_object();

	if (!object || fill(object, report) < 0)
		return NULL;
	return TAKE_PTR(object);
}

/* The tristate of a member of a member; unknown where either is missing. */
static int get_tristate(struct json_object *object, const char *outer, const char *key,
			enum tristate *ret)
{
	struct json_object *member = NULL;
	bool known = false, value = false;

	if (wire_get_object(object, outer, &member) < 0 ||
	    (member && wire_get_bool(member, key, &known, &value) < 0))
		return -EBADMSG;
	*ret = !known ? TRISTATE_UNKNOWN : value ? TRISTATE_YES : TRISTATE_NO;
	return 0;
}

static int get_features(struct json_object *object, uint32_t *ret)
{
	uint32_t features = 0;
	enum tristate value;

	for (const struct report_feature *f = report_features; f->key; f++) {
		if (get_tristate(object, "features", f->key, &value) < 0)
			return -EBADMSG;
		if (value != TRISTATE_UNKNOWN)
			features |= FEATURE_PROBED;
		if (value == TRISTATE_YES)
			features |= f->bit;
	}
	*ret = features;
	return 0;
}

/* A newer version there may know more of them than fit here. */
static int get_bugs(struct json_object *object, struct report *ret)
{
	struct json_object *array = NULL, *item;

	if (wire_get_array(object, "known_bugs", &array) < 0)
		return -EBADMSG;
	ret->bugs_known = array != NULL;
	for (size_t i = 0; array && i < json_object_array_length(array); i++) {
		item = json_object_array_get_idx(array, i);
		if (!json_object_is_type(item, json_type_string))
			return -EBADMSG;
		if (ret->n_bugs < KNOWN_BUGS_MAX)
			ret->bugs[ret->n_bugs++] = json_object_get_string(item);
	}
	return 0;
}

int report_from_json(struct json_object *object, struct report *ret)
{
	struct json_object *sources = NULL;

	if (wire_get_text(object, "version", &ret->version) < 0 || !ret->version ||
	    wire_get_text(object, "kernel", &ret->kernel) < 0 ||
	    get_tristate(object, "build", "bpf", &ret->build_has_bpf) < 0 ||
	    get_tristate(object, "namespaces", "initial_pid",
			 &ret->initial_pid_namespace) < 0 ||
	    get_tristate(object, "namespaces", "initial_user",
			 &ret->initial_user_namespace) < 0 ||
	    wire_get_object(object, "sources", &sources) < 0 ||
	    wire_parse_sources(sources, ret->sources) < 0)
		return -EBADMSG;
	if (get_features(object, &ret->features) < 0)
		return -EBADMSG;
	return get_bugs(object, ret);
}
