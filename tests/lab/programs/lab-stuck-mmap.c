// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Has lab_importer.ko hold the mmap_lock of a process for writing, until "release".
 */
#include "common.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../module/lab-importer.h"

#define SYNOPSIS "PID"

static const struct option options[] = { COMMON_OPTIONS };
static int lab_fd;

static void run_release(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	if (ioctl(lab_fd, LAB_IMPORTER_RELEASE_MMAP_LOCK) < 0)
		say_errno("release");
	else
		say_ok("release");
}

static const struct command commands[] = {
	{ "release", 0, 0, run_release },
};

int main(int argc, char **argv)
{
	pid_t pid;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (!common_option(c))
			die_usage(SYNOPSIS);
	if (argc - optind != 1)
		die_usage(SYNOPSIS);
	pid = pid_or_die(argv[optind]);
	lab_fd = open(LAB_IMPORTER_PATH, O_RDWR | O_CLOEXEC);
	if (lab_fd < 0 && errno == ENOENT)
		die_unsupported("no %s: lab_importer.ko is not loaded",
				LAB_IMPORTER_PATH);
	if (lab_fd < 0)
		die_errno("cannot open %s", LAB_IMPORTER_PATH);
	if (ioctl(lab_fd, LAB_IMPORTER_HOLD_MMAP_LOCK, (unsigned long)pid) < 0)
		die_errno("cannot hold the mmap_lock of process %d", pid);
	say_ready("pid=%d victim=%d", getpid(), pid);
	run_commands(commands, ARRAY_SIZE(commands));
}
