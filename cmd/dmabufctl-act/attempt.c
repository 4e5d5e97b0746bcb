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

/*
 * While it takes long, followers learn what it waits for. What goes wrong here changes
 * nothing: the operation is under way.
 */
static void tell_awaited(struct attempt *attempt)
{
	_cleanup_free_ char *awaited = NULL;
	uint64_t now = monotonic_ms();

	if (now >= attempt->deadline_ms)
		return;
	if (look_again(attempt->executor,
		       attempt->deadline_ms - now < PEEK_LOOK_MS
			       ? (unsigned int)(attempt->deadline_ms - now)
			       : PEEK_LOOK_MS) < 0)
		return;
	awaited = awaited_text(attempt->executor, attempt->step->device);
	(void)executor_progress(attempt->executor, attempt->step->kind,
				attempt->step->timeout_us, awaited);
}

/*
 * As executor_await(). What takes long is looked at once it does, and once more shortly
 * before the time is over: then whoever waits for the result is not kept waiting for the
 * reason.
 */
static int await_operation(struct attempt *attempt)
{
	struct executor *executor = attempt->executor;
	const uint64_t peeks[] = {
		monotonic_ms() + PEEK_MS,
		attempt->deadline_ms > LAST_PEEK_MS ? attempt->deadline_ms - LAST_PEEK_MS
						    : 0,
	};

	for (size_t i = 0; i < ARRAY_SIZE(peeks); i++) {
		int r;

		if (peeks[i] < monotonic_ms() || peeks[i] >= attempt->deadline_ms)
			continue;
		r = executor_await(executor, &attempt->operation, peeks[i]);
		if (r != -ETIME || executor->interrupted)
			return r;
		tell_awaited(attempt);
	}
	return executor_await(executor, &attempt->operation, attempt->deadline_ms);
}

struct owned_fd {
	pid_t pid;
	int fd;
};

typedef ARRAY(struct owned_fd) owned_fd_array;

/* Through the copy of this fd. The error of the operation, or as above. */
static int try_fd(struct attempt *attempt, const struct owned_fd *owned)
{
	struct revoke_request request = { .method = attempt->method };
	int lock_fd = executor_lock_of(attempt->executor, attempt->step->device);
	int r = process_identify(owned->pid, &request.owner.owner);

	/* who was born since we looked has only come by the pid */
	if (r < 0 || request.owner.owner.start_ticks > attempt->executor->looked_ticks)
		return -ESRCH;
	request.owner.fd = owned->fd;
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

/* Copies: while an operation takes long, the snapshot they are from is replaced. */
static int list_fds(const struct device *device, owned_fd_array *fds)
{
	int r = 0;

	for (size_t i = 0; i < device->n_owners; i++) {
		const struct owner *owner = &device->owners[i];

		for (size_t j = 0; r == 0 && j < owner->n_fds; j++) {
			struct owned_fd owned = { owner->process->pid, owner->fds[j] };

			r = ARRAY_PUSH(fds, owned);
		}
	}
	return r;
}

bool attempt_owners_seen(const struct attempt *attempt)
{
	const unsigned int both = SEEN_OWNERS | SEEN_DEVICES;

	return (attempt->executor->snapshot->seen & both) == both;
}

/* The first owner who is still who it was. */
int attempt_run(struct attempt *attempt)
{
	const struct device *device = attempt_device(attempt);
	owned_fd_array fds = { 0 };
	int r;

	if (!attempt_owners_seen(attempt) && (!device || device->n_owners == 0))
		return -ENODATA;
	if (!device)
		return -ENODEV;
	if (!executor_is_same(attempt->executor, device->address))
		return -ENXIO;
	r = list_fds(device, &fds);
	if (r == 0)
		r = -ESRCH;
	for (size_t i = 0; i < fds.count; i++) {
		(void)operation_end(&attempt->operation);
		r = try_fd(attempt, &fds.items[i]);
		if (r != -ESRCH && r != -ESTALE && r != -EBADF)
			break;
	}
	free(fds.items);
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
	if (error == -ENODATA)
		return fail(attempt, OUTCOME_FAILED, "Try it again.",
			    "who has the device open could not be seen");
	if (error == -ENODEV || error == -ENXIO)
		return fail(attempt, OUTCOME_FAILED,
			    "Look again with 'dmabufctl devices'.",
			    "the device is gone, or another one is in its place");
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

static int conclude_given_up(struct attempt *attempt, bool gone)
{
	struct executor *executor = attempt->executor;
	const char *what = gone ? "it was broken off before the kernel had answered"
				: "the kernel has not come back from it";
	int r = executor_step(executor, attempt->step->kind, STEP_TIMED_OUT, -1, "%s",
			      what);

	if (r < 0)
		return r;
	return executor_conclude(
		executor, executor->interrupted ? OUTCOME_INTERRUPTED : OUTCOME_TIMED_OUT,
		NULL, "%s of %s: %s", step_kind_name(attempt->step->kind),
		attempt->step->device, what);
}

int attempt_give_up(struct attempt *attempt)
{
	bool gone;
	int r = executor_give_up(attempt->executor, attempt->step->kind,
				 attempt->step->device, &attempt->operation, &gone);

	return r < 0 ? r : conclude_given_up(attempt, gone);
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

bool attempt_buffers_seen(const struct attempt *attempt)
{
	const struct device *device = attempt_device(attempt);

	return device && device->exports_known;
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
