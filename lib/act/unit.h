/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_ACT_UNIT_H
#define DMABUFCTL_ACT_UNIT_H

/*
 * Units of systemd, by its bus. Every function gives up after limit_us (-ETIME), however
 * many calls it makes; what it has asked for may still happen. A unit is named together
 * with its invocation, and is acted upon by systemd's object of that invocation: the one
 * that was started since is never met (-ESTALE). -ENOENT: there is no such unit; -EINVAL:
 * that is no invocation.
 */

#include <stdbool.h>
#include <stdint.h>

#include "lib/model/unit-facts.h"

struct sd_bus;

/* For facts: a busy host answers late, and without them nobody's unit is touched. */
enum { UNIT_FACTS_LIMIT_US = 5000000 };

/* Is systemd PID 1 (run/systemd/system)? */
bool systemd_is_running(void);

/*
 * The system bus, once it has let us in; waits 10 s at most. -EOPNOTSUPP: systemd is not
 * PID 1 here. End with sd_bus_close_unref(): every call has had its answer or its time,
 * and a flush could wait for a systemd that does not read.
 */
int unit_bus_open(struct sd_bus **ret);

/* Appends what systemd says of a unit; all of it of one invocation. */
int unit_facts_get(struct sd_bus *bus, const char *unit, uint64_t limit_us,
		   struct unit_facts_list *list);

/*
 * Until it is frozen, or runs again, as read back; a job of the unit is waited for. -ENOENT
 * as well when it does not run; -EOPNOTSUPP: it cannot be frozen. A freeze that gave up
 * may still take hold: thaw.
 */
int unit_freeze(struct sd_bus *bus, const char *unit, const char *invocation,
		uint64_t limit_us);
int unit_thaw(struct sd_bus *bus, const char *unit, const char *invocation,
	      uint64_t limit_us);

/*
 * Begins to stop it and does not wait for the end. kill: SIGKILL to all of it as well. A
 * frozen unit needs no thaw before.
 */
int unit_stop(struct sd_bus *bus, const char *unit, const char *invocation, bool kill,
	      uint64_t limit_us);

/*
 * Starts a unit; wait: until it is up (oneshot: done). -ENOEXEC: it failed. One bus is for
 * one thread, and waits for one start at a time.
 */
int unit_start(struct sd_bus *bus, const char *unit, bool wait, uint64_t limit_us);

/* 1: active or on its way; 0: not; negative errno. */
int unit_is_active(struct sd_bus *bus, const char *unit, uint64_t limit_us);

#endif
