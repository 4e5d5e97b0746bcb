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
#include "lib/observe/fdinfo.h"
#include "lib/observe/observers.h"

enum { SIGN_OF_LIFE = 1024 }; /* files */

/* Reads fdinfo of fd into the walk's buffer. More than fits is refused. */
static int read_fdinfo(struct proc_process *process, int fd, size_t *ret_length)
{
	_cleanup_close_ int file = -EBADF;
	struct proc_walk *walk = process->walk;
	char path[32];
	ssize_t length;

	(void)snprintf(path, sizeof(path), "fdinfo/%d", fd);
	file = root_open_at(walk->root, process->dir_fd, path, O_RDONLY);
	if (file < 0)
		return file;
	/* One read() returns all of it: the kernel makes it in one piece. */
	length = read(file, walk->text, PROC_TEXT_SIZE);
	if (length < 0)
		return -errno;
	if (length == PROC_TEXT_SIZE)
		return -EFBIG;
	*ret_length = (size_t)length;
	return 0;
}

static void put_buffer(struct proc_walk *walk, const struct fdinfo_buffer *buffer)
{
	struct record_buffer record = { 0 };

	if (!(walk->flags & PROC_BUFFERS) ||
	    !inode_set_add(&walk->buffers, buffer->inode))
		return;
	record_init(&record.header, RECORD_BUFFER, SOURCE_PROC, sizeof(record));
	record.inode = buffer->inode;
	record.size = buffer->size;
	record.references = (__s64)buffer->count;
	record.named = buffer->name_length > 0;
	RECORD_BYTES(record.exporter, buffer->exporter, buffer->exporter_length);
	if (record.named)
		RECORD_BYTES(record.name, buffer->name, buffer->name_length);
	sink_put(walk->sink, &record.header);
}

static bool read_status(int directory, const char *name, struct statx *ret)
{
	return statx(directory, name, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_INO,
		     ret) == 0;
}

/*
 * All buffers are files of one file system. Once fdinfo has shown which that is, a
 * file's inode number is all there is to know: fdinfo costs four times as much.
 */
static bool is_known_buffer(const struct proc_walk *walk, int directory, const char *name,
			    uint64_t *ret_inode)
{
	struct statx status;

	if ((walk->flags & PROC_BUFFERS) || !walk->buffers_device_known ||
	    !read_status(directory, name, &status) ||
	    status.stx_dev_major != walk->buffers_device.major ||
	    status.stx_dev_minor != walk->buffers_device.minor)
		return false;
	*ret_inode = status.stx_ino;
	return true;
}

static void learn_buffers_device(struct proc_walk *walk, int directory, const char *name,
				 uint64_t inode)
{
	struct statx status;

	if (walk->root->captured || walk->buffers_device_known ||
	    !read_status(directory, name, &status) || status.stx_ino != inode)
		return;
	walk->buffers_device.major = status.stx_dev_major;
	walk->buffers_device.minor = status.stx_dev_minor;
	walk->buffers_device_known = true;
}

/* A file named "dmabuf:..." in the root directory of a container is none. */
static int look_at_buffer(struct proc_process *process, int directory, const char *name,
			  int fd)
{
	struct proc_walk *walk = process->walk;
	struct fdinfo_buffer buffer;
	size_t length;
	int r;

	if (is_known_buffer(walk, directory, name, &buffer.inode)) {
		proc_put_holder(process, buffer.inode, fd);
		return 0;
	}
	r = read_fdinfo(process, fd, &length);
	if (r < 0)
		return r;
	if (fdinfo_parse_buffer(walk->text, length, &buffer) < 0)
		return 0;
	learn_buffers_device(walk, directory, name, buffer.inode);
	put_buffer(walk, &buffer);
	proc_put_holder(process, buffer.inode, fd);
	return 0;
}

/* "vfio-device-syspath: /sys/devices/pci0000:00/.../0000:03:00.0" (vfio_main.c) */
static bool device_of_fdinfo(const char *text, size_t length, char *device)
{
	const char *path, *slash;

	if (!fdinfo_find(text, length, "vfio-device-syspath", &path, &length))
		return false;
	slash = memrchr(path, '/', length);
	if (!slash || slash + 1 == path + length)
		return false;
	record_bytes(device, RECORD_DEVICE_NAME, slash + 1,
		     (size_t)(path + length - slash - 1));
	return true;
}

/* node is NULL for a file that came from a VFIO group. */
static int look_at_vfio_device(struct proc_process *process, int fd,
			       const struct proc_node *node)
{
	struct proc_owned owned = { .fd = fd };
	size_t length;
	int r;

	r = read_fdinfo(process, fd, &length);
	if (r < 0)
		return r;
	if (!device_of_fdinfo(process->walk->text, length, owned.device) && node)
		RECORD_TEXT(owned.device, node->device);
	if (owned.device[0])
		proc_put_owner(process, owned.device, fd);
	return ARRAY_PUSH(&process->owned, owned);
}

