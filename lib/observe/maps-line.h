/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_OBSERVE_MAPS_LINE_H
#define DMABUFCTL_OBSERVE_MAPS_LINE_H

/*
 * A line of proc/PID/maps (show_map_vma(), fs/proc/task_mmu.c):
 * "7f00-7f01 rw-s 00000000 00:0b 7		/dmabuf:name", newlines in names as "\012".
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Texts point into the line and are not NUL-terminated. */
struct maps_line {
	const char *range; /* "7f00-7f01" */
	size_t range_length;
	uint64_t inode;
	const char *path;
	size_t path_length; /* 0: anonymous */
};

/* line has no newline. False if it is no such line. */
bool maps_line_parse(const char *line, size_t length, struct maps_line *ret);

#endif
