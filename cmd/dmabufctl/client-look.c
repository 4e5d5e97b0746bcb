/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/client-look.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/dmabufctl/client-error.h"
#include "cmd/dmabufctl/client-options.h"
#include "cmd/dmabufctl/elsewhere.h"
#include "cmd/dmabufctl/options.h"
#include "cmd/dmabufctl/verbs.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/wire/act-parse.h"
#include "lib/wire/fields.h"
#include "lib/wire/json.h"

enum { JOBS_MAX = 1 << 20 };

static int read_answer(sd_bus_message *reply, struct json_object **ret)
{
	const char *text;
	int r = sd_bus_message_read(reply, "s", &text);

	return r < 0 ? r : wire_parse_text(text, strlen(text), ret);
}

/* Calls with what has been appended to the call. 0, or negative errno with *error. */
static int ask(struct client *client, sd_bus_message *call, sd_bus_error *error,
	       struct json_object **ret)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	int r = client_call(client, call, error, &reply);

	return r < 0 ? r : read_answer(reply, ret);
}

static int tell(const struct options *options, const sd_bus_error *error, int r)
{
	if (r == -ENOMEM)
		return error_memory(options);
	return r == -EBADMSG ? elsewhere_nonsense(options)
			     : client_tell(options, error, r);
}

/* One of the methods that take options alone. An exit status. */
static int ask_method(struct client *client, const char *method,
		      const struct options *options, struct json_object **ret)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	int r = client_new_call(client, method, &call);

	if (r == 0)
		r = client_append_filter(call, options);
	if (r == 0)
		r = ask(client, call, &error, ret);
	return r < 0 ? tell(client->options, &error, r) : STATUS_DONE;
}

static const char *method_of(const struct options *options)
{
	uint64_t inode;

	switch (options->verb->id) {
	case VERB_DEVICES:
		return "Devices";
	case VERB_STATUS:
		return "Status";
	case VERB_JOBS:
		return "Jobs";
	case VERB_SHOW:
		return text_to_u64(options->arguments[0], 10, &inode) == 0 ? "List"
									   : "Devices";
	default:
		return "List";
	}
}

int client_ask(const struct options *options, struct json_object **ret)
{
	_cleanup_(client_done) struct client client;
	int status = client_open(options, &client);

	return status != STATUS_DONE
		       ? status
		       : ask_method(&client, method_of(options), options, ret);
}

int client_ask_all(struct client *client, struct json_object **ret)
{
	_cleanup_(wire_put) struct json_object *list = NULL, *devices = NULL;
	const struct options everything = { .verb = client->options->verb };
	struct json_object *array = NULL;
	int status = ask_method(client, "List", &everything, &list);

	if (status == STATUS_DONE)
		status = ask_method(client, "Devices", &everything, &devices);
	if (status != STATUS_DONE)
		return status;
	if (!json_object_is_type(list, json_type_object) ||
	    wire_get_array(devices, "devices", &array) < 0 || !array)
		return elsewhere_nonsense(client->options);
	json_object_object_del(list, "devices"); /* it is not to have any */
	if (wire_add(list, "devices", json_object_get(array)) < 0)
		return error_memory(client->options);
	*ret = TAKE_PTR(list);
	return STATUS_DONE;
}

int client_ask_check(struct client *client, const char *device, sd_bus_error *error,
		     struct json_object **ret)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
	int r = client_new_call(client, "Check", &call);

	if (r == 0)
		r = sd_bus_message_append(call, "s", device);
	if (r >= 0)
		r = client_append_filter(call, client->options);
	return r < 0 ? r : ask(client, call, error, ret);
}

static int read_job(void *context, struct json_object *item)
{
	job_array *jobs = context;
	struct job *job;
	int r = wire_parse_job(item, &job);

	if (r == 0)
		r = ARRAY_PUSH(jobs, job);
	else
		return r;
	if (r < 0)
		job_free(job);
	return r;
}

/* Their ids sort as the moments do at which they were made. */
static int compare(const void *one, const void *other)
{
	const struct job *a = *(struct job *const *)one, *b = *(struct job *const *)other;

	return strcmp(a->id, b->id);
}

static int parse_jobs(struct json_object *answer, job_array *ret)
{
	_cleanup_(job_array_done) job_array jobs = { 0 };
	int r;

	if (!json_object_is_type(answer, json_type_object) ||
	    !json_object_object_get_ex(answer, "jobs", NULL))
		return -EBADMSG;
	r = wire_read_array(answer, "jobs", JOBS_MAX, read_job, &jobs);
	if (r < 0)
		return r;
	if (jobs.count > 1)
		qsort(jobs.items, jobs.count, sizeof(*jobs.items), compare);
	*ret = jobs;
	jobs = (job_array){ 0 };
	return 0;
}

int client_ask_jobs(const struct options *options, job_array *ret)
{
	_cleanup_(wire_put) struct json_object *answer = NULL;
	int status = client_ask(options, &answer), r;

	if (status != STATUS_DONE)
		return status;
	r = parse_jobs(answer, ret);
	if (r == -ENOMEM)
		return error_memory(options);
	return r < 0 ? elsewhere_nonsense(options) : STATUS_DONE;
}

/* "all": it may have ended since. */
static int ask_for_job(const struct client *client, const char *id,
		       struct json_object **ret)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL, *reply = NULL;
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	int r = client_new_call(client, "Jobs", &call);

	if (r == 0)
		r = sd_bus_message_append(call, "a{sv}", 2, "job", "s", id, "all", "b",
					  1);
	if (r >= 0)
		r = client_call_quietly(client, call, &error, &reply);
	return r < 0 ? r : read_answer(reply, ret);
}

int client_ask_job(const struct client *client, const char *id, struct job **ret)
{
	_cleanup_(wire_put) struct json_object *answer = NULL;
	_cleanup_(job_array_done) job_array jobs = { 0 };
	int r = ask_for_job(client, id, &answer);

	*ret = NULL;
	if (r == 0)
		r = parse_jobs(answer, &jobs);
	if (r == 0 && jobs.count == 1 && strcmp(jobs.items[0]->id, id) == 0)
		*ret = TAKE_PTR(jobs.items[0]);
	return r == -ENOMEM ? r : 0;
}
