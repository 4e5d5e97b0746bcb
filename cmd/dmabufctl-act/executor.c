/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl-act/executor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <syslog.h>

#include "cmd/dmabufctl-act/steps.h"
#include "lib/act/journal.h"
#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/base/time-span.h"
#include "lib/jobs/request-store.h"

enum { CANCELLED_MS = 5000 };

uint64_t deadline_in(uint64_t timeout_us)
{
	uint64_t deadline;

	if (timeout_us == TIME_SPAN_INFINITE ||
	    __builtin_add_overflow(monotonic_ms(), timeout_us / 1000, &deadline))
		return UINT64_MAX;
	return deadline;
}

/* SIGTERM comes from `systemctl stop`: it ends a wait, never a step half done. */
static int open_wake_fd(void)
{
	sigset_t signals;
	int fd;

	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigaddset(&signals, SIGINT);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
		return -errno;
	fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

static void complain(void *context, const char *place, const char *message)
{
	struct executor *executor = context;

	journal_say(&executor->journal, LOG_WARNING, "%s: %s", place, message);
}

static int open_sources(struct executor *executor)
{
	int store_error, config_error;
	int r = plan_sources_open(NULL, complain, executor, &executor->sources,
				  &store_error, &config_error);

	return r < 0 ? r : store_error;
}

/*
 * What somebody without privileges left becomes a record of ours, once: from here on only
 * that counts, whatever happens to the request.
 */
static int adopt_request(struct executor *executor, const char *id)
{
	const struct job_store *store = &executor->sources.store;
	struct job *job;
	int r = request_read(store, id, &job);

	if (r < 0)
		return r;
	r = job_is_due(job) ? job_store_create(store, job) : -EAGAIN;
	if (r < 0) {
		job_free(job);
		return r;
	}
	executor->job = job;
	executor->adopted = true;
	return 0;
}

/* dmabufd cannot write a record: that nobody wants it any more, it leaves as a request. */
static void take_end(struct executor *executor)
{
	struct job *job = executor->job, *request;

	if (request_read(&executor->sources.store, job->id, &request) < 0)
		return;
	if (request->schedule.end == JOB_CANCELLED)
		job->schedule.end = JOB_CANCELLED;
	job_free(request);
}

static int open_record(struct executor *executor, const char *id)
{
	const struct job_store *store = &executor->sources.store;
	int r = job_store_read(store, id, &executor->job);

	if (r == 0)
		take_end(executor);
	if (r == -ENOENT)
		r = adopt_request(executor, id);
	if (r == 0)
		(void)request_remove(store, id);
	return r;
}

int executor_open(struct executor *executor, const char *id)
{
	int r;

	*executor = (struct executor){
		.sources = PLAN_SOURCES_NONE,
		.journal = JOURNAL_SENDER_NONE,
		.wake_fd = -EBADF,
		.claim = OPERATION_NONE,
	};
	for (size_t i = 0; i < EXECUTOR_DEVICES_MAX; i++)
		executor->devices[i].unbind = (struct operation)OPERATION_NONE;
	(void)journal_open(
		&executor->journal); /* without it nothing is logged, and all is done */
	r = open_sources(executor);
	if (r == 0)
		r = open_record(executor, id);
	if (r == 0)
		r = executor->wake_fd = open_wake_fd();
	if (r < 0)
		return r;
	(void)snprintf(executor->undo.job, sizeof(executor->undo.job), "%s", id);
	return 0;
}

void executor_done(struct executor *executor)
{
	(void)claim_drop(&executor->claim);
	for (size_t i = 0; i < executor->n_devices; i++) {
		(void)operation_end(&executor->devices[i].unbind);
		cleanup_close(&executor->devices[i].lock_fd);
	}
	plan_free(executor->plan);
	snapshot_free(executor->snapshot);
	free(executor->before.items);
	job_free(executor->job);
	cleanup_close(&executor->wake_fd);
	plan_sources_done(&executor->sources);
	journal_close(&executor->journal);
}

int executor_progress(struct executor *executor, enum step_kind step, uint64_t timeout_us,
		      const char *awaited)
{
	struct job_progress *progress = &executor->job->progress;

	if (!progress->known || progress->step != step)
		*progress = (struct job_progress){
			.known = true,
			.step = step,
			.since_us = realtime_us(),
			.timeout_us = timeout_us,
		};
	(void)snprintf(progress->awaited, sizeof(progress->awaited), "%s",
		       awaited ? awaited : "");
	return job_store_write(&executor->sources.store, executor->job);
}

int executor_conclude(struct executor *executor, enum act_outcome outcome,
		      const char *remedy, const char *format, ...)
{
	_cleanup_free_ char *reason = NULL;
	va_list arguments;
	int r = 0;

	if (executor->concluded)
		return 0;
	executor->concluded = true;
	if (!format)
		return result_end(executor->job->result, outcome, remedy, NULL);
	va_start(arguments, format);
	r = vasprintf(&reason, format, arguments);
	va_end(arguments);
	if (r < 0) {
		reason = NULL;
		return -ENOMEM;
	}
	return result_end(executor->job->result, outcome, remedy, "%s", reason);
}

int executor_conclude_cancelled(struct executor *executor)
{
	return executor_conclude(executor, OUTCOME_INTERRUPTED, NULL, "it was cancelled");
}

int executor_step(struct executor *executor, enum step_kind step,
		  enum step_outcome outcome, int64_t duration_us, const char *format, ...)
{
	struct result *result = executor->job->result;
	_cleanup_free_ char *detail = NULL;
	va_list arguments;
	int r = 0;

	if (format) {
		va_start(arguments, format);
		r = vasprintf(&detail, format, arguments);
		va_end(arguments);
	}
	if (r < 0) {
		detail = NULL;
		return -ENOMEM;
	}
	r = detail ? result_step(result, step, outcome, duration_us, "%s", detail)
		   : result_step(result, step, outcome, duration_us, NULL);
	if (r == 0)
		journal_step(&executor->journal, executor->job,
			     &result->steps.items[result->steps.count - 1]);
	return r;
}

bool executor_would_undo(const struct executor *executor, enum step_kind undo,
			 const char *device)
{
	const plan_step_array *steps = &executor->plan->undo;

	for (size_t i = 0; i < steps->count; i++)
		if (steps->items[i].kind == undo &&
		    strcmp(steps->items[i].device, device) == 0)
			return true;
	return false;
}

int executor_record_undo(struct executor *executor, const struct undo_step *step)
{
	const struct locked_device *locked = executor_device(executor, step->device);
	struct undo *undo = &executor->undo;

	if (undo->n_steps == UNDO_STEPS_MAX)
		return -E2BIG;
	undo->steps[undo->n_steps] = *step;
	if (locked) {
		undo->steps[undo->n_steps].vendor = locked->vendor;
		undo->steps[undo->n_steps].product = locked->product;
	}
	undo->n_steps++;
	return undo_store_write(&executor->sources.store, undo);
}

bool executor_is_cancelled(struct executor *executor)
{
	struct pollfd wake = { .fd = executor->wake_fd, .events = POLLIN };

	if (poll(&wake, 1, 0) > 0)
		executor->interrupted = true;
	return executor->interrupted;
}

int executor_await(struct executor *executor, struct operation *operation,
		   uint64_t deadline_ms)
{
	uint64_t last = monotonic_ms() + CANCELLED_MS;
	int r;

	if (!executor_is_cancelled(executor)) {
		r = operation_wait(operation, deadline_ms, executor->wake_fd);
		if (r != -EINTR)
			return r;
		executor->interrupted = true;
		last = monotonic_ms() + CANCELLED_MS;
	}
	return operation_wait(operation, deadline_ms < last ? deadline_ms : last, -EBADF);
}

int executor_give_up(struct executor *executor, enum step_kind step, const char *device,
		     struct operation *operation, bool *ret_gone)
{
	const struct operation given_up = *operation;

	*ret_gone = operation_end(operation);
	return *ret_gone ? 0 : diagnose(executor, step, device, &given_up);
}

const struct locked_device *executor_device(const struct executor *executor,
					    const char *address)
{
	for (size_t i = 0; i < executor->n_devices; i++)
		if (strcmp(executor->devices[i].address, address) == 0)
			return &executor->devices[i];
	return NULL;
}

int executor_lock_of(const struct executor *executor, const char *device)
{
	const struct locked_device *locked = executor_device(executor, device);

	return locked ? locked->lock_fd : -EBADF;
}

bool executor_is_same(const struct executor *executor, const char *device)
{
	const struct locked_device *locked = executor_device(executor, device);
	uint16_t vendor, product;

	return locked &&
	       device_ids(&executor->sources.root, device, &vendor, &product) == 0 &&
	       vendor == locked->vendor && product == locked->product;
}
