/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFD_BUS_READ_H
#define DMABUFD_BUS_READ_H

/* What the methods that look do once the caller may: see bus-call.h. */

#include "cmd/dmabufd/bus-call.h"

/* List, Devices, Check, Status: what call->question asks the observer. */
int bus_read_run(struct bus_call *call);

/* Jobs: of call->job the id and the device, or all of them. */
int bus_read_jobs_run(struct bus_call *call);

#endif
