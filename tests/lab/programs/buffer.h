/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dma-bufs of plain memory, and the names of dma-bufs.
 */
#ifndef LAB_BUFFER_H
#define LAB_BUFFER_H

#include <stddef.h>

/* One a process: buffers of the same udmabuf source share their pages */
struct buffer_source {
	int (*make)(const struct buffer_source *source);
	int device_fd;
	int memfd; /* of udmabuf, else -1 */
	size_t size;
};

/*
 * kind is "udmabuf", "heap:NAME" or "drm:DRIVER" (a dumb buffer, for kernels that have
 * neither of the others). Exits (7: the kernel has none) if it cannot.
 */
void buffer_source_open(struct buffer_source *ret_source, const char *kind, size_t size);
void buffer_source_close(struct buffer_source *source);
/* An fd, or a negative errno */
int buffer_make(const struct buffer_source *source);
/* 0 or a negative errno; at most 31 bytes */
int buffer_set_name(int fd, const char *name);

#endif
