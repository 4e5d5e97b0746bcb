// SPDX-License-Identifier: GPL-2.0-or-later
#include "edu.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common.h"
#include "uapi.h"

enum {
	PAGE_BYTES = 4096,
	TRIES = 200,
	TRY_US = 10000,
	/* of the device: docs/specs/edu.txt of QEMU */
	REGISTER_SOURCE = 0x80,
	REGISTER_TARGET = 0x88,
	REGISTER_COUNT = 0x90,
	REGISTER_COMMAND = 0x98,
	BUFFER = 0x40000,
	COMMAND_START = 1 << 0,
	COMMAND_OUT = 1 << 1,
};

/* Its addresses have 28 bits */
static const uint64_t page_iova = 0x8000000;
/* What is there before a transfer: one that fails may leave it */
enum { BEFORE_IN = 0x01010101, BEFORE_OUT = 0x02020202 };

static volatile uint32_t *edu_register(const struct edu *edu, size_t offset)
{
	return (volatile uint32_t *)((char *)edu->vfio.bar + offset);
}

static int transfer(const struct edu *edu, uint64_t from, uint64_t to, uint32_t command)
{
	*edu_register(edu, REGISTER_SOURCE) = (uint32_t)from;
	*edu_register(edu, REGISTER_TARGET) = (uint32_t)to;
	*edu_register(edu, REGISTER_COUNT) = sizeof(uint32_t);
	*edu_register(edu, REGISTER_COMMAND) = COMMAND_START | command;
	for (int i = 0; i < TRIES; i++) {
		if (!(*edu_register(edu, REGISTER_COMMAND) & COMMAND_START))
			return 0;
		usleep(TRY_US);
	}
	return -ETIMEDOUT;
}

int edu_read(struct edu *edu, uint64_t iova, uint32_t *ret_value)
{
	int r;

	*edu->page = BEFORE_IN;
	r = transfer(edu, page_iova, BUFFER, 0);
	if (r == 0)
		r = transfer(edu, iova, BUFFER, 0);
	*edu->page = BEFORE_OUT;
	if (r == 0)
		r = transfer(edu, BUFFER, page_iova, COMMAND_OUT);
	if (r < 0)
		return r;
	*ret_value = *(volatile uint32_t *)edu->page;
	return *ret_value == BEFORE_OUT ? -EIO : 0;
}

static void map_page(struct edu *edu)
{
	struct lab_iommu_ioas_map arg = {
		.size = sizeof(arg),
		.flags = LAB_IOMMU_MAP_READABLE | LAB_IOMMU_MAP_WRITEABLE |
			 LAB_IOMMU_MAP_FIXED_IOVA,
		.ioas_id = edu->vfio.ioas,
		.length = PAGE_BYTES,
		.iova = page_iova,
	};

	edu->page = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (edu->page == MAP_FAILED)
		die_errno("cannot map a page");
	arg.user_va = (uintptr_t)edu->page;
	if (ioctl(edu->vfio.iommufd, LAB_IOMMU_IOAS_MAP, &arg) < 0)
		die_errno("cannot map a page for the device");
}

void edu_open(struct edu *edu, const char *address)
{
	int r;

	*edu = (struct edu){
		.vfio = { .device_fd = -1,
			  .group_fd = -1,
			  .container_fd = -1,
			  .iommufd = -1,
			  .region = VFIO_PCI_BAR0_REGION_INDEX },
	};
	vfio_open_cdev(&edu->vfio, address);
	r = vfio_set_memory(&edu->vfio, true);
	if (r == 0)
		r = vfio_set_bus_master(&edu->vfio);
	if (r == 0)
		r = vfio_map_bar(&edu->vfio);
	if (r < 0)
		die("cannot use %s: %s", address, strerror(-r));
	map_page(edu);
}
