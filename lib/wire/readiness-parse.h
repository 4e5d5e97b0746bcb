/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_WIRE_READINESS_PARSE_H
#define DMABUFCTL_WIRE_READINESS_PARSE_H

/* The way back of readiness-json.h; see snapshot-parse.h for what is checked. */

#include "lib/model/checks.h"

struct json_object;

/*
 * From the object of one device, or of several. A device that claims to be ready and
 * has obstacles, or the other way round, makes no sense. End with checks_done().
 * 0, -EBADMSG (not such an object) or -ENOMEM.
 */
int wire_parse_checks(struct json_object *object, struct checks *ret);

#endif
