/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/act/vfio-config.h"

#include <endian.h>
#include <errno.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/base/file.h"

enum { STABLE_TRIES = 64 };

int vfio_config_offset(int fd, uint64_t *ret)
{
	struct vfio_region_info info = {
		.argsz = sizeof(info),
		.index = VFIO_PCI_CONFIG_REGION_INDEX,
	};

	if (ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, &info) < 0)
		return -errno;
	*ret = info.offset;
	return 0;
}

int vfio_config_read(int fd, uint64_t offset, uint16_t *ret)
{
	uint16_t value;
	ssize_t n = pread(fd, &value, sizeof(value), (off_t)offset);

	if (n < 0)
		return -errno;
	if (n != sizeof(value))
		return -EIO;
	*ret = le16toh(value);
	return 0;
}

/* An owner that is just changing it: wait until it is the same twice. */
static int read_stable(int fd, uint64_t offset, uint16_t *ret)
{
	uint16_t one, other;
	int r, tries;

	r = vfio_config_read(fd, offset, &other);
	if (r < 0)
		return r;
	for (tries = 0; tries < STABLE_TRIES; tries++) {
		one = other;
		r = vfio_config_read(fd, offset, &other);
		if (r < 0)
			return r;
		if (one == other)
			break;
	}
	*ret = other;
	return 0;
}

/* Nothing may come between the last read and the write. */
static int write_memory(int fd, uint64_t offset, bool enable, uint16_t *ret_before)
{
	uint16_t before;
	uint8_t low;
	ssize_t n;
	int r;

	r = read_stable(fd, offset, &before);
	if (r < 0)
		return r;
	low = (uint8_t)before;
	if (enable)
		low |= PCI_COMMAND_MEMORY;
	else
		low &= (uint8_t)~PCI_COMMAND_MEMORY;
	n = pwrite(fd, &low, sizeof(low), (off_t)offset);
	if (n < 0)
		return -errno;
	if (n != sizeof(low))
		return -EIO;
	*ret_before = before;
	return 0;
}

int vfio_config_set_memory(int fd, uint64_t offset, bool enable, int output,
			   struct operation_report *report, struct command_change *ret)
{
	struct command_change change;
	uint64_t since;
	int r;

	offset += PCI_COMMAND;
	operation_stage(output, report, "pwrite PCI_COMMAND");
	since = monotonic_us();
	r = write_memory(fd, offset, enable, &change.before);
	report->duration_us += (int64_t)(monotonic_us() - since);
	if (r < 0)
		return r;
	operation_stage(output, report, "pread PCI_COMMAND");
	since = monotonic_us();
	r = vfio_config_read(fd, offset, &change.after);
	report->duration_us += (int64_t)(monotonic_us() - since);
	if (r < 0)
		return r;
	*ret = change;
	return 0;
}
