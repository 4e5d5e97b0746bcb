/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_MODEL_UNIT_FACTS_H
#define DMABUFCTL_MODEL_UNIT_FACTS_H

/* What systemd says of the unit of an owner, before somebody acts on it. */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { UNIT_PROCESSES_MAX = 4096 };

struct unit_facts {
	char *name;
	char *invocation; /* InvocationID, 32 hexadecimal digits */
	char *cgroup; /* "/system.slice/vm.service" */
	bool restarts; /* Restart= is not "no" */
	bool can_freeze;
	char **required_by; /* units that stop with it; NULL-terminated, may be NULL */
	/* those that live in it, the first UNIT_PROCESSES_MAX; NULL: not known */
	pid_t *processes;
	size_t n_processes;
};

struct unit_facts_list {
	struct unit_facts *items;
	size_t count, capacity;
};

/* NULL: nothing is known of that unit. */
const struct unit_facts *unit_facts_find(const struct unit_facts_list *list,
					 const char *name);
void unit_facts_list_done(struct unit_facts_list *list); /* also for _cleanup_() */

#endif
