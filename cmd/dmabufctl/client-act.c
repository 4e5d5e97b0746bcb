/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/client-act.h"

#include <errno.h>

#include "cmd/dmabufctl/act-job.h"
#include "cmd/dmabufctl/client-error.h"
#include "cmd/dmabufctl/client-follow.h"
#include "cmd/dmabufctl/client-options.h"
#include "cmd/dmabufctl/display.h"
#include "cmd/dmabufctl/elsewhere.h"
#include "lib/base/cleanup.h"
#include "lib/model/bus-names.h"

static const char *method_of(const struct job *job)
{
	static const char *const methods[] = {
		[ACT_REVOKE] = "Revoke",
		[ACT_RESTORE] = "Restore",
		[ACT_RELEASE] = "Release",
		[ACT_REASSIGN] = "Reassign",
	};

	return job->trigger == JOB_NOW ? methods[job->wish.verb] : "Schedule";
}

/* The driver of Reassign, what Schedule waits for; NULL: there is no such argument. */
static const char *second_of(const struct job *job)
{
	if (job->trigger != JOB_NOW)
		return job_trigger_name(job->trigger);
	return job->wish.verb == ACT_REASSIGN ? job->wish.driver : NULL;
}

static int new_call(const struct client *client, const struct job *job,
		    sd_bus_message **ret)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
	const char *second = second_of(job);
	int r = client_new_call(client, method_of(job), &call);

	if (r >= 0)
		r = sd_bus_message_append(call, "s", job->wish.device);
	if (r >= 0 && second)
		r = sd_bus_message_append(call, "s", second);
	if (r >= 0)
		r = client_append_job(call, job);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(call);
	return 0;
}

static int read_id(sd_bus_message *reply, char ret[JOB_ID_TEXT])
{
	const char *path;
	int r = sd_bus_message_read(reply, "o", &path);

	if (r < 0)
		return r;
	return bus_job_id(path, ret) < 0 ? -EBADMSG : 0;
}

int client_make_job(struct client *client, struct job *job)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL, *reply = NULL;
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	int r = new_call(client, job, &call);

	if (r == 0)
		r = client_call(client, call, &error, &reply);
	if (r < 0)
		return client_tell(client->options, &error, r);
	return read_id(reply, job->id) < 0 ? elsewhere_nonsense(client->options)
					   : STATUS_DONE;
}

/* Not before there is a job: until then Ctrl-C ends the question for a password. */
static int follow(const struct client *client, struct job *job)
{
	_cleanup_(display_done) struct display display = { .signal_fd = -EBADF };
	int r = display_begin(display_is_wanted(client->options), &display);

	if (r == 0)
		r = client_follow(client, &display, job);
	if (r == -EINTR)
		return act_job_goes_on(client->options, job);
	return r < 0 ? act_job_is_lost(client->options, job, r) : STATUS_DONE;
}

int client_act(struct client *client, const struct wish *wish, struct result **ret)
{
	struct job job = { .wish = *wish, .trigger = JOB_NOW };
	int status = client_make_job(client, &job);

	if (status == STATUS_DONE)
		status = follow(client, &job);
	if (status == STATUS_DONE && act_job_result(&job, ret) < 0)
		status = error_memory(client->options);
	result_free(job.result);
	return status;
}

int client_cancel(struct client *client, const char *id, sd_bus_error *error)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
	char path[BUS_JOB_PATH_TEXT];
	int r = client_new_call(client, "Cancel", &call);

	bus_job_path(id, path);
	if (r == 0)
		r = sd_bus_message_append(call, "o", path);
	return r < 0 ? r : client_call(client, call, error, NULL);
}
