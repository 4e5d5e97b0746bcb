/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufd/bus-read.h"

#include <errno.h>
#include <string.h>

#include "cmd/dmabufd/bus-hide.h"
#include "cmd/dmabufd/jobs.h"
#include "cmd/dmabufd/observe-client.h"
#include "lib/base/cleanup.h"
#include "lib/jobs/request-store.h"
#include "lib/model/exit-status.h"
#include "lib/wire/act-json.h"
#include "lib/wire/fields.h"
#include "lib/wire/json.h"

/* No error is longer: what is gets passed on as it is. */
enum { ERROR_TEXT_MAX = 16 * 1024 };

/* Of an error of the observer. */
static const char *error_name(uint64_t status, const char *code)
{
	if (code && strcmp(code, "too-large") == 0)
		return BUS_ERROR_TOO_LARGE;
	switch (status) {
	case STATUS_USAGE:
		return SD_BUS_ERROR_INVALID_ARGS;
	case STATUS_NOT_FOUND:
		return BUS_ERROR_NO_SUCH_DEVICE;
	case STATUS_NOT_PERMITTED:
		return BUS_ERROR_NOT_PERMITTED;
	case STATUS_TIMED_OUT:
		return BUS_ERROR_BLOCKED;
	case STATUS_UNSUPPORTED:
		return BUS_ERROR_NOT_SUPPORTED;
	default:
		return BUS_ERROR_FAILED;
	}
}

static void pass_on_error(struct bus_call *call, struct json_object *error)
{
	const char *message = NULL, *hint = NULL, *code = NULL;
	uint64_t status = STATUS_FAILED;

	if (wire_get_text(error, "message", &message) < 0 || !message)
		message = "the observer failed";
	(void)wire_get_text(error, "hint", &hint);
	(void)wire_get_text(error, "code", &code);
	(void)wire_get_unsigned(error, "status", STATUS_FAILED, &status);
	bus_call_fail(call, error_name(status, code), "%s%s%s", message, hint ? ". " : "",
		      hint ? hint : "");
}

/* Was it an error of the observer? Then it has been passed on. */
static bool was_error(struct bus_call *call, const char *answer)
{
	_cleanup_(wire_put) struct json_object *object = NULL;
	size_t length = strlen(answer);
	struct json_object *error = NULL;

	if (length > ERROR_TEXT_MAX || wire_parse_text(answer, length, &object) < 0 ||
	    wire_get_object(object, "error", &error) < 0 || !error)
		return false;
	pass_on_error(call, error);
	return true;
}

static void tell_failure(struct bus_call *call, int error)
{
	switch (error) {
	case -EBUSY:
		bus_call_fail(call, BUS_ERROR_BLOCKED,
			      "an observer is stuck in the kernel, or too many ask");
		break;
	case -ETIME:
		bus_call_fail(call, BUS_ERROR_BLOCKED,
			      "the observer has not answered in time");
		break;
	case -EFBIG:
		bus_call_fail(call, BUS_ERROR_TOO_LARGE,
			      "the answer would be larger than 8 MiB: a filter, or a "
			      "limit of buffers, makes it smaller");
		break;
	default:
		bus_call_fail(call, BUS_ERROR_FAILED, "the observer failed: %s",
			      strerror(-error));
	}
}

static void on_answer(void *context, int error, const char *answer)
{
	struct bus_call *call = context;

	if (error < 0) {
		tell_failure(call, error);
	} else if (!was_error(call, answer)) {
		int r = sd_bus_reply_method_return(call->message, "s", answer);

		if (r < 0)
			bus_call_fail_errno(call, r);
	}
	bus_call_end(call);
}

static int add_for_uid(struct json_object *question, const struct bus_call *call)
{
	return call->hide ? wire_add_unsigned(question, "for_uid", call->uid)
			  : wire_add_null(question, "for_uid");
}

int bus_read_run(struct bus_call *call)
{
	int r = add_for_uid(call->question, call);

	if (r == 0)
		r = observe_client_ask_text(call->bus->manager->observe,
					    TAKE_PTR(call->question), on_answer, call);
	if (r < 0) {
		tell_failure(call, r);
		return 0;
	}
	return 1;
}

/* Those of one job or device, or all. */
static bool is_wanted(const struct bus_call *call, const struct job *job)
{
	const struct job *like = &call->job;

	return (!*like->id || strcmp(like->id, job->id) == 0) &&
	       (!*like->wish.device || strcmp(like->wish.device, job->wish.device) == 0);
}

typedef ARRAY(const struct job *) choice;

static int choose_stored(const struct bus_call *call, const job_array *jobs,
			 choice *chosen)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < jobs->count; i++)
		if (is_wanted(call, jobs->items[i]))
			r = ARRAY_PUSH(chosen, jobs->items[i]);
	return r;
}

/* Of those that wait or run; one that was asked for by its id may have ended. */
static int choose_known(const struct bus_call *call, choice *chosen)
{
	const struct jobs *jobs = call->bus->manager->jobs;
	const struct job *job;
	int r = 0;

	for (size_t i = 0; r == 0 && (job = jobs_get(jobs, i)); i++)
		if (is_wanted(call, job) && (*call->job.id || !job_has_ended(job)))
			r = ARRAY_PUSH(chosen, job);
	return r;
}

static int answer_with(struct bus_call *call, const choice *chosen)
{
	_cleanup_(wire_put) struct json_object *object =
		wire_jobs((struct job *const *)chosen->items, chosen->count);
	_cleanup_free_ char *text = NULL;

	if (object && call->hide)
		bus_hide_others(object);
	text = object ? wire_print(object, false) : NULL;
	if (!text)
		return -ENOMEM;
	if (strlen(text) > BUS_TEXT_MAX) {
		bus_call_fail(call, BUS_ERROR_TOO_LARGE,
			      "the answer would be larger than 8 MiB: ask for one "
			      "device, or one job");
		return 0;
	}
	return sd_bus_reply_method_return(call->message, "s", text) < 0 ? -EIO : 0;
}

/* One by its id, else the newest: the event loop has other things to do. */
static int read_records(const struct bus_call *call, job_array *ret)
{
	const struct job_store *store = &call->bus->manager->store;
	struct job *job;
	int r;

	if (*call->job.id == '\0')
		return job_store_list_since(store, 0, BUS_ENDED_MAX, ret);
	r = job_store_read(store, call->job.id, &job);
	if (r < 0)
		return r == -ENOENT || r == -EBADMSG ? 0 : r;
	r = ARRAY_PUSH(ret, job);
	if (r < 0)
		job_free(job);
	return r;
}

static int answer_stored(struct bus_call *call, choice *chosen)
{
	const struct job_store *store = &call->bus->manager->store;
	_cleanup_(job_array_done) job_array requests = { 0 }, records = { 0 };
	int r = request_list(store, &requests, NULL, NULL);

	if (r == 0)
		r = read_records(call, &records);
	if (r == 0)
		r = choose_stored(call, &records, chosen);
	if (r == 0)
		r = choose_stored(call, &requests, chosen);
	return r < 0 ? r : answer_with(call, chosen);
}

int bus_read_jobs_run(struct bus_call *call)
{
	choice chosen = { 0 };
	int r = call->ended_too ? 0 : choose_known(call, &chosen);

	if (r == 0)
		r = call->ended_too ? answer_stored(call, &chosen)
				    : answer_with(call, &chosen);
	free(chosen.items);
	return r;
}
