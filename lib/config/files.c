/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/config/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
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

/* Is it the root of our own file systems? Then no link can lead out of it. */
static bool is_real_root(int root_fd)
{
	struct stat root, ours;

	return fstat(root_fd, &root) == 0 && stat("/", &ours) == 0 &&
	       root.st_dev == ours.st_dev && root.st_ino == ours.st_ino;
}

static int open_below(int root_fd, const char *path, int flags)
{
	const struct open_how how = {
		.flags = (unsigned int)(flags | O_CLOEXEC),
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	int tries, fd = -1;

	/* RestrictSUIDSGID= of our units takes openat2() away */
	if (is_real_root(root_fd)) {
		fd = openat(root_fd, path, flags | O_CLOEXEC);
		return fd < 0 ? -errno : fd;
	}
	/* EAGAIN: something was renamed meanwhile, and ".." could not be proved safe. */
	for (tries = 0; tries < 16; tries++) {
		fd = (int)syscall(SYS_openat2, root_fd, path, &how, sizeof(how));
		if (fd >= 0 || errno != EAGAIN)
			break;
	}
	return fd < 0 ? -errno : fd;
}

/* By its text: a captured tree need not have a /dev. */
static bool is_link_to_null(int root_fd, const char *path)
{
	static const char null[] = "/dev/null";
	_cleanup_close_ int fd = open_below(root_fd, path, O_PATH | O_NOFOLLOW);
	char target[sizeof(null)];
	ssize_t length;

	if (fd < 0)
		return false;
	length = readlinkat(fd, "", target, sizeof(target));
	return length == (ssize_t)sizeof(null) - 1 &&
	       memcmp(target, null, (size_t)length) == 0;
}

int config_file_open(int root_fd, const char *path)
{
	_cleanup_close_ int fd = -EBADF;
	struct stat status;

	if (is_link_to_null(root_fd, path))
		return -ENODATA;
	/* It may be a FIFO, which nobody writes to. */
	fd = open_below(root_fd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return fd;
	if (fstat(fd, &status) < 0)
		return -errno;
	if (S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3))
		return -ENODATA;
	if (S_ISDIR(status.st_mode))
		return -EISDIR;
	return S_ISREG(status.st_mode) ? TAKE_FD(fd) : -ENXIO;
}

/* Takes path, which may be NULL (no memory). */
static int add(struct config_files *files, char *path, int error)
{
	const struct config_file file = { path, error };
	int r = path ? ARRAY_PUSH(files, file) : -ENOMEM;

	if (r < 0)
		free(path);
	return r;
}

/* Whatever has the name counts, also a link that leads nowhere. */
static int find_main(int root_fd, struct config_files *files)
{
	for (size_t i = 0; i < ARRAY_SIZE(directories); i++) {
		_cleanup_close_ int fd = -EBADF;
		char *path;

		if (asprintf(&path, "%s/" MAIN_FILE, directories[i]) < 0)
			return -ENOMEM;
		fd = open_below(root_fd, path, O_PATH | O_NOFOLLOW);
		if (fd != -ENOENT && fd != -ENOTDIR)
			return add(files, path, fd < 0 ? fd : 0);
		free(path);
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
	static const char suffix[] = ".conf";
	size_t length = strlen(name), least = sizeof(suffix) - 1;

	return name[0] != '.' && length > least &&
	       strcmp(name + length - least, suffix) == 0;
}

static bool has(const struct drop_ins *drop_ins, const char *name)
{
	for (size_t i = 0; i < drop_ins->count; i++)
		if (strcmp(drop_ins->items[i].name, name) == 0)
			return true;
	return false;
}

static int add_drop_in(struct drop_ins *drop_ins, const char *directory, const char *name)
{
	struct drop_in drop_in = { .directory = directory };
	int r;

	if (!is_drop_in(name) || has(drop_ins, name))
		return 0;
	if (drop_ins->count == DROP_INS_MAX)
		return -E2BIG;
	drop_in.name = strdup(name);
	r = drop_in.name ? ARRAY_PUSH(drop_ins, drop_in) : -ENOMEM;
	if (r < 0)
		free(drop_in.name);
	return r;
}

static int list_directory(int root_fd, const char *path, const char *directory,
			  struct drop_ins *drop_ins)
{
	_cleanup_closedir_ DIR *stream = NULL;
	struct dirent *entry;
	int fd, r = 0;

	fd = open_below(root_fd, path, O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	stream = fdopendir(fd);
	if (!stream) {
		(void)close(fd);
		return -ENOMEM;
	}
	while (r == 0) {
		errno = 0;
		entry = readdir(stream);
		if (!entry)
			return -errno;
		r = add_drop_in(drop_ins, directory, entry->d_name);
	}
	return r;
}

static int by_name(const void *one, const void *other)
{
	return strcmp(((const struct drop_in *)one)->name,
		      ((const struct drop_in *)other)->name);
}

static int list_all(int root_fd, struct drop_ins *drop_ins, struct config_files *files)
{
	for (size_t i = 0; i < ARRAY_SIZE(directories); i++) {
		char *path;
		int r;

		if (asprintf(&path, "%s/" DROP_INS, directories[i]) < 0)
			return -ENOMEM;
		r = list_directory(root_fd, path, directories[i], drop_ins);
		if (r < 0 && r != -ENOMEM)
			r = add(files, path, r);
		else
			free(path);
		if (r < 0)
			return r;
	}
	return 0;
}

static int find_drop_ins(int root_fd, struct config_files *files)
{
	_cleanup_(drop_ins_done) struct drop_ins drop_ins = { 0 };
	int r = list_all(root_fd, &drop_ins, files);

	if (drop_ins.count > 0)
		qsort(drop_ins.items, drop_ins.count, sizeof(*drop_ins.items), by_name);
	for (size_t i = 0; r == 0 && i < drop_ins.count; i++) {
		const struct drop_in *drop_in = &drop_ins.items[i];
		char *path;

		if (asprintf(&path, "%s/" DROP_INS "/%s", drop_in->directory,
			     drop_in->name) < 0)
			return -ENOMEM;
		r = add(files, path, 0);
	}
	return r;
}

int config_files_find(int root_fd, struct config_files *ret)
{
	int r = find_main(root_fd, ret);

	return r < 0 ? r : find_drop_ins(root_fd, ret);
}

void config_files_done(struct config_files *files)
{
	for (size_t i = 0; i < files->count; i++)
		free(files->items[i].path);
	free(files->items);
	*files = (struct config_files){ 0 };
}
