/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/observe/uses.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/observe/observers.h"

void uses_put(struct uses *uses, const char *device, enum host_use_kind kind,
	      const char *name, const char *detail, const struct use_process *process)
{
	struct record_use record = { .kind = kind };

	record_init(&record.header, RECORD_USE, SOURCE_PROC, sizeof(record));
	RECORD_TEXT(record.device, device);
	RECORD_TEXT(record.name, name);
	RECORD_TEXT(record.detail, detail);
	if (process) {
		record.pid = process->pid;
		record.uid = process->uid;
		RECORD_TEXT(record.comm, process->comm);
	}
	sink_put(uses->sink, &record.header);
	if (process)
		observe_unit(uses->root, uses->sink, process->pid);
}

void uses_put_all(struct uses *uses, const struct use_devices *devices,
		  enum host_use_kind kind, const char *name, const char *detail,
		  const struct use_process *process)
{
	for (size_t i = 0; i < devices->count; i++)
		uses_put(uses, devices->items[i].address, kind, name, detail, process);
}

int use_devices_add(struct use_devices *devices, const char *address, size_t length)
{
	struct use_device device;

	record_bytes(device.address, sizeof(device.address), address, length);
	for (size_t i = 0; i < devices->count; i++)
		if (strcmp(devices->items[i].address, device.address) == 0)
			return 0;
	return ARRAY_PUSH(devices, device);
}

void cleanup_use_devices(struct use_devices *devices)
{
	free(devices->items);
}

/* The last component that is a PCI address; NULL: none. */
static const char *last_address(const char *path, size_t *ret_length)
{
	const char *found = NULL;

	while (*path) {
		size_t length = strcspn(path, "/");
		char component[PCI_ADDRESS_TEXT];

		if (length < sizeof(component)) {
			record_bytes(component, sizeof(component), path, length);
			if (pci_address_is_kernel_name(component)) {
				found = path;
				*ret_length = length;
			}
		}
		path += length + (path[length] == '/');
	}
	return found;
}

/*
 * ".../virtual/nvme-subsystem/nvme-subsys0/nvme0n1": the directory above has a link to
 * each of the controllers (nvme_init_subsystem(), drivers/nvme/host/core.c).
 */
static int add_controllers(struct uses *uses, const char *path,
			   struct use_devices *devices)
{
	static const char class[] = "/nvme-subsystem/";
	const char *subsystem = strstr(path, class);
	_cleanup_closedir_ DIR *directory = NULL;
	const struct dirent *entry;
	char name[PATH_MAX];
	int r = 0;

	if (!subsystem)
		return 0;
	subsystem += strlen(class);
	(void)snprintf(name, sizeof(name), "sys/class/nvme-subsystem/%.*s",
		       (int)strcspn(subsystem, "/"), subsystem);
	if (root_open_directory(uses->root, uses->root->fd, name, &directory) < 0)
		return 0;
	while (r == 0 && (entry = readdir(directory))) {
		_cleanup_free_ char *target = NULL;
		const char *address;
		size_t length;

		if (!text_starts_with(entry->d_name, "nvme") ||
		    root_read_link(uses->root, dirfd(directory), entry->d_name, &target) <
			    0)
			continue;
		address = last_address(target, &length);
		if (address)
			r = use_devices_add(devices, address, length);
	}
	return r;
}

int uses_devices_of_path(struct uses *uses, const char *path, struct use_devices *devices)
{
	size_t length;
	const char *address = last_address(path, &length);

	if (address)
		return use_devices_add(devices, address, length);
	return add_controllers(uses, path, devices);
}

int uses_devices_of_link(struct uses *uses, int dir_fd, const char *link,
			 struct use_devices *devices)
{
	_cleanup_free_ char *target = NULL;
	int r = root_read_link(uses->root, dir_fd, link, &target);

	if (r < 0)
		return r == -ENOMEM ? r : 0;
	if (strstr(target, "/vfio-dev/"))
		return 0;
	return uses_devices_of_path(uses, target, devices);
}

int uses_for_each(struct uses *uses, const char *directory,
		  int (*look)(struct uses *uses, const char *name,
			      const struct use_devices *devices))
{
	_cleanup_closedir_ DIR *entries = NULL;
	const struct dirent *entry;
	int r = root_open_directory(uses->root, uses->root->fd, directory, &entries);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	while (r == 0 && (entry = readdir(entries))) {
		_cleanup_use_devices_ struct use_devices devices = { 0 };

		r = uses_devices_of_link(uses, dirfd(entries), entry->d_name, &devices);
		if (r == 0 && devices.count > 0)
			r = look(uses, entry->d_name, &devices);
	}
	return r;
}

int uses_read_attribute(struct uses *uses, const char *directory, const char *attribute,
			char **ret)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s", directory, attribute) >=
	    (int)sizeof(path))
		return -ENAMETOOLONG;
	return root_read_line(uses->root, uses->root->fd, path, ret);
}

bool uses_attribute_is(struct uses *uses, const char *directory, const char *attribute,
		       const char *text)
{
	_cleanup_free_ char *line = NULL;

	return uses_read_attribute(uses, directory, attribute, &line) == 0 &&
	       strcmp(line, text) == 0;
}

static void uses_end(struct uses *uses)
{
	for (size_t i = 0; i < uses->blocks.count; i++)
		cleanup_use_devices(&uses->blocks.items[i].devices);
	for (size_t i = 0; i < uses->nodes.count; i++)
		cleanup_use_devices(&uses->nodes.items[i].devices);
	cleanup_use_devices(&uses->with_interface);
	free(uses->nodes.items);
	free(uses->blocks.items);
	free(uses->links.items);
	inode_set_free(&uses->mount_namespaces);
}

/* Nodes come last: there, a process may not answer. */
static int (*const find_uses[])(struct uses *) = {
	uses_read_blocks,   uses_find_stacked, uses_find_mounts,
	uses_find_swap,	    uses_find_pools,   uses_find_network,
	uses_find_consoles, uses_find_usb,     uses_find_nodes,
};

void observe_uses(const struct root *root, struct sink *sink)
{
	_cleanup_(uses_end) struct uses uses = { .root = root, .sink = sink };
	bool complete = true;

	for (size_t i = 0; i < ARRAY_SIZE(find_uses); i++) {
		if (find_uses[i](&uses) < 0)
			complete = false;
		sink_flush(sink);
	}
	if (complete)
		sink_pass(sink, SOURCE_PROC, PASS_USES);
	sink_flush(sink);
}
