/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/observe/uses.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"

static int resolve_number(struct uses *uses, struct use_node *node)
{
	const struct use_block *block;
	char path[64];
	int r = 0;

	if (node->character) {
		(void)snprintf(path, sizeof(path), "sys/dev/char/%u:%u", node->major,
			       node->minor);
		return uses_devices_of_link(uses, uses->root->fd, path, &node->devices);
	}
	/* what is stacked keeps what it lies on */
	block = uses_block_by_number(uses, node->major, node->minor);
	for (size_t i = 0; r == 0 && block && i < block->devices.count; i++)
		r = use_devices_add(&node->devices, block->devices.items[i].address,
				    strlen(block->devices.items[i].address));
	return r;
}

/* Is sys/class/CLASS/NAME the device of this node? Without an uevent its name must do. */
static bool has_node(struct uses *uses, const char *directory, const char *node)
{
	_cleanup_free_ char *text = NULL;
	char path[PATH_MAX + sizeof("/uevent")];
	const char *name;

	(void)snprintf(path, sizeof(path), "%s/uevent", directory);
	if (root_read(uses->root, uses->root->fd, path, 64 * 1024, &text, NULL) < 0)
		return true;
	name = text_starts_with(text, "DEVNAME=") ? text : strstr(text, "\nDEVNAME=");
	if (!name)
		return false;
	name = strchr(name, '=') + 1;
	return strlen(node) == strcspn(name, "\n") &&
	       strncmp(name, node, strlen(node)) == 0;
}

/* A captured tree has no numbers, but classes with devices that name their nodes. */
static int resolve_captured(struct uses *uses, struct use_node *node)
{
	const char *slash = strrchr(node->name, '/');
	_cleanup_closedir_ DIR *classes = NULL;
	const struct dirent *entry;
	int r = 0;

	if (root_open_directory(uses->root, uses->root->fd, "sys/class", &classes) < 0)
		return 0;
	while (r == 0 && (entry = readdir(classes))) {
		char path[PATH_MAX];

		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "sys/class/%s/%s", entry->d_name,
			       slash ? slash + 1 : node->name);
		if (has_node(uses, path, node->name))
			r = uses_devices_of_link(uses, uses->root->fd, path,
						 &node->devices);
	}
	return r;
}

static bool is_same(const struct use_node *one, const struct use_node *other)
{
	return one->character == other->character && one->major == other->major &&
	       one->minor == other->minor && strcmp(one->name, other->name) == 0;
}

int uses_find_node(struct uses *uses, const struct use_node *key, struct use_node **ret)
{
	struct use_node node = *key;
	int r;

	for (size_t i = 0; i < uses->nodes.count; i++)
		if (is_same(&uses->nodes.items[i], key)) {
			*ret = &uses->nodes.items[i];
			return 0;
		}
	r = uses->root->captured ? resolve_captured(uses, &node)
				 : resolve_number(uses, &node);
	if (r == 0)
		r = ARRAY_PUSH(&uses->nodes, node);
	if (r < 0) {
		cleanup_use_devices(&node.devices);
		return r;
	}
	*ret = &uses->nodes.items[uses->nodes.count - 1];
	return 0;
}
