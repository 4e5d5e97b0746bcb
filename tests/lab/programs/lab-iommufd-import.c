// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Maps a dma-buf of another process into an I/O address space of iommufd; with --edu,
 * into the one of QEMU's edu device, which then reads through the mapping.
 */
#include "common.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "edu.h"
#include "uapi.h"

#define SYNOPSIS "PID FD [--iova=ADDR] [--length=N] [--edu=ADDRESS]"

enum { OPT_IOVA = 1, OPT_LENGTH, OPT_EDU };

static const struct option options[] = {
	{ "iova", required_argument, NULL, OPT_IOVA },
	{ "length", required_argument, NULL, OPT_LENGTH },
	{ "edu", required_argument, NULL, OPT_EDU },
	COMMON_OPTIONS,
};

static int iommufd;
static unsigned int ioas;
static pid_t owner;
static int owner_fd;
static unsigned long long iova, length;
static bool fixed;
static const char *edu_address;
static struct edu edu;

/* 0 or a negative errno; without a fixed address the kernel chooses one */
static int map(int fd)
{
	struct lab_iommu_ioas_map_file arg = {
		.size = sizeof(arg),
		.flags = LAB_IOMMU_MAP_READABLE | LAB_IOMMU_MAP_WRITEABLE |
			 (fixed ? LAB_IOMMU_MAP_FIXED_IOVA : 0),
		.ioas_id = ioas,
		.fd = fd,
		.length = length,
		.iova = iova,
	};

	if (ioctl(iommufd, LAB_IOMMU_IOAS_MAP_FILE, &arg) < 0)
		return -errno;
	iova = arg.iova;
	return 0;
}

static void run_unmap(int argc, char **argv)
{
	struct lab_iommu_ioas_unmap arg = {
		.size = sizeof(arg),
		.ioas_id = ioas,
		.iova = iova,
		.length = length,
	};

	(void)argc;
	if (ioctl(iommufd, LAB_IOMMU_IOAS_UNMAP, &arg) < 0)
		say_errno("%s", argv[0]);
	else
		say_ok("%s length=%llu", argv[0], (unsigned long long)arg.length);
}

/* At the same address, or at the one given */
static void run_map_again(int argc, char **argv)
{
	int fd, ret;

	if (argc > 1 && !number_from_text(argv[1], &iova)) {
		say_error("%s: not a number: %s", argv[0], argv[1]);
		return;
	}
	fixed = true;
	fd = borrow_fd(owner, owner_fd);
	ret = fd < 0 ? fd : map(fd);
	if (fd >= 0)
		close(fd);
	if (ret < 0)
		say_error("%s: %s", argv[0], strerror(-ret));
	else
		say_ok("%s iova=0x%llx", argv[0], iova);
}

static void run_dma_read(int argc, char **argv)
{
	uint32_t value;
	int r;

	(void)argc;
	if (!edu_address) {
		say_error("%s: there is no device", argv[0]);
		return;
	}
	r = edu_read(&edu, iova, &value);
	if (r < 0)
		say_error("%s: %s", argv[0], strerror(-r));
	else
		say_ok("%s value=0x%08x", argv[0], value);
}

static const struct command commands[] = {
	{ "unmap", 0, 0, run_unmap },
	{ "map-again", 0, 1, run_map_again },
	{ "dma-read", 0, 0, run_dma_read },
};

static void open_ioas(void)
{
	struct lab_iommu_ioas_alloc arg = { .size = sizeof(arg) };

	iommufd = open("/dev/iommu", O_RDWR | O_CLOEXEC);
	if (iommufd < 0 && (errno == ENOENT || errno == ENODEV))
		die_unsupported("no /dev/iommu: the kernel lacks iommufd");
	if (iommufd < 0)
		die_errno("cannot open /dev/iommu");
	if (ioctl(iommufd, LAB_IOMMU_IOAS_ALLOC, &arg) < 0)
		die_errno("cannot allocate an I/O address space");
	ioas = arg.out_ioas_id;
}

static void import(void)
{
	int fd = borrow_fd_or_die(owner, owner_fd);
	unsigned long inode = inode_of(fd);
	int ret;

	if (length == 0)
		length = size_of(fd);
	ret = map(fd);
	if (ret == -ENOTTY || ret == -EOPNOTSUPP)
		die_unsupported("iommufd cannot map this dma-buf: %s", strerror(-ret));
	if (ret < 0)
		die("cannot map fd %d of process %d with iommufd: %s", owner_fd, owner,
		    strerror(-ret));
	close(fd);
	say_ready("pid=%d inode=%lu iommufd=%d iova=0x%llx length=%llu", getpid(), inode,
		  iommufd, iova, length);
}

int main(int argc, char **argv)
{
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == OPT_IOVA) {
			iova = number_or_die(optarg, "address");
			fixed = true;
		} else if (c == OPT_LENGTH) {
			length = number_or_die(optarg, "length");
		} else if (c == OPT_EDU) {
			edu_address = optarg;
		} else if (!common_option(c)) {
			die_usage(SYNOPSIS);
		}
	}
	if (argc - optind != 2)
		die_usage(SYNOPSIS);
	owner = pid_or_die(argv[optind]);
	owner_fd = fd_or_die(argv[optind + 1]);
	if (edu_address) {
		edu_open(&edu, edu_address);
		iommufd = edu.vfio.iommufd;
		ioas = edu.vfio.ioas;
	} else {
		open_ioas();
	}
	import();
	run_commands(commands, ARRAY_SIZE(commands));
}
