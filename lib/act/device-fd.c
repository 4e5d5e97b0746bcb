/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/act/device-fd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "lib/act/vfio-config.h"
#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/base/text.h"
#include "lib/observe/fdinfo.h"
#include "lib/observe/root.h"

enum {
	STAT_LIMIT = 4096,
	FDINFO_LIMIT = 64 * 1024,
	STAT_START_TICKS = 22, /* proc_pid_stat(5); 3 is the first one behind comm */
};

/* Behind the last ')': comm may hold anything, and is the only text before it. */
static int parse_start_ticks(char *text, uint64_t *ret)
{
	char *rest = strrchr(text, ')');
	char *field = NULL;
	int number;

	if (!rest)
		return -ESRCH;
	rest++;
	for (number = 3; number <= STAT_START_TICKS; number++) {
		field = strtok_r(rest, " \n", &rest);
		if (!field)
			return -ESRCH;
	}
	return text_to_u64(field, 10, ret) < 0 ? -ESRCH : 0;
}

int process_identify(pid_t pid, struct process_identity *ret)
{
	struct process_identity identity = { .pid = pid };
	_cleanup_close_ int fd = -EBADF;
	_cleanup_free_ char *text = NULL;
	char path[32];
	int r;

	if (pid <= 0)
		return -ESRCH;
	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	r = file_read_fd(fd, STAT_LIMIT, &text, NULL);
	if (r < 0)
		return r;
	r = parse_start_ticks(text, &identity.start_ticks);
	if (r < 0)
		return r;
	*ret = identity;
	return 0;
}

uint64_t process_ticks_now(void)
{
	uint64_t per_second = (uint64_t)sysconf(_SC_CLK_TCK);
	struct timespec now;

	if (clock_gettime(CLOCK_BOOTTIME, &now) < 0)
		return UINT64_MAX;
	return (uint64_t)now.tv_sec * per_second +
	       (uint64_t)now.tv_nsec * per_second / 1000000000;
}

/*
 * The process had this pid before we opened it, and has it still: so the pidfd is its.
 */
static int open_owner(const struct process_identity *owner)
{
	_cleanup_close_ int pidfd = -EBADF;
	struct process_identity now;
	int r;

	if (owner->pid <= 0)
		return -ESRCH;
	pidfd = (int)syscall(SYS_pidfd_open, owner->pid, 0);
	if (pidfd < 0)
		return -errno;
	r = process_identify(owner->pid, &now);
	if (r < 0)
		return r;
	if (now.start_ticks != owner->start_ticks)
		return -ESRCH;
	return TAKE_FD(pidfd);
}

static bool ends_with_component(const char *path, size_t length, const char *name)
{
	size_t name_length = strlen(name);

	return length > name_length && path[length - name_length - 1] == '/' &&
	       memcmp(path + length - name_length, name, name_length) == 0;
}

/* 1: fdinfo says that it is this device; 0: that it is another; -ENODATA: nothing. */
static int fdinfo_names(const struct root *root, int fd, const char *device)
{
	_cleanup_free_ char *text = NULL;
	const char *value;
	char path[64];
	size_t length;
	int r;

	(void)snprintf(path, sizeof(path), "proc/self/fdinfo/%d", fd);
	r = root_read(root, root->fd, path, FDINFO_LIMIT, &text, &length);
	if (r < 0)
		return r;
	if (!fdinfo_find(text, length, "vfio-device-syspath", &value, &length))
		return -ENODATA;
	return ends_with_component(value, length, device);
}

/* "../../devices/pci0000:00/0000:00:03.0/vfio-dev/vfio0"; a path in /dev proves nothing. */
static bool node_is_of(const struct root *root, dev_t number, const char *device)
{
	_cleanup_free_ char *target = NULL;
	char path[64], part[PCI_ADDRESS_TEXT + 16];

	(void)snprintf(path, sizeof(path), "sys/dev/char/%u:%u", major(number),
		       minor(number));
	(void)snprintf(part, sizeof(part), "/%s/vfio-dev/vfio", device);
	return root_read_link(root, root->fd, path, &target) == 0 && strstr(target, part);
}

