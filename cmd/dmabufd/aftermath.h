/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFD_AFTERMATH_H
#define DMABUFD_AFTERMATH_H

/*
 * What a device leaves behind when it goes: buffers that outlive it, and attachments of
 * a device that is not there any more. Looked at once, shortly after, and reported.
 */

#include <stdbool.h>

#include <json-c/json.h>

#include "cmd/dmabufd/manager.h"

struct aftermath;

int aftermath_new(struct manager *manager, struct aftermath **ret);
void aftermath_free(struct aftermath *aftermath); /* NULL is allowed */

/* Its driver has left it; unplugged: it is gone. May be told both, one after the other. */
void aftermath_look(struct aftermath *aftermath, const char *address, bool unplugged);

/*
 * What is left of it, as the documented JSON of list shows it: one line, fit for a
 * terminal, malloc'ed. Pure. 0 (ret NULL: nothing is left) or -ENOMEM.
 */
int aftermath_text(struct json_object *list, const char *address, bool unplugged,
		   char **ret);

#endif
