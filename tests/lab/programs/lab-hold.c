// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Holds a copy of an fd of another process, and perhaps a mapping of it.
 */
#include "common.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define SYNOPSIS "PID FD [--mmap] [--close-fd]"

enum { OPT_MMAP = 1, OPT_CLOSE_FD };

static const struct option options[] = {
	{ "mmap", no_argument, NULL, OPT_MMAP },
	{ "close-fd", no_argument, NULL, OPT_CLOSE_FD },
	COMMON_OPTIONS,
};

static void map(int fd)
{
	size_t size = size_of(fd);

	if (size == 0)
		die("cannot map fd %d: it has no size", fd);
	if (mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED)
		die_errno("cannot map fd %d", fd);
}

int main(int argc, char **argv)
{
	bool with_map = false, close_fd = false;
	unsigned long inode;
	int c, fd;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == OPT_MMAP)
			with_map = true;
		else if (c == OPT_CLOSE_FD)
			close_fd = true;
		else if (!common_option(c))
			die_usage(SYNOPSIS);
	}
	if (argc - optind != 2)
		die_usage(SYNOPSIS);
	fd = borrow_fd_or_die(pid_or_die(argv[optind]), fd_or_die(argv[optind + 1]));
	inode = inode_of(fd);
	if (with_map)
		map(fd);
	if (close_fd) {
		close(fd);
		fd = -1;
	}
	say_ready("pid=%d fd=%d inode=%lu map=%d", getpid(), fd, inode, with_map);
	run_commands(NULL, 0);
}
