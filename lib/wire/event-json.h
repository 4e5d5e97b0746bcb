/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_WIRE_EVENT_JSON_H
#define DMABUFCTL_WIRE_EVENT_JSON_H

/* What monitor prints: first where its events come from, then each of them. */

#include "lib/model/event.h"

struct json_object;

/* unseen: an EVENT_BIT() mask. NULL: out of memory. Free with json_object_put(). */
struct json_object *wire_event_source(enum event_source source, const char *why,
				      unsigned int unseen);
struct json_object *wire_event(const struct event *event);

#endif
