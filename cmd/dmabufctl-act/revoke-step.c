/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl-act/steps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/dmabufctl-act/look.h"
#include "lib/act/revoke.h"
#include "lib/base/cleanup.h"
#include "lib/base/file.h"

enum {
	PEEK_MS = 1000, /* a revoke that takes longer than this is worth a look */
	PEEK_LOOK_MS = 1000,
};

/* What a revoke or a restore of one device needs. */
struct attempt {
	struct executor *executor;
	const struct plan_step *step;
	uint64_t deadline_ms;
	enum revoke_method method;
	bool restore;
	struct operation operation;
	struct revoked record;
};

static const struct device *device_of(const struct attempt *attempt)
{
	return snapshot_device(attempt->executor->snapshot, attempt->step->device);
}

/* The record is there before the kernel is asked: a killed executor leaves it behind. */
static int begin_record(struct attempt *attempt)
{
	const struct device *device = device_of(attempt);
	struct executor *executor = attempt->executor;
	struct revoked *record = &attempt->record;

	*record = (struct revoked){
		.vendor = device->vendor,
		.product = device->product,
		.method = attempt->method,
		.since_us = realtime_us(),
	};
	(void)snprintf(record->device, sizeof(record->device), "%s", device->address);
	(void)snprintf(record->job, sizeof(record->job), "%s", executor->job->id);
	for (size_t i = 0; i < device->n_owners && record->n_owners < 16; i++)
		if (process_identify(device->owners[i].process->pid,
				     &record->owners[record->n_owners]) == 0)
			record->n_owners++;
	for (size_t i = 0; i < device->n_exports && i < REVOKED_BUFFERS_MAX; i++)
		record->buffers[record->n_buffers++] = device->exports[i];
	return revoked_store_write(&executor->store, record);
}

