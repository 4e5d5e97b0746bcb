/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_ACT_RUN_H
#define DMABUFCTL_CMD_ACT_RUN_H

/* What the verbs that act have in common: look, plan, and do it or say why not. */

#include "cmd/dmabufctl/client.h"
#include "lib/base/array.h"
#include "lib/model/result.h"
#include "lib/prepare/plan-device.h"

struct json_object;
struct options;

struct act {
	const struct options *options;
	struct client client; /* without root: dmabufd plans and acts; else not open */
	struct plan_sources sources;
	struct snapshot *snapshot; /* the last look; NULL: none yet */
	struct wish wish; /* as the options say, for the device that is next */
	bool several; /* devices were named */
	ARRAY(struct json_object *) answers; /* with --json: told in the end */
	int status; /* the highest of what was answered */
};

/*
 * Opens what every act needs, and sees whether anybody can act here; driver is NULL, or
 * that of reassign. An exit status; what went wrong has been told. End with act_done(),
 * in any case.
 */
int act_begin(const struct options *options, enum act_verb verb, const char *driver,
	      struct act *act);
void act_done(struct act *act); /* also for _cleanup_() */

/* What the options ask for, of no device yet; driver as above. */
void act_fill_wish(const struct options *options, enum act_verb verb, const char *driver,
		   struct wish *wish);

/* Looks anew. An exit status. */
int act_look(struct act *act);

/* Plans and acts, has dmabufd do it, or with --dry-run tells the plan. An exit status; the answer is told. */
int act_on(struct act *act, const struct device *device);

/* Tells a result. An exit status: not what follows from the result. */
int act_answer(struct act *act, const struct result *result);

/* Prints what is to be printed in the end. The exit status of the program. */
int act_end(struct act *act);

/* All of it for the devices that are the arguments. The exit status of the program. */
int act_run(const struct options *options, enum act_verb verb, const char *driver);

#endif
