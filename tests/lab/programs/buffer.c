// SPDX-License-Identifier: GPL-2.0-or-later
#include "buffer.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <linux/udmabuf.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common.h"

static int open_device(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0 && (errno == ENOENT || errno == ENODEV))
		die_unsupported("no %s in this kernel", path);
	if (fd < 0)
		die_errno("cannot open %s", path);
	return fd;
}

static int make_memory(size_t size)
{
	int fd = memfd_create("lab-dmabuf-make", MFD_ALLOW_SEALING | MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, size) < 0)
		die_errno("cannot make a memfd of %zu bytes", size);
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) < 0)
		die_errno("cannot seal a memfd");
	return fd;
}

void buffer_source_open(struct buffer_source *ret_source, const char *kind, size_t size)
{
	char path[64];

	ret_source->size = size;
	ret_source->memfd = -1;
	if (strcmp(kind, "udmabuf") == 0) {
		ret_source->device_fd = open_device("/dev/udmabuf");
		ret_source->memfd = make_memory(size);
		return;
	}
	if (strncmp(kind, "heap:", 5) != 0 || strchr(kind, '/'))
		die("unknown kind: %s", kind);
	snprintf(path, sizeof(path), "/dev/dma_heap/%s", kind + 5);
	ret_source->device_fd = open_device(path);
}

static int make_udmabuf(const struct buffer_source *source)
{
	struct udmabuf_create arg = {
		.memfd = source->memfd,
		.flags = UDMABUF_FLAGS_CLOEXEC,
		.size = source->size,
	};

	return ioctl(source->device_fd, UDMABUF_CREATE, &arg);
}

static int make_from_heap(const struct buffer_source *source)
{
	struct dma_heap_allocation_data arg = {
		.len = source->size,
		.fd_flags = O_RDWR | O_CLOEXEC,
	};

	if (ioctl(source->device_fd, DMA_HEAP_IOCTL_ALLOC, &arg) < 0)
		return -1;
	return arg.fd;
}

int buffer_make(const struct buffer_source *source)
{
	int fd = source->memfd >= 0 ? make_udmabuf(source) : make_from_heap(source);

	return fd < 0 ? -errno : fd;
}

int buffer_set_name(int fd, const char *name)
{
	return ioctl(fd, DMA_BUF_SET_NAME, name) < 0 ? -errno : 0;
}