static int record_undo(struct attempt *attempt)
{
	struct undo_step undo = { .kind = STEP_RESTORE, .method = attempt->method };

	if (attempt->executor->plan->verb == ACT_REVOKE)
		return 0; /* it stays revoked; restore is the way back */
	(void)snprintf(undo.device, sizeof(undo.device), "%s", attempt->step->device);
	return executor_record_undo(attempt->executor, &undo);
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

/* As operation_wait(); other errors only when the job cannot go on. */
static int await_operation(struct attempt *attempt)
{
	struct executor *executor = attempt->executor;
	uint64_t peek = monotonic_ms() + PEEK_MS;
	int r;

	if (peek < attempt->deadline_ms) {
		r = operation_wait(&attempt->operation, peek, executor->wake_fd);
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
static int try_owners(struct attempt *attempt)
{
	const struct device *device = device_of(attempt);
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

	return root_read_number(&executor->root, executor->root.fd,
				"proc/sys/kernel/yama/ptrace_scope", &scope) == 0 &&
	       scope == 3;
}

static int explain(struct attempt *attempt, int error)
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

/* Whoever had it open let go before: for the buffers that is as good as a revoke. */
static int owner_has_gone(struct attempt *attempt)
{
	struct executor *executor = attempt->executor;
	int r = look_for_release(executor);

	if (r < 0)
		return r;
	(void)revoked_store_remove(&executor->store, attempt->step->device);
	if (!executor->released)
		return explain(attempt, -ESRCH);
	executor->reached = executor->plan->verb == ACT_REVOKE;
	return executor_step(executor, attempt->step->kind, STEP_DONE, -1,
			     "the owner has let go: its buffers are revoked for good");
}

/* It goes on in the kernel, and keeps its lock and its copy of the fd. */
static int give_up(struct attempt *attempt)
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
	return executor_conclude(
		executor, OUTCOME_TIMED_OUT, NULL, "%s is stuck in the kernel: %s",
		attempt->step->device,
		executor->job->result->stuck.items[executor->job->result->stuck.count - 1]
			.reason);
}

struct count {
	size_t all, revoked;
};

static struct count count_buffers(const struct attempt *attempt)
{
	const struct snapshot *snapshot = attempt->executor->snapshot;
	struct count count = { 0 };

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

static int tell_flags(struct attempt *attempt)
{
	struct result *result = attempt->executor->job->result;
	uint32_t value = attempt->operation.report.value;
	int r = 0;

	if (value & REVOKE_COMMAND_CHANGED)
		r = result_note(result, "The owner changed other bits of PCI_COMMAND "
					"meanwhile; they are as it wants them.");
	if (r == 0 && value & REVOKE_MEMORY_CAME_BACK)
		r = result_note(result, "The owner enabled memory again at once.");
	if (r == 0 && value & REVOKE_LOW_POWER_BY_OWNER)
		r = result_note(result, "The owner itself has the device in low power: "
					"the buffers are revoked until it leaves that.");
	return r;
}

static int conclude_unstuck(struct attempt *attempt, struct count count)
{
	if (count.revoked > 0)
		return executor_conclude(attempt->executor, OUTCOME_PARTIAL, NULL,
					 "%zu of %zu buffers are revoked", count.revoked,
					 count.all);
	if (attempt->method == METHOD_MEMORY && device_of(attempt) &&
	    device_of(attempt)->is_virtual_function)
		return executor_conclude(
			attempt->executor, OUTCOME_FAILED,
			"Use --method=low-power, which sticks on a virtual function.",
			"the revoke did not stick: a virtual function ignores its memory "
			"bit, and its buffers were revoked for a moment only");
	return executor_conclude(
		attempt->executor, OUTCOME_FAILED, "Use --freeze, or stop the owner.",
		"the buffers are live again: the owner undid the revoke");
}

/* Success is what was read back. */
static int verify_revoke(struct attempt *attempt)
{
	struct executor *executor = attempt->executor;
	int64_t duration = attempt->operation.report.duration_us;
	struct count count;
	int r = look_again(executor, 0);

	if (r == 0)
		r = tell_flags(attempt);
	if (r < 0)
		return r;
	if (attempt->method == METHOD_RESET) {
		executor->reached = executor->plan->verb == ACT_REVOKE;
		(void)revoked_store_remove(&executor->store, attempt->step->device);
		return executor_step(executor, STEP_REVOKE, STEP_DONE, duration,
				     "the device was reset; importers may map again");
	}
	count = count_buffers(attempt);
	if (count.revoked < count.all) {
		r = executor_step(executor, STEP_REVOKE, STEP_FAILED, duration,
				  "%zu of %zu buffers are revoked", count.revoked,
				  count.all);
		return r < 0 ? r : conclude_unstuck(attempt, count);
	}
	executor->reached = executor->plan->verb == ACT_REVOKE;
	attempt->record.finished = true;
	if (attempt->operation.report.value & REVOKE_LOW_POWER_BY_OWNER)
		r = revoked_store_remove(&executor->store, attempt->step->device);
	else
		r = revoked_store_write(&executor->store, &attempt->record);
	if (r < 0)
		return r;
	return executor_step(executor, STEP_REVOKE, STEP_DONE, duration,
			     "%s: %zu of %zu buffers are revoked",
			     revoke_method_name(attempt->method), count.revoked,
			     count.all);
}

int revoke_run(struct executor *executor, const struct plan_step *step)
{
	struct attempt attempt = {
		.executor = executor,
		.step = step,
		.deadline_ms = deadline_in(step->timeout_us),
		.method = executor->plan->method,
		.operation = OPERATION_NONE,
	};
	int r;

	if (!device_of(&attempt))
		return executor_conclude(executor, OUTCOME_FAILED, NULL,
					 "%s is not there any more", step->device);
	executor->job->result->method = attempt.method;
	r = begin_record(&attempt);
	if (r == 0)
		r = record_undo(&attempt);
	if (r < 0)
		return r;
	r = try_owners(&attempt);
	if (r == -ETIME || r == -EINTR) {
		executor->interrupted |= r == -EINTR;
		return give_up(&attempt);
	}
	if (r == 0)
		r = verify_revoke(&attempt);
	else if (r == -ESRCH || r == -ESTALE || r == -EBADF)
		r = owner_has_gone(&attempt);
	else if (r != -ENOMEM) {
		(void)revoked_store_remove(&executor->store, step->device);
		r = explain(&attempt, r);
	}
	(void)operation_end(&attempt.operation);
	return r;
}

/* The record must be of these owners: of others it says nothing. */
static bool record_holds(const struct attempt *attempt)
{
	const struct device *device = device_of(attempt);
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

/* 0: was sent and came back. Otherwise as try_owners(). */
static int send_restore(struct attempt *attempt)
{
	struct executor *executor = attempt->executor;
	int r = revoked_store_read(&executor->store, attempt->step->device,
				   &attempt->record);

	if (r == 0 && !record_holds(attempt)) {
		(void)revoked_store_remove(&executor->store, attempt->step->device);
		return -ESRCH;
	}
	if (r == 0)
		attempt->method = attempt->record.method;
	return try_owners(attempt);
}

static int verify_restore(struct attempt *attempt, struct count *ret)
{
	int r = look_again(attempt->executor, 0);

	if (r < 0)
		return r;
	*ret = count_buffers(attempt);
	if (ret->revoked < ret->all || ret->all == 0)
		(void)revoked_store_remove(&attempt->executor->store,
					   attempt->step->device);
	return 0;
}

static int conclude_restore(struct attempt *attempt)
{
	struct executor *executor = attempt->executor;
	int64_t duration = attempt->operation.report.duration_us;
	struct count count;
	int r = verify_restore(attempt, &count);

	if (r < 0)
		return r;
	if (count.revoked > 0) {
		r = executor_step(executor, STEP_RESTORE, STEP_FAILED, duration,
				  "%zu of %zu buffers are still revoked", count.revoked,
				  count.all);
		return r < 0 ? r
			     : executor_conclude(
				       executor,
				       count.revoked < count.all ? OUTCOME_PARTIAL
								 : OUTCOME_FAILED,
				       NULL, "%zu of %zu buffers are still revoked",
				       count.revoked, count.all);
	}
	executor->reached = true;
	executor->job->result->method = attempt->method;
	return executor_step(executor, STEP_RESTORE, STEP_DONE, duration,
			     "%s: %zu buffers may be mapped again",
			     revoke_method_name(attempt->method), count.all);
}

static struct attempt restore_attempt(struct executor *executor,
				      const struct plan_step *step)
{
	return (struct attempt){
		.executor = executor,
		.step = step,
		.deadline_ms = deadline_in(step->timeout_us),
		.method = executor->plan ? executor->plan->method : METHOD_MEMORY,
		.restore = true,
		.operation = OPERATION_NONE,
	};
}

int restore_run(struct executor *executor, const struct plan_step *step)
{
	struct attempt attempt = restore_attempt(executor, step);
	int r = send_restore(&attempt);

	if (r == -ETIME || r == -EINTR) {
		executor->interrupted |= r == -EINTR;
		return give_up(&attempt);
	}
	if (r == 0)
		r = conclude_restore(&attempt);
	else if (r != -ENOMEM)
		r = explain(&attempt, r);
	(void)operation_end(&attempt.operation);
	return r;
}

int restore_quietly(struct executor *executor, const char *device, uint64_t timeout_us,
		    bool *ret_restored)
{
	const struct plan_step step = {
		.kind = STEP_RESTORE,
		.timeout_us = timeout_us,
		.device = device,
	};
	struct attempt attempt = restore_attempt(executor, &step);
	struct count count = { 0 };
	int r = send_restore(&attempt);

	*ret_restored = false;
	if (r == -ETIME || r == -EINTR) {
		r = diagnose(executor, STEP_RESTORE, device, &attempt.operation);
	} else if (r == 0) {
		r = verify_restore(&attempt, &count);
		*ret_restored = r == 0 && count.revoked == 0;
	} else if (r == -ESRCH || r == -ESTALE || r == -EBADF || r == -ENODEV) {
		/* the owner has gone, and with it what there was to restore */
		*ret_restored = true;
		r = 0;
	} else if (r != -ENOMEM) {
		r = 0;
	}
	(void)operation_end(&attempt.operation);
	return r;
}