/* vendor and device as sysfs knows them, and as the config space behind fd has them */
static int ids_are_equal(const struct root *root, int fd, const char *device)
{
	static const struct {
		const char *attribute;
		unsigned int config;
	} ids[] = { { "vendor", PCI_VENDOR_ID }, { "device", PCI_DEVICE_ID } };
	uint64_t offset, expected;
	uint16_t found;
	int r;

	r = vfio_config_offset(fd, &offset);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(ids); i++) {
		char path[96];

		(void)snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/%s", device,
			       ids[i].attribute);
		r = root_read_number(root, root->fd, path, &expected);
		if (r == 0)
			r = vfio_config_read(fd, offset + ids[i].config, &found);
		if (r == 0 && found != expected)
			r = -ESTALE;
	}
	return r;
}

/* A device of a group, by what it answers itself: it is certain to be a VFIO device. */
static int ask_device(const struct root *root, int fd, const char *device, int output,
		      struct operation_report *report)
{
	struct vfio_device_info info = { .argsz = sizeof(info) };

	operation_stage(output, report, "ioctl VFIO_DEVICE_GET_INFO");
	if (ioctl(fd, VFIO_DEVICE_GET_INFO, &info) < 0)
		return -errno;
	if (!(info.flags & VFIO_DEVICE_FLAGS_PCI))
		return -ESTALE;
	operation_stage(output, report, "pread PCI_VENDOR_ID");
	return ids_are_equal(root, fd, device);
}

static bool is_group_device(const struct root *root, int fd)
{
	_cleanup_free_ char *target = NULL;
	char path[64];

	(void)snprintf(path, sizeof(path), "proc/self/fd/%d", fd);
	return root_read_link(root, root->fd, path, &target) == 0 &&
	       strcmp(target, "anon_inode:[vfio-device]") == 0;
}

/* Whatever else the file may be, it gets no ioctl() that it could misunderstand. */
static int prove_device(const struct root *root, int fd, const char *device, int output,
			struct operation_report *report)
{
	bool in_group = is_group_device(root, fd);
	struct stat status;
	int r;

	if (fstat(fd, &status) < 0)
		return -errno;
	if (!in_group && !S_ISCHR(status.st_mode))
		return -ESTALE;
	r = fdinfo_names(root, fd, device);
	if (r >= 0)
		return r > 0 ? 0 : -ESTALE;
	if (r != -ENODATA)
		return r;
	if (in_group)
		return ask_device(root, fd, device, output, report);
	return node_is_of(root, status.st_rdev, device) ? 0 : -ESTALE;
}

static int copy_fd(int pidfd, int number, struct operation_report *report)
{
	uint64_t since = monotonic_us();
	int fd = (int)syscall(SYS_pidfd_getfd, pidfd, number, 0);
	int error = errno;

	report->duration_us += (int64_t)(monotonic_us() - since);
	if (fd >= 0)
		return fd;
	return error == EBADF ? -ESTALE : -error;
}

int device_fd_borrow(int output, const struct owner_fd *of,
		     struct operation_report *report)
{
	_cleanup_close_ int pidfd = -EBADF;
	struct root root;
	int fd, r;

	operation_stage(output, report, "pidfd_open");
	pidfd = open_owner(&of->owner);
	if (pidfd < 0)
		return pidfd;
	r = root_open(NULL, &root);
	if (r < 0)
		return r;
	operation_stage(output, report, "pidfd_getfd");
	fd = copy_fd(pidfd, of->fd, report);
	r = fd < 0 ? fd : prove_device(&root, fd, of->device, output, report);
	root_close(&root);
	if (r < 0)
		device_fd_drop(output, fd, report);
	return r < 0 ? r : fd;
}

void device_fd_drop(int output, int fd, const struct operation_report *report)
{
	struct operation_report closing = *report;

	if (fd < 0)
		return;
	operation_stage(output, &closing, "close");
	(void)close(fd);
}
