/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/act/unit-cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/array.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/model/unit-facts.h"
#include "lib/observe/root.h"

enum { GROUPS_MAX = 4096, DEPTH_MAX = 16, BYTES_MAX = 1 << 20 };

struct walk {
	struct root root;
	ARRAY(pid_t) pids;
	unsigned int groups;
};

static void walk_done(struct walk *walk)
{
	root_close(&walk->root);
	free(walk->pids.items);
}

static int add(const char *text, struct walk *walk)
{
	uint64_t pid;

	/* 0: of another pid namespace */
	if (text_to_u64(text, 10, &pid) < 0 || pid == 0 || pid > INT_MAX)
		return 0;
	return ARRAY_PUSH(&walk->pids, (pid_t)pid);
}

static int read_processes(int directory, struct walk *walk)
{
	_cleanup_free_ char *text = NULL;
	char *rest, *line;
	int r = root_read(&walk->root, directory, "cgroup.procs", BYTES_MAX, &text, NULL);

	/* EOPNOTSUPP: a threaded group, whose processes its parent names */
	if (r == -ENOENT || r == -ENODEV || r == -EOPNOTSUPP)
		return 0;
	rest = text;
	while (r == 0 && (line = strsep(&rest, "\n")) &&
	       walk->pids.count < UNIT_PROCESSES_MAX)
		r = add(line, walk);
	return r;
}

static int walk_group(struct walk *walk, int directory, const char *name, int depth)
{
	_cleanup_closedir_ DIR *stream = NULL;
	struct dirent *entry;
	int r = root_open_directory(&walk->root, directory, name, &stream);

	/* it may have ended meanwhile */
	if (r < 0)
		return r == -ENOENT || r == -ENODEV ? 0 : r;
	r = read_processes(dirfd(stream), walk);
	while (r == 0 && depth > 0 && (entry = readdir(stream))) {
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		if (++walk->groups > GROUPS_MAX)
			return -E2BIG;
		r = walk_group(walk, dirfd(stream), entry->d_name, depth - 1);
	}
	return r;
}

/*
 * Where systemd still lives in a hierarchy of its own, paths would mean another thing.
 * The kernel makes no links in there, and our units may not use openat2(): as a root of
 * our own, not as a captured one.
 */
static int open_unified(const char *hierarchy, struct root *ret)
{
	_cleanup_close_ int fd = -EBADF;

	ret->fd = open(hierarchy, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (ret->fd < 0)
		return -errno;
	fd = root_open_at(ret, ret->fd, "cgroup.controllers", O_PATH);
	return fd == -ENOENT ? -EOPNOTSUPP : fd < 0 ? fd : 0;
}

static bool leads_up(const char *path)
{
	for (path = strstr(path, "/.."); path; path = strstr(path + 1, "/.."))
		if (path[3] == '\0' || path[3] == '/')
			return true;
	return false;
}

int unit_cgroup_processes(const char *hierarchy, const char *cgroup, pid_t **ret,
			  size_t *ret_count)
{
	_cleanup_(walk_done) struct walk walk = { .root.fd = -EBADF };
	int r;

	if (cgroup[0] != '/' || leads_up(cgroup))
		return -EINVAL;
	r = open_unified(hierarchy, &walk.root);
	if (r == 0)
		r = walk_group(&walk, walk.root.fd, cgroup[1] ? cgroup + 1 : ".",
			       DEPTH_MAX);
	if (r < 0)
		return r;
	*ret_count = walk.pids.count;
	*ret = TAKE_PTR(walk.pids.items);
	return 0;
}
