/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_EVENT_TEXT_H
#define DMABUFCTL_CMD_EVENT_TEXT_H

/* Events as people read them, a line each. */

#include <stdio.h>

#include "lib/model/event.h"

/* Which source it is, what it cannot see (an EVENT_BIT() mask), and the columns. */
void event_text_head(FILE *stream, enum event_source source, const char *why,
		     unsigned int unseen);

/* 0 or -ENOMEM. */
int event_text_print(FILE *stream, const struct event *event);

#endif
