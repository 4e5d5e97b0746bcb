/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/jobs/record-file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/wire/json.h"

enum { TEMPORARY_NAME = RECORD_NAME + 32, TEMPORARY_SECONDS = 60 };

static const char suffix[] = ".json";

int record_directory_open(int parent_fd, const char *name)
{
	int fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static void file_name(const char *name, char ret[RECORD_NAME])
{
	(void)snprintf(ret, RECORD_NAME, "%s%s", name, suffix);
}

bool record_name(const char *file, char *ret, size_t size)
{
	size_t length = strlen(file), tail = sizeof(suffix) - 1;

	if (length <= tail || length - tail >= size || file[0] == '.' ||
	    strcmp(file + length - tail, suffix) != 0)
		return false;
	memcpy(ret, file, length - tail);
	ret[length - tail] = '\0';
	return true;
}

/* Without waiting for the other end of a FIFO. */
static int open_regular(int directory_fd, const char *file)
{
	_cleanup_close_ int fd =
		openat(directory_fd, file,
		       O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat status;

	if (fd < 0) /* a link; a socket, a device without a driver */
		return errno == ELOOP || errno == ENXIO ? -EBADMSG : -errno;
	if (fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -EBADMSG;
	return TAKE_FD(fd);
}

int record_read(int directory_fd, const char *name, size_t limit,
		struct json_object **ret)
{
	_cleanup_close_ int fd = -EBADF;
	_cleanup_free_ char *text = NULL;
	char file[RECORD_NAME];
	size_t length;
	int r;

	file_name(name, file);
	fd = open_regular(directory_fd, file);
	if (fd < 0)
		return fd;
	r = file_read_fd(fd, limit, &text, &length);
	if (r == -EFBIG)
		return -EBADMSG;
	if (r < 0)
		return r;
	return wire_parse_text(text, length, ret);
}

static int write_all(int fd, const char *text, size_t length)
{
	while (length > 0) {
		ssize_t n = write(fd, text, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		text += n;
		length -= (size_t)n;
	}
	return 0;
}

/* Whose the directory is, his is the file: the daemon reads what root leaves for it. */
static int give(int fd, int directory_fd)
{
	struct stat directory;

	if (fstat(directory_fd, &directory) < 0)
		return -errno;
	if (directory.st_uid == geteuid())
		return 0;
	return fchown(fd, directory.st_uid, (gid_t)-1) < 0 ? -errno : 0;
}

/* The mode is what is asked for, whatever the umask says. */
static int write_temporary(int directory_fd, const char *temporary, const char *text,
			   mode_t mode)
{
	_cleanup_close_ int fd =
		openat(directory_fd, temporary,
		       O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int r;

	if (fd < 0)
		return -errno;
	r = write_all(fd, text, strlen(text));
	if (r < 0)
		return r;
	r = give(fd, directory_fd);
	if (r < 0)
		return r;
	return fchmod(fd, mode) < 0 || fsync(fd) < 0 ? -errno : 0;
}

/* Gives the temporary file its name; link() does not replace, and rename() does. */
static int put_in_place(int directory_fd, const char *temporary, const char *file,
			bool replace)
{
	int r = replace ? renameat(directory_fd, temporary, directory_fd, file)
			: linkat(directory_fd, temporary, directory_fd, file, 0);

	return r < 0 ? -errno : 0;
}

/* ".NAME.json.0123456789abcdef" */
static bool is_temporary(const char *file)
{
	size_t length = strlen(file), digits = 16;
	const char *random;

	if (file[0] != '.' || length <= digits + sizeof(suffix))
		return false;
	random = file + length - digits;
	return random[-1] == '.' && strspn(random, "0123456789abcdef") == digits &&
	       strncmp(random - sizeof(suffix), suffix, sizeof(suffix) - 1) == 0;
}

void record_tidy(int directory_fd, const char *file)
{
	struct stat status;

	if (!is_temporary(file) ||
	    fstatat(directory_fd, file, &status, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !S_ISREG(status.st_mode) ||
	    realtime_us() / 1000000 - status.st_mtim.tv_sec <= TEMPORARY_SECONDS)
		return;
	(void)unlinkat(directory_fd, file, 0);
}

static int write_text(int directory_fd, const char *file, const char *text, mode_t mode,
		      bool replace)
{
	char temporary[TEMPORARY_NAME];
	uint64_t random;
	int r;

	if (getrandom(&random, sizeof(random), 0) < 0)
		return -errno;
	(void)snprintf(temporary, sizeof(temporary), ".%s.%016" PRIx64, file, random);
	r = write_temporary(directory_fd, temporary, text, mode);
	if (r == 0)
		r = put_in_place(directory_fd, temporary, file, replace);
	if (r < 0 || !replace)
		(void)unlinkat(directory_fd, temporary, 0);
	if (r < 0)
		return r;
	return fsync(directory_fd) < 0 ? -errno : 0;
}

int record_write(int directory_fd, const char *name, struct json_object *object,
		 mode_t mode, bool replace)
{
	_cleanup_free_ char *text = object ? wire_print(object, false) : NULL;
	char file[RECORD_NAME];

	(void)json_object_put(object);
	if (!text)
		return -ENOMEM;
	if (strlen(text) > RECORD_LIMIT)
		return -EFBIG;
	file_name(name, file);
	return write_text(directory_fd, file, text, mode, replace);
}

int record_remove(int directory_fd, const char *name)
{
	char file[RECORD_NAME];

	file_name(name, file);
	if (unlinkat(directory_fd, file, 0) < 0)
		return errno == ENOENT ? 0 : -errno;
	return fsync(directory_fd) < 0 ? -errno : 0;
}

/* ".NAME.json.": what the names of its temporary files begin with */
static bool is_temporary_of(const char *entry, const char *file)
{
	size_t length = strlen(file);

	return entry[0] == '.' && strncmp(entry + 1, file, length) == 0 &&
	       entry[1 + length] == '.';
}

void record_sweep(int directory_fd, const char *name)
{
	_cleanup_closedir_ DIR *directory = fdopendir(directory_fd);
	const struct dirent *entry;
	char file[RECORD_NAME];

	if (!directory) {
		(void)close(directory_fd);
		return;
	}
	file_name(name, file);
	while ((entry = readdir(directory)))
		if (is_temporary_of(entry->d_name, file))
			(void)unlinkat(dirfd(directory), entry->d_name, 0);
}

int record_move(int from_fd, int to_fd, const char *name)
{
	char file[RECORD_NAME];

	file_name(name, file);
	if (renameat(from_fd, file, to_fd, file) < 0)
		return -errno;
	return fsync(to_fd) < 0 || fsync(from_fd) < 0 ? -errno : 0;
}
