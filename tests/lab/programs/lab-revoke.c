// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The least that a revoke by the memory bit can be: copies the owner's fd and writes its
 * config space. Says how long that took; the benchmark of `dmabufctl revoke` compares
 * with it.
 */
#include "common.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define SYNOPSIS "PID FD on|off"

static long long nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

int main(int argc, char **argv)
{
	struct vfio_region_info config = {
		.argsz = sizeof(config),
		.index = VFIO_PCI_CONFIG_REGION_INDEX,
	};
	long long begin;
	uint16_t command;
	bool on;
	int fd;

	if (argc != 4)
		die_usage(SYNOPSIS);
	on = strcmp(argv[3], "on") == 0;
	begin = nanoseconds();
	fd = borrow_fd_or_die(pid_or_die(argv[1]), fd_or_die(argv[2]));
	if (ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, &config) < 0)
		die_errno("config region");
	if (pread(fd, &command, sizeof(command), (off_t)config.offset + PCI_COMMAND) < 0)
		die_errno("reading PCI_COMMAND");
	if (on)
		command |= PCI_COMMAND_MEMORY;
	else
		command &= (uint16_t)~PCI_COMMAND_MEMORY;
	if (pwrite(fd, &command, sizeof(command), (off_t)config.offset + PCI_COMMAND) < 0)
		die_errno("writing PCI_COMMAND");
	printf("%lld\n", (nanoseconds() - begin) / 1000);
	return 0;
}
