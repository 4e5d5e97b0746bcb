/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufd/bus-act.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cmd/dmabufd/bus-calendar.h"
#include "cmd/dmabufd/jobs.h"

static int read_attribute(const struct root *root, const char *device, const char *name,
			  uint16_t *ret)
{
	char path[PATH_MAX];
	uint64_t value;
	int r;

	(void)snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/%s", device, name);
	r = root_read_number(root, root->fd, path, &value);
	if (r < 0)
		return r;
	*ret = (uint16_t)value;
	return 0;
}

/* What it is now: nothing will be done to another device in its place. */
static int identify(const struct root *root, struct wish *wish)
{
	int r = read_attribute(root, wish->device, "vendor", &wish->vendor);

	return r < 0 ? r : read_attribute(root, wish->device, "device", &wish->product);
}

static bool touches_units(const struct wish *wish)
{
	if (wish->freeze || wish->stop_owner || wish->kill_owner)
		return true;
	for (size_t i = 0; i < wish->n_steps; i++)
		if (wish->steps[i] == STEP_FREEZE_OWNER ||
		    wish->steps[i] == STEP_STOP_OWNER ||
		    wish->steps[i] == STEP_KILL_OWNER)
			return true;
	return false;
}

/* 0; -ENOENT, -EACCES: the call was answered with an error. */
static int complete(struct bus_call *call)
{
	struct job *job = &call->job;

	if (identify(&call->bus->manager->root, &job->wish) < 0 &&
	    job->trigger == JOB_NOW) {
		bus_call_fail(call, BUS_ERROR_NO_SUCH_DEVICE, "no such device: %s",
			      job->wish.device);
		return -ENOENT;
	}
	strcpy(job->wish.caller_cgroup, call->cgroup);
	if (*call->cgroup == '\0' && touches_units(&job->wish)) {
		bus_call_fail(call, BUS_ERROR_NOT_PERMITTED,
			      "it is not known which unit the caller is in, so that no "
			      "unit can be frozen or stopped for it");
		return -EACCES;
	}
	return 0;
}

static int make_job(struct bus_call *call)
{
	const char *sender = sd_bus_message_get_sender(call->message);
	char path[BUS_JOB_PATH_TEXT];
	int r;

	r = jobs_add(call->bus->manager->jobs, &call->job);
	if (r < 0) {
		bus_call_fail(call, BUS_ERROR_FAILED, "failed to make a job: %s",
			      strerror(-r));
		return 0;
	}
	bus_job_remember_creator(call->bus, sender, call->job.id);
	bus_job_path(call->job.id, path);
	r = sd_bus_reply_method_return(call->message, "o", path);
	return r < 0 ? r : 0;
}

int bus_act_run(struct bus_call *call)
{
	if (complete(call) < 0)
		return 0;
	if (call->job.trigger == JOB_AT)
		return bus_calendar_ask(call, make_job);
	return make_job(call);
}

int bus_act_cancel_run(struct bus_call *call)
{
	const char *id = call->job.id;
	int r = jobs_cancel(call->bus->manager->jobs, id);

	if (r == -ENOENT)
		bus_call_fail(call, BUS_ERROR_NO_SUCH_JOB, "no such job: %s", id);
	else if (r == -EALREADY)
		bus_call_fail(call, BUS_ERROR_JOB_HAS_ENDED, "job %s has ended", id);
	else if (r < 0)
		bus_call_fail(call, BUS_ERROR_FAILED, "failed to cancel job %s: %s", id,
			      strerror(-r));
	else
		r = sd_bus_reply_method_return(call->message, NULL);
	return 0;
}

int bus_act_reload_run(struct bus_call *call)
{
	int r = manager_reload(call->bus->manager);

	if (r < 0)
		bus_call_fail(call, BUS_ERROR_FAILED,
			      "failed to read the configuration, the old one holds: %s",
			      strerror(-r));
	else
		r = sd_bus_reply_method_return(call->message, NULL);
	return 0;
}
