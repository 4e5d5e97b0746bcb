/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_ACT_UNIT_BUS_H
#define DMABUFCTL_ACT_UNIT_BUS_H

/* Calls to systemd's manager that end in time; for the files of lib/act/unit.h. */

#include <stdint.h>

#include <systemd/sd-bus.h>

#define SYSTEMD "org.freedesktop.systemd1"
#define MANAGER_PATH "/org/freedesktop/systemd1"
#define MANAGER SYSTEMD ".Manager"
#define UNIT SYSTEMD ".Unit"

/* One question of a caller, however many calls it takes. Borrows the bus. */
struct manager {
	sd_bus *bus;
	uint64_t deadline_us; /* of monotonic_us(); TIME_SPAN_INFINITE: none */
};

struct manager manager_within(sd_bus *bus, uint64_t limit_us);

/* What is left of its time; 0: nothing. */
uint64_t manager_left_us(const struct manager *manager);

/* Until the bus has let us in. -ETIME. */
int manager_wait_ready(const struct manager *manager);

/*
 * Calls a method with arguments as sd_bus_message_append() takes them; ret may be NULL.
 * -ENOENT: no such unit, or it does not run; -ESTALE: no unit has that invocation any
 * more; -EBUSY: something else is under way with the unit; -EALREADY: subscribed already;
 * -ETIME; negative errno.
 */
int manager_call(const struct manager *manager, const char *path, const char *interface,
		 const char *method, sd_bus_message **ret, const char *types, ...);

/* The object of a unit, malloc'ed. -ENOENT: it is not loaded. */
int manager_unit(const struct manager *manager, const char *unit, char **ret);

/*
 * The object of one invocation, malloc'ed: systemd itself then refuses what is meant for
 * another (-ESTALE). -EINVAL: not 32 hexadecimal digits.
 */
int manager_invocation(const char *invocation, char **ret);

/* A property; ret_reply is positioned at its value. */
int manager_property(const struct manager *manager, const char *path,
		     const char *interface, const char *name, const char *type,
		     sd_bus_message **ret_reply);

/* The same of a text, malloc'ed. */
int manager_text(const struct manager *manager, const char *path, const char *interface,
		 const char *name, char **ret);

#endif
