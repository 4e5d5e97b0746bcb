/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/act/driver.h"
#include "lib/act/move.h"
#include "lib/base/cleanup.h"
#include "lib/observe/sysfs-device.h"

enum { CLAIM_RETRY_MS = 3 };

static const char stage_claimed[] = "claimed";

/* Anybody's open() with O_CREAT may have left a file there. A captured tree has files. */
static bool is_character_device(const struct root *root, int fd)
{
	struct stat status;

	return root->captured || (fstat(fd, &status) == 0 && S_ISCHR(status.st_mode));
}

/*
 * Which node there is depends on whether an IOMMU protects the group. -ENOENT as well
 * where a node has nothing behind it.
 */
static int open_group(const struct root *root, int group)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "dev/vfio/%d", group);
	fd = root_open_at(root, root->fd, path, O_RDONLY);
	if (fd == -ENOENT) {
		(void)snprintf(path, sizeof(path), "dev/vfio/noiommu-%d", group);
		fd = root_open_at(root, root->fd, path, O_RDONLY);
	}
	if (fd >= 0 && !is_character_device(root, fd)) {
		cleanup_close(&fd);
		return -ENOENT;
	}
	return fd == -ENXIO || fd == -ENODEV ? -ENOENT : fd;
}

static int find_group(const struct root *root, const char *device)
{
	_cleanup_close_ int fd = -EBADF;
	char path[PATH_MAX];
	int group;

	move_path(device, "", path);
	fd = root_open_at(root, root->fd, path, O_PATH | O_DIRECTORY);
	if (fd < 0)
		return fd;
	group = sysfs_iommu_group(root, fd);
	return group < 0 ? -ENOENT : group;
}

/* Tries as long as it is not killed: who waits for it has the clock. */
static int open_group_when_free(const struct root *root, int group, int output,
				struct operation_report *report)
{
	const struct timespec interval = { .tv_nsec = CLAIM_RETRY_MS * 1000000L };
	int fd;

	operation_stage(output, report, "open VFIO group");
	while ((fd = open_group(root, group)) == -EBUSY) {
		if (report->error == 0) {
			report->error = -EBUSY;
			operation_say(output, report);
		}
		(void)nanosleep(&interval, NULL);
	}
	report->error = 0;
	return fd;
}

/* The fd of the group stays open, nameless, until the process ends. */
static void run_claim(int output, void *context)
{
	const struct move *move = context;
	struct operation_report report = { .ended = false };
	struct root root;
	int r;

	r = move_open_root(move, &root);
	if (r == 0) {
		r = find_group(&root, move->device);
		if (r >= 0)
			r = open_group_when_free(&root, r, output, &report);
		root_close(&root);
	}
	if (r < 0) {
		operation_finish(output, &report, r);
		return;
	}
	operation_stage(output, &report, stage_claimed);
	for (;;)
		(void)pause();
}

int claim_start(const struct root *root, const char *device, int lock_fd,
		struct operation *ret)
{
	struct move move;
	int r = move_init(root, device, &move);

	return r < 0 ? r : operation_start(run_claim, &move, lock_fd, ret);
}

int claim_wait(struct operation *claim, uint64_t deadline_ms, int wake_fd)
{
	int r;

	while (strcmp(claim->report.stage, stage_claimed) != 0) {
		r = operation_next(claim, deadline_ms, wake_fd);
		if (r < 0)
			return r;
		if (claim->report.ended)
			return claim->report.error;
	}
	return 0;
}

bool claim_drop(struct operation *claim)
{
	/* it only waits for its end, if it has the group */
	claim->report.ended |= strcmp(claim->report.stage, stage_claimed) == 0;
	return operation_end(claim);
}
