/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/wire/act-json.h"

#include <errno.h>

#include "lib/base/cleanup.h"
#include "lib/wire/fields.h"
#include "lib/wire/json.h"

static int fill_step(struct json_object *object, const void *item)
{
	const struct undo_step *step = item;

	if (wire_add_text(object, "step", step_kind_name(step->kind)) < 0 ||
	    wire_add_text(object, "device", step->device) < 0 ||
	    wire_add_unsigned(object, "vendor", step->vendor) < 0 ||
	    wire_add_unsigned(object, "product", step->product) < 0 ||
	    wire_add_text(object, "unit", step->unit) < 0 ||
	    wire_add_text(object, "invocation", step->invocation) < 0 ||
	    wire_add_text(object, "method", revoke_method_name(step->method)) < 0 ||
	    wire_add_text(object, "value", step->value) < 0 ||
	    wire_add_bool(object, "settled", step->settled) < 0)
		return -ENOMEM;
	return 0;
}

struct json_object *wire_undo(const struct undo *undo)
{
	_cleanup_(wire_put) struct json_object *object = json_object_new_object();

	if (!object || wire_add_version(object) < 0 ||
	    wire_add_text(object, "job", undo->job) < 0 ||
	    wire_add_array(object, "steps", fill_step, undo->steps, undo->n_steps,
			   sizeof(*undo->steps)) < 0 ||
	    wire_add_bool(object, "incomplete", undo->incomplete) < 0)
		return NULL;
	return TAKE_PTR(object);
}

static int fill_owner(struct json_object *object, const void *item)
{
	const struct process_identity *owner = item;

	if (wire_add_number_or_null(object, "pid", owner->pid) < 0 ||
	    wire_add_unsigned(object, "start_ticks", owner->start_ticks) < 0)
		return -ENOMEM;
	return 0;
}

static int fill_frozen(struct json_object *object, const void *item)
{
	const struct frozen_unit *frozen = item;

	if (wire_add_text(object, "unit", frozen->unit) < 0 ||
	    wire_add_text(object, "invocation", frozen->invocation) < 0)
		return -ENOMEM;
	return 0;
}

static int fill_revoked(struct json_object *object, const struct revoked *revoked)
{
	if (wire_add_version(object) < 0 ||
	    wire_add_text(object, "device", revoked->device) < 0 ||
	    wire_add_unsigned(object, "vendor", revoked->vendor) < 0 ||
	    wire_add_unsigned(object, "product", revoked->product) < 0 ||
	    wire_add_text(object, "job", revoked->job) < 0 ||
	    wire_add_text(object, "method", revoke_method_name(revoked->method)) < 0 ||
	    wire_add_number_or_null(object, "since_us", revoked->since_us) < 0 ||
	    wire_add_array(object, "owners", fill_owner, revoked->owners,
			   revoked->n_owners, sizeof(*revoked->owners)) < 0 ||
	    wire_add_inodes(object, "buffers", revoked->buffers, revoked->n_buffers) <
		    0 ||
	    wire_add_array(object, "frozen", fill_frozen, revoked->frozen,
			   revoked->n_frozen, sizeof(*revoked->frozen)) < 0 ||
	    wire_add_bool(object, "finished", revoked->finished) < 0)
		return -ENOMEM;
	return 0;
}

struct json_object *wire_revoked(const struct revoked *revoked)
{
	_cleanup_(wire_put) struct json_object *object = json_object_new_object();

	if (!object || fill_revoked(object, revoked) < 0)
		return NULL;
	return TAKE_PTR(object);
}
