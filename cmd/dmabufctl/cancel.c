/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include <systemd/sd-bus.h>

#include "cmd/dmabufctl/client-act.h"
#include "cmd/dmabufctl/client-error.h"
#include "cmd/dmabufctl/client-follow.h"
#include "cmd/dmabufctl/client-look.h"
#include "cmd/dmabufctl/error.h"
#include "cmd/dmabufctl/follow.h"
#include "cmd/dmabufctl/jobs-open.h"
#include "cmd/dmabufctl/options.h"
#include "cmd/dmabufctl/output.h"
#include "cmd/dmabufctl/verbs.h"
#include "lib/act/unit.h"
#include "lib/base/cleanup.h"
#include "lib/jobs/request-store.h"
#include "lib/model/bus-names.h"
#include "lib/wire/act-json.h"
#include "lib/wire/json.h"

enum { LIMIT_US = 5000000 };

static const char being_stopped[] = "is being stopped, and what it has begun is undone; "
				    "'dmabufctl jobs --all' shows what came of it";

static int no_such_job(const struct options *options)
{
	return error_report(options, STATUS_NOT_FOUND,
			    "'dmabufctl jobs --all' names those that are on record.",
			    "no job '%s'", options->arguments[0]);
}

static int failed(const struct options *options, int error)
{
	return error_report(options, STATUS_FAILED, NULL, "failed to cancel job '%s': %s",
			    options->arguments[0], strerror(-error));
}

/* The entry of the job, or in words what has become of it. */
static int answer(const struct options *options, struct job *job, const char *sentence)
{
	_cleanup_(wire_put) struct json_object *object = NULL;

	if (options->json == JSON_OFF) {
		if (!options->quiet)
			(void)printf("job %s %s\n", job->id, sentence);
		return STATUS_DONE;
	}
	job_drop_unfinished(job);
	object = wire_job(job);
	return object ? output_json(options, object) : error_memory(options);
}

static int answer_ended(const struct options *options, struct job *job)
{
	_cleanup_free_ char *sentence = NULL;

	if (asprintf(&sentence, "has ended before: %s", job_state_name(job->state)) < 0) {
		sentence = NULL;
		return error_memory(options);
	}
	return answer(options, job, sentence);
}

/* A result in which steps were told already says how it ended as well. */
static int interrupt(struct job *job)
{
	job->state = JOB_INTERRUPTED;
	if (!job->result)
		job->result = result_new(job->id, job->wish.device, job->wish.verb);
	if (!job->result)
		return -ENOMEM;
	return result_end(job->result, OUTCOME_INTERRUPTED, "Run it again.",
			  "it was not running any more when it was cancelled");
}

/* Nobody runs it: its record is all there is. */
static int end_record(const struct options *options, const struct job_store *store,
		      struct job *job)
{
	bool begun = job->state == JOB_STARTED;
	int r = begun ? interrupt(job) : 0;

	if (!begun)
		job->state = JOB_CANCELLED;
	if (r == 0)
		r = job_store_write(store, job);
	if (r < 0)
		return failed(options, r);
	return answer(options, job,
		      begun ? "was not running any more: interrupted" : "is cancelled");
}

/* The executor undoes what it can once it is told to stop. */
static int stop_unit(const struct options *options, struct sd_bus *bus, const char *unit,
		     struct job *job)
{
	_cleanup_(unit_facts_list_done) struct unit_facts_list facts = { 0 };
	int r = unit_facts_get(bus, unit, LIMIT_US, &facts);

	if (r == 0)
		r = unit_stop(bus, unit, facts.items[0].invocation, false, LIMIT_US);
	if (r < 0)
		return failed(options, r);
	return answer(options, job, being_stopped);
}

static int cancel(const struct options *options, const struct job_store *store,
		  struct job *job)
{
	_cleanup_(sd_bus_close_unrefp) struct sd_bus *bus = NULL;
	char unit[JOB_UNIT_TEXT];
	int r;

