/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "cmd/dmabufctl-act/cgroup.h"
#include "cmd/dmabufctl-act/executor.h"
#include "cmd/dmabufctl-act/steps.h"
#include "lib/act/device-lock.h"
#include "lib/act/journal.h"
#include "lib/base/cleanup.h"
#include "lib/base/file.h"

enum { LOCK_LIMIT_MS = 2000 };

static bool is_known(const struct executor *executor, const char *address)
{
	for (size_t i = 0; i < executor->n_devices; i++)
		if (strcmp(executor->devices[i].address, address) == 0)
			return true;
	return false;
}

/*
 * Whoever still holds the lock of a device may still act on it: then only what does not
 * touch the device is undone.
 */
static int lock_devices(struct executor *executor)
{
	for (size_t i = 0; i < executor->undo.n_steps; i++) {
		const char *address = executor->undo.steps[i].device;
		struct locked_device *device;

		if (is_known(executor, address))
			continue;
		if (executor->n_devices == EXECUTOR_DEVICES_MAX)
			return -E2BIG;
		device = &executor->devices[executor->n_devices++];
		(void)snprintf(device->address, sizeof(device->address), "%s", address);
		device->vendor = executor->undo.steps[i].vendor;
		device->product = executor->undo.steps[i].product;
		device->lock_fd = device_lock_wait(executor->sources.store.runtime_fd,
						   address, executor->job->id,
						   monotonic_ms() + LOCK_LIMIT_MS, -EBADF,
						   &(struct lock_holder){ 0 });
		if (device->lock_fd < 0)
			executor->stuck = true;
	}
	return 0;
}

/* What a killed executor could not write. */
static int end_job(struct executor *executor)
{
	struct job *job = executor->job;

	if (job_has_ended(job))
		return 0;
	job->state = JOB_INTERRUPTED;
	return executor_conclude(executor, OUTCOME_INTERRUPTED, "Run it again.",
				 "the executor was killed");
}

static int undo_what_is_left(struct executor *executor)
{
	const struct job_store *store = &executor->sources.store;
	int r;

	r = undo_store_read(store, executor->job->id, &executor->undo);
	if (r == -ENOENT)
		return 0;
	if (r < 0) {
		journal_undo_incomplete(&executor->journal, executor->job,
					"its record cannot be read");
		return r;
	}
	/* it reached its goal, and was killed before it threw this away */
	if (executor->job->state == JOB_DONE &&
	    executor->job->result->outcome == OUTCOME_DONE)
		return undo_store_remove(store, executor->job->id);
	r = lock_devices(executor);
	if (r == 0)
		r = undo_run(executor);
	if (r < 0)
		return r;
	return executor->undo.incomplete ? undo_store_write(store, &executor->undo)
					 : undo_store_remove(store, executor->job->id);
}

static int write_job(struct executor *executor, bool had_ended)
{
	const struct job_store *store = &executor->sources.store;
	int r;

	if (had_ended)
		return job_store_settle(store, executor->job);
	r = job_store_write(store, executor->job);
	journal_job_ended(&executor->journal, executor->job);
	return r;
}

/* Whatever cannot be undone: whoever follows the job waits for its end. */
static int clean_up(struct executor *executor)
{
	bool had_ended = job_has_ended(executor->job);
	int undone, r;

	if (!executor->job->result)
		executor->job->result =
			result_new(executor->job->id, executor->job->wish.device,
				   executor->job->wish.verb);
	if (!executor->job->result)
		return -ENOMEM;
	undone = undo_what_is_left(executor);
	undo_store_sweep(&executor->sources.store, executor->job->id);
	r = end_job(executor);
	if (r == 0)
		r = write_job(executor, had_ended);
	return undone < 0 ? undone : r;
}

int executor_clean_up(const char *id)
{
	_cleanup_(executor_done) struct executor executor;
	int r;

	cgroup_kill_others();
	r = executor_open(&executor, id);
	if (r == 0)
		r = clean_up(&executor);
	if (r == 0)
		return EXIT_SUCCESS;
	journal_say(&executor.journal, LOG_ERR, "job %s could not be undone: %s", id,
		    strerror(-r));
	return EXIT_FAILURE;
}
