/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_ACT_UNIT_H
#define DMABUFCTL_ACT_UNIT_H

/*
 * Units of systemd, by its bus. Every call gives up after limit_us; -EOPNOTSUPP: systemd
 * is not PID 1 here. A unit is named together with its invocation: another one, and
 * nothing is done (-ESTALE).
 */

#include <stdbool.h>
#include <stdint.h>

#include "lib/model/unit-facts.h"

struct sd_bus;

/* Is systemd PID 1 (run/systemd/system)? */
bool systemd_is_running(void);

/* The system bus. 0 or negative errno; end with sd_bus_flush_close_unref(). */
int unit_bus_open(struct sd_bus **ret);

/* Appends what systemd says of a unit. -ENOENT: there is no such unit. */
int unit_facts_get(struct sd_bus *bus, const char *unit, uint64_t limit_us,
		   struct unit_facts_list *list);

int unit_freeze(struct sd_bus *bus, const char *unit, const char *invocation,
		uint64_t limit_us);
int unit_thaw(struct sd_bus *bus, const char *unit, const char *invocation,
	      uint64_t limit_us);

/* Begins to stop it and does not wait for the end. kill: SIGKILL to all of it as well. */
int unit_stop(struct sd_bus *bus, const char *unit, const char *invocation, bool kill,
	      uint64_t limit_us);

/* Starts a unit; wait: until it is up (oneshot: done). -ENOEXEC: it failed. */
int unit_start(struct sd_bus *bus, const char *unit, bool wait, uint64_t limit_us);

/* 1: active or on its way; 0: not; negative errno. */
int unit_is_active(struct sd_bus *bus, const char *unit, uint64_t limit_us);

#endif
