/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/act/driver.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/act/move.h"
#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/observe/sysfs-device.h"

static int find_directory(const struct root *root, char directory[PATH_MAX])
{
	char link[32];
	ssize_t length;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", root->fd);
	length = readlink(link, directory, PATH_MAX);
	if (length < 0)
		return -errno;
	if (length == PATH_MAX)
		return -ENAMETOOLONG;
	directory[length] = '\0';
	return 0;
}

int move_init(const struct root *root, const char *device, struct move *move)
{
	if (!pci_address_is_kernel_name(device))
		return -EINVAL;
	*move = (struct move){ .captured = root->captured };
	(void)snprintf(move->device, sizeof(move->device), "%s", device);
	return root->captured ? find_directory(root, move->directory) : 0;
}

int move_open_root(const struct move *move, struct root *ret)
{
	return root_open(move->captured ? move->directory : NULL, ret);
}

void move_path(const char *device, const char *name, char path[PATH_MAX])
{
	(void)snprintf(path, PATH_MAX, "sys/bus/pci/devices/%s/%s", device, name);
}

/* sysfs takes a text in one write or not at all. */
static int write_text(const struct root *root, int dir_fd, const char *path,
		      const char *text)
{
	_cleanup_close_ int fd = root_open_at(root, dir_fd, path, O_WRONLY);
	size_t length = strlen(text);
	ssize_t n;

	if (fd < 0)
		return fd;
	n = write(fd, text, length);
	if (n < 0)
		return -errno;
	return (size_t)n == length ? 0 : -EIO;
}

static int write_override(const struct root *root, const struct move *move)
{
	char path[PATH_MAX], line[WISH_DRIVER_TEXT + 1];

	move_path(move->device, "driver_override", path);
	(void)snprintf(line, sizeof(line), "%s\n", move->driver);
	return write_text(root, root->fd, path, line);
}

/*
 * The directory of the driver is opened once: should another driver have the device by
 * the time of the write, the kernel refuses it (-ENODEV).
 */
static int write_unbind(const struct root *root, const struct move *move)
{
	_cleanup_close_ int driver_fd = -EBADF;
	char path[PATH_MAX];

	move_path(move->device, "driver", path);
	driver_fd = root_open_at(root, root->fd, path, O_PATH | O_DIRECTORY);
	if (driver_fd < 0)
		return driver_fd == -ENOENT ? -ENODEV : driver_fd;
	return write_text(root, driver_fd, "unbind", move->device);
}

static int write_probe(const struct root *root, const struct move *move)
{
	_cleanup_free_ char *driver = NULL;
	int r;

	r = write_text(root, root->fd, "sys/bus/pci/drivers_probe", move->device);
	if (r < 0)
		return r;
	/* it succeeds as well when no driver wanted the device, or the probe failed */
	r = driver_of(root, move->device, &driver);
	return r == -ENOENT ? -ENODEV : r;
}

/* "(null)" is how the kernel says none. */
static int read_override(const struct root *root, const struct move *move, char *value,
			 size_t size)
{
	_cleanup_free_ char *line = NULL;
	char path[PATH_MAX];
	int r;

	move_path(move->device, "driver_override", path);
	r = root_read_line(root, root->fd, path, &line);
	if (r < 0)
		return r;
	if (strlen(line) >= size)
		return -E2BIG;
	(void)snprintf(value, size, "%s", strcmp(line, "(null)") == 0 ? "" : line);
	return 0;
}

static void run_override_read(int output, void *context)
{
	const struct move *move = context;
	struct operation_report report = { .ended = false };
	struct root root;
	int r;

	operation_stage(output, &report, "read driver_override");
	r = move_open_root(move, &root);
	if (r == 0) {
		r = read_override(&root, move, report.stage, sizeof(report.stage));
		root_close(&root);
	}
	operation_finish(output, &report, r);
}

static void run_move(int output, void *context)
{
	const struct move *move = context;
	struct operation_report report = { .ended = false };
	struct root root;
	uint64_t since;
	int r;

	operation_stage(output, &report, move->stage);
	since = monotonic_us();
	r = move_open_root(move, &root);
	if (r == 0) {
		r = move->act(&root, move);
		root_close(&root);
	}
	report.duration_us = (int64_t)(monotonic_us() - since);
	operation_finish(output, &report, r);
}

int override_start(const struct root *root, const char *device, const char *driver,
		   int lock_fd, struct operation *ret)
{
	struct move move;
	int r;

	if (driver && !driver_name_is_valid(driver))
		return -EINVAL;
	r = move_init(root, device, &move);
	if (r < 0)
		return r;
	move.act = write_override;
	move.stage = "write driver_override";
	if (driver)
		(void)snprintf(move.driver, sizeof(move.driver), "%s", driver);
	return operation_start(run_move, &move, lock_fd, ret);
}

int override_read_start(const struct root *root, const char *device, int lock_fd,
			struct operation *ret)
{
	struct move move;
	int r = move_init(root, device, &move);

	return r < 0 ? r : operation_start(run_override_read, &move, lock_fd, ret);
}

int unbind_start(const struct root *root, const char *device, int lock_fd,
		 struct operation *ret)
{
	struct move move;
	int r = move_init(root, device, &move);

	if (r < 0)
		return r;
	move.act = write_unbind;
	move.stage = "write unbind";
	return operation_start(run_move, &move, lock_fd, ret);
}

int bind_start(const struct root *root, const char *device, int lock_fd,
	       struct operation *ret)
{
	struct move move;
	int r = move_init(root, device, &move);

	if (r < 0)
		return r;
	move.act = write_probe;
	move.stage = "write drivers_probe";
	return operation_start(run_move, &move, lock_fd, ret);
}

int driver_of(const struct root *root, const char *device, char **ret)
{
	char path[PATH_MAX];

	if (!pci_address_is_kernel_name(device))
		return -EINVAL;
	move_path(device, "driver", path);
	return root_read_link_name(root, root->fd, path, ret);
}

static int read_id(const struct root *root, const char *device, const char *name,
		   uint16_t *ret)
{
	char path[PATH_MAX];
	uint64_t id;
	int r;

	move_path(device, name, path);
	r = root_read_number(root, root->fd, path, &id);
	if (r < 0 || id > UINT16_MAX)
		return -ENODEV;
	*ret = (uint16_t)id;
	return 0;
}

int device_ids(const struct root *root, const char *device, uint16_t *ret_vendor,
	       uint16_t *ret_product)
{
	if (!pci_address_is_kernel_name(device) ||
	    read_id(root, device, "vendor", ret_vendor) < 0 ||
	    read_id(root, device, "device", ret_product) < 0)
		return -ENODEV;
	return 0;
}

bool driver_is_registered(const struct root *root, const char *driver)
{
	char path[PATH_MAX];

	if (!driver_name_is_valid(driver))
		return false;
	(void)snprintf(path, sizeof(path), "sys/bus/pci/drivers/%s", driver);
	return sysfs_has_directory(root, root->fd, path);
}
