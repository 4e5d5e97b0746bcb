/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/act/revoke.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <sys/ioctl.h>

#include "lib/act/vfio-config.h"
#include "lib/base/cleanup.h"
#include "lib/base/file.h"

/* What the process has to do, and how it tells. */
struct errand {
	int (*act)(struct errand *errand, int fd);
	struct owner_fd owner;
	int output;
	struct operation_report report;
};

/* An ioctl that may sleep. 0 or negative errno. */
static int timed_ioctl(struct errand *errand, int fd, unsigned long request,
		       void *argument, const char *stage)
{
	uint64_t since;
	int r;

	operation_stage(errand->output, &errand->report, stage);
	since = monotonic_us();
	r = ioctl(fd, request, argument) < 0 ? -errno : 0;
	errand->report.duration_us += (int64_t)(monotonic_us() - since);
	return r;
}

uint32_t revoke_memory_value(uint16_t before, uint16_t after, bool enable)
{
	const uint32_t others = REVOKE_COMMAND_MASK & ~PCI_COMMAND_MEMORY;
	bool enabled = after & PCI_COMMAND_MEMORY;
	uint32_t value = before;

	if (enabled != enable)
		value |= REVOKE_MEMORY_CAME_BACK;
	if ((before ^ after) & others)
		value |= REVOKE_COMMAND_CHANGED;
	return value;
}

static int set_memory(struct errand *errand, int fd, bool enable)
{
	struct command_change change;
	uint64_t offset;
	int r;

	operation_stage(errand->output, &errand->report,
			"ioctl VFIO_DEVICE_GET_REGION_INFO");
	r = vfio_config_offset(fd, &offset);
	if (r < 0)
		return r;
	r = vfio_config_set_memory(fd, offset, enable, errand->output, &errand->report,
				   &change);
	if (r < 0)
		return r;
	errand->report.value = revoke_memory_value(change.before, change.after, enable);
	return 0;
}

static int memory_off(struct errand *errand, int fd)
{
	return set_memory(errand, fd, false);
}

static int memory_on(struct errand *errand, int fd)
{
	return set_memory(errand, fd, true);
}

static int set_feature(struct errand *errand, int fd, uint32_t flags, const char *stage)
{
	struct vfio_device_feature feature = {
		.argsz = sizeof(feature),
		.flags = flags | VFIO_DEVICE_FEATURE_SET,
	};

	return timed_ioctl(errand, fd, VFIO_DEVICE_FEATURE, &feature, stage);
}

/* Without asking first, -EINVAL would have two meanings. */
static int probe_feature(struct errand *errand, int fd, uint32_t feature)
{
	int r = set_feature(errand, fd, feature | VFIO_DEVICE_FEATURE_PROBE,
			    "ioctl VFIO_DEVICE_FEATURE_PROBE");

	return r == -ENOTTY || r == -EINVAL ? -EOPNOTSUPP : r;
}

static int low_power_enter(struct errand *errand, int fd)
{
	int r = probe_feature(errand, fd, VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY);

	if (r < 0)
		return r;
	r = set_feature(errand, fd, VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY,
			"ioctl VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY");
	if (r != -EINVAL)
		return r;
	/* the kernel revokes before it finds out that it was in low power already */
	errand->report.value = REVOKE_LOW_POWER_BY_OWNER;
	return 0;
}

static int low_power_leave(struct errand *errand, int fd)
{
	int r = probe_feature(errand, fd, VFIO_DEVICE_FEATURE_LOW_POWER_EXIT);

	if (r < 0)
		return r;
	return set_feature(errand, fd, VFIO_DEVICE_FEATURE_LOW_POWER_EXIT,
			   "ioctl VFIO_DEVICE_FEATURE_LOW_POWER_EXIT");
}

static int reset_device(struct errand *errand, int fd)
{
	int r = timed_ioctl(errand, fd, VFIO_DEVICE_RESET, NULL,
			    "ioctl VFIO_DEVICE_RESET");

	return r == -EINVAL ? -EOPNOTSUPP : r;
}

static const struct {
	int (*revoke)(struct errand *errand, int fd);
	int (*restore)(struct errand *errand, int fd);
} methods[] = {
	[METHOD_MEMORY] = { memory_off, memory_on },
	[METHOD_LOW_POWER] = { low_power_enter, low_power_leave },
	[METHOD_RESET] = { reset_device, NULL },
	[METHOD_BUFFER] = { NULL, NULL },
};

static void run_errand(int output, void *context)
{
	struct errand *errand = context;
	int fd, r;

	errand->output = output;
	fd = device_fd_borrow(output, &errand->owner, &errand->report);
	r = fd < 0 ? fd : errand->act(errand, fd);
	device_fd_drop(output, fd, &errand->report);
	operation_finish(output, &errand->report, r);
}

static int start_errand(int (*act)(struct errand *errand, int fd),
			const struct owner_fd *owner, int lock_fd, struct operation *ret)
{
	struct errand errand = { .act = act, .owner = *owner, .output = -EBADF };

	if (!act || !pci_address_is_kernel_name(owner->device))
		return -EINVAL;
	return operation_start(run_errand, &errand, lock_fd, ret);
}

int revoke_start(const struct revoke_request *request, int lock_fd, struct operation *ret)
{
	if (request->method >= ARRAY_SIZE(methods))
		return -EINVAL;
	return start_errand(methods[request->method].revoke, &request->owner, lock_fd,
			    ret);
}

int restore_start(const struct revoke_request *request, int lock_fd,
		  struct operation *ret)
{
	if (request->method >= ARRAY_SIZE(methods))
		return -EINVAL;
	return start_errand(methods[request->method].restore, &request->owner, lock_fd,
			    ret);
}
