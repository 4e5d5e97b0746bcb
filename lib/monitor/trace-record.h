/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_MONITOR_TRACE_RECORD_H
#define DMABUFCTL_MONITOR_TRACE_RECORD_H

/* What monitor.bpf.c puts into its ring, and tracer.c takes out. All texts end with NUL. */

#include <linux/types.h>

enum {
	TRACE_COMM = 16,
	TRACE_EXPORTER = 32,
	TRACE_DEVICE = 64,
	TRACE_SYMBOL = 64,
	TRACE_CALLERS =
		12, /* enough for VFIO: eight lie between move and its system call */
	TRACE_CALLER = 40,
};

struct trace_record {
	__u32 kind; /* enum event_kind of lib/model/event.h */
	__u32 cause; /* enum event_cause; 0: see the callers, if there are any */
	__u64 time_ns; /* CLOCK_MONOTONIC */
	__u64 inode;
	__u64 size;
	__s64 duration_ns; /* -1: none */
	__u32 pid;
	__u32 reserved;
	char comm[TRACE_COMM];
	char exporter[TRACE_EXPORTER];
	char device[TRACE_DEVICE];
	char attached[TRACE_DEVICE];
	char symbol[TRACE_SYMBOL];
};

/* Of EVENT_REVOKING, EVENT_REVOKE and EVENT_RESTORE. */
struct trace_record_move {
	struct trace_record record;
	char callers[TRACE_CALLERS][TRACE_CALLER]; /* innermost first */
};

#endif
