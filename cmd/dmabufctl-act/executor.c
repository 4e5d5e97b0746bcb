/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl-act/executor.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>

#include <systemd/sd-journal.h>

#include "lib/act/journal.h"
#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/base/time-span.h"

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
	(void)context;
	(void)sd_journal_print(LOG_WARNING, "%s: %s", place, message);
}

static int open_sources(struct executor *executor)
{
	int store_error, config_error;
	int r = plan_sources_open(NULL, complain, &executor->sources, &store_error,
				  &config_error);

	return r < 0 ? r : store_error;
}

int executor_open(struct executor *executor, const char *id)
{
	int r;

	*executor = (struct executor){
		.sources = PLAN_SOURCES_NONE,
		.wake_fd = -EBADF,
		.claim = OPERATION_NONE,
		.unbind = OPERATION_NONE,
	};
	r = open_sources(executor);
	if (r == 0)
		r = job_store_read(&executor->sources.store, id, &executor->job);
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
	(void)operation_end(&executor->unbind);
	for (size_t i = 0; i < executor->n_devices; i++)
		cleanup_close(&executor->devices[i].lock_fd);
	plan_free(executor->plan);
	snapshot_free(executor->snapshot);
	free(executor->before.items);
	job_free(executor->job);
	cleanup_close(&executor->wake_fd);
	plan_sources_done(&executor->sources);
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
		journal_step(executor->job,
			     &result->steps.items[result->steps.count - 1]);
	return r;
}

int executor_record_undo(struct executor *executor, const struct undo_step *step)
{
	struct undo *undo = &executor->undo;

	if (undo->n_steps == UNDO_STEPS_MAX)
		return -E2BIG;
	undo->steps[undo->n_steps++] = *step;
	return undo_store_write(&executor->sources.store, undo);
}

int executor_lock_of(const struct executor *executor, const char *device)
{
	for (size_t i = 0; i < executor->n_devices; i++)
		if (strcmp(executor->devices[i].address, device) == 0)
			return executor->devices[i].lock_fd;
	return -EBADF;
}
