/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/check-look.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cmd/dmabufctl/acquire.h"
#include "cmd/dmabufctl/check-text.h"
#include "cmd/dmabufctl/client-check.h"
#include "cmd/dmabufctl/error.h"
#include "cmd/dmabufctl/options.h"
#include "lib/base/array.h"
#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/base/time-span.h"
#include "lib/observe/waiter.h"
#include "lib/prepare/check-devices.h"

void check_done(struct check *check)
{
	checks_done(&check->checks);
	snapshot_free(check->snapshot);
	*check = (struct check){ 0 };
}

int check_note_error(const struct target *target, const struct error *error,
		     struct check *check)
{
	const struct check_error copy = {
		.status = error->status,
		.device = (char *)target->argument,
		.message = error->message,
		.hint = error->hint,
	};

	return error->message ? checks_add_error(&check->checks, &copy) : -ENOMEM;
}

int check_note_missing(const struct options *options, const struct target *target,
		       struct check *check)
{
	_cleanup_(error_done) struct error error = { 0 };

	target_error(options, target, &error);
	return check_note_error(target, &error, check);
}

static int judge_targets(const struct options *options, const struct targets *targets,
			 struct check *check)
{
	for (size_t i = 0; i < targets->count; i++) {
		const struct target *target = &targets->items[i];
		const struct device *device =
			snapshot_device(check->snapshot, target->address);
		int r = device ? check_device(check->snapshot, device, &check->checks)
			       : check_note_missing(options, target, check);

		if (r < 0)
			return error_memory(options);
	}
	return STATUS_DONE;
}

int check_look(const struct options *options, const struct targets *targets,
	       struct check *check)
{
	int status;

	check_done(check);
	if (options->daemon)
		return client_check(options, targets, check);
	status = acquire_circumstances(options, &check->snapshot);
	if (status != STATUS_DONE)
		return status;
	if (!options->all)
		return judge_targets(options, targets, check);
	if (check_all_devices(check->snapshot, &check->checks) < 0)
		return error_memory(options);
	return STATUS_DONE;
}

/* A host that is slow for once is no reason to give up; a device that is gone is. */
bool check_is_hopeless(const struct checks *checks)
{
	for (size_t i = 0; i < checks->errors.count; i++)
		if (checks->errors.items[i].status != STATUS_FAILED)
			return true;
	return false;
}

static bool is_over(const struct check *check)
{
	return check_is_hopeless(&check->checks) ||
	       (checks_all_ready(&check->checks) && check->checks.errors.count == 0);
}

/* A line each time that what is waited for changes. */
static int tell_waiting(const struct options *options, const struct checks *checks,
			char **told)
{
	char *text;

	if (options->json != JSON_OFF || options->quiet || !isatty(STDERR_FILENO))
		return STATUS_DONE;
	text = check_text_waiting(checks);
	if (!text)
		return error_memory(options);
	if (*text && (!*told || strcmp(*told, text) != 0))
		(void)fprintf(stderr, "waiting: %s\n", text);
	free(*told);
	*told = text;
	return STATUS_DONE;
}

/* Which processes are in the way. 0 or -ENOMEM. */
static int tell_waiter(struct waiter *waiter, const struct checks *checks)
{
	ARRAY(pid_t) pids = { 0 };
	int r = 0;

	for (size_t i = 0; i < checks->count; i++) {
		const struct readiness *readiness = checks->items[i];

		for (size_t j = 0; r == 0 && j < readiness->n_obstacles; j++)
			if (readiness->obstacles[j].pid > 0)
				r = ARRAY_PUSH(&pids, readiness->obstacles[j].pid);
	}
	if (r == 0)
		r = waiter_looked(waiter, pids.items, pids.count);
	free(pids.items);
	return r;
}

static uint64_t deadline_of(const struct options *options)
{
	uint64_t deadline;

	if (!options->timeout || options->timeout_us == TIME_SPAN_INFINITE ||
	    __builtin_add_overflow(monotonic_ms(), options->timeout_us / 1000, &deadline))
		return UINT64_MAX;
	return deadline;
}

int check_wait(const struct options *options, const struct targets *targets,
	       struct check *check)
{
	_cleanup_(cleanup_waiter) struct waiter *waiter = NULL;
	_cleanup_free_ char *told = NULL;
	uint64_t deadline = deadline_of(options);
	int status, r = 0;

	if (waiter_new(!options->root, STDOUT_FILENO, -EBADF, &waiter) < 0)
		return error_memory(options);
	while (r == 0) {
		status = check_look(options, targets, check);
		if (status != STATUS_DONE)
			return status;
		if (is_over(check))
			return STATUS_DONE;
		status = tell_waiting(options, &check->checks, &told);
		if (status != STATUS_DONE)
			return status;
		r = tell_waiter(waiter, &check->checks);
		if (r == 0)
			r = waiter_sleep(waiter, deadline);
	}
	if (r == -ETIME)
		return STATUS_DONE;
	if (r == -EPIPE)
		return STATUS_FAILED; /* nobody is there to be told */
	return error_report(options, STATUS_FAILED, NULL, "failed to wait: %s",
			    strerror(-r));
}
