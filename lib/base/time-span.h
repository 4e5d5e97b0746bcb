/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_BASE_TIME_SPAN_H
#define DMABUFCTL_BASE_TIME_SPAN_H

#include <stdint.h>

#define TIME_SPAN_INFINITE UINT64_MAX

/*
 * A time span as systemd.time(7) has it, in microseconds: "10s", "2min 30s", "500ms",
 * "1.5h", a plain number of seconds, "infinity". The whole text must match.
 * 0, -EINVAL (no such form) or -ERANGE (more than can be counted).
 */
int time_span_parse(const char *text, uint64_t *ret_us);

#endif
