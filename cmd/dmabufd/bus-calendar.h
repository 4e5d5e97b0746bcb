/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFD_BUS_CALENDAR_H
#define DMABUFD_BUS_CALENDAR_H

/* A call that names a calendar: only systemd knows whether that means a time. */

#include "cmd/dmabufd/bus-call.h"

/*
 * Asks systemd when the calendar of call->job comes next, without waiting, for at most ten
 * seconds. The call then goes on with then, with that time as call->job.schedule.due_us;
 * or it is answered with an error that says why not. Returns as a bus_call_run does.
 */
int bus_calendar_ask(struct bus_call *call, bus_call_run *then);

/* Kills who is being asked. NULL is allowed. */
void bus_calendar_end(struct bus_calendar *calendar);

#endif
