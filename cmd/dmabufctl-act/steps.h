/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_ACT_STEPS_H
#define DMABUFCTL_ACT_STEPS_H

/*
 * The parts of a plan. Each tells its steps and, when it goes wrong, the outcome; 0, or
 * a negative errno when the job cannot go on.
 */

#include "cmd/dmabufctl-act/executor.h"
#include "lib/act/module.h"

/* Rung after rung until the devices are released, or there are none left. */
int ladder_climb(struct executor *executor);

/* Begins the unbind of a device, and waits as long as the step may take. */
int ask_run(struct executor *executor, const struct plan_step *step);

/*
 * Nobody has the devices open (executor->released): until what ask has begun is done as
 * well, else they are not released.
 */
int ask_wait(struct executor *executor, uint64_t deadline_ms);

/* A device whose unbind waits for its owner; NULL: none. */
const struct locked_device *ask_pending(const struct executor *executor);

/*
 * Of a plan that was not refused: may somebody without privileges have this done? Loads
 * the module that it needs, before anything is taken from anybody.
 */
int adopted_check(struct executor *executor);

/* Of the driver of the plan, by the unit ret. 0, -ETIME, negative errno: it is not there. */
int module_load(struct executor *executor, uint64_t timeout_us, module_unit ret);

/* claim, override, unbind, bind, and the proof. */
int move_run(struct executor *executor);

/*
 * Everything on record, thaw first. Where a process is stuck in the device nothing is
 * sent to it; what stays undone is told, and nobody does it later by itself.
 */
int undo_run(struct executor *executor);

/* Only what is frozen. */
int undo_freeze(struct executor *executor);

/* The buffers of the devices as they are before, and as the last look saw them. */
int remember_buffers(struct executor *executor);
int report_buffers(struct executor *executor);

/* Which devices that were to lose their driver may be pulled out now. */
int report_removal(struct executor *executor);

/* One revoke or restore of a device by a deadline, read back buffer by buffer. */
int revoke_run(struct executor *executor, const struct plan_step *step);
int restore_run(struct executor *executor, const struct plan_step *step);

/* The same restore without a result: whether the buffers may be mapped again. */
int restore_quietly(struct executor *executor, const char *device, uint64_t timeout_us,
		    bool *ret_restored);

/*
 * An operation has not come back in time: who, where, on which importer and buffer, and
 * what will end it. Looks once more, but not for long.
 */
int diagnose(struct executor *executor, enum step_kind step, const char *device,
	     const struct operation *operation);

/* What a step waits for that is still under way, in words; NULL: not known. */
char *awaited_text(const struct executor *executor, const char *device);

#endif
