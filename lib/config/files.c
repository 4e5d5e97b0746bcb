/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/config/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/cleanup.h"

#define MAIN_FILE "dmabufctl.conf"
#define DROP_INS MAIN_FILE ".d"

enum { DROP_INS_MAX = 1024 };

static const char *const directories[] = {
	"etc/dmabufctl",
	"run/dmabufctl",
	"usr/local/lib/dmabufctl",
	"usr/lib/dmabufctl",
};

/* "etc/dmabufctl/NAME", malloc'ed; name may be below. NULL: out of memory. */
static char *path_of(const char *directory, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", directory, name) < 0 ? NULL : path;
}

/* A link to /dev/null masks. */
static bool masks(const struct stat *status)
{
	return S_ISCHR(status->st_mode);
}

/* A file to be read, or why not. Never waits: it may be a FIFO. */
static int open_regular(int root_fd, const char *path, bool *ret_masks)
{
	_cleanup_close_ int fd =
		openat(root_fd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat status;

	*ret_masks = false;
	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) < 0)
		return -errno;
	*ret_masks = masks(&status);
	if (!S_ISREG(status.st_mode))
		return S_ISDIR(status.st_mode) ? -EISDIR : -EINVAL;
	return TAKE_FD(fd);
}

/* Takes path. */
static int add(struct config_files *files, char *path, int fd)
{
	const struct config_file file = { path, fd };
	int r = path ? ARRAY_PUSH(files, file) : -ENOMEM;

	if (r < 0) {
		free(path);
		cleanup_close(&fd);
	}
	return r;
}

static int find_main(int root_fd, struct config_files *files)
{
	for (size_t i = 0; i < ARRAY_SIZE(directories); i++) {
		_cleanup_free_ char *path = path_of(directories[i], MAIN_FILE);
		bool masked;
		int fd;

		if (!path)
			return -ENOMEM;
		fd = open_regular(root_fd, path, &masked);
		if (masked)
			return 0;
		if (fd != -ENOENT && fd != -ENOTDIR)
			return add(files, TAKE_PTR(path), fd);
	}
	return 0;
}

/* The name of a drop-in and the directory that has it first. */
struct drop_in {
	char *name;
	const char *directory;
};

struct drop_ins {
	struct drop_in *items;
	size_t count, capacity;
};

static void drop_ins_done(struct drop_ins *drop_ins)
{
	for (size_t i = 0; i < drop_ins->count; i++)
		free(drop_ins->items[i].name);
	free(drop_ins->items);
}

static bool is_drop_in(const char *name)
{
	size_t length = strlen(name);

	return name[0] != '.' && length > 5 && strcmp(name + length - 5, ".conf") == 0;
}

static bool has(const struct drop_ins *drop_ins, const char *name)
{
	for (size_t i = 0; i < drop_ins->count; i++)
		if (strcmp(drop_ins->items[i].name, name) == 0)
			return true;
	return false;
}

static int list_directory(int root_fd, const char *directory, struct drop_ins *drop_ins)
{
	_cleanup_free_ char *path = path_of(directory, DROP_INS);
	_cleanup_closedir_ DIR *stream = NULL;
	struct dirent *entry;
	int fd, r = 0;

	if (!path)
		return -ENOMEM;
	fd = openat(root_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	stream = fdopendir(fd);
	if (!stream) {
		(void)close(fd);
		return -ENOMEM;
	}
	while (r == 0 && drop_ins->count < DROP_INS_MAX && (entry = readdir(stream))) {
		struct drop_in drop_in = { .directory = directory };

		if (!is_drop_in(entry->d_name) || has(drop_ins, entry->d_name))
			continue;
		drop_in.name = strdup(entry->d_name);
		r = drop_in.name ? ARRAY_PUSH(drop_ins, drop_in) : -ENOMEM;
		if (r < 0)
			free(drop_in.name);
	}
	return r;
}

static int by_name(const void *one, const void *other)
{
	return strcmp(((const struct drop_in *)one)->name,
		      ((const struct drop_in *)other)->name);
}

static int add_drop_in(int root_fd, const struct drop_in *drop_in,
		       struct config_files *files)
{
	char *path;
	bool masked;
	int fd;

	if (asprintf(&path, "%s/" DROP_INS "/%s", drop_in->directory, drop_in->name) < 0)
		return -ENOMEM;
	fd = open_regular(root_fd, path, &masked);
	if (masked || fd == -ENOENT) {
		free(path);
		return 0;
	}
	return add(files, path, fd);
}

static int find_drop_ins(int root_fd, struct config_files *files)
{
	_cleanup_(drop_ins_done) struct drop_ins drop_ins = { 0 };
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(directories); i++)
		r = list_directory(root_fd, directories[i], &drop_ins);
	if (drop_ins.count > 0)
		qsort(drop_ins.items, drop_ins.count, sizeof(*drop_ins.items), by_name);
	for (size_t i = 0; r == 0 && i < drop_ins.count; i++)
		r = add_drop_in(root_fd, &drop_ins.items[i], files);
	return r;
}

int config_files_find(int root_fd, struct config_files *ret)
{
	int r = find_main(root_fd, ret);

	return r < 0 ? r : find_drop_ins(root_fd, ret);
}

void config_files_done(struct config_files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		free(files->items[i].path);
		cleanup_close(&files->items[i].fd);
	}
	free(files->items);
	*files = (struct config_files){ 0 };
}
