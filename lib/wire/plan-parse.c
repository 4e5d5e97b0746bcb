/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/wire/act-parse.h"

#include <errno.h>

#include "lib/base/cleanup.h"
#include "lib/base/time-span.h"
#include "lib/wire/fields.h"
#include "lib/wire/json.h"

enum {
	MAX_STEPS = 1024,
	MAX_REFUSALS = 4096,
	MAX_NOTES = 4096,
	MAX_BUFFERS = 1 << 16,
};

/* A part of a plan, as wire_read_array() wants it. */
struct part {
	struct plan *plan;
	plan_step_array *steps;
};

/* A copy that belongs to the plan; NULL stays NULL. 0 or -ENOMEM. */
static int own(struct plan *plan, const char **text)
{
	if (*text)
		*text = plan_text(plan, "%s", *text);
	else
		return 0;
	return *text ? 0 : -ENOMEM;
}

/* Milliseconds; null is no limit. 0 or -EBADMSG. */
static int get_limit(struct json_object *object, uint64_t *ret)
{
	uint64_t ms;

	if (wire_get_unsigned(object, "timeout_ms", TIME_SPAN_INFINITE, &ms) < 0)
		return -EBADMSG;
	if (ms == TIME_SPAN_INFINITE)
		*ret = ms;
	else if (__builtin_mul_overflow(ms, UINT64_C(1000), ret))
		return -EBADMSG;
	return 0;
}

static int read_step(void *context, struct json_object *item)
{
	struct part *part = context;
	struct plan_step step = { 0 };
	int kind;

	if (!json_object_is_type(item, json_type_object) ||
	    wire_get_word(item, "step", step_kind_parse, -1, &kind) < 0 ||
	    get_limit(item, &step.timeout_us) < 0 ||
	    wire_get_text(item, "device", &step.device) < 0 ||
	    wire_get_text(item, "unit", &step.unit) < 0 ||
	    wire_get_text(item, "detail", &step.detail) < 0 ||
	    wire_get_text(item, "skipped", &step.skipped) < 0)
		return -EBADMSG;
	step.kind = (enum step_kind)kind;
	if (own(part->plan, &step.device) < 0 || own(part->plan, &step.unit) < 0 ||
	    own(part->plan, &step.detail) < 0 || own(part->plan, &step.skipped) < 0)
		return -ENOMEM;
	return ARRAY_PUSH(part->steps, step);
}

static int read_steps(struct plan *plan, struct json_object *object, const char *key,
		      plan_step_array *steps)
{
	struct part part = { plan, steps };

	return wire_read_array(object, key, MAX_STEPS, read_step, &part);
}

static int read_refusal(void *context, struct json_object *item)
{
	struct plan *plan = context;
	struct refusal refusal = { 0 };
	int kind;

	if (!json_object_is_type(item, json_type_object) ||
	    wire_get_word(item, "kind", obstacle_kind_parse, -1, &kind) < 0 ||
	    wire_get_text(item, "device", &refusal.device) < 0 ||
	    wire_get_text(item, "reason", &refusal.reason) < 0 || !refusal.reason ||
	    wire_get_text(item, "remedy", &refusal.remedy) < 0 || !refusal.remedy ||
	    wire_get_flag(item, "forced", &refusal.forced) < 0)
		return -EBADMSG;
	refusal.kind = (enum obstacle_kind)kind;
	refusal.forcible = refusal.forced;
	if (own(plan, &refusal.device) < 0 || own(plan, &refusal.reason) < 0 ||
	    own(plan, &refusal.remedy) < 0)
		return -ENOMEM;
	return ARRAY_PUSH(&plan->refusals, refusal);
}

static int read_note(void *context, struct json_object *item)
{
	struct plan *plan = context;
	const char *note;

	if (!json_object_is_type(item, json_type_string))
		return -EBADMSG;
	note = json_object_get_string(item);
	return own(plan, &note) < 0 ? -ENOMEM : ARRAY_PUSH(&plan->notes, note);
}

static int read_buffer(void *context, struct json_object *item)
{
	struct plan *plan = context;

	if (!json_object_is_type(item, json_type_int) || json_object_get_int64(item) <= 0)
		return -EBADMSG;
	return ARRAY_PUSH(&plan->buffers, json_object_get_uint64(item));
}

static int read_lists(struct plan *plan, struct json_object *object)
{
	int r = read_steps(plan, object, "ladder", &plan->ladder);

	if (r == 0)
		r = read_steps(plan, object, "move", &plan->move);
	if (r == 0)
		r = read_steps(plan, object, "undo", &plan->undo);
	if (r == 0)
		r = wire_read_array(object, "refused", MAX_REFUSALS, read_refusal, plan);
	if (r == 0)
		r = wire_read_array(object, "notes", MAX_NOTES, read_note, plan);
	if (r == 0)
		r = wire_read_array(object, "buffers", MAX_BUFFERS, read_buffer, plan);
	return r;
}

static int read_rest(struct plan *plan, struct json_object *object)
{
	int method;

	if (wire_get_word(object, "method", revoke_method_parse, METHOD_AUTO, &method) <
		    0 ||
	    wire_get_text(object, "driver", &plan->driver) < 0 ||
	    wire_get_text(object, "nothing_to_do", &plan->nothing_to_do) < 0)
		return -EBADMSG;
	plan->method = (enum revoke_method)method;
	if (own(plan, &plan->driver) < 0 || own(plan, &plan->nothing_to_do) < 0)
		return -ENOMEM;
	return read_lists(plan, object);
}

int wire_parse_plan(struct json_object *object, enum act_verb verb, const char *device,
		    struct plan **ret)
{
	struct plan *plan;
	int r;

	if (!json_object_is_type(object, json_type_object))
		return -EBADMSG;
	plan = plan_new(verb, device);
	if (!plan)
		return -ENOMEM;
	r = read_rest(plan, object);
	if (r < 0)
		plan_free(plan);
	else
		*ret = plan;
	return r;
}