	if (job_has_ended(job))
		return answer_ended(options, job);
	job_unit_name(job->id, unit);
	r = unit_bus_open(&bus);
	if (r >= 0)
		r = unit_is_active(bus, unit, LIMIT_US);
	if (r < 0)
		return failed(options, r);
	return r > 0 ? stop_unit(options, bus, unit, job)
		     : end_record(options, store, job);
}

/* Its unit puts it on record; dmabufd has it started as well. */
static void start_unit(const char *id)
{
	_cleanup_(sd_bus_flush_close_unrefp) struct sd_bus *bus = NULL;
	char unit[JOB_UNIT_TEXT];

	job_unit_name(id, unit);
	if (unit_bus_open(&bus) >= 0)
		(void)unit_start(bus, unit, false, LIMIT_US);
}

/* It may have begun while we wrote: then what we wrote is nothing. */
static int cancel_request(const struct options *options, const struct job_store *store,
			  struct job *request)
{
	struct job *record;
	int status, r;

	request->schedule.end = JOB_CANCELLED;
	r = request_write(store, request);
	if (r < 0)
		return failed(options, r);
	r = job_store_read(store, request->id, &record);
	if (r == 0) {
		(void)request_remove(store, request->id);
		status = cancel(options, store, record);
		job_free(record);
		return status;
	}
	start_unit(request->id);
	request->state = JOB_CANCELLED;
	return answer(options, request, "is cancelled");
}

static int cancel_waiting(const struct options *options, const struct job_store *store)
{
	struct job *request;
	int status, r = request_read(store, options->arguments[0], &request);

	if (r == -ENOENT)
		return no_such_job(options);
	if (r < 0)
		return failed(options, r);
	status = cancel_request(options, store, request);
	job_free(request);
	return status;
}

/* Of one whose object has gone only those hear who may read. */
static int cancel_failed(struct client *client, const sd_bus_error *error, int r,
			 struct job *job)
{
	if (!sd_bus_error_has_name(error, BUS_ERROR_JOB_HAS_ENDED) &&
	    !sd_bus_error_has_name(error, BUS_ERROR_NO_SUCH_JOB))
		return client_tell(client->options, error, r);
	if (client_look_at_job(client, job) > 0)
		return answer_ended(client->options, job);
	return no_such_job(client->options);
}

static int cancel_job_of(struct client *client, struct job *job)
{
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	bool waits = client_look_at_job(client, job) == 0 && job->state == JOB_ARMED;
	struct job *entry = NULL;
	int r = client_cancel(client, job->id, &error);

	if (r < 0)
		return cancel_failed(client, &error, r, job);
	if (client->options->json != JSON_OFF &&
	    client_ask_job(client, job->id, &entry) < 0)
		return error_memory(client->options);
	if (entry) {
		result_free(job->result);
		*job = *entry;
		entry->result = NULL;
		job_free(entry);
	}
	if (!waits)
		return answer(client->options, job, being_stopped);
	job->state = JOB_CANCELLED;
	return answer(client->options, job, "is cancelled");
}

static int cancel_by_daemon(const struct options *options)
{
	_cleanup_(client_done) struct client client = { 0 };
	struct job job = { 0 };
	int status;

	if (!job_id_is_valid(options->arguments[0]))
		return no_such_job(options);
	strcpy(job.id, options->arguments[0]);
	status = client_open(options, &client);
	if (status == STATUS_DONE)
		status = cancel_job_of(&client, &job);
	result_free(job.result);
	return status;
}

static int cancel_here(const struct options *options)
{
	_cleanup_(job_store_close) struct job_store store = { -EBADF, -EBADF };
	struct job *job;
	int status = jobs_open(options, &store), r;

	if (status != STATUS_DONE)
		return status;
	r = job_store_read(&store, options->arguments[0], &job);
	if (r == -ENOENT)
		return cancel_waiting(options, &store);
	if (r < 0)
		return failed(options, r);
	status = cancel(options, &store, job);
	job_free(job);
	return status;
}

int cancel_run(const struct options *options)
{
	return options->daemon ? cancel_by_daemon(options) : cancel_here(options);
}
