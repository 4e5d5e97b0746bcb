/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/act/unit-cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/array.h"
#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/base/text.h"

enum { PROCESSES_MAX = 4096, DEPTH_MAX = 16, PROCS_BYTES_MAX = 1 << 20 };

typedef ARRAY(pid_t) pid_array;

static int add(const char *text, pid_array *pids)
{
	uint64_t pid;

	if (text_to_u64(text, 10, &pid) < 0 || pid == 0 || pid > INT_MAX)
		return 0;
	return ARRAY_PUSH(pids, (pid_t)pid);
}

static int read_processes(int directory, pid_array *pids)
{
	_cleanup_close_ int fd = openat(directory, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	_cleanup_free_ char *text = NULL;
	char *rest, *line;
	int r = fd < 0 ? -errno : file_read_fd(fd, PROCS_BYTES_MAX, &text, NULL);

	if (r < 0)
		return r == -ENOENT || r == -ENODEV ? 0 : r;
	rest = text;
	while (r == 0 && (line = strsep(&rest, "\n")) && pids->count < PROCESSES_MAX)
		r = add(line, pids);
	return r;
}

/* Takes directory. */
static int walk(int directory, pid_array *pids, int depth)
{
	_cleanup_closedir_ DIR *stream = fdopendir(directory);
	struct dirent *entry;
	int r;

	if (!stream) {
		r = -errno;
		(void)close(directory);
		return r;
	}
	r = read_processes(dirfd(stream), pids);
	while (r == 0 && depth > 0 && (entry = readdir(stream))) {
		int child;

		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		child = openat(dirfd(stream), entry->d_name,
			       O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (child >= 0)
			r = walk(child, pids, depth - 1);
	}
	return r;
}

int unit_cgroup_processes(const char *hierarchy, const char *cgroup, pid_t **ret,
			  size_t *ret_count)
{
	_cleanup_close_ int top = open(hierarchy, O_PATH | O_DIRECTORY | O_CLOEXEC);
	pid_array pids = { 0 };
	int directory, r;

	if (top < 0)
		return -errno;
	if (cgroup[0] != '/' || strstr(cgroup, "/../"))
		return -EINVAL;
	directory = openat(top, cgroup + 1, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0 && errno != ENOENT)
		return -errno;
	r = directory < 0 ? 0 : walk(directory, &pids, DEPTH_MAX);
	if (r < 0) {
		free(pids.items);
		return r;
	}
	*ret = pids.items;
	*ret_count = pids.count;
	return 0;
}
