/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl-act/attempt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/dmabufctl-act/look.h"
#include "cmd/dmabufctl-act/steps.h"
#include "lib/base/cleanup.h"
#include "lib/base/file.h"

enum {
	PEEK_MS = 500, /* what takes longer than this is worth a look */
	PEEK_LOOK_MS = 2500,
	LAST_PEEK_MS = 1500, /* before the end */
};

const struct device *attempt_device(const struct attempt *attempt)
{
	return snapshot_device(attempt->executor->snapshot, attempt->step->device);
}

/* While it takes long, followers learn what it waits for. */
static int tell_awaited(struct attempt *attempt)
{
	_cleanup_free_ char *awaited = NULL;
	int r = look_again(attempt->executor, PEEK_LOOK_MS);

	if (r < 0)
		return r;
	awaited = awaited_text(attempt->executor, attempt->step->device);
	return executor_progress(attempt->executor, attempt->step->kind,
				 attempt->step->timeout_us, awaited);
}

/*
 * As operation_wait(); other errors only when the job cannot go on. What takes long is
 * looked at once it does, and once more shortly before the time is over: then whoever
 * waits for the result is not kept waiting for the reason.
 */
static int await_operation(struct attempt *attempt)
{
	struct executor *executor = attempt->executor;
	const uint64_t peeks[] = {
		monotonic_ms() + PEEK_MS,
		attempt->deadline_ms > LAST_PEEK_MS ? attempt->deadline_ms - LAST_PEEK_MS
						    : 0,
	};
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(peeks); i++) {
		if (peeks[i] < monotonic_ms() || peeks[i] >= attempt->deadline_ms)
			continue;
		r = operation_wait(&attempt->operation, peeks[i], executor->wake_fd);
		if (r != -ETIME)
			return r;
		r = tell_awaited(attempt);
		if (r < 0)
			return r;
	}
	return operation_wait(&attempt->operation, attempt->deadline_ms,
			      executor->wake_fd);
}

/* Through the copy of this owner's fd. The error of the operation, or as above. */
static int try_fd(struct attempt *attempt, const struct owner *owner, int fd)
{
	struct revoke_request request = { .method = attempt->method };
	int lock_fd = executor_lock_of(attempt->executor, attempt->step->device);
	int r = process_identify(owner->process->pid, &request.owner.owner);

	if (r < 0)
		return -ESRCH;
	request.owner.fd = fd;
	(void)snprintf(request.owner.device, sizeof(request.owner.device), "%s",
		       attempt->step->device);
	r = attempt->restore ? restore_start(&request, lock_fd, &attempt->operation)
			     : revoke_start(&request, lock_fd, &attempt->operation);
	if (r < 0)
		return r;
	r = await_operation(attempt);
	if (r == -EPIPE)
		return -ECANCELED;
	return r < 0 ? r : attempt->operation.report.error;
}

/* The first owner who is still who it was. -ESRCH: none of them is. */
int attempt_run(struct attempt *attempt)
{
	const struct device *device = attempt_device(attempt);
	int r = -ESRCH;

	if (!device)
		return -ENODEV;
	for (size_t i = 0; i < device->n_owners; i++) {
		const struct owner *owner = &device->owners[i];

		for (size_t j = 0; j < owner->n_fds; j++) {
			r = try_fd(attempt, owner, owner->fds[j]);
			if (r != -ESRCH && r != -ESTALE && r != -EBADF)
				return r;
			(void)operation_end(&attempt->operation);
		}
	}
	return r;
}

static int fail(struct attempt *attempt, enum act_outcome outcome, const char *remedy,
		const char *reason)
{
	struct executor *executor = attempt->executor;
	int r = executor_step(executor, attempt->step->kind, STEP_FAILED, -1, "%s",
			      reason);

	return r < 0 ? r : executor_conclude(executor, outcome, remedy, "%s", reason);
}

static bool yama_forbids(const struct executor *executor)
{
	uint64_t scope;

	return root_read_number(&executor->sources.root, executor->sources.root.fd,
				"proc/sys/kernel/yama/ptrace_scope", &scope) == 0 &&
	       scope == 3;
}

int attempt_explain(struct attempt *attempt, int error)
{
	_cleanup_free_ char *reason = NULL;

	if (error == -EPERM && yama_forbids(attempt->executor))
		return fail(attempt, OUTCOME_UNSUPPORTED,
			    "It can only be lowered by a reboot.",
			    "kernel.yama.ptrace_scope=3 lets nobody copy the owner's fd");
	if (error == -EPERM)
		return fail(attempt, OUTCOME_UNSUPPORTED,
			    "Look for a seccomp filter or a security module.",
			    "this host lets nobody copy the owner's fd (pidfd_getfd)");
	if (error == -EOPNOTSUPP)
		return fail(attempt, OUTCOME_UNSUPPORTED, "Try another --method=.",
			    "this device or kernel cannot do it by that method");
	if (error == -EAGAIN)
		return fail(attempt, OUTCOME_FAILED, NULL,
			    "the device is being released: the kernel does not reset it");
	if (error == -ESRCH || error == -ESTALE || error == -EBADF)
		return fail(attempt, OUTCOME_FAILED, "Look again with 'dmabufctl show'.",
			    "the owner is no longer the one that was seen");
	if (asprintf(&reason, "%s: %s", attempt->operation.report.stage,
		     strerror(-error)) < 0) {
		reason = NULL;
		return -ENOMEM;
	}
	return fail(attempt, OUTCOME_FAILED, NULL, reason);
}

/* It goes on in the kernel, and keeps its lock and its copy of the fd. */
int attempt_give_up(struct attempt *attempt)
{
	struct executor *executor = attempt->executor;
	int r = diagnose(executor, attempt->step->kind, attempt->step->device,
			 &attempt->operation);

	(void)operation_end(&attempt->operation);
	if (r == 0)
		r = executor_step(executor, attempt->step->kind, STEP_TIMED_OUT, -1,
				  "the kernel has not come back from it");
	if (r < 0)
		return r;
	return executor_conclude(executor, OUTCOME_TIMED_OUT, NULL,
				 "the kernel has not come back from the %s of %s",
				 step_kind_name(attempt->step->kind),
				 attempt->step->device);
}

struct buffer_count attempt_count(const struct attempt *attempt)
{
	const struct snapshot *snapshot = attempt->executor->snapshot;
	struct buffer_count count = { 0 };

	for (size_t i = 0; i < snapshot->n_buffers; i++) {
		const struct buffer *buffer = &snapshot->buffers[i];

		if (!buffer->device || strcmp(buffer->device, attempt->step->device) != 0)
			continue;
		count.all++;
		count.revoked += buffer->state == BUFFER_STATE_REVOKED ||
				 buffer->state == BUFFER_STATE_ORPHANED;
	}
	return count;
}

bool attempt_record_holds(const struct attempt *attempt)
{
	const struct device *device = attempt_device(attempt);
	struct process_identity now;

	for (size_t i = 0; device && i < device->n_owners; i++) {
		if (process_identify(device->owners[i].process->pid, &now) < 0)
			continue;
		for (size_t j = 0; j < attempt->record.n_owners; j++)
			if (attempt->record.owners[j].pid == now.pid &&
			    attempt->record.owners[j].start_ticks == now.start_ticks)
				return true;
	}
	return false;
}
