// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Attaches a device to a dma-buf of another process, with a behaviour, by means of
 * lab_importer.ko. What each behaviour does is told in ../module/lab-importer.h.
 */
#include "common.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../module/lab-importer.h"

#define SYNOPSIS                                                                         \
	"PID FD DEVICE static|pinned|revocable|slow|never|fence [--no-map] [--always] "  \
	"[--delay=MS]"

enum { OPT_NO_MAP = 1, OPT_ALWAYS, OPT_DELAY };

static const struct option options[] = {
	{ "no-map", no_argument, NULL, OPT_NO_MAP },
	{ "always", no_argument, NULL, OPT_ALWAYS },
	{ "delay", required_argument, NULL, OPT_DELAY },
	COMMON_OPTIONS,
};

static int lab_fd;
static unsigned int id;

static void run_call(const char *name, unsigned long request)
{
	if (ioctl(lab_fd, request, (unsigned long)id) < 0)
		say_errno("%s", name);
	else
		say_ok("%s", name);
}

static void run_release(int argc, char **argv)
{
	(void)argc;
	run_call(argv[0], LAB_IMPORTER_RELEASE);
}

static void run_map(int argc, char **argv)
{
	(void)argc;
	run_call(argv[0], LAB_IMPORTER_MAP);
}

static void run_unmap(int argc, char **argv)
{
	(void)argc;
	run_call(argv[0], LAB_IMPORTER_UNMAP);
}

static void run_detach(int argc, char **argv)
{
	(void)argc;
	run_call(argv[0], LAB_IMPORTER_DETACH);
}

static void run_hold_resv(int argc, char **argv)
{
	(void)argc;
	run_call(argv[0], LAB_IMPORTER_HOLD_RESV);
}

static void run_state(int argc, char **argv)
{
	struct lab_importer_state state = { .id = id };

	(void)argc;
	if (ioctl(lab_fd, LAB_IMPORTER_STATE, &state) < 0)
		say_errno("%s", argv[0]);
	else
		say_ok("state mapped=%u fence=%u resv_held=%u invalidations=%u",
		       state.mapped, state.fence, state.resv_held, state.invalidations);
}

static const struct command commands[] = {
	{ "release", 0, 0, run_release }, { "map", 0, 0, run_map },
	{ "unmap", 0, 0, run_unmap },	  { "detach", 0, 0, run_detach },
	{ "state", 0, 0, run_state },	  { "hold-resv", 0, 0, run_hold_resv },
};

static void open_lab(void)
{
	lab_fd = open(LAB_IMPORTER_PATH, O_RDWR | O_CLOEXEC);
	if (lab_fd >= 0)
		return;
	if (errno == ENOENT)
		die_unsupported("no %s: lab_importer.ko is not loaded",
				LAB_IMPORTER_PATH);
	die_errno("cannot open %s", LAB_IMPORTER_PATH);
}

static void copy_name(char *target, size_t size, const char *name)
{
	if (strlen(name) >= size)
		die("too long a name: %s", name);
	strcpy(target, name);
}

static unsigned long attach(struct lab_importer_attach *arg, char **argv)
{
	pid_t pid = pid_or_die(argv[0]);
	int fd = fd_or_die(argv[1]);
	unsigned long inode;

	copy_name(arg->device, sizeof(arg->device), argv[2]);
	copy_name(arg->behaviour, sizeof(arg->behaviour), argv[3]);
	arg->dmabuf_fd = borrow_fd_or_die(pid, fd);
	inode = inode_of(arg->dmabuf_fd);
	if (ioctl(lab_fd, LAB_IMPORTER_ATTACH, arg) < 0)
		die_errno("cannot attach %s (%s) to fd %d of process %d", arg->device,
			  arg->behaviour, fd, pid);
	close(arg->dmabuf_fd);
	return inode;
}

int main(int argc, char **argv)
{
	struct lab_importer_attach arg = { .delay_ms = 3000 };
	unsigned long inode;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == OPT_NO_MAP)
			arg.flags |= LAB_IMPORTER_NO_MAP;
		else if (c == OPT_ALWAYS)
			arg.flags |= LAB_IMPORTER_ALWAYS;
		else if (c == OPT_DELAY)
			arg.delay_ms = number_or_die(optarg, "delay");
		else if (!common_option(c))
			die_usage(SYNOPSIS);
	}
	if (argc - optind != 4)
		die_usage(SYNOPSIS);
	open_lab();
	inode = attach(&arg, argv + optind);
	id = arg.id;
	say_ready("pid=%d inode=%lu id=%u", getpid(), inode, id);
	run_commands(commands, ARRAY_SIZE(commands));
}
