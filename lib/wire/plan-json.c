/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/wire/act-json.h"

#include <errno.h>

#include "lib/base/cleanup.h"
#include "lib/base/time-span.h"
#include "lib/wire/fields.h"
#include "lib/wire/json.h"

/* A limit below a millisecond is still one: rounded up. */
static int add_milliseconds(struct json_object *object, const char *key, uint64_t us)
{
	if (us == TIME_SPAN_INFINITE)
		return wire_add_null(object, key);
	return wire_add_unsigned(object, key, us / 1000 + (us % 1000 != 0));
}

static int fill_step(struct json_object *object, const void *item)
{
	const struct plan_step *step = item;

	if (wire_add_text(object, "step", step_kind_name(step->kind)) < 0 ||
	    add_milliseconds(object, "timeout_ms", step->timeout_us) < 0 ||
	    wire_add_text(object, "device", step->device) < 0 ||
	    wire_add_text(object, "unit", step->unit) < 0 ||
	    wire_add_text(object, "detail", step->detail) < 0 ||
	    wire_add_text(object, "skipped", step->skipped) < 0)
		return -ENOMEM;
	return 0;
}

static int add_steps(struct json_object *object, const char *key,
		     const plan_step_array *steps)
{
	return wire_add_array(object, key, fill_step, steps->items, steps->count,
			      sizeof(*steps->items));
}

static int fill_refusal(struct json_object *object, const void *item)
{
	const struct refusal *refusal = item;

	if (wire_add_text(object, "kind", obstacle_kind_name(refusal->kind)) < 0 ||
	    wire_add_text(object, "device", refusal->device) < 0 ||
	    wire_add_text(object, "reason", refusal->reason) < 0 ||
	    wire_add_text(object, "remedy", refusal->remedy) < 0 ||
	    wire_add_bool(object, "forced", refusal->forced) < 0)
		return -ENOMEM;
	return 0;
}

static int add_method(struct json_object *object, enum revoke_method method)
{
	return wire_add_text(object, "method",
			     method == METHOD_AUTO ? NULL : revoke_method_name(method));
}

struct json_object *wire_plan(const struct plan *plan)
{
	_cleanup_(wire_put) struct json_object *object = json_object_new_object();

	if (!object || add_steps(object, "ladder", &plan->ladder) < 0 ||
	    add_steps(object, "move", &plan->move) < 0 ||
	    add_steps(object, "undo", &plan->undo) < 0 ||
	    add_method(object, plan->method) < 0 ||
	    wire_add_text(object, "driver", plan->driver) < 0 ||
	    add_milliseconds(object, "total_ms", plan_total_us(plan)) < 0 ||
	    wire_add_array(object, "refused", fill_refusal, plan->refusals.items,
			   plan->refusals.count, sizeof(*plan->refusals.items)) < 0 ||
	    wire_add_texts(object, "notes", plan->notes.items, plan->notes.count) < 0 ||
	    wire_add_inodes(object, "buffers", plan->buffers.items, plan->buffers.count) <
		    0 ||
	    wire_add_text(object, "nothing_to_do", plan->nothing_to_do) < 0)
		return NULL;
	return TAKE_PTR(object);
}
