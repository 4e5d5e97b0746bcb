/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_WIRE_REPORT_PARSE_H
#define DMABUFCTL_WIRE_REPORT_PARSE_H

#include "lib/model/report.h"

struct json_object;

/* The way back of report-json.h. Texts point into object. 0 or -EBADMSG. */
int wire_parse_report(struct json_object *object, struct report *ret);

#endif
