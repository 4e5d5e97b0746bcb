/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/check-look.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cmd/dmabufctl/acquire.h"
#include "cmd/dmabufctl/check-text.h"
#include "cmd/dmabufctl/error.h"
#include "cmd/dmabufctl/options.h"
#include "lib/base/array.h"
#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/base/time-span.h"
#include "lib/judge/judge.h"
#include "lib/observe/waiter.h"

void check_done(struct check *check)
{
	checks_done(&check->checks);
	snapshot_free(check->snapshot);
	*check = (struct check){ 0 };
}

/* Exports of a VFIO driver are the ones that have a state. */
static bool exports_by_vfio(const struct snapshot *snapshot, const struct device *device)
{
	for (size_t i = 0; i < device->n_exports; i++) {
		const struct buffer *buffer =
			snapshot_buffer(snapshot, device->exports[i]);

		if (buffer && buffer->state != BUFFER_STATE_NONE)
			return true;
	}
	return false;
}

static bool is_of_vfio(const struct snapshot *snapshot, const struct device *device)
{
	return device->vfio_bound || device->state == DEVICE_RELEASING ||
	       (device->bus && strcmp(device->bus, "mdev") == 0) ||
	       exports_by_vfio(snapshot, device);
}

/* 0 or -ENOMEM. */
static int judge(struct check *check, const struct device *device)
{
	struct readiness *readiness;
	int r = judge_readiness(check->snapshot, device, &readiness);

	return r < 0 ? r : checks_add(&check->checks, readiness);
}

static int judge_all(const struct options *options, struct check *check)
{
	const struct snapshot *snapshot = check->snapshot;

	for (size_t i = 0; i < snapshot->n_devices; i++)
		if (is_of_vfio(snapshot, &snapshot->devices[i]) &&
		    judge(check, &snapshot->devices[i]) < 0)
			return error_memory(options);
	return STATUS_DONE;
}

static int judge_targets(const struct options *options, const struct targets *targets,
			 struct check *check)
{
	for (size_t i = 0; i < targets->count; i++) {
		const struct device *device =
			snapshot_device(check->snapshot, targets->items[i].address);

		if (!device && target_is_there(options, &targets->items[i]))
			check->unread = &targets->items[i];
		else if (!device)
			return target_complain(options, &targets->items[i]);
		else if (judge(check, device) < 0)
			return error_memory(options);
	}
	return STATUS_DONE;
}

static int look(const struct options *options, const struct targets *targets,
		struct check *check)
{
	int status;

	check_done(check);
	status = acquire_circumstances(options, &check->snapshot);
	if (status != STATUS_DONE)
		return status;
	return options->all ? judge_all(options, check)
			    : judge_targets(options, targets, check);
}

int check_look(const struct options *options, const struct targets *targets,
	       struct check *check)
{
	int status = look(options, targets, check);

	if (status == STATUS_DONE && check->unread)
		return target_complain(options, check->unread);
	return status;
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
		status = look(options, targets, check);
		if (status != STATUS_DONE)
			return status;
		/* a host that is slow for once is no reason to give up */
		if (checks_all_ready(&check->checks) && !check->unread)
			return STATUS_DONE;
		status = tell_waiting(options, &check->checks, &told);
		if (status != STATUS_DONE)
			return status;
		r = tell_waiter(waiter, &check->checks);
		if (r == 0)
			r = waiter_sleep(waiter, deadline);
	}
	if (r == -ETIME)
		return check->unread ? target_complain(options, check->unread)
				     : STATUS_DONE;
	if (r == -EPIPE)
		return STATUS_FAILED; /* nobody is there to be told */
	return error_report(options, STATUS_FAILED, NULL, "failed to wait: %s",
			    strerror(-r));
}
