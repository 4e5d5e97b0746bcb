/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/act/device-lock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/base/text.h"

enum {
	LOCK_TEXT = 512, /* more than is ever written */
	LOCK_POLL_MS = 20,
	LOCK_TRIES = 16, /* against somebody who keeps replacing the file */
};

static int lock_name(const char *device, char name[NAME_MAX])
{
	int length;

	if (device[0] == '\0' || device[0] == '.' || strchr(device, '/'))
		return -EINVAL;
	length = snprintf(name, NAME_MAX, "%s.lock", device);
	return length >= NAME_MAX ? -EINVAL : 0;
}

static int write_holder(int fd, const char *job)
{
	char text[LOCK_TEXT];
	int length =
		snprintf(text, sizeof(text),
			 "job=%s\nunit=dmabufctl-act@%s.service\npid=%d\nsince=%lld\n",
			 job, job, (int)getpid(), (long long)realtime_us());
	ssize_t n;

	if (ftruncate(fd, 0) < 0)
		return -errno;
	n = pwrite(fd, text, (size_t)length, 0);
	if (n < 0)
		return -errno;
	return n == length ? 0 : -EIO;
}

static void parse_line(char *line, struct lock_holder *holder)
{
	char *value = strchr(line, '=');
	uint64_t number;

	if (!value)
		return;
	*value++ = '\0';
	if (strcmp(line, "job") == 0 && job_id_is_valid(value))
		(void)snprintf(holder->job, sizeof(holder->job), "%s", value);
	else if (strcmp(line, "pid") == 0 && text_to_u64(value, 10, &number) == 0 &&
		 number <= INT32_MAX)
		holder->pid = (pid_t)number;
	else if (strcmp(line, "since") == 0 && text_to_u64(value, 10, &number) == 0 &&
		 number <= INT64_MAX)
		holder->since_us = (int64_t)number;
}

/* What is not there, or not to be understood, stays unknown. */
static void read_holder(int fd, struct lock_holder *ret)
{
	struct lock_holder holder = { .pid = 0 };
	char text[LOCK_TEXT];
	char *line, *rest = NULL;
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	if (n < 0)
		n = 0;
	text[n] = '\0';
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		parse_line(line, &holder);
	*ret = holder;
}

/* 1: fd is the file of this name, 0: not any more. */
static int is_still_there(int runtime_fd, const char *name, int fd)
{
	struct stat opened, named;

	if (fstat(fd, &opened) < 0)
		return -errno;
	if (!S_ISREG(opened.st_mode))
		return -EINVAL;
	if (fstatat(runtime_fd, name, &named, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	return opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

/* The locked fd; -ESTALE: the file was replaced meanwhile. */
static int try_lock(int runtime_fd, const char *name, struct lock_holder *ret_holder)
{
	_cleanup_close_ int fd = -EBADF;
	bool taken;
	int r;

	/* O_NONBLOCK: a named pipe must not stop us */
	fd = openat(runtime_fd, name,
		    O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
		    0600);
	if (fd < 0)
		return -errno;
	taken = flock(fd, LOCK_EX | LOCK_NB) < 0;
	if (taken && errno != EWOULDBLOCK)
		return -errno;
	r = is_still_there(runtime_fd, name, fd);
	if (r < 0)
		return r;
	if (r == 0)
		return -ESTALE;
	if (!taken)
		return TAKE_FD(fd);
	read_holder(fd, ret_holder);
	return -EWOULDBLOCK;
}

int device_lock(int runtime_fd, const char *device, const char *job,
		struct lock_holder *ret_holder)
{
	_cleanup_close_ int fd = -EBADF;
	char name[NAME_MAX];
	int r, tries = 0;

	if (!job_id_is_valid(job))
		return -EINVAL;
	r = lock_name(device, name);
	if (r < 0)
		return r;
	do
		fd = try_lock(runtime_fd, name, ret_holder);
	while (fd == -ESTALE && ++tries < LOCK_TRIES);
	if (fd < 0)
		return fd;
	r = write_holder(fd, job);
	if (r < 0)
		return r;
	return TAKE_FD(fd);
}

int device_lock_wait(int runtime_fd, const char *device, const char *job,
		     uint64_t deadline_ms, int wake_fd, struct lock_holder *ret_holder)
{
	struct pollfd wake = { .fd = wake_fd, .events = POLLIN };
	int fd;

	for (;;) {
		fd = device_lock(runtime_fd, device, job, ret_holder);
		if (fd != -EWOULDBLOCK || monotonic_ms() >= deadline_ms)
			return fd;
		if (poll(&wake, 1, LOCK_POLL_MS) > 0)
			return -EINTR;
	}
}
