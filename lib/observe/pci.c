/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/observe/observers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/model/pci-address.h"

#define DEVICES "sys/bus/pci/devices"

/* IORESOURCE_MEM, linux/ioport.h: memory, not I/O ports. */
enum { RESOURCE_MEMORY = 0x200 };

static bool has_directory(const struct root *root, int fd, const char *name)
{
	_cleanup_close_ int directory = -EBADF;

	directory = root_open_at(root, fd, name, O_PATH | O_DIRECTORY);
	return directory >= 0;
}

static uint64_t read_number(const struct root *root, int fd, const char *name)
{
	uint64_t number = 0;

	(void)root_read_number(root, fd, name, &number);
	return number;
}

static void read_line(const struct root *root, int fd, const char *name, char *field,
		      size_t size)
{
	_cleanup_free_ char *line = NULL;

	if (root_read_line(root, fd, name, &line) == 0 && strcmp(line, "(null)") != 0)
		record_text(field, size, line);
}

static bool read_link(const struct root *root, int fd, const char *name, char *field,
		      size_t size)
{
	_cleanup_free_ char *target = NULL;

	if (root_read_link_name(root, fd, name, &target) < 0)
		return false;
	record_text(field, size, target);
	return true;
}

static int read_iommu_group(const struct root *root, int fd)
{
	_cleanup_free_ char *name = NULL;
	uint64_t group;

	if (root_read_link_name(root, fd, "iommu_group", &name) < 0 ||
	    text_to_u64(name, 10, &group) < 0 || group > INT32_MAX)
		return -1;
	return (int)group;
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

static void read_driver(const struct root *root, int fd, bool safe_override,
			struct record_pci_device *record)
{
	bool bound;

	bound = read_link(root, fd, "driver", record->driver, sizeof(record->driver));
	if (has_directory(root, fd, "vfio-dev") || strstr(record->driver, "vfio"))
		record->flags |= PCI_DEVICE_VFIO_BOUND;
	/* Without a driver it may be under release: see observers.h. */
	if (!bound && !safe_override)
		return;
	read_line(root, fd, "driver_override", record->driver_override,
		  sizeof(record->driver_override));
	read_line(root, fd, "power_state", record->power_state,
		  sizeof(record->power_state));
}

static void put_device(const struct root *root, struct sink *sink, int fd,
		       const char *address, bool safe_override)
{
	struct record_pci_device record = { 0 };

	record_init(&record.header, RECORD_PCI_DEVICE, SOURCE_PROC, sizeof(record));
	record.command = -1;
	RECORD_TEXT(record.address, address);
	record.vendor = (__u16)read_number(root, fd, "vendor");
	record.product = (__u16)read_number(root, fd, "device");
	record.class = (__u32)read_number(root, fd, "class");
	record.iommu_group = read_iommu_group(root, fd);
	if (read_link(root, fd, "physfn", record.physical_function,
		      sizeof(record.physical_function)))
		record.flags |= PCI_DEVICE_VIRTUAL_FUNCTION;
	read_bars(root, fd, &record);
	read_driver(root, fd, safe_override, &record);
	sink_put(sink, &record.header);
}

/* 01234567-89ab-cdef-0123-456789abcdef */
static bool is_uuid(const char *name)
{
	size_t i;

	for (i = 0; i < 36; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? name[i] != '-' : !strchr("0123456789abcdefABCDEF", name[i]))
			return false;
		if (name[i] == '\0')
			return false;
	}
	return name[i] == '\0';
}

static void put_mdevs(const struct root *root, struct sink *sink, int fd,
		      const char *address)
{
	_cleanup_closedir_ DIR *directory = NULL;
	const struct dirent *entry;
	struct record_mdev record = { 0 };

	if (!has_directory(root, fd, "mdev_supported_types") ||
	    root_open_directory(root, fd, ".", &directory) < 0)
		return;
	record_init(&record.header, RECORD_MDEV, SOURCE_PROC, sizeof(record));
	RECORD_TEXT(record.parent, address);
	while ((entry = readdir(directory))) {
		if (!is_uuid(entry->d_name))
			continue;
		RECORD_TEXT(record.uuid, entry->d_name);
		sink_put(sink, &record.header);
	}
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
	put_device(root, sink, fd, address, safe_override);
	put_mdevs(root, sink, fd, address);
	return 0;
}

void observe_pci_devices(const struct root *root, struct sink *sink, bool safe_override)
{
	_cleanup_closedir_ DIR *directory = NULL;
	const struct dirent *entry;

	if (root_open_directory(root, root->fd, DEVICES, &directory) < 0)
		return;
	while ((entry = readdir(directory)))
		(void)observe_pci_device(root, sink, entry->d_name, safe_override);
}
