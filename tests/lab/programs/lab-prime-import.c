// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Imports a dma-buf of another process into a DRM device, found by its driver's name.
 */
#include "common.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "drm.h"
#include "uapi.h"

#define SYNOPSIS "DRIVER PID FD [--keep-fd]"

enum { OPT_KEEP_FD = 1 };

static const struct option options[] = {
	{ "keep-fd", no_argument, NULL, OPT_KEEP_FD },
	COMMON_OPTIONS,
};

static int drm_fd = -1;
static unsigned int handle;

static void run_close_handle(int argc, char **argv)
{
	struct lab_drm_gem_close arg = { .handle = handle };

	(void)argc;
	if (ioctl(drm_fd, LAB_DRM_GEM_CLOSE, &arg) < 0)
		say_errno("%s", argv[0]);
	else
		say_ok("%s", argv[0]);
}

static const struct command commands[] = {
	{ "close-handle", 0, 0, run_close_handle },
};

static void import(const char *driver, int fd)
{
	struct lab_drm_prime_handle arg = { .fd = fd };

	if (ioctl(drm_fd, LAB_DRM_PRIME_FD_TO_HANDLE, &arg) == 0) {
		handle = arg.handle;
		return;
	}
	if (errno == EOPNOTSUPP || errno == ENODEV || errno == ENOSYS)
		die_unsupported("%s cannot import this dma-buf: %s", driver,
				strerror(errno));
	die_errno("cannot import the dma-buf into %s", driver);
}

int main(int argc, char **argv)
{
	const char *driver, *path = NULL;
	bool keep_fd = false;
	unsigned long inode;
	int c, fd;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == OPT_KEEP_FD)
			keep_fd = true;
		else if (!common_option(c))
			die_usage(SYNOPSIS);
	}
	if (argc - optind != 3)
		die_usage(SYNOPSIS);
	driver = argv[optind];
	fd = borrow_fd_or_die(pid_or_die(argv[optind + 1]), fd_or_die(argv[optind + 2]));
	inode = inode_of(fd);
	drm_fd = drm_open(driver, DRM_NODE_ANY, &path);
	import(driver, fd);
	if (!keep_fd) {
		close(fd);
		fd = -1;
	}
	say_ready("pid=%d inode=%lu fd=%d drm_fd=%d handle=%u node=%s", getpid(), inode,
		  fd, drm_fd, handle, path);
	run_commands(commands, ARRAY_SIZE(commands));
}
