// SPDX-License-Identifier: GPL-2.0-or-later
/* What an owner can do to its device through config space, and a reset of its bus */
#include "vfio.h"

#include <endian.h>
#include <errno.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { MAX_CAPABILITIES = 48 };

/* Reads or writes size bytes of config space, at position */
static int config_read(const struct vfio *v, unsigned int position, void *value,
		       size_t size)
{
	off_t offset;
	int r = vfio_config_offset(v, &offset);

	if (r < 0)
		return r;
	if (pread(v->device_fd, value, size, offset + position) != (ssize_t)size)
		return -EIO;
	return 0;
}

static int config_write(const struct vfio *v, unsigned int position, uint16_t value)
{
	off_t offset;
	int r = vfio_config_offset(v, &offset);

	if (r < 0)
		return r;
	value = htole16(value);
	if (pwrite(v->device_fd, &value, sizeof(value), offset + position) !=
	    sizeof(value))
		return -EIO;
	return 0;
}

/* The position of a capability; -ENOENT: the device has none */
static int find_capability(const struct vfio *v, uint8_t wanted)
{
	uint8_t position, header[2];
	int r = config_read(v, PCI_CAPABILITY_LIST, &position, sizeof(position));

	for (int i = 0; r == 0 && position != 0 && i < MAX_CAPABILITIES; i++) {
		r = config_read(v, position, header, sizeof(header));
		if (r == 0 && header[0] == wanted)
			return position;
		position = header[1];
	}
	return r < 0 ? r : -ENOENT;
}

static int change(const struct vfio *v, unsigned int position, uint16_t clear,
		  uint16_t set)
{
	uint16_t value;
	int r = config_read(v, position, &value, sizeof(value));

	return r < 0 ? r : config_write(v, position, (le16toh(value) & ~clear) | set);
}

int vfio_set_d3hot(const struct vfio *v, bool on)
{
	int position = find_capability(v, PCI_CAP_ID_PM);

	if (position < 0)
		return position;
	return change(v, (unsigned int)position + PCI_PM_CTRL, PCI_PM_CTRL_STATE_MASK,
		      on ? 3 : 0);
}

int vfio_flr(const struct vfio *v)
{
	int position = find_capability(v, PCI_CAP_ID_EXP);

	if (position < 0)
		return position;
	return change(v, (unsigned int)position + PCI_EXP_DEVCTL, 0,
		      PCI_EXP_DEVCTL_BCR_FLR);
}

int vfio_hot_reset(const struct vfio *v)
{
	union {
		struct vfio_pci_hot_reset reset;
		char bytes[sizeof(struct vfio_pci_hot_reset) + sizeof(int32_t)];
	} arg = { .reset = { .argsz = sizeof(arg), .count = 1 } };

	memcpy(arg.reset.group_fds, &v->group_fd, sizeof(int32_t));
	return ioctl(v->device_fd, VFIO_DEVICE_PCI_HOT_RESET, &arg) < 0 ? -errno : 0;
}
