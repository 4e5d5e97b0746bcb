/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_OBSERVE_USES_H
#define DMABUFCTL_OBSERVE_USES_H

/*
 * What the parts of observe_uses() share: uses.c, uses-block.c, uses-mounts.c,
 * uses-pools.c, uses-net.c, uses-class.c, uses-nodes.c, uses-node-device.c. Nothing here
 * opens a device: all is read from sysfs, proc and udev's records.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "lib/base/array.h"
#include "lib/base/cleanup.h"
#include "lib/model/host.h"
#include "lib/model/pci-address.h"
#include "lib/observe/inode-set.h"
#include "lib/observe/root.h"
#include "lib/observe/sink.h"

struct use_device {
	char address[PCI_ADDRESS_TEXT];
};

/* PCI devices, each once. To be zeroed before use; free(items) ends it. */
struct use_devices {
	struct use_device *items;
	size_t count;
	size_t capacity;
};

/* A disk or a partition. */
struct use_block {
	char name[RECORD_DEVICE_NAME]; /* as sysfs has it: '!' where /dev has '/' */
	bool numbered; /* hidden ones have no number */
	unsigned int major, minor;
	struct use_devices devices; /* that it lies on, through all that is stacked */
	char parent[RECORD_DEVICE_NAME]; /* of a partition its disk; else no block */
	unsigned int mounts; /* how many were told */
};

/* What upper is made of. Indexes of blocks. */
struct use_link {
	size_t lower, upper;
	bool partition; /* upper is one of lower */
};

/* A device node that some process has open. */
struct use_node {
	bool character;
	unsigned int major, minor; /* live system */
	char name[RECORD_DEVICE_NAME]; /* captured tree: its path below /dev */
	struct use_devices devices; /* none: not of interest */
	pid_t told; /* last process it was told of */
};

struct uses {
	const struct root *root;
	struct sink *sink;
	ARRAY(struct use_block) blocks;
	ARRAY(struct use_link) links;
	struct inode_set mount_namespaces; /* that were read */
	struct use_devices with_interface; /* of a network, that is visible */
	struct ifaddrs *addresses; /* of network interfaces; NULL: none */
	int addresses_error; /* 0, or why they could not be read */
	ARRAY(struct use_node) nodes; /* that are known already */
};

/* Who has something in use. */
struct use_process {
	pid_t pid; /* 0: nobody */
	__u32 uid;
	char comm[RECORD_COMM];
};

/* detail and process may be NULL. */
void uses_put(struct uses *uses, const char *device, enum host_use_kind kind,
	      const char *name, const char *detail, const struct use_process *process);

/* The same use of each of several devices. */
void uses_put_all(struct uses *uses, const struct use_devices *devices,
		  enum host_use_kind kind, const char *name, const char *detail,
		  const struct use_process *process);

/*
 * The PCI devices that path, the target of a link into sys/devices, lies below: the
 * last address in it, so that a function behind a bridge is not taken for the bridge.
 * NVMe disks with several controllers lie below none; they belong to all of these. Adds
 * to devices. 0 or -ENOMEM.
 */
int uses_devices_of_path(struct uses *uses, const char *path,
			 struct use_devices *devices);

/*
 * The same for a link; what is no link adds nothing, nor does the node of a device that
 * VFIO has: who has that open is its owner.
 */
int uses_devices_of_link(struct uses *uses, int dir_fd, const char *link,
			 struct use_devices *devices);

/* Adds one, if it is not there yet. 0 or -ENOMEM. */
int use_devices_add(struct use_devices *devices, const char *address, size_t length);

void cleanup_use_devices(struct use_devices *devices);
#define _cleanup_use_devices_ _cleanup_(cleanup_use_devices)

/*
 * Calls look() for every link in a directory of sysfs whose target lies below a PCI
 * device. 0, also if there is no such directory, or the first negative errno.
 */
int uses_for_each(struct uses *uses, const char *directory,
		  int (*look)(struct uses *uses, const char *name,
			      const struct use_devices *devices));

/* The first line of directory/attribute, malloc'ed. 0 or negative errno. */
int uses_read_attribute(struct uses *uses, const char *directory, const char *attribute,
			char **ret);

/* Is that line this text? False if it cannot be read. */
bool uses_attribute_is(struct uses *uses, const char *directory, const char *attribute,
		       const char *text);

/*
 * Undoes \OOO, as the kernel writes blanks in proc/swaps and proc/PID/mountinfo (seq_file's
 * mangle_path()), in place.
 */
void uses_unescape(char *text);

/*
 * The PCI devices behind a device node: key has its number and kind or, in a captured
 * tree, its name. *ret is valid until the next call. 0 or -ENOMEM.
 */
int uses_find_node(struct uses *uses, const struct use_node *key, struct use_node **ret);

/* Fills blocks and links. 0 or negative errno. */
int uses_read_blocks(struct uses *uses);

/* NULL: none. The path is "/dev/NAME" or "/dev/mapper/NAME", with '/' as in /dev. */
struct use_block *uses_block_by_number(struct uses *uses, unsigned int major,
				       unsigned int minor);
struct use_block *uses_block_by_name(struct uses *uses, const char *name);
struct use_block *uses_block_by_path(struct uses *uses, const char *path);

/* what could not be read: any of the disks may be in use. */
void uses_put_unreadable_blocks(struct uses *uses, const char *what, const char *why);

/* Tells that a block device is mounted, but not each of very many places. */
void uses_put_mount(struct uses *uses, struct use_block *block, const char *where,
		    const struct use_process *process);

/*
 * The file systems a process sees mounted: proc/PID/mountinfo, unless its mount namespace
 * was read already. Of those that the host has mounted itself nothing more is told. 0 or
 * negative errno.
 */
int uses_read_mounts_of(struct uses *uses, int dir_fd, const struct use_process *process);

/* The next ones are the kinds of use. 0, or negative errno: it was not seen to its end. */
int uses_find_stacked(struct uses *uses);
int uses_find_mounts(struct uses *uses);
int uses_find_swap(struct uses *uses);
int uses_find_pools(struct uses *uses); /* of btrfs and ZFS */
int uses_find_network(struct uses *uses);
int uses_find_consoles(struct uses *uses);
int uses_find_usb(struct uses *uses);
int uses_find_nodes(struct uses *uses);

#endif
