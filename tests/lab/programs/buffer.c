// SPDX-License-Identifier: GPL-2.0-or-later
#include "buffer.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dma-heap.h>
#include <linux/udmabuf.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common.h"
#include "drm.h"
#include "uapi.h"

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

static int make_udmabuf(const struct buffer_source *source)
{
	struct udmabuf_create arg = {
		.memfd = source->memfd,
		.flags = UDMABUF_FLAGS_CLOEXEC,
		.size = source->size,
	};
	int fd = ioctl(source->device_fd, UDMABUF_CREATE, &arg);

	return fd < 0 ? -errno : fd;
}

static int make_from_heap(const struct buffer_source *source)
{
	struct dma_heap_allocation_data arg = {
		.len = source->size,
		.fd_flags = O_RDWR | O_CLOEXEC,
	};

	if (ioctl(source->device_fd, DMA_HEAP_IOCTL_ALLOC, &arg) < 0)
		return -errno;
	return arg.fd;
}

/* An image of one line; the dma-buf outlives its handle */
static int make_from_drm(const struct buffer_source *source)
{
	struct lab_drm_create_dumb image = {
		.width = source->size,
		.height = 1,
		.bpp = 8,
	};
	struct lab_drm_prime_handle arg = { .flags = O_RDWR | O_CLOEXEC };
	struct lab_drm_gem_close unused = { .handle = 0 };
	int r;

	if (ioctl(source->device_fd, LAB_DRM_CREATE_DUMB, &image) < 0)
		return -errno;
	arg.handle = unused.handle = image.handle;
	r = ioctl(source->device_fd, LAB_DRM_PRIME_HANDLE_TO_FD, &arg) < 0 ? -errno
									   : arg.fd;
	ioctl(source->device_fd, LAB_DRM_GEM_CLOSE, &unused);
	return r;
}

static int open_heap(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/dev/dma_heap/%s", name);
	return open_device(path);
}

void buffer_source_open(struct buffer_source *ret_source, const char *kind, size_t size)
{
	ret_source->size = size;
	ret_source->memfd = -1;
	if (strcmp(kind, "udmabuf") == 0) {
		ret_source->make = make_udmabuf;
		ret_source->device_fd = open_device("/dev/udmabuf");
		ret_source->memfd = make_memory(size);
	} else if (strncmp(kind, "heap:", 5) == 0 && !strchr(kind, '/')) {
		ret_source->make = make_from_heap;
		ret_source->device_fd = open_heap(kind + 5);
	} else if (strncmp(kind, "drm:", 4) == 0) {
		ret_source->make = make_from_drm;
		ret_source->device_fd = drm_open(kind + 4, DRM_NODE_CARD, NULL);
	} else {
		die("unknown kind: %s", kind);
	}
}

void buffer_source_close(struct buffer_source *source)
{
	close(source->device_fd);
	if (source->memfd >= 0)
		close(source->memfd);
}

int buffer_make(const struct buffer_source *source)
{
	return source->make(source);
}
