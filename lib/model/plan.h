/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_MODEL_PLAN_H
#define DMABUFCTL_MODEL_PLAN_H

/*
 * What will be done to a device, before it is done. Owns all it points to. Three parts:
 * rungs tried in order until the device is released, steps that move it to another
 * driver, and what undoes them when the plan ends without its goal.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/array.h"
#include "lib/model/act.h"
#include "lib/model/readiness.h"

enum { PLAN_DEVICES_MAX = 16 }; /* whose locks one job can hold */

struct plan_step {
	enum step_kind kind;
	uint64_t timeout_us; /* TIME_SPAN_INFINITE: none */
	const char *device; /* whom: the device of the plan, or a member of its group */
	const char *unit; /* of freeze, thaw, stop and kill; NULL else */
	const char *invocation; /* of that unit: another invocation is another unit */
	const char
		*detail; /* what it does, and to whom, in words; NULL: nothing to add */
	const char *skipped; /* why it will not be done; NULL: it will */
};

typedef ARRAY(struct plan_step) plan_step_array;

/* Why it is refused. --force overrides those that may be, and each is named. */
struct refusal {
	enum obstacle_kind kind;
	const char *device; /* NULL: the one of the plan */
	const char *reason, *remedy; /* never NULL */
	bool forcible, forced;
	bool unsupported; /* not refused: this kernel or host cannot */
};

typedef ARRAY(struct refusal) refusal_array;
typedef ARRAY(const char *) note_array;
typedef ARRAY(uint64_t) inode_array;

struct plan {
	enum act_verb verb;
	const char *device;
	enum revoke_method method; /* never METHOD_AUTO; of a plan without revoke: auto */
	const char *driver; /* of reassign: the new one, "-" for none; NULL else */
	const char *old_driver; /* NULL: none */
	plan_step_array ladder, move, undo;
	refusal_array refusals;
	note_array notes; /* what it does to others, what will not come back ... */
	inode_array buffers; /* exported by the devices of the plan */
	const char *nothing_to_do; /* why; NULL: there is */
	struct pool *pool; /* of its texts */
};

struct plan *plan_new(enum act_verb verb, const char *device); /* NULL: no memory */
void plan_free(struct plan *plan); /* NULL is allowed */

/* A text that lives as long as the plan. NULL: out of memory. */
const char *plan_text(struct plan *plan, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Is there a refusal that --force has not overridden? */
bool plan_is_refused(const struct plan *plan);

/* The limits of ladder and move together; TIME_SPAN_INFINITE when one has none. */
uint64_t plan_total_us(const struct plan *plan);

#endif
