/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl-act/look.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/act/device-fd.h"
#include "lib/act/driver.h"
#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/base/text.h"
#include "lib/judge/judge.h"
#include "lib/model/device-condition.h"
#include "lib/observe/observer.h"
#include "lib/observe/waiter.h"
#include "lib/plan/planner.h"
#include "lib/prepare/plan-device.h"

enum { OWNERS_NAMED = 3, LOOK_MIN_MS = 500 };

static int look(struct executor *executor, const struct observe_request *request)
{
	uint64_t begun = process_ticks_now();
	struct snapshot *snapshot;
	int r = observe(request, &snapshot);

	if (r < 0)
		return r;
	judge_snapshot(snapshot);
	snapshot_free(executor->snapshot);
	executor->snapshot = snapshot;
	executor->looked_ticks = begun;
	return 0;
}

int look_again(struct executor *executor, unsigned int limit_ms)
{
	const struct observe_request request = {
		.devices = OBSERVE_DEVICES_ALL,
		.deadline_ms = limit_ms,
	};

	return look(executor, &request);
}

static int look_around(struct executor *executor, bool uses)
{
	const struct observe_request request = {
		.devices = OBSERVE_DEVICES_ALL,
		.circumstances = true,
		.uses = uses,
	};

	return look(executor, &request);
}

typedef bool device_test(const struct snapshot *snapshot, const struct device *device);

/* Of those that the job is about, as they were last seen. */
static bool any_device(const struct executor *executor, device_test *is)
{
	for (size_t i = 0; i < executor->n_devices; i++) {
		const struct device *device =
			snapshot_device(executor->snapshot, executor->devices[i].address);

		if (device && is(executor->snapshot, device))
			return true;
	}
	return false;
}

/* What is not VFIO's may be the host's: also without a driver, as a console of firmware. */
static bool may_be_used(const struct snapshot *snapshot, const struct device *device)
{
	(void)snapshot;
	return device->state != DEVICE_IDLE && device->state != DEVICE_OPEN &&
	       device->state != DEVICE_RELEASING;
}

/* To find out what the host does takes as long as all the rest: often it need not be. */
static int look_for_plan(struct executor *executor)
{
	int r = look_around(executor, false);

	if (r < 0 || !plan_asks_for_uses(&executor->job->wish) ||
	    !any_device(executor, may_be_used))
		return r;
	return look_around(executor, true);
}

/* What the plan is made for: anything else at these addresses is not touched. */
static void note_devices(struct executor *executor)
{
	for (size_t i = 0; i < executor->n_devices; i++) {
		struct locked_device *locked = &executor->devices[i];
		const struct device *device =
			snapshot_device(executor->snapshot, locked->address);

		if (!device)
			continue;
		locked->vendor = device->vendor;
		locked->product = device->product;
		(void)snprintf(locked->driver, sizeof(locked->driver), "%s",
			       device->driver ? device->driver : "");
	}
}

int conclude_unseen(struct executor *executor, const char *address)
{
	uint16_t vendor, product;

	if (device_ids(&executor->sources.root, address, &vendor, &product) == 0)
		return executor_conclude(executor, OUTCOME_FAILED, "Run it again.",
					 "the host did not tell about %s in time",
					 address);
	return executor_conclude(executor, OUTCOME_FAILED, NULL,
				 "%s is not there any more", address);
}

int look_and_plan(struct executor *executor)
{
	const struct wish *wish = &executor->job->wish;
	const struct device *device;
	int r = look_for_plan(executor);

	if (r < 0)
		return r;
	note_devices(executor);
	device = snapshot_device(executor->snapshot, wish->device);
	if (!device)
		return conclude_unseen(executor, wish->device);
	plan_free(executor->plan);
	executor->plan = NULL;
	return plan_device(&executor->sources, executor->snapshot, device, wish,
			   &executor->policy, &executor->plan);
}

typedef ARRAY(pid_t) pid_array;

