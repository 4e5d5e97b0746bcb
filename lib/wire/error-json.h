/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_WIRE_ERROR_JSON_H
#define DMABUFCTL_WIRE_ERROR_JSON_H

struct json_object;

/*
 * {"error":{"status":3,"message":"...","hint":null}}: what is said instead of an answer.
 * status is an exit status; hint may be NULL. NULL: out of memory.
 */
struct json_object *wire_error(int status, const char *message, const char *hint);

#endif
