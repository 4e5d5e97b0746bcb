/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/observe/root.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/base/text.h"

enum { SMALL_ATTRIBUTE = 64 * 1024 };

int root_open(const char *directory, struct root *ret)
{
	int fd = open(directory ? directory : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	ret->fd = fd;
	ret->captured = directory != NULL;
	return 0;
}

void root_close(struct root *root)
{
	cleanup_close(&root->fd);
	root->fd = -EBADF;
}

/* A captured tree is somebody's data: only its files and directories are opened. */
static int refuse_special(int fd)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return -errno;
	return S_ISREG(status.st_mode) || S_ISDIR(status.st_mode) ? 0 : -EINVAL;
}

static int open_beneath(const struct root *root, int dir_fd, const char *path, int flags)
{
	struct open_how how = {
		.flags = (unsigned int)flags,
		.resolve = RESOLVE_NO_MAGICLINKS |
			   (dir_fd == root->fd ? RESOLVE_IN_ROOT : RESOLVE_BENEATH),
	};
	int tries, fd = -1;

	/* EAGAIN: something was renamed meanwhile, and ".." could not be proved safe. */
	for (tries = 0; tries < 16; tries++) {
		fd = (int)syscall(SYS_openat2, dir_fd, path, &how, sizeof(how));
		if (fd >= 0 || errno != EAGAIN)
			break;
	}
	return fd < 0 ? -errno : fd;
}

static int open_captured(const struct root *root, int dir_fd, const char *path, int flags)
{
	_cleanup_close_ int fd = -EBADF;
	int r;

	if (flags & O_PATH)
		return open_beneath(root, dir_fd, path, flags);
	/* A named pipe must not stop us. */
	fd = open_beneath(root, dir_fd, path, flags | O_NONBLOCK);
	if (fd < 0)
		return fd;
	r = refuse_special(fd);
	if (r < 0)
		return r;
	return TAKE_FD(fd);
}

int root_open_at(const struct root *root, int dir_fd, const char *path, int flags)
{
	int fd;

	flags |= O_CLOEXEC;
	if (!(flags & O_PATH))
		flags |= O_NOCTTY;
	if (root->captured)
		return open_captured(root, dir_fd, path, flags);
	fd = openat(dir_fd, path, flags);
	return fd < 0 ? -errno : fd;
}

int root_open_directory(const struct root *root, int dir_fd, const char *path, DIR **ret)
{
	_cleanup_close_ int fd = -EBADF;
	DIR *directory;

	fd = root_open_at(root, dir_fd, path, O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		return fd;
	directory = fdopendir(fd);
	if (!directory)
		return -errno;
	(void)TAKE_FD(fd);
	*ret = directory;
	return 0;
}

int root_read_link(const struct root *root, int dir_fd, const char *path, char **ret)
{
	_cleanup_close_ int fd = -EBADF;
	char target[PATH_MAX];
	ssize_t length;
	char *copy;

	fd = root_open_at(root, dir_fd, path, O_PATH | O_NOFOLLOW);
	if (fd < 0)
		return fd;
	length = readlinkat(fd, "", target, sizeof(target));
	if (length < 0)
		return errno == ENOENT ? -EINVAL : -errno; /* it is no link */
	if ((size_t)length == sizeof(target))
		return -ENAMETOOLONG;
	copy = strndup(target, (size_t)length);
	if (!copy)
		return -ENOMEM;
	*ret = copy;
	return 0;
}

int root_read_link_name(const struct root *root, int dir_fd, const char *path, char **ret)
{
	_cleanup_free_ char *target = NULL;
	const char *slash;
	char *name;
	int r;

	r = root_read_link(root, dir_fd, path, &target);
	if (r < 0)
		return r;
	slash = strrchr(target, '/');
	name = strdup(slash ? slash + 1 : target);
	if (!name)
		return -ENOMEM;
	*ret = name;
	return 0;
}

int root_read(const struct root *root, int dir_fd, const char *path, size_t limit,
	      char **ret_text, size_t *ret_length)
{
	_cleanup_close_ int fd = root_open_at(root, dir_fd, path, O_RDONLY);

	if (fd < 0)
		return fd;
	return file_read_fd(fd, limit, ret_text, ret_length);
}

int root_read_line(const struct root *root, int dir_fd, const char *path, char **ret)
{
	char *text;
	int r = root_read(root, dir_fd, path, SMALL_ATTRIBUTE, &text, NULL);

	if (r < 0)
		return r;
	text[strcspn(text, "\n")] = '\0';
	*ret = text;
	return 0;
}

int root_read_number(const struct root *root, int dir_fd, const char *path, uint64_t *ret)
{
	_cleanup_free_ char *line = NULL;
	int r = root_read_line(root, dir_fd, path, &line);

	if (r < 0)
		return r;
	if (text_starts_with(line, "0x"))
		return text_to_u64(line + 2, 16, ret);
	return text_to_u64(line, 10, ret);
}
