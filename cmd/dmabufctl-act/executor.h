/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_ACT_EXECUTOR_H
#define DMABUFCTL_ACT_EXECUTOR_H

/*
 * One job, from its record to its result. The executor looks and plans itself: what the
 * tool planned was a moment ago. It never enters a kernel call that may not end: those
 * run as operations (lib/act/operation.h).
 *
 * Functions that return int give 0, or -ENOMEM and the like when the job cannot go on;
 * whatever the host answers is told in the result.
 */

#include <stdbool.h>
#include <stdint.h>

#include "lib/act/driver.h"
#include "lib/act/journal-sender.h"
#include "lib/act/operation.h"
#include "lib/model/plan.h"
#include "lib/model/policy.h"
#include "lib/model/snapshot.h"
#include "lib/prepare/plan-sources.h"

enum { EXECUTOR_DEVICES_MAX = PLAN_DEVICES_MAX };

/* A device that the job is about, and what keeps others from acting on it. */
struct locked_device {
	char address[PCI_ADDRESS_TEXT];
	uint16_t vendor, product; /* as it was when the plan was made */
	char driver[WISH_DRIVER_TEXT]; /* likewise; "": none */
	int lock_fd;
	struct operation unbind; /* of ask: goes on while later rungs run */
	bool unbound; /* by ask: its driver has let go */
};

struct executor {
	struct plan_sources sources;
	struct journal_sender journal;
	struct job *job;
	bool adopted; /* the job is a request of somebody without privileges */
	struct policy policy; /* of the device of the job */
	int wake_fd; /* readable: SIGTERM, the job is cancelled */
	struct locked_device devices[EXECUTOR_DEVICES_MAX]; /* in order of address */
	size_t n_devices;
	struct snapshot *snapshot; /* the last look */
	uint64_t looked_ticks; /* when it began, as process_identity counts */
	struct plan *plan;
	struct undo undo;
	struct operation claim;
	ARRAY(struct buffer_result) before; /* the buffers, as they were found */
	bool concluded; /* the result has its outcome */
	bool released; /* nobody has the devices open */
	bool reached; /* the goal of the plan */
	bool stuck; /* a process sleeps in a device: nothing more may be sent there */
	bool asked; /* an unbind waits for the owner: there is no way back */
	bool interrupted;
	bool keep_frozen; /* a revoke is on record with the units that stay frozen */
};

/*
 * Opens what both need; 0 or negative errno. End with executor_done(). There may be no
 * configuration (sources.config), which forbids to act and not to undo.
 */
int executor_open(struct executor *executor, const char *id);
void executor_done(struct executor *executor); /* also for _cleanup_() */

/* Runs the job of that id; returns the exit status of the program. */
int executor_run(const char *id);

/* Undoes what a job left behind, however it ended; returns the exit status. */
int executor_clean_up(const char *id);

/* Tells followers which step has begun, and what it waits for (NULL: nothing known). */
int executor_progress(struct executor *executor, enum step_kind step, uint64_t timeout_us,
		      const char *awaited);

/* The outcome, unless there is one already: what went wrong first counts. format may be NULL. */
int executor_conclude(struct executor *executor, enum act_outcome outcome,
		      const char *remedy, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* The same for a job that was cancelled. */
int executor_conclude_cancelled(struct executor *executor);

/* A step has ended: the result and the journal get it. */
int executor_step(struct executor *executor, enum step_kind step,
		  enum step_outcome outcome, int64_t duration_us, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/* Does the plan undo it? */
bool executor_would_undo(const struct executor *executor, enum step_kind undo,
			 const char *device);

/* Writes down what would undo the step that comes next, of the device as it is now. */
int executor_record_undo(struct executor *executor, const struct undo_step *step);

/* Has the job been cancelled by now? */
bool executor_is_cancelled(struct executor *executor);

/*
 * As operation_wait(), but what is under way when the job is cancelled gets another
 * moment: to break off a step half done is worse than to end it.
 */
int executor_await(struct executor *executor, struct operation *operation,
		   uint64_t deadline_ms);

/*
 * Ends an operation that has not come back in time. *ret_gone false: it sleeps where no
 * signal reaches it; that is told, and nothing more is sent to the device.
 */
int executor_give_up(struct executor *executor, enum step_kind step, const char *device,
		     struct operation *operation, bool *ret_gone);

/* Is that which has this address now what the plan was made for? */
bool executor_is_same(const struct executor *executor, const char *device);

/* NULL: not one of this job. */
const struct locked_device *executor_device(const struct executor *executor,
					    const char *address);

/* The lock that an operation on a device inherits; -EBADF: none. */
int executor_lock_of(const struct executor *executor, const char *device);

uint64_t deadline_in(uint64_t timeout_us); /* from now, of monotonic_ms() */

#endif
