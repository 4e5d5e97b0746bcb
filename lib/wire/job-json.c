/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/wire/act-json.h"

#include <errno.h>

#include "lib/base/cleanup.h"
#include "lib/wire/fields.h"
#include "lib/wire/json.h"
#include "lib/wire/time.h"

static int add_result(struct json_object *object, const struct result *result)
{
	if (!result)
		return wire_add_null(object, "result");
	return wire_add(object, "result", wire_result(result));
}

static int fill_schedule(struct json_object *object, const struct schedule *schedule)
{
	const char *calendar = *schedule->calendar ? schedule->calendar : NULL;

	if (wire_add_text(object, "at", calendar) < 0 ||
	    wire_add_bool(object, "always", schedule->always) < 0)
		return -ENOMEM;
	return schedule->due_us > 0 ? wire_add_time(object, "due", schedule->due_us)
				    : wire_add_null(object, "due");
}

static int fill_job(struct json_object *object, const struct job *job)
{
	if (wire_add_text(object, "job", job->id) < 0 ||
	    wire_add_text(object, "device", job->wish.device) < 0 ||
	    wire_add_text(object, "verb", act_verb_name(job->wish.verb)) < 0 ||
	    wire_add_text(object, "on", job_trigger_name(job->trigger)) < 0 ||
	    wire_add_text(object, "state", job_state_name(job->state)) < 0 ||
	    wire_add_time(object, "created", job->created_us) < 0 ||
	    fill_schedule(object, &job->schedule) < 0)
		return -ENOMEM;
	return add_result(object, job->result);
}

struct json_object *wire_job(const struct job *job)
{
	_cleanup_(wire_put) struct json_object *object = json_object_new_object();

	if (!object || fill_job(object, job) < 0)
		return NULL;
	return TAKE_PTR(object);
}

static int fill_one_of_several(struct json_object *object, const void *item)
{
	return fill_job(object, *(struct job *const *)item);
}

struct json_object *wire_jobs(struct job *const *jobs, size_t count)
{
	_cleanup_(wire_put) struct json_object *object = json_object_new_object();

	if (!object || wire_add_array(object, "jobs", fill_one_of_several, jobs, count,
				      sizeof(*jobs)) < 0)
		return NULL;
	return TAKE_PTR(object);
}

static int add_steps(struct json_object *object, const struct wish *wish)
{
	const char *words[WISH_STEPS_MAX];

	for (size_t i = 0; i < wish->n_steps; i++)
		words[i] = step_kind_name(wish->steps[i]);
	return wire_add_texts(object, "steps", words, wish->n_steps);
}

static int fill_wish(struct json_object *object, const struct wish *wish)
{
	if (wire_add_text(object, "verb", act_verb_name(wish->verb)) < 0 ||
	    wire_add_text(object, "device", wish->device) < 0 ||
	    wire_add_unsigned(object, "vendor", wish->vendor) < 0 ||
	    wire_add_unsigned(object, "product", wish->product) < 0 ||
	    wire_add_text(object, "method", revoke_method_name(wish->method)) < 0 ||
	    add_steps(object, wish) < 0 ||
	    wire_add_bool(object, "by_policy", wish->by_policy) < 0 ||
	    wire_add_unsigned(object, "timeout_us", wish->timeout_us) < 0 ||
	    wire_add_text(object, "driver", wish->driver) < 0 ||
	    wire_add_bool(object, "group", wish->group) < 0 ||
	    wire_add_bool(object, "force", wish->force) < 0 ||
	    wire_add_bool(object, "freeze", wish->freeze) < 0 ||
	    wire_add_bool(object, "stop_owner", wish->stop_owner) < 0 ||
	    wire_add_bool(object, "kill_owner", wish->kill_owner) < 0 ||
	    wire_add_text(object, "caller_cgroup", wish->caller_cgroup) < 0)
		return -ENOMEM;
	return 0;
}

static int add_wish(struct json_object *object, const struct wish *wish)
{
	struct json_object *member = json_object_new_object();

	if (wire_add(object, "wish", member) < 0)
		return -ENOMEM;
	return fill_wish(member, wish);
}

static int add_progress(struct json_object *object, const struct job_progress *progress)
{
	struct json_object *member;

	if (!progress->known)
		return wire_add_null(object, "progress");
	member = json_object_new_object();
	if (wire_add(object, "progress", member) < 0 ||
	    wire_add_text(member, "step", step_kind_name(progress->step)) < 0 ||
	    wire_add_number_or_null(member, "since_us", progress->since_us) < 0 ||
	    wire_add_limit(member, "timeout_us", progress->timeout_us) < 0 ||
	    wire_add_text(member, "awaited", progress->awaited) < 0)
		return -ENOMEM;
	return 0;
}

struct json_object *wire_job_record(const struct job *job)
{
	_cleanup_(wire_put) struct json_object *object = json_object_new_object();

	if (!object || fill_job(object, job) < 0 || wire_add_version(object) < 0 ||
	    add_wish(object, &job->wish) < 0 ||
	    add_progress(object, &job->progress) < 0 ||
	    wire_add_number_or_null(object, "created_us", job->created_us) < 0 ||
	    wire_add_number_or_null(object, "due_us", job->schedule.due_us) < 0 ||
	    wire_add_number_or_null(object, "busy_us", job->schedule.busy_us) < 0 ||
	    wire_add_bool(object, "fired", job->schedule.fired) < 0 ||
	    wire_add_text(object, "end", job_state_name(job->schedule.end)) < 0 ||
	    wire_add_text(object, "parent", job->schedule.parent) < 0)
		return NULL;
	return TAKE_PTR(object);
}
