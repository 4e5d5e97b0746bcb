/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/wire/act-json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "lib/base/cleanup.h"
#include "lib/wire/fields.h"
#include "lib/wire/json.h"
#include "lib/wire/time.h"

static int fill_step(struct json_object *object, const void *item)
{
	const struct step_result *step = item;

	if (wire_add_text(object, "step", step_kind_name(step->step)) < 0 ||
	    wire_add_text(object, "result", step_outcome_name(step->outcome)) < 0 ||
	    wire_add_duration(object, "duration_ms", step->duration_us) < 0 ||
	    wire_add_text(object, "detail", step->detail) < 0)
		return -ENOMEM;
	return 0;
}

static int fill_buffer(struct json_object *object, const void *item)
{
	const struct buffer_result *buffer = item;

	if (wire_add_unsigned(object, "inode", buffer->inode) < 0 ||
	    wire_add_text(object, "before", buffer_state_name(buffer->before)) < 0 ||
	    wire_add_text(object, "after", buffer_state_name(buffer->after)) < 0 ||
	    wire_add_text(object, "verified", evidence_name(buffer->verified)) < 0 ||
	    wire_add_text(object, "detail", buffer->detail) < 0)
		return -ENOMEM;
	return 0;
}

static int fill_stuck(struct json_object *object, const void *item)
{
	const struct stuck *stuck = item;

	if (wire_add_text(object, "step", step_kind_name(stuck->step)) < 0 ||
	    wire_add_number_or_null(object, "pid", stuck->pid > 0 ? stuck->pid : -1) <
		    0 ||
	    wire_add_text(object, "function", stuck->function) < 0 ||
	    wire_add_text(object, "importer", stuck->importer) < 0 ||
	    wire_add_inode(object, "inode", stuck->inode) < 0 ||
	    wire_add_time(object, "since", stuck->since_us) < 0 ||
	    wire_add_text(object, "reason", stuck->reason) < 0)
		return -ENOMEM;
	return 0;
}

static int add_outcome(struct json_object *object, const struct result *result)
{
	const char *method =
		result->method == METHOD_AUTO ? NULL : revoke_method_name(result->method);

	if (wire_add_text(object, "job", result->job) < 0 ||
	    wire_add_text(object, "device", result->device) < 0 ||
	    wire_add_text(object, "result", act_outcome_name(result->outcome)) < 0 ||
	    wire_add_text(object, "method", method) < 0)
		return -ENOMEM;
	return 0;
}

static int fill_result(struct json_object *object, const struct result *result)
{
	if (add_outcome(object, result) < 0 ||
	    wire_add_array(object, "steps", fill_step, result->steps.items,
			   result->steps.count, sizeof(*result->steps.items)) < 0 ||
	    wire_add_array(object, "buffers", fill_buffer, result->buffers.items,
			   result->buffers.count, sizeof(*result->buffers.items)) < 0 ||
	    wire_add_text(object, "verb", act_verb_name(result->verb)) < 0 ||
	    wire_add_text(object, "reason", result->reason) < 0 ||
	    wire_add_text(object, "remedy", result->remedy) < 0 ||
	    wire_add_texts(object, "notes", result->notes.items, result->notes.count) <
		    0 ||
	    wire_add_array(object, "stuck", fill_stuck, result->stuck.items,
			   result->stuck.count, sizeof(*result->stuck.items)) < 0)
		return -ENOMEM;
	return 0;
}

struct json_object *wire_result(const struct result *result)
{
	_cleanup_(wire_put) struct json_object *object = json_object_new_object();

	if (!object || fill_result(object, result) < 0)
		return NULL;
	return TAKE_PTR(object);
}

static int fill_one_of_several(struct json_object *object, const void *item)
{
	return fill_result(object, *(struct result *const *)item);
}

struct json_object *wire_results(struct result *const *results, size_t count)
{
	_cleanup_(wire_put) struct json_object *object = json_object_new_object();

	if (!object || wire_add_array(object, "results", fill_one_of_several, results,
				      count, sizeof(*results)) < 0)
		return NULL;
	return TAKE_PTR(object);
}
