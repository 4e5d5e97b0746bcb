/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/observe/uses.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"

#define BLOCKS "sys/class/block"

enum {
	STACK_DEPTH = 16, /* of devices, and partitions of them, on devices */
};

struct use_block *uses_block_by_name(struct uses *uses, const char *name)
{
	for (size_t i = 0; i < uses->blocks.count; i++)
		if (strcmp(uses->blocks.items[i].name, name) == 0)
			return &uses->blocks.items[i];
	return NULL;
}

struct use_block *uses_block_by_number(struct uses *uses, unsigned int major,
				       unsigned int minor)
{
	for (size_t i = 0; i < uses->blocks.count; i++) {
		struct use_block *block = &uses->blocks.items[i];

		if (block->numbered && block->major == major && block->minor == minor)
			return block;
	}
	return NULL;
}

static struct use_block *block_by_mapper_name(struct uses *uses, const char *name)
{
	for (size_t i = 0; i < uses->blocks.count; i++) {
		struct use_block *block = &uses->blocks.items[i];
		char directory[sizeof(BLOCKS "/") + RECORD_DEVICE_NAME];

		if (!text_starts_with(block->name, "dm-"))
			continue;
		(void)snprintf(directory, sizeof(directory), BLOCKS "/%s", block->name);
		if (uses_attribute_is(uses, directory, "dm/name", name))
			return block;
	}
	return NULL;
}

struct use_block *uses_block_by_path(struct uses *uses, const char *path)
{
	char name[RECORD_DEVICE_NAME];

	if (text_starts_with(path, "/dev/mapper/"))
		return block_by_mapper_name(uses, path + strlen("/dev/mapper/"));
	if (!text_starts_with(path, "/dev/"))
		return NULL;
	RECORD_TEXT(name, path + strlen("/dev/"));
	for (char *slash = name; (slash = strchr(slash, '/'));)
		*slash = '!';
	return uses_block_by_name(uses, name);
}

static void read_number(struct uses *uses, struct use_block *block)
{
	char path[sizeof(BLOCKS "//dev") + RECORD_DEVICE_NAME];
	_cleanup_free_ char *line = NULL;

	(void)snprintf(path, sizeof(path), BLOCKS "/%s/dev", block->name);
	if (root_read_line(uses->root, uses->root->fd, path, &line) == 0)
		block->numbered =
			sscanf(line, "%u:%u", &block->major, &block->minor) == 2;
}

/* The component of the path before the last. */
static void copy_parent(const char *path, char parent[RECORD_DEVICE_NAME])
{
	const char *end = strrchr(path, '/');
	const char *slash = end ? memrchr(path, '/', (size_t)(end - path)) : NULL;

	if (slash)
		record_bytes(parent, RECORD_DEVICE_NAME, slash + 1,
			     (size_t)(end - slash - 1));
}

static int add_block(struct uses *uses, int directory, const char *name)
{
	_cleanup_use_devices_ struct use_devices devices = { 0 };
	struct use_block block = { .numbered = false };
	_cleanup_free_ char *target = NULL;
	int r;

	if (root_read_link(uses->root, directory, name, &target) < 0)
		return 0;
	r = uses_devices_of_path(uses, target, &devices);
	if (r < 0)
		return r;
	RECORD_TEXT(block.name, name);
	copy_parent(target, block.parent);
	read_number(uses, &block);
	block.devices = devices;
	r = ARRAY_PUSH(&uses->blocks, block);
	if (r == 0)
		devices.items = NULL;
	return r;
}

static int add_link(struct uses *uses, size_t lower, const struct use_block *upper)
{
	struct use_link link = { .lower = lower };

	if (!upper)
		return 0;
	link.upper = (size_t)(upper - uses->blocks.items);
	return ARRAY_PUSH(&uses->links, link);
}

/* dm, md and bcache: the kernel links both ways (bd_link_disk_holder(), block/holder.c). */
static int link_holders(struct uses *uses, size_t lower)
{
	char path[sizeof(BLOCKS "//holders") + RECORD_DEVICE_NAME];
	_cleanup_closedir_ DIR *directory = NULL;
	const struct dirent *entry;
	int r;

	(void)snprintf(path, sizeof(path), BLOCKS "/%s/holders",
		       uses->blocks.items[lower].name);
	r = root_open_directory(uses->root, uses->root->fd, path, &directory);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	while (r == 0 && (entry = readdir(directory)))
		r = add_link(uses, lower, uses_block_by_name(uses, entry->d_name));
	return r;
}

