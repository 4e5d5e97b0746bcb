/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFD_BUS_ACT_H
#define DMABUFD_BUS_ACT_H

/* What the methods that act do once the caller may: see bus-call.h. */

#include "cmd/dmabufd/bus-call.h"

/* Revoke, Restore, Release, Reassign, Schedule: makes a job of call->job. */
int bus_act_run(struct bus_call *call);

/* Cancel: the job with the id of call->job. */
int bus_act_cancel_run(struct bus_call *call);

int bus_act_reload_run(struct bus_call *call);

#endif
