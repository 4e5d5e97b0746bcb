/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/act-answer.h"

#include "cmd/dmabufctl/act-text.h"
#include "cmd/dmabufctl/error.h"
#include "cmd/dmabufctl/notes.h"
#include "cmd/dmabufctl/options.h"
#include "cmd/dmabufctl/output.h"
#include "cmd/dmabufctl/plan-text.h"
#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/wire/act-json.h"
#include "lib/wire/json.h"

struct json_object *act_plan_json(const struct plan *plan)
{
	_cleanup_(wire_put) struct json_object *object = json_object_new_object();

	if (!object || wire_add_null(object, "job") < 0 ||
	    wire_add_text(object, "device", plan->device) < 0 ||
	    wire_add_text(object, "verb", act_verb_name(plan->verb)) < 0 ||
	    wire_add(object, "plan", wire_plan(plan)) < 0)
		return NULL;
	return TAKE_PTR(object);
}

int act_answer_plan(const struct options *options, const struct plan *plan,
		    const struct snapshot *snapshot)
{
	struct output output;

	if (output_open(options, &output) < 0)
		return error_memory(options);
	plan_text_print(output.stream, plan, output.colour, options->quiet);
	if (!options->quiet && !options->no_legend &&
	    notes_needed(snapshot, options->verbose)) {
		(void)fputc('\n', output.stream);
		notes_print(output.stream, snapshot, options->verbose);
	}
	return output_close(options, &output);
}

int act_answer_result(const struct options *options, const struct wish *wish,
		      const struct result *result)
{
	struct act_style style = {
		.brief = options->quiet,
		.now_us = realtime_us(),
		.driver = *wish->driver ? wish->driver : NULL,
	};
	struct output output;

	if (output_open(options, &output) < 0)
		return error_memory(options);
	style.colour = output.colour;
	act_text_result(output.stream, result, &style);
	return output_close(options, &output);
}
