/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/wire/report-parse.h"

#include <errno.h>

#include "lib/model/feature.h"
#include "lib/wire/fields.h"
#include "lib/wire/json.h"
#include "lib/wire/snapshot-parse.h"

/* The tristate of a member of a member; unknown where either is missing. */
static int get_member_tristate(struct json_object *object, const char *outer,
			       const char *key, enum tristate *ret)
{
	struct json_object *member = NULL;
	int r = wire_get_object(object, outer, &member);

	*ret = TRISTATE_UNKNOWN;
	return r < 0 || !member ? r : wire_get_tristate(member, key, ret);
}

static int get_features(struct json_object *object, uint32_t *ret)
{
	uint32_t features = 0;
	enum tristate value;

	for (const struct report_feature *f = report_features; f->key; f++) {
		if (get_member_tristate(object, "features", f->key, &value) < 0)
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

int wire_parse_report(struct json_object *object, struct report *ret)
{
	struct json_object *sources = NULL;

	if (wire_get_text(object, "version", &ret->version) < 0 || !ret->version ||
	    wire_get_text(object, "kernel", &ret->kernel) < 0 ||
	    get_member_tristate(object, "build", "bpf", &ret->build_has_bpf) < 0 ||
	    get_member_tristate(object, "namespaces", "initial_pid",
				&ret->initial_pid_namespace) < 0 ||
	    get_member_tristate(object, "namespaces", "initial_user",
				&ret->initial_user_namespace) < 0 ||
	    wire_get_object(object, "sources", &sources) < 0 ||
	    wire_parse_sources(sources, ret->sources) < 0)
		return -EBADMSG;
	if (get_features(object, &ret->features) < 0)
		return -EBADMSG;
	return get_bugs(object, ret);
}