static int look_at_vfio_group(struct proc_process *process, const struct proc_node *node)
{
	const char *number = node->device;
	uint64_t group;

	if (text_starts_with(number, "noiommu-"))
		number += strlen("noiommu-");
	if (text_to_u64(number, 10, &group) < 0 || group > INT32_MAX)
		return 0;
	return ARRAY_PUSH(&process->groups, (int)group);
}

static void put_container(struct proc_process *process)
{
	struct record_character_device record = {
		.pid = process->pid,
		.major = VFIO_CONTAINER_MAJOR,
		.minor = VFIO_CONTAINER_MINOR,
	};

	proc_process_name(process);
	record.uid = process->uid;
	record_init(&record.header, RECORD_CHARACTER_DEVICE, SOURCE_PROC, sizeof(record));
	RECORD_TEXT(record.comm, process->comm);
	sink_put(process->walk->sink, &record.header);
}

/* Two nodes of one device (card0 and renderD128) make one user. */
static bool is_told(const struct proc_process *process, const char *device)
{
	const struct proc_walk *walk = process->walk;
	size_t i;

	for (i = 0; i < walk->nodes.count; i++)
		if (walk->nodes.items[i].told == process->pid &&
		    strcmp(walk->nodes.items[i].device, device) == 0)
			return true;
	return false;
}

static void put_user(struct proc_process *process, const char *device)
{
	struct record_user record = { 0 };

	proc_process_name(process);
	record_init(&record.header, RECORD_USER, SOURCE_PROC, sizeof(record));
	record.pid = process->pid;
	record.uid = process->uid;
	RECORD_TEXT(record.comm, process->comm);
	RECORD_TEXT(record.device, device);
	sink_put(process->walk->sink, &record.header);
}

/*
 * "drm-pdev:" names the device where a captured tree lacks sys/. On the live system it
 * adds nothing, and a driver may sleep on its GPU while it writes fdinfo.
 */
static int name_by_fdinfo(struct proc_process *process, int fd, struct proc_node *node)
{
	const char *device;
	size_t length;
	int r;

	r = read_fdinfo(process, fd, &length);
	if (r < 0)
		return r;
	if (fdinfo_find(process->walk->text, length, "drm-pdev", &device, &length))
		RECORD_BYTES(node->device, device, length);
	return 0;
}

static int look_at_user(struct proc_process *process, int fd, struct proc_node *node)
{
	int r;

	if (!node->device[0] && process->walk->root->captured) {
		r = name_by_fdinfo(process, fd, node);
		if (r < 0)
			return r;
	}
	if (!node->device[0] || is_told(process, node->device))
		return 0;
	node->told = process->pid;
	put_user(process, node->device);
	return 0;
}

static int look_at_node(struct proc_process *process, int fd, const char *path)
{
	struct proc_node *node;
	char link[32];

	(void)snprintf(link, sizeof(link), "fd/%d", fd);
	node = proc_find_node(process, link, path);
	if (!node)
		return 0;
	if (node->use == NODE_VFIO_DEVICE)
		return look_at_vfio_device(process, fd, node);
	if (node->use == NODE_VFIO_GROUP)
		return look_at_vfio_group(process, node);
	if (node->use == NODE_VFIO_CONTAINER) {
		put_container(process);
		return 0;
	}
	return look_at_user(process, fd, node);
}

/* Names longer than this are not of interest, but for their beginning. */
static int look_at_fd(struct proc_process *process, int directory, const char *name)
{
	char target[128];
	ssize_t length;
	uint64_t fd;

	if (text_to_u64(name, 10, &fd) < 0 || fd > INT32_MAX)
		return 0;
	length = readlinkat(directory, name, target, sizeof(target) - 1);
	if (length < 0)
		return -errno;
	target[length] = '\0';
	if (text_starts_with(target, "/dmabuf:"))
		return look_at_buffer(process, directory, name, (int)fd);
	if (strcmp(target, "anon_inode:[vfio-device]") == 0)
		return look_at_vfio_device(process, (int)fd, NULL);
	if (text_starts_with(target, "/dev/"))
		return look_at_node(process, (int)fd, target);
	return 0;
}

int proc_read_fds(struct proc_process *process)
{
	_cleanup_closedir_ DIR *directory = NULL;
	struct proc_walk *walk = process->walk;
	const struct dirent *entry;
	unsigned int count = 0;
	int r, result = 0;

	r = root_open_directory(walk->root, process->dir_fd, "fd", &directory);
	if (r < 0)
		return r;
	while ((entry = readdir(directory))) {
		r = look_at_fd(process, dirfd(directory), entry->d_name);
		if (r < 0 && r != -ENOENT)
			result = r;
		/* A process with many files takes its time, but it is not stuck. */
		if (++count % SIGN_OF_LIFE == 0)
			sink_process_start(walk->sink, SOURCE_PROC, process->pid);
	}
	proc_resolve_owned(process);
	return result;
}
