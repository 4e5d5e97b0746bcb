/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFD_BUS_CALL_H
#define DMABUFD_BUS_CALL_H

/*
 * One method call that is not answered at once: who calls, may they, and then what was
 * asked for. Nothing here waits. A caller that goes away takes its call along.
 */

#include <json-c/json.h>

#include "cmd/dmabufd/bus.h"
#include "cmd/dmabufd/polkit.h"

enum {
	BUS_CALLS_MAX = 64,
	BUS_CALLS_OF_ONE_MAX = 8, /* connection; and of one user, but root */
	BUS_DIALOGUES_MAX = 32, /* of users who think of their password: others pass by */
};

#define BUS_ACTION(action) (1u << (action))

struct bus_call;
struct bus_calendar;

/*
 * The caller may: does it, and answers the call, or calls bus_call_end() later (1). 0: it
 * was answered; negative errno: it was not.
 */
typedef int bus_call_run(struct bus_call *call);

struct bus_call {
	struct bus_call *next;
	struct manager_bus *bus;
	sd_bus_message *message;
	bus_call_run *run;
	unsigned int actions; /* BUS_ACTION() mask: still to be authorised */
	sd_bus_slot *gone; /* the caller has left the bus */
	sd_bus_slot *who; /* the question who it is */
	struct polkit_check *check;
	struct bus_calendar *calendar; /* of bus-calendar.h */
	uid_t uid; /* UINT32_MAX: not known yet */
	bool hide; /* must not see what other users run */
	char cgroup[WISH_CGROUP_TEXT]; /* of the caller; "": unknown */
	/* what is asked for, as the method has it */
	struct json_object *question;
	struct job job;
	bool ended_too; /* Jobs: also those */
};

/* 0; or negative errno with *error set: too many are under way. */
int bus_call_new(struct manager_bus *bus, sd_bus_message *message, sd_bus_error *error,
		 struct bus_call **ret);
void bus_call_free(struct bus_call **call); /* for _cleanup_(); before the start */

/* Takes call. What a handler returns. */
int bus_call_start(struct bus_call *call, unsigned int actions, bus_call_run *run);

/* What was waited for is there: the rest of what was asked for. */
void bus_call_go_on(struct bus_call *call, bus_call_run *run);

/* Answers with an error; format is as of printf(3). */
void bus_call_fail(struct bus_call *call, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void bus_call_fail_errno(struct bus_call *call, int error);

/* After the answer. */
void bus_call_end(struct bus_call *call);

#endif
