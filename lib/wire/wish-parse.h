/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_WIRE_WISH_PARSE_H
#define DMABUFCTL_WIRE_WISH_PARSE_H

/* The wish in a record and in a request; see act-parse.h. */

#include "lib/model/wish.h"

struct json_object;

/* From the member "wish" of object. 0 or -EBADMSG. */
int wire_get_wish(struct json_object *object, struct wish *ret);

#endif
