/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/observe/proc-walk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/observe/node.h"
#include "lib/observe/observers.h"

#define DELETED " (deleted)"

/*
 * Nodes whose devices import buffers, and those of VFIO. On the live system the path
 * only tells which numbers to look up. First match counts.
 */
static const struct node_kind {
	const char *prefix;
	const char *class;
	enum proc_node_use use;
} node_kinds[] = {
	{ "/dev/dri/", "drm", NODE_USER },
	{ "/dev/vfio/devices/", "vfio-dev", NODE_VFIO_DEVICE },
	{ "/dev/vfio/vfio", "misc", NODE_VFIO_CONTAINER },
	{ "/dev/vfio/", "vfio", NODE_VFIO_GROUP },
	{ "/dev/iommu", "misc", NODE_USER },
	{ "/dev/infiniband/uverbs", "infiniband_verbs", NODE_USER },
	{ "/dev/accel/", "accel", NODE_USER },
	{ "/dev/video", "video4linux", NODE_USER },
};

static const struct node_kind *kind_of_path(const char *path)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(node_kinds); i++)
		if (text_starts_with(path, node_kinds[i].prefix))
			return &node_kinds[i];
	return NULL;
}

static const struct node_kind *kind_of_class(const char *class)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(node_kinds); i++)
		if (strcmp(class, node_kinds[i].class) == 0)
			return &node_kinds[i];
	return NULL;
}

/*
 * A path proves nothing: in its own mount namespace anybody puts anything there. The
 * device number does. Without AT_STATX_DONT_SYNC a user's FUSE file system could keep
 * us waiting.
 */
static int read_number(const struct proc_process *process, const char *link,
		       struct proc_node *node)
{
	struct statx status;

	if (statx(process->dir_fd, link, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_TYPE,
		  &status) < 0)
		return -errno;
	if (!S_ISCHR(status.stx_mode))
		return -ENOTTY;
	node->major = status.stx_rdev_major;
	node->minor = status.stx_rdev_minor;
	return 0;
}

/* Copies the last component of a captured path, without the mark of a removed node. */
static void copy_name(const char *path, char *name, size_t size)
{
	const char *slash = strrchr(path, '/');
	size_t length = strlen(slash + 1);

	if (length > strlen(DELETED) &&
	    strcmp(slash + 1 + length - strlen(DELETED), DELETED) == 0)
		length -= strlen(DELETED);
	record_bytes(name, size, slash + 1, length);
}

/* Without sys/ in the tree, these two still have the name of their node. */
static void resolve_captured(const struct root *root, struct proc_node *node)
{
	const struct node_kind *kind = kind_of_path(node->path);
	char name[sizeof(node->path)];

	node->use = kind->use;
	copy_name(node->path, name, sizeof(name));
	if (device_of_class_node(root, kind->class, name, node->device) == 0)
		return;
	if (kind->use == NODE_VFIO_GROUP || strcmp(kind->prefix, "/dev/iommu") == 0)
		RECORD_TEXT(node->device, name);
}

static void resolve_live(const struct root *root, struct proc_node *node)
{
	const struct node_kind *kind;
	char subsystem[32];

	if (node->major == VFIO_CONTAINER_MAJOR && node->minor == VFIO_CONTAINER_MINOR) {
		node->use = NODE_VFIO_CONTAINER;
		return;
	}
	if (device_of_node(root, node->major, node->minor, node->device, subsystem) < 0)
		return;
	kind = kind_of_class(subsystem);
	if (kind)
		node->use = kind->use;
	if (strcmp(subsystem, "misc") == 0)
		node->use = strcmp(node->device, "iommu") == 0 ? NODE_USER : NODE_OTHER;
}

static bool is_same(const struct proc_node *one, const struct proc_node *other)
{
	return one->major == other->major && one->minor == other->minor &&
	       strcmp(one->path, other->path) == 0;
}

static struct proc_node *remember(struct proc_walk *walk, struct proc_node *node)
{
	size_t i;

	for (i = 0; i < walk->nodes.count; i++)
		if (is_same(&walk->nodes.items[i], node))
			return &walk->nodes.items[i];
	if (walk->root->captured)
		resolve_captured(walk->root, node);
	else
		resolve_live(walk->root, node);
	if (ARRAY_PUSH(&walk->nodes, *node) < 0)
		return NULL;
	return &walk->nodes.items[walk->nodes.count - 1];
}

struct proc_node *proc_find_node(struct proc_process *process, const char *link,
				 const char *path)
{
	struct proc_node node = { 0 }, *found;

	if (!kind_of_path(path))
		return NULL;
	if (process->walk->root->captured)
		RECORD_TEXT(node.path, path);
	else if (read_number(process, link, &node) < 0)
		return NULL;
	found = remember(process->walk, &node);
	return found && found->use != NODE_OTHER ? found : NULL;
}
