/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_FORMAT_H
#define DMABUFCTL_CMD_FORMAT_H

/*
 * Values as people read them. All give malloc'ed text that is safe on a terminal, or
 * NULL when out of memory.
 */

#include "lib/model/snapshot.h"

/* 4K, 1.5G: three or four digits, rounded to a tenth. */
char *format_size(uint64_t bytes);

/* qemu-system-x86[49]; ? stands for what is not known. NULL is allowed. */
char *format_process(const struct process *process);

/* A unit as systemctl wants it typed: its backslashes stay single. */
char *format_unit(const char *unit);

/*
 * A sentence of ours, with names in it that were not made safe. Backslashes stay single
 * as long as nothing has to be escaped, so that units can be copied out of it.
 */
char *format_sentence(const char *sentence);

/*
 * 2026-11-21 06:12:17 (5 min ago), in local time. Times are microseconds of
 * CLOCK_REALTIME; how long ago is left out where it says nothing.
 */
char *format_since(int64_t since_us, int64_t now_us);

/* 2026-11-21 06:12:17, in local time. */
char *format_moment(int64_t us);

/* 10 s, 2 min 30 s, 1.5 ms; no limit for TIME_SPAN_INFINITE. */
char *format_span(uint64_t us);

/* fd 5, or map */
char *format_holding(const struct holder *holder);

#endif
