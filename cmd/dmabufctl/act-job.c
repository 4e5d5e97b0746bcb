/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/act-job.h"

#include <errno.h>
#include <string.h>

#include "cmd/dmabufctl/error.h"
#include "cmd/dmabufctl/follow.h"
#include "cmd/dmabufctl/options.h"
#include "lib/act/unit.h"
#include "lib/base/cleanup.h"

enum { START_LIMIT_US = 10000000 };

/*
 * Ends a job that nobody runs, unless it has ended meanwhile: a record that stays armed
 * would be waited for in vain. The result is the caller's.
 */
static int give_up(const struct job_store *store, struct job *job, enum job_state state,
		   enum act_outcome outcome, const char *reason, struct result **ret)
{
	char unit[JOB_UNIT_TEXT];
	int r = -ENOMEM;

	job_unit_name(job->id, unit);
	result_free(job->result);
	job->result = result_new(job->id, job->wish.device, job->wish.verb);
	if (job->result)
		r = result_end(job->result, outcome, NULL, "%s: journalctl -u %s", reason,
			       unit);
	if (r < 0)
		return r;
	job->state = state;
	(void)job_store_write(store, job);
	*ret = TAKE_PTR(job->result);
	return 0;
}

int act_job_goes_on(const struct options *options, const struct job *job)
{
	return error_report(options, STATUS_FAILED,
			    "'dmabufctl jobs' shows it, 'dmabufctl cancel' ends it.",
			    "not followed any more: job %s on %s goes on", job->id,
			    job->wish.device);
}

int act_job_is_lost(const struct options *options, const struct job *job, int error)
{
	return error_report(options, STATUS_FAILED, "'dmabufctl jobs' shows it.",
			    "failed to follow job %s: %s", job->id, strerror(-error));
}

int act_job_result(struct job *job, struct result **ret)
{
	int r = 0;

	if (!job->result) {
		job->result = result_new(job->id, job->wish.device, job->wish.verb);
		r = job->result ? result_end(job->result, OUTCOME_INTERRUPTED, NULL,
					     "the job is %s", job_state_name(job->state))
				: -ENOMEM;
	}
	if (r == 0)
		*ret = TAKE_PTR(job->result);
	return r;
}

static int follow_to_the_end(const struct options *options, struct follow *follow,
			     const struct job *begun, struct result **ret)
{
	struct job *job = NULL;
	int r = follow_job(follow, begun->id, &job);

	if (r == -EINTR)
		return act_job_goes_on(options, begun);
	if (r == -EPIPE)
		r = give_up(follow->store, job, JOB_INTERRUPTED, OUTCOME_INTERRUPTED,
			    "its unit ended without a result", ret);
	else if (r == 0)
		r = act_job_result(job, ret);
	job_free(job);
	return r < 0 ? act_job_is_lost(options, begun, r) : STATUS_DONE;
}

static int cannot_create(const struct options *options, const char *device, int error)
{
	return error_report(options, STATUS_FAILED, NULL,
			    "failed to create a job for %s: %s", device,
			    strerror(-error));
}

static int start(const struct options *options, struct follow *follow, struct sd_bus *bus,
		 struct job *job, struct result **ret)
{
	_cleanup_free_ char *reason = NULL;
	char unit[JOB_UNIT_TEXT];
	int r;

	job_unit_name(job->id, unit);
	r = unit_start(bus, unit, false, START_LIMIT_US);
	if (r == 0)
		return follow_to_the_end(options, follow, job, ret);
	if (asprintf(&reason, "systemd did not start it (%s)", strerror(-r)) < 0)
		return error_memory(options);
	r = give_up(follow->store, job, JOB_FAILED, OUTCOME_FAILED, reason, ret);
	return r < 0 ? error_memory(options) : STATUS_DONE;
}

int act_as_job(const struct options *options, const struct job_store *store,
	       struct sd_bus *bus, const struct wish *wish, struct result **ret)
{
	_cleanup_(follow_done) struct follow follow = { .display.signal_fd = -EBADF };
	struct job job = { .wish = *wish, .trigger = JOB_NOW };
	int status, r = follow_begin(store, display_is_wanted(options), &follow);

	if (r == 0)
		r = job_store_create(store, &job);
	if (r < 0)
		return cannot_create(options, wish->device, r);
	status = start(options, &follow, bus, &job, ret);
	result_free(job.result);
	return status;
}
