/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/observe/observers.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/model/pci-address.h"
#include "lib/observe/sysfs-device.h"

#define DEVICES "sys/bus/pci/devices"

/* IORESOURCE_MEM, linux/ioport.h: memory, not I/O ports. */
enum { RESOURCE_MEMORY = 0x200 };

/* What a bus returns for a device that is not there (any longer). */
enum { NO_ANSWER = 0xffff };

static uint64_t read_number(const struct root *root, int fd, const char *name)
{
	uint64_t number = 0;

	(void)root_read_number(root, fd, name, &number);
	return number;
}

/* "START END FLAGS" in hexadecimal, one line a BAR (resource_show(), pci-sysfs.c). */
static void read_bars(const struct root *root, int fd, struct record_pci_device *record)
{
	_cleanup_free_ char *text = NULL;
	const char *line;
	size_t i;

	if (root_read(root, fd, "resource", 64 * 1024, &text, NULL) < 0)
		return;
	for (i = 0, line = text; i < RECORD_BARS && *line; i++) {
		unsigned long long start, end, flags;

		if (sscanf(line, "%llx %llx %llx", &start, &end, &flags) != 3)
			return;
		if ((flags & RESOURCE_MEMORY) && end > start) {
			record->bars[i].start = start;
			record->bars[i].length = end - start + 1;
		}
		line = strchrnul(line, '\n');
		line += *line != '\0';
	}
}

/*
 * PCI_COMMAND as the device has it: what its owner sees may be another, which VFIO
 * keeps for it. -1 when the device must not be woken, or does not answer.
 */
static int read_command(const struct root *root, int fd,
			const struct record_pci_device *record)
{
	_cleanup_close_ int config = -EBADF;
	unsigned char bytes[2];
	int command;

	if (strcmp(record->power_state, "D0") != 0 ||
	    strcmp(record->runtime_status, "active") != 0)
		return -1;
	config = root_open_at(root, fd, "config", O_RDONLY);
	/* no other byte: some devices lock up when more of them is read */
	if (config < 0 ||
	    pread(config, bytes, sizeof(bytes), PCI_COMMAND) != sizeof(bytes))
		return -1;
	command = bytes[0] | bytes[1] << 8;
	return command == NO_ANSWER ? -1 : command;
}

static void read_power(const struct root *root, int fd, struct record_pci_device *record)
{
	(void)sysfs_read_text(root, fd, "power_state", record->power_state,
			      sizeof(record->power_state));
	(void)sysfs_read_text(root, fd, "power/runtime_status", record->runtime_status,
			      sizeof(record->runtime_status));
	(void)sysfs_read_text(root, fd, "power/control", record->power_control,
			      sizeof(record->power_control));
}

/* What only a device with a driver is asked for. */
static void read_bound(const struct root *root, int fd, struct record_pci_device *record)
{
	if (sysfs_read_text(root, fd, "reset_method", record->reset_methods,
			    sizeof(record->reset_methods)))
		record->flags |= PCI_DEVICE_RESETS_KNOWN;
	if (record->flags & PCI_DEVICE_VFIO_BOUND)
		record->command = read_command(root, fd, record);
}

static void read_driver(const struct root *root, int fd, bool safe_override,
			struct record_pci_device *record)
{
	bool bound = sysfs_read_link(root, fd, "driver", record->driver,
				     sizeof(record->driver));

	if (sysfs_has_directory(root, fd, "vfio-dev") || strstr(record->driver, "vfio"))
		record->flags |= PCI_DEVICE_VFIO_BOUND;
	/* Without a driver it may be under release: see observers.h. */
	if (!bound && !safe_override)
		return;
	(void)sysfs_read_text(root, fd, "driver_override", record->driver_override,
			      sizeof(record->driver_override));
	read_power(root, fd, record);
	if (bound)
		read_bound(root, fd, record);
}

/* "../../../devices/pci0000:40/0000:40:01.1": right below a host bridge. */
static bool is_on_root_bus(const struct root *root, const char *path)
{
	_cleanup_free_ char *target = NULL;
	unsigned int domain, bus;
	char *slash, *parent;
	int length = 0;

	if (root_read_link(root, root->fd, path, &target) < 0)
		return false;
	slash = strrchr(target, '/');
	if (!slash)
		return false;
	*slash = '\0';
	parent = strrchr(target, '/');
	return parent && sscanf(parent, "/pci%x:%x%n", &domain, &bus, &length) == 2 &&
	       parent[length] == '\0';
}

/*
 * The link goes before its driver lets go of it (pci_iov_remove_virtfn()), the attribute
 * that only virtual functions have (sriov_vf_attrs_are_visible(), since 5.13) after that.
 */
static void read_function(const struct root *root, int fd,
			  struct record_pci_device *record)
{
	if (sysfs_read_link(root, fd, "physfn", record->physical_function,
			    sizeof(record->physical_function)) ||
	    sysfs_has_attribute(root, fd, "sriov_vf_msix_count"))
		record->flags |= PCI_DEVICE_VIRTUAL_FUNCTION;
}

static void put_device(const struct root *root, struct sink *sink, int fd,
		       const char *address, unsigned int flags, bool safe_override)
{
	struct record_pci_device record = { 0 };

	record_init(&record.header, RECORD_PCI_DEVICE, SOURCE_PROC, sizeof(record));
	record.command = -1;
	record.flags = flags;
	RECORD_TEXT(record.address, address);
	record.vendor = (__u16)read_number(root, fd, "vendor");
	record.product = (__u16)read_number(root, fd, "device");
	record.class = (__u32)read_number(root, fd, "class");
	record.iommu_group = sysfs_iommu_group(root, fd);
	read_function(root, fd, &record);
	read_bars(root, fd, &record);
	read_driver(root, fd, safe_override, &record);
	sink_put(sink, &record.header);
}

int observe_pci_device(const struct root *root, struct sink *sink, const char *address,
		       bool safe_override)
{
	_cleanup_close_ int fd = -EBADF;
	char path[sizeof(DEVICES) + PCI_ADDRESS_TEXT];

	if (!pci_address_is_kernel_name(address))
		return -ENOENT;
	(void)snprintf(path, sizeof(path), DEVICES "/%s", address);
	fd = root_open_at(root, root->fd, path, O_PATH | O_DIRECTORY);
	if (fd == -ENOTDIR)
		return -ENOENT;
	if (fd < 0)
		return fd;
	put_device(root, sink, fd, address,
		   is_on_root_bus(root, path) ? PCI_DEVICE_ON_ROOT_BUS : 0,
		   safe_override);
	return 0;
}

int observe_pci_devices(const struct root *root, struct sink *sink, bool safe_override)
{
	_cleanup_closedir_ DIR *directory = NULL;
	const struct dirent *entry;
	int r = root_open_directory(root, root->fd, DEVICES, &directory);

	/* a kernel without PCI has none; without sysfs nobody knows */
	if (r == -ENOENT && sysfs_has_directory(root, root->fd, "sys/bus"))
		return 0;
	if (r < 0)
		return r;
	while ((entry = readdir(directory)))
		(void)observe_pci_device(root, sink, entry->d_name, safe_override);
	return 0;
}
