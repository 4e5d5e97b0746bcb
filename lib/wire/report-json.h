/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_WIRE_REPORT_JSON_H
#define DMABUFCTL_WIRE_REPORT_JSON_H

#include "lib/model/report.h"

struct json_object;

/* What status answers (dmabufctl(8), JSON). NULL: out of memory. */
struct json_object *wire_report(const struct report *report);

#endif
