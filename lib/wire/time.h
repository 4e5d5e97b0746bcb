/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_WIRE_TIME_H
#define DMABUFCTL_WIRE_TIME_H

/*
 * Moments as RFC 3339 text in UTC: "2026-11-21T06:12:17Z", to the second, which is
 * what readers such as jq understand. In the model they are microseconds of
 * CLOCK_REALTIME, and 0 is unknown: null.
 */

#include <stdint.h>

struct json_object;

/* 0 or -ENOMEM. */
int wire_add_time(struct json_object *object, const char *key, int64_t us);

/* Missing and null are 0; parts of a second are dropped. 0 or -EBADMSG. */
int wire_get_time(struct json_object *object, const char *key, int64_t *ret_us);

#endif
