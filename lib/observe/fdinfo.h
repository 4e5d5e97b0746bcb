/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_OBSERVE_FDINFO_H
#define DMABUFCTL_OBSERVE_FDINFO_H

/*
 * The text of proc/PID/fdinfo/FD: "key:<blanks>value" lines. The kernel prints pos,
 * flags, mnt_id, ino and file locks first (fs/proc/fd.c), then what the file itself
 * adds. Pure; results point into the text and are not NUL-terminated.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fdinfo_buffer {
	uint64_t inode;
	uint64_t size;
	uint64_t count; /* references, without the one that reading takes */
	const char *exporter;
	size_t exporter_length;
	const char *name; /* raw bytes of a user */
	size_t name_length; /* 0: not named */
};

/*
 * What dma_buf_show_fdinfo() adds: size, count, exp_name and name in this order. The
 * name is last and may hold newlines and forged keys: it ends with the text.
 * 0, or -EINVAL if this is no dma-buf.
 */
int fdinfo_parse_buffer(const char *text, size_t length, struct fdinfo_buffer *ret);

/* The value of the first line with this key ("drm-pdev"). */
bool fdinfo_find(const char *text, size_t length, const char *key, const char **ret_value,
		 size_t *ret_length);

#endif
