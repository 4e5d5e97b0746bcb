/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/observe/proc-walk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/observe/maps-line.h"

/* Distinct devices the process has open: 0, 1 or 2 for more; *ret is one of them. */
static int count_devices(const struct proc_process *process, const char **ret)
{
	int count = 0;
	size_t i;

	for (i = 0; i < process->owned.count; i++) {
		const char *device = process->owned.items[i].device;

		if (!device[0] || (count > 0 && strcmp(device, *ret) == 0))
			continue;
		if (count++ == 0)
			*ret = device;
	}
	return count > 1 ? 2 : count;
}

/* A VFIO device is mapped, but nothing tells which. */
static void put_mapping_of_any(struct proc_process *process)
{
	const char *device = NULL;
	size_t i, j;

	if (count_devices(process, &device) == 1) {
		proc_put_owner(process, device, RECORD_OWNER_MAPPING);
		return;
	}
	if (process->maps_unclear)
		return;
	process->maps_unclear = true;
	process->untold |= !device;
	for (i = 0; i < process->owned.count; i++) {
		device = process->owned.items[i].device;
		for (j = 0; j < i; j++)
			if (strcmp(device, process->owned.items[j].device) == 0)
				break;
		if (device[0] && j == i)
			proc_put_owner(process, device, RECORD_OWNER_MAYBE_MAPPING);
	}
}

static void look_at_cdev(struct proc_process *process, const struct maps_line *line)
{
	const struct proc_node *node;
	char link[64], path[64];

	(void)snprintf(link, sizeof(link), "map_files/%.*s", (int)line->range_length,
		       line->range);
	RECORD_BYTES(path, line->path, line->path_length);
	node = proc_find_node(process, link, path);
	if (node && node->use == NODE_VFIO_DEVICE && node->device[0])
		proc_put_owner(process, node->device, RECORD_OWNER_MAPPING);
	else if (node ? node->use == NODE_VFIO_DEVICE : process->owned.count > 0)
		put_mapping_of_any(process);
}

static bool path_starts_with(const struct maps_line *line, const char *prefix)
{
	size_t length = strlen(prefix);

	return line->path_length >= length && memcmp(line->path, prefix, length) == 0;
}

static void look_at_line(struct proc_process *process, const char *text, size_t length)
{
	struct maps_line line;

	if (!maps_line_parse(text, length, &line))
		return;
	if (path_starts_with(&line, "/dmabuf:")) {
		if (inode_set_add(&process->walk->mapped, line.inode))
			proc_put_holder(process, line.inode, -1);
	} else if (path_starts_with(&line, "anon_inode:[vfio-device]")) {
		put_mapping_of_any(process);
	} else if (path_starts_with(&line, "/dev/vfio/devices/")) {
		look_at_cdev(process, &line);
	}
}

/* Few mappings are of interest: finds their lines without looking at the others. */
static void look_for(struct proc_process *process, const char *text, size_t length,
		     const char *word)
{
	const char *end = text + length, *hit = text;

	while ((hit = memmem(hit, (size_t)(end - hit), word, strlen(word)))) {
		const char *before = memrchr(text, '\n', (size_t)(hit - text));
		const char *line = before ? before + 1 : text;
		const char *newline = memchr(hit, '\n', (size_t)(end - hit));

		if (!newline)
			newline = end;
		look_at_line(process, line, (size_t)(newline - line));
		hit = newline;
	}
}

static void look_at_lines(struct proc_process *process, const char *text, size_t length)
{
	look_for(process, text, length, " /dmabuf:");
	look_for(process, text, length, "vfio");
}

/* Fills text until it is full or the file ends. */
static int fill(int fd, char *text, size_t *length)
{
	while (*length < PROC_TEXT_SIZE) {
		ssize_t n = read(fd, text + *length, PROC_TEXT_SIZE - *length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		*length += (size_t)n;
	}
	return 0;
}

/* Looks at the whole lines and moves what is behind them to the front. */
static int consume(struct proc_process *process, char *text, size_t *length)
{
	const char *newline = memrchr(text, '\n', *length);
	size_t whole;

	/* No path is as long as the buffer: then it is no maps file. */
	if (!newline)
		return -EBADMSG;
	whole = (size_t)(newline + 1 - text);
	look_at_lines(process, text, whole);
	*length -= whole;
	memmove(text, newline + 1, *length);
	return 0;
}

int proc_read_maps(struct proc_process *process)
{
	struct proc_walk *walk = process->walk;
	_cleanup_close_ int fd = -EBADF;
	size_t length = 0;
	int r;

	fd = root_open_at(walk->root, process->dir_fd, "maps", O_RDONLY);
	if (fd < 0)
		return fd;
	inode_set_clear(&walk->mapped);
	while ((r = fill(fd, walk->text, &length)) == 0 && length == PROC_TEXT_SIZE) {
		r = consume(process, walk->text, &length);
		if (r < 0)
			break;
		/* A process with many mappings takes its time, but it is not stuck. */
		sink_process_start(walk->sink, SOURCE_PROC, process->pid);
	}
	if (r == 0)
		look_at_lines(process, walk->text, length);
	return r;
}
