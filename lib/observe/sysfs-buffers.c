/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/observe/observers.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"

#define BUFFERS "sys/kernel/dmabuf/buffers"

/* One directory a buffer, named after its inode. One that is gone again is no error. */
static int put_buffer(const struct root *root, struct sink *sink, int buffers_fd,
		      const char *name)
{
	_cleanup_close_ int fd = -EBADF;
	_cleanup_free_ char *exporter = NULL;
	struct record_buffer record = { 0 };
	uint64_t inode, size;
	int r;

	if (text_to_u64(name, 10, &inode) < 0)
		return 0;
	fd = root_open_at(root, buffers_fd, name, O_PATH | O_DIRECTORY);
	if (fd < 0)
		return fd;
	r = root_read_line(root, fd, "exporter_name", &exporter);
	if (r < 0)
		return r;
	r = root_read_number(root, fd, "size", &size);
	if (r < 0)
		return r;
	record_init(&record.header, RECORD_BUFFER, SOURCE_SYSFS, sizeof(record));
	record.inode = inode;
	record.size = size;
	record.references = -1;
	RECORD_TEXT(record.exporter, exporter);
	sink_put(sink, &record.header);
	return 0;
}

static bool is_gone(int error)
{
	return error == -ENOENT || error == -ENODEV;
}

static void put_buffers(const struct root *root, struct sink *sink, DIR *buffers)
{
	unsigned int unreadable = 0;
	const struct dirent *entry;
	char why[RECORD_WHY];

	while ((entry = readdir(buffers))) {
		int r = put_buffer(root, sink, dirfd(buffers), entry->d_name);

		unreadable += r < 0 && !is_gone(r);
	}
	if (unreadable == 0) {
		sink_source_end(sink, SOURCE_SYSFS, SOURCE_OK, NULL);
		return;
	}
	(void)snprintf(why, sizeof(why), "%u buffer%s could not be read", unreadable,
		       unreadable == 1 ? "" : "s");
	sink_source_end(sink, SOURCE_SYSFS, SOURCE_PARTIAL, why);
}

void observe_sysfs(const struct root *root, struct sink *sink, bool needed)
{
	_cleanup_closedir_ DIR *buffers = NULL;
	int r;

	sink_source_begin(sink, SOURCE_SYSFS);
	r = root_open_directory(root, root->fd, BUFFERS, &buffers);
	if (r == 0 && needed)
		put_buffers(root, sink, buffers);
	else if (r == 0)
		sink_source_end(sink, SOURCE_SYSFS, SOURCE_UNUSED, NULL);
	else if (r == -ENOENT || r == -ENOTDIR)
		sink_source_end(sink, SOURCE_SYSFS, SOURCE_MISSING, "not in this kernel");
	else
		sink_source_end(sink, SOURCE_SYSFS, SOURCE_REFUSED, strerror(-r));
}