/* A loop device on a disk does not count as its holder. */
static int link_loop(struct uses *uses, const struct use_block *loop)
{
	char path[sizeof(BLOCKS "//loop/backing_file") + RECORD_DEVICE_NAME];
	_cleanup_free_ char *backing = NULL;
	const struct use_block *lower;

	if (!text_starts_with(loop->name, "loop"))
		return 0;
	(void)snprintf(path, sizeof(path), BLOCKS "/%s/loop/backing_file", loop->name);
	if (root_read_line(uses->root, uses->root->fd, path, &backing) < 0)
		return 0;
	lower = uses_block_by_path(uses, backing);
	return lower ? add_link(uses, (size_t)(lower - uses->blocks.items), loop) : 0;
}

/* A partition of a stacked device lies on what the whole of it lies on. */
static int link_partition(struct uses *uses, const struct use_block *block)
{
	const struct use_block *disk = uses_block_by_name(uses, block->parent);
	int r;

	if (!disk)
		return 0;
	r = add_link(uses, (size_t)(disk - uses->blocks.items), block);
	if (r == 0)
		uses->links.items[uses->links.count - 1].partition = true;
	return r;
}

/* Returns whether upper got to know a device by it, or -ENOMEM. */
static int inherit(struct uses *uses, const struct use_link *link)
{
	const struct use_devices *lower = &uses->blocks.items[link->lower].devices;
	struct use_devices *upper = &uses->blocks.items[link->upper].devices;
	size_t before = upper->count;

	for (size_t i = 0; lower != upper && i < lower->count; i++) {
		const char *address = lower->items[i].address;

		if (use_devices_add(upper, address, strlen(address)) < 0)
			return -ENOMEM;
	}
	return upper->count > before;
}

/* Lets everything that is stacked know the PCI devices at the bottom. */
static int spread(struct uses *uses)
{
	bool changed = true;

	for (int depth = 0; changed && depth < STACK_DEPTH; depth++) {
		changed = false;
		for (size_t i = 0; i < uses->links.count; i++) {
			int r = inherit(uses, &uses->links.items[i]);

			if (r < 0)
				return r;
			changed |= r > 0;
		}
	}
	return 0;
}

int uses_read_blocks(struct uses *uses)
{
	_cleanup_closedir_ DIR *directory = NULL;
	const struct dirent *entry;
	int r = root_open_directory(uses->root, uses->root->fd, BLOCKS, &directory);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	while (r == 0 && (entry = readdir(directory)))
		if (strlen(entry->d_name) < RECORD_DEVICE_NAME)
			r = add_block(uses, dirfd(directory), entry->d_name);
	for (size_t i = 0; r == 0 && i < uses->blocks.count; i++) {
		r = link_holders(uses, i);
		if (r == 0)
			r = link_loop(uses, &uses->blocks.items[i]);
		if (r == 0)
			r = link_partition(uses, &uses->blocks.items[i]);
	}
	return r < 0 ? r : spread(uses);
}

/* "dm-0 (vg-root)" */
static void describe(struct uses *uses, const char *name, char *text, size_t size)
{
	char path[sizeof(BLOCKS "//dm/name") + RECORD_DEVICE_NAME];
	_cleanup_free_ char *title = NULL;

	(void)snprintf(path, sizeof(path), BLOCKS "/%s/dm/name", name);
	if (root_read_line(uses->root, uses->root->fd, path, &title) == 0 && *title)
		(void)snprintf(text, size, "%s (%s)", name, title);
	else
		(void)snprintf(text, size, "%s", name);
}

int uses_find_stacked(struct uses *uses)
{
	for (size_t i = 0; i < uses->links.count; i++) {
		const struct use_link *link = &uses->links.items[i];
		const struct use_block *lower = &uses->blocks.items[link->lower];
		char text[RECORD_WHY];

		if (link->partition)
			continue;
		describe(uses, uses->blocks.items[link->upper].name, text, sizeof(text));
		uses_put_all(uses, &lower->devices, HOST_USE_STACKED, lower->name, text,
			     NULL);
	}
	return 0;
}

void uses_put_unreadable_blocks(struct uses *uses, const char *what, const char *why)
{
	for (size_t i = 0; i < uses->blocks.count; i++)
		uses_put_all(uses, &uses->blocks.items[i].devices, HOST_USE_UNREADABLE,
			     what, why, NULL);
}