/* The owners are appended; *ret_seen: all of them could be seen. */
static int find_owners(const struct executor *executor, pid_array *pids, bool *ret_seen)
{
	int r = 0;

	*ret_seen = executor->snapshot->seen & SEEN_OWNERS;
	for (size_t i = 0; i < executor->n_devices; i++) {
		const struct device *device =
			snapshot_device(executor->snapshot, executor->devices[i].address);

		for (size_t j = 0; device && r == 0 && j < device->n_owners; j++)
			r = ARRAY_PUSH(pids, device->owners[j].process->pid);
	}
	return r;
}

/*
 * Nobody to be seen is not enough: an owner that is stuck in its own exit has no fds any
 * more. Its buffers and the tasks that sleep in the device tell.
 */
void take_release(struct executor *executor)
{
	executor->released = (executor->snapshot->seen & SEEN_OWNERS) &&
			     (executor->snapshot->seen & SEEN_DEVICES) &&
			     !any_device(executor, device_may_be_open);
}

static int confirm_release(struct executor *executor)
{
	int r;

	executor->released = false;
	if (!(executor->snapshot->seen & SEEN_DEVICES) ||
	    any_device(executor, device_may_be_open))
		return 0;
	r = look_around(executor, false);
	if (r == 0)
		take_release(executor);
	return r;
}

static int check_release(struct executor *executor, pid_array *pids,
			 unsigned int limit_ms)
{
	bool seen = false;
	int r = look_again(executor, limit_ms);

	pids->count = 0;
	if (r == 0)
		r = find_owners(executor, pids, &seen);
	if (r < 0)
		return r;
	executor->released = false;
	return seen && pids->count == 0 ? confirm_release(executor) : 0;
}

int look_for_release(struct executor *executor)
{
	pid_array pids = { 0 };
	int r = check_release(executor, &pids, 0);

	free(pids.items);
	return r;
}

/* The last look ends about when the time is over. */
static unsigned int look_limit(uint64_t deadline_ms)
{
	uint64_t now = monotonic_ms();

	if (deadline_ms < now + LOOK_MIN_MS)
		return LOOK_MIN_MS;
	return deadline_ms - now < OBSERVE_DEADLINE_MS ? (unsigned int)(deadline_ms - now)
						       : OBSERVE_DEADLINE_MS;
}

static int wait_with(struct executor *executor, struct waiter *waiter, pid_array *pids,
		     uint64_t deadline_ms)
{
	int r = 0;

	while (r == 0) {
		r = check_release(executor, pids, look_limit(deadline_ms));
		if (r < 0 || executor->released)
			return r;
		r = waiter_looked(waiter, pids->items, pids->count);
		if (r == 0)
			r = waiter_sleep(waiter, deadline_ms);
	}
	executor->interrupted |= r == -EINTR;
	return r == -ETIME || r == -EINTR ? 0 : r;
}

int wait_for_release(struct executor *executor, uint64_t deadline_ms)
{
	_cleanup_(cleanup_waiter) struct waiter *waiter = NULL;
	pid_array pids = { 0 };
	int r = waiter_new(true, -EBADF, executor->wake_fd, &waiter);

	if (r == 0)
		r = wait_with(executor, waiter, &pids, deadline_ms);
	free(pids.items);
	return r;
}

static void print_owner(FILE *stream, const struct owner *owner)
{
	_cleanup_free_ char *comm =
		owner->process->comm ? text_for_terminal(owner->process->comm) : NULL;

	(void)fprintf(stream, "process %d", owner->process->pid);
	if (comm)
		(void)fprintf(stream, " (%s)", comm);
	if (owner->process->unit)
		(void)fprintf(stream, " of %s", owner->process->unit);
}

char *owners_text(const struct executor *executor)
{
	char *text = NULL;
	size_t length, count = 0;
	FILE *stream = open_memstream(&text, &length);

	if (!stream)
		return NULL;
	for (size_t i = 0; i < executor->n_devices; i++) {
		const struct device *device =
			snapshot_device(executor->snapshot, executor->devices[i].address);

		for (size_t j = 0; device && j < device->n_owners; j++) {
			if (count++ >= OWNERS_NAMED)
				continue;
			(void)fputs(count == 1 ? "" : ", ", stream);
			print_owner(stream, &device->owners[j]);
		}
	}
	if (count == 0)
		(void)fputs("nobody who can be seen", stream);
	if (fclose(stream) == 0)
		return text;
	free(text);
	return NULL;
}
