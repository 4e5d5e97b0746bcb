// SPDX-License-Identifier: GPL-2.0-or-later
#include "buffer.h"

#include <errno.h>
#include <linux/dma-buf.h>
#include <sys/ioctl.h>

int buffer_set_name(int fd, const char *name)
{
	return ioctl(fd, DMA_BUF_SET_NAME, name) < 0 ? -errno : 0;
}
