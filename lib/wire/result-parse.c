/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/wire/act-parse.h"

#include <errno.h>
#include <limits.h>

#include "lib/base/cleanup.h"
#include "lib/wire/fields.h"
#include "lib/wire/json.h"
#include "lib/wire/time.h"

enum {
	MAX_STEPS = 1024,
	MAX_BUFFERS = 1 << 16,
	MAX_NOTES = 4096,
};

#define MAX_DURATION_MS 1e12 /* thirty years */

static int get_duration(struct json_object *object, int64_t *ret)
{
	struct json_object *value = NULL;
	double ms;

	*ret = -1;
	if (!json_object_object_get_ex(object, "duration_ms", &value) || !value)
		return 0;
	if (!json_object_is_type(value, json_type_double) &&
	    !json_object_is_type(value, json_type_int))
		return -EBADMSG;
	ms = json_object_get_double(value);
	if (!(ms >= 0 && ms <= MAX_DURATION_MS)) /* NaN is neither */
		return -EBADMSG;
	*ret = (int64_t)(ms * 1000 + 0.5);
	return 0;
}

static int read_step(void *context, struct json_object *item)
{
	const char *detail;
	int64_t duration;
	int step, outcome;

	if (!json_object_is_type(item, json_type_object) ||
	    wire_get_word(item, "step", step_kind_parse, -1, &step) < 0 ||
	    wire_get_word(item, "result", step_outcome_parse, -1, &outcome) < 0 ||
	    get_duration(item, &duration) < 0 ||
	    wire_get_text(item, "detail", &detail) < 0)
		return -EBADMSG;
	return result_step(context, (enum step_kind)step, (enum step_outcome)outcome,
			   duration, detail ? "%s" : NULL, detail);
}

static int read_buffer(void *context, struct json_object *item)
{
	struct buffer_result buffer;
	int before, after, verified;

	if (!json_object_is_type(item, json_type_object) ||
	    wire_get_unsigned(item, "inode", 0, &buffer.inode) < 0 ||
	    wire_get_word(item, "before", buffer_state_parse, BUFFER_STATE_NONE,
			  &before) < 0 ||
	    wire_get_word(item, "after", buffer_state_parse, BUFFER_STATE_NONE, &after) <
		    0 ||
	    wire_get_word(item, "verified", evidence_parse, EVIDENCE_NONE, &verified) <
		    0 ||
	    wire_get_text(item, "detail", &buffer.detail) < 0)
		return -EBADMSG;
	buffer.before = (enum buffer_state)before;
	buffer.after = (enum buffer_state)after;
	buffer.verified = (enum evidence)verified;
	return result_buffer(context, &buffer);
}

static int read_stuck(void *context, struct json_object *item)
{
	struct stuck stuck;
	uint64_t pid;
	int step;

	if (!json_object_is_type(item, json_type_object) ||
	    wire_get_word(item, "step", step_kind_parse, -1, &step) < 0 ||
	    wire_get_limited(item, "pid", 0, INT_MAX, &pid) < 0 ||
	    wire_get_text(item, "function", &stuck.function) < 0 ||
	    wire_get_text(item, "importer", &stuck.importer) < 0 ||
	    wire_get_unsigned(item, "inode", 0, &stuck.inode) < 0 ||
	    wire_get_time(item, "since", &stuck.since_us) < 0 ||
	    wire_get_text(item, "reason", &stuck.reason) < 0)
		return -EBADMSG;
	stuck.step = (enum step_kind)step;
	stuck.pid = (pid_t)pid;
	return result_stuck(context, &stuck);
}

static int read_note(void *context, struct json_object *item)
{
	if (!json_object_is_type(item, json_type_string))
		return -EBADMSG;
	return result_note_again(context, json_object_get_string(item));
}

static int read_lists(struct result *result, struct json_object *object)
{
	int r = wire_read_array(object, "steps", MAX_STEPS, read_step, result);

	if (r == 0)
		r = wire_read_array(object, "buffers", MAX_BUFFERS, read_buffer, result);
	if (r == 0)
		r = wire_read_array(object, "notes", MAX_NOTES, read_note, result);
	if (r == 0)
		r = wire_read_array(object, "stuck", MAX_STEPS, read_stuck, result);
	return r;
}

static int read_outcome(struct result *result, struct json_object *object)
{
	const char *reason, *remedy;
	int outcome, method;

	if (wire_get_word(object, "result", act_outcome_parse, -1, &outcome) < 0 ||
	    wire_get_word(object, "method", revoke_method_parse, METHOD_AUTO, &method) <
		    0 ||
	    wire_get_text(object, "reason", &reason) < 0 ||
	    wire_get_text(object, "remedy", &remedy) < 0)
		return -EBADMSG;
	result->method = (enum revoke_method)method;
	return result_end(result, (enum act_outcome)outcome, remedy, reason ? "%s" : NULL,
			  reason);
}

static int new_result(struct json_object *object, struct result **ret)
{
	const char *job, *device;
	int verb;

	if (!json_object_is_type(object, json_type_object) ||
	    wire_get_text(object, "job", &job) < 0 || (job && !job_id_is_valid(job)) ||
	    wire_get_text(object, "device", &device) < 0 || !device ||
	    wire_get_word(object, "verb", act_verb_parse, -1, &verb) < 0)
		return -EBADMSG;
	*ret = result_new(job, device, (enum act_verb)verb);
	return *ret ? 0 : -ENOMEM;
}

int wire_parse_result(struct json_object *object, struct result **ret)
{
	struct result *result;
	int r = new_result(object, &result);

	if (r < 0)
		return r;
	r = read_outcome(result, object);
	if (r == 0)
		r = read_lists(result, object);
	if (r < 0)
		result_free(result);
	else
		*ret = result;
	return r;
}
