/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/wire/act-parse.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/time-span.h"
#include "lib/wire/fields.h"
#include "lib/wire/json.h"
#include "lib/wire/time.h"
#include "lib/wire/wish-parse.h"

/* Nobody who may only request something keeps a device busy for longer. */
#define LONGEST_REQUEST_US (UINT64_C(86400) * 1000000)

static int get_moment(struct json_object *object, const char *key, int64_t *ret)
{
	uint64_t us;

	if (wire_get_limited(object, key, 0, INT64_MAX, &us) < 0)
		return -EBADMSG;
	*ret = (int64_t)us;
	return 0;
}

static int get_progress(struct json_object *object, struct job_progress *ret)
{
	struct json_object *member;
	const char *awaited;
	int step;

	if (wire_get_object(object, "progress", &member) < 0)
		return -EBADMSG;
	ret->known = member;
	if (!member)
		return 0;
	if (wire_get_word(member, "step", step_kind_parse, -1, &step) < 0 ||
	    get_moment(member, "since_us", &ret->since_us) < 0 ||
	    wire_get_unsigned(member, "timeout_us", TIME_SPAN_INFINITE,
			      &ret->timeout_us) < 0 ||
	    wire_get_text(member, "awaited", &awaited) < 0)
		return -EBADMSG;
	ret->step = (enum step_kind)step;
	/* a name that was cut may have grown by U+FFFD: cut it again */
	(void)snprintf(ret->awaited, sizeof(ret->awaited), "%s", awaited ? awaited : "");
	return 0;
}

/* A calendar belongs to "at", and to nothing else; what waits for nothing has no time. */
static int get_schedule(struct json_object *object, struct job *job)
{
	struct schedule *schedule = &job->schedule;
	int end;

	if (wire_copy_text(object, "at", schedule->calendar, sizeof(schedule->calendar)) <
		    0 ||
	    wire_copy_text(object, "parent", schedule->parent, sizeof(schedule->parent)) <
		    0 ||
	    wire_get_flag(object, "always", &schedule->always) < 0 ||
	    wire_get_flag(object, "fired", &schedule->fired) < 0 ||
	    get_moment(object, "due_us", &schedule->due_us) < 0 ||
	    get_moment(object, "busy_us", &schedule->busy_us) < 0)
		return -EBADMSG;
	if (wire_get_word(object, "end", job_state_parse, JOB_ARMED, &end) < 0 ||
	    (end != JOB_ARMED && end != JOB_MISSED && end != JOB_CANCELLED))
		return -EBADMSG;
	schedule->end = (enum job_state)end;
	if (*schedule->parent && !job_id_is_valid(schedule->parent))
		return -EBADMSG;
	if (job->trigger == JOB_AT)
		return job_calendar_is_valid(schedule->calendar) ? 0 : -EBADMSG;
	if (*schedule->calendar || (job->trigger == JOB_NOW && schedule->due_us > 0))
		return -EBADMSG;
	return 0;
}

static int get_order(struct json_object *object, struct job *job)
{
	int trigger;

	if (!json_object_is_type(object, json_type_object) ||
	    wire_check_version(object) < 0 || wire_get_wish(object, &job->wish) < 0 ||
	    wire_get_word(object, "on", job_trigger_parse, -1, &trigger) < 0)
		return -EBADMSG;
	job->trigger = (enum job_trigger)trigger;
	return get_schedule(object, job);
}

static int read_record(struct job *job, struct json_object *object)
{
	struct json_object *result;
	int state;

	if (get_order(object, job) < 0 ||
	    wire_copy_text(object, "job", job->id, sizeof(job->id)) < 0 ||
	    !job_id_is_valid(job->id) ||
	    wire_get_word(object, "state", job_state_parse, -1, &state) < 0 ||
	    get_moment(object, "created_us", &job->created_us) < 0 ||
	    get_progress(object, &job->progress) < 0 ||
	    wire_get_object(object, "result", &result) < 0)
		return -EBADMSG;
	job->state = (enum job_state)state;
	return result ? wire_parse_result(result, &job->result) : 0;
}

/* What the contract tells of what it waits for, and when it was asked for. */
static int get_told_schedule(struct json_object *object, struct job *job)
{
	struct schedule *schedule = &job->schedule;

	if (wire_get_time(object, "created", &job->created_us) < 0 ||
	    wire_copy_text(object, "at", schedule->calendar, sizeof(schedule->calendar)) <
		    0 ||
	    wire_get_flag(object, "always", &schedule->always) < 0 ||
	    wire_get_time(object, "due", &schedule->due_us) < 0)
		return -EBADMSG;
	return 0;
}

static int read_entry(struct job *job, struct json_object *object)
{
	struct json_object *result;
	int verb, trigger, state;

	if (!json_object_is_type(object, json_type_object) ||
	    wire_copy_text(object, "job", job->id, sizeof(job->id)) < 0 ||
	    !job_id_is_valid(job->id) ||
	    wire_copy_text(object, "device", job->wish.device, sizeof(job->wish.device)) <
		    0 ||
	    wire_get_word(object, "verb", act_verb_parse, -1, &verb) < 0 ||
	    wire_get_word(object, "on", job_trigger_parse, -1, &trigger) < 0 ||
	    wire_get_word(object, "state", job_state_parse, -1, &state) < 0 ||
	    get_told_schedule(object, job) < 0 ||
	    wire_get_object(object, "result", &result) < 0)
		return -EBADMSG;
	job->wish.verb = (enum act_verb)verb;
	job->trigger = (enum job_trigger)trigger;
	job->state = (enum job_state)state;
	return result ? wire_parse_result(result, &job->result) : 0;
}

static int read_request(struct job *job, struct json_object *object)
{
	int r = get_order(object, job);

	if (r == 0)
		r = get_moment(object, "created_us", &job->created_us);
	if (r < 0)
		return r;
	return job->wish.timeout_us <= LONGEST_REQUEST_US ? 0 : -EBADMSG;
}

static int parse(struct json_object *object,
		 int (*read)(struct job *job, struct json_object *object),
		 struct job **ret)
{
	struct job *job = calloc(1, sizeof(*job));
	int r;

	if (!job)
		return -ENOMEM;
	r = read(job, object);
	if (r < 0)
		job_free(job);
	else
		*ret = job;
	return r;
}

int wire_parse_job(struct json_object *object, struct job **ret)
{
	return parse(object, read_entry, ret);
}

int wire_parse_job_record(struct json_object *object, struct job **ret)
{
	return parse(object, read_record, ret);
}

int wire_parse_request(struct json_object *object, struct job **ret)
{
	return parse(object, read_request, ret);
}
