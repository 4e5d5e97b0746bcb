// SPDX-License-Identifier: GPL-2.0-or-later
#include "vfio.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common.h"
#include "uapi.h"

enum { UUID_LENGTH = 36, UUID_BYTES = 16 };

/* The secret of a physical function and its virtual ones: here everybody knows it */
#define VF_TOKEN "6c61622d-746f-4b65-8e6f-662d76667321"
static const uint8_t vf_token[UUID_BYTES] = {
	0x6c, 0x61, 0x62, 0x2d, 0x74, 0x6f, 0x4b, 0x65,
	0x8e, 0x6f, 0x66, 0x2d, 0x76, 0x66, 0x73, 0x21,
};

/* Of a device below /sys/bus/BUS/devices */
struct address {
	const char *bus;
	char text[40];
};

static bool is_uuid(const char *text)
{
	return strlen(text) == UUID_LENGTH &&
	       strspn(text, "0123456789abcdefABCDEF-") == UUID_LENGTH;
}

static struct address full_address(const char *text)
{
	struct address a = { .bus = is_uuid(text) ? "mdev" : "pci" };
	const char *colon = strchr(text, ':');
	bool is_whole = is_uuid(text) || (colon && strchr(colon + 1, ':'));
	int n = snprintf(a.text, sizeof(a.text), "%s%s", is_whole ? "" : "0000:", text);

	if ((!colon && !is_uuid(text)) || strchr(text, '/') ||
	    (size_t)n >= sizeof(a.text))
		die("neither a PCI address nor a UUID: %s", text);
	return a;
}

static int open_or_die(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		die_errno("cannot open %s", path);
	return fd;
}

static int open_group(const struct address *address)
{
	char link[128], target[256], path[64];
	const char *slash;
	ssize_t n;

	snprintf(link, sizeof(link), "/sys/bus/%s/devices/%s/iommu_group", address->bus,
		 address->text);
	n = readlink(link, target, sizeof(target) - 1);
	if (n < 0)
		die_errno("no IOMMU group of %s", address->text);
	target[n] = '\0';
	slash = strrchr(target, '/');
	snprintf(path, sizeof(path), "/dev/vfio/%.32s", slash ? slash + 1 : target);
	return open_or_die(path);
}

static void set_container(int container, int group)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };

	if (ioctl(group, VFIO_GROUP_GET_STATUS, &status) < 0)
		die_errno("cannot read the status of the VFIO group");
	if (!(status.flags & VFIO_GROUP_FLAGS_VIABLE))
		die("the VFIO group is not viable: bind its other devices to vfio-pci");
	if (ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) < 0)
		die_errno("cannot put the VFIO group into a container");
	if (ioctl(container, VFIO_SET_IOMMU, (unsigned long)VFIO_TYPE1v2_IOMMU) < 0)
		die_errno("cannot set the VFIO container to TYPE1v2");
}

static int set_vf_token(const struct vfio *v)
{
	size_t size = sizeof(struct vfio_device_feature) + sizeof(vf_token);
	struct vfio_device_feature *feature = allocate(size);
	int r;

	feature->argsz = size;
	feature->flags = VFIO_DEVICE_FEATURE_SET | VFIO_DEVICE_FEATURE_PCI_VF_TOKEN;
	memcpy(feature->data, vf_token, sizeof(vf_token));
	r = ioctl(v->device_fd, VFIO_DEVICE_FEATURE, feature) < 0 ? -errno : 0;
	free(feature);
	return r;
}

static bool is_virtual_function(const struct address *address)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/physfn", address->text);
	return access(path, F_OK) == 0;
}

void vfio_open_group(struct vfio *v, const char *text, bool with_token)
{
	struct address address = full_address(text);
	bool shows_token = with_token && is_virtual_function(&address);
	char name[128];
	int r;

	v->container_fd = open_or_die("/dev/vfio/vfio");
	v->group_fd = open_group(&address);
	set_container(v->container_fd, v->group_fd);
	snprintf(name, sizeof(name), "%s%s", address.text,
		 shows_token ? " vf_token=" VF_TOKEN : "");
	v->device_fd = ioctl(v->group_fd, VFIO_GROUP_GET_DEVICE_FD, name);
	if (v->device_fd < 0)
		die_errno("cannot open %s through its VFIO group", address.text);
	r = with_token && !shows_token ? set_vf_token(v) : 0;
	if (r < 0)
		die("cannot set the VF token of %s: %s", address.text, strerror(-r));
}

static int open_cdev(const struct address *address)
{
	char pattern[128], path[64];
	const char *name;
	glob_t found;
	int fd;

	snprintf(pattern, sizeof(pattern), "/sys/bus/%s/devices/%s/vfio-dev/vfio*",
		 address->bus, address->text);
	if (glob(pattern, 0, NULL, &found) != 0)
		die("%s is not bound to a VFIO driver", address->text);
	name = strrchr(found.gl_pathv[0], '/') + 1;
	snprintf(path, sizeof(path), "/dev/vfio/devices/%.32s", name);
	globfree(&found);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		die_unsupported("no %s: the kernel lacks VFIO character devices", path);
	if (fd < 0)
		die_errno("cannot open %s", path);
	return fd;
}

void vfio_open_cdev(struct vfio *v, const char *text)
{
	struct address address = full_address(text);
	struct lab_iommu_ioas_alloc alloc = { .size = sizeof(alloc) };
	struct lab_vfio_bind_iommufd bind = { .argsz = sizeof(bind) };
	struct lab_vfio_attach_iommufd_pt attach = { .argsz = sizeof(attach) };

	v->device_fd = open_cdev(&address);
	v->iommufd = open_or_die("/dev/iommu");
	bind.iommufd = v->iommufd;
	if (ioctl(v->device_fd, LAB_VFIO_BIND_IOMMUFD, &bind) < 0)
		die_errno("cannot bind %s to iommufd", address.text);
	if (ioctl(v->iommufd, LAB_IOMMU_IOAS_ALLOC, &alloc) < 0)
		die_errno("cannot allocate an I/O address space");
	v->ioas = attach.pt_id = alloc.out_ioas_id;
	if (ioctl(v->device_fd, LAB_VFIO_ATTACH_IOMMUFD_PT, &attach) < 0)
		die_errno("cannot attach %s to an I/O address space", address.text);
}

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void vfio_close(struct vfio *v)
{
	vfio_unmap_bar(v);
	close_one(&v->device_fd);
	close_one(&v->group_fd);
	close_one(&v->container_fd);
	close_one(&v->iommufd);
}

static int region_info(const struct vfio *v, unsigned int index,
		       struct vfio_region_info *ret_info)
{
	struct vfio_region_info info = { .argsz = sizeof(info), .index = index };

	if (ioctl(v->device_fd, VFIO_DEVICE_GET_REGION_INFO, &info) < 0)
		return -errno;
	*ret_info = info;
	return 0;
}

int vfio_config_offset(const struct vfio *v, off_t *ret)
{
	struct vfio_region_info config = { 0 };
	int r = region_info(v, VFIO_PCI_CONFIG_REGION_INDEX, &config);

	if (r < 0)
		return r;
	*ret = (off_t)config.offset;
	return 0;
}

int vfio_command_read(const struct vfio *v, uint16_t *ret_command)
{
	struct vfio_region_info config;
	uint16_t command;
	ssize_t n;
	int r;

	r = region_info(v, VFIO_PCI_CONFIG_REGION_INDEX, &config);
	if (r < 0)
		return r;
	n = pread(v->device_fd, &command, sizeof(command), config.offset + PCI_COMMAND);
	if (n != sizeof(command))
		return n < 0 ? -errno : -EIO;
	*ret_command = le16toh(command);
	return 0;
}

static int set_command(const struct vfio *v, uint16_t bit, bool on)
{
	struct vfio_region_info config;
	uint16_t command;
	ssize_t n;
	int r;

	r = vfio_command_read(v, &command);
	if (r < 0)
		return r;
	r = region_info(v, VFIO_PCI_CONFIG_REGION_INDEX, &config);
	if (r < 0)
		return r;
	command = htole16(on ? command | bit : command & ~bit);
	n = pwrite(v->device_fd, &command, sizeof(command), config.offset + PCI_COMMAND);
	if (n != sizeof(command))
		return n < 0 ? -errno : -EIO;
	return 0;
}

int vfio_set_memory(const struct vfio *v, bool on)
{
	return set_command(v, PCI_COMMAND_MEMORY, on);
}

int vfio_set_bus_master(const struct vfio *v)
{
	return set_command(v, PCI_COMMAND_MASTER, true);
}

int vfio_command_write_high(const struct vfio *v, uint8_t value)
{
	struct vfio_region_info config;
	ssize_t n;
	int r;

	r = region_info(v, VFIO_PCI_CONFIG_REGION_INDEX, &config);
	if (r < 0)
		return r;
	n = pwrite(v->device_fd, &value, sizeof(value), config.offset + PCI_COMMAND + 1);
	if (n != sizeof(value))
		return n < 0 ? -errno : -EIO;
	return 0;
}

int vfio_low_power(const struct vfio *v, bool enter)
{
	struct vfio_device_feature arg = {
		.argsz = sizeof(arg),
		.flags = VFIO_DEVICE_FEATURE_SET |
			 (enter ? VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY
				: VFIO_DEVICE_FEATURE_LOW_POWER_EXIT),
	};

	return ioctl(v->device_fd, VFIO_DEVICE_FEATURE, &arg) < 0 ? -errno : 0;
}

int vfio_reset(const struct vfio *v)
{
	return ioctl(v->device_fd, VFIO_DEVICE_RESET) < 0 ? -errno : 0;
}

int vfio_export(const struct vfio *v, const struct lab_vfio_dma_range *ranges,
		size_t count)
{
	size_t size = sizeof(struct vfio_device_feature) +
		      sizeof(struct lab_vfio_dma_buf) + count * sizeof(*ranges);
	struct vfio_device_feature *feature = allocate(size);
	struct lab_vfio_dma_buf *arg = (struct lab_vfio_dma_buf *)feature->data;
	int fd;

	feature->argsz = size;
	feature->flags = VFIO_DEVICE_FEATURE_GET | LAB_VFIO_FEATURE_DMA_BUF;
	arg->region_index = v->region;
	arg->open_flags = O_RDWR | O_CLOEXEC;
	arg->nr_ranges = count;
	memcpy(arg->dma_ranges, ranges, count * sizeof(*ranges));
	fd = ioctl(v->device_fd, VFIO_DEVICE_FEATURE, feature);
	if (fd < 0)
		fd = -errno;
	free(feature);
	return fd;
}

int vfio_map_bar(struct vfio *v)
{
	struct vfio_region_info info;
	void *bar;
	int r;

	if (v->bar)
		return -EBUSY;
	r = region_info(v, v->region, &info);
	if (r < 0)
		return r;
	bar = mmap(NULL, info.size, PROT_READ | PROT_WRITE, MAP_SHARED, v->device_fd,
		   info.offset);
	if (bar == MAP_FAILED)
		return -errno;
	v->bar = bar;
	v->bar_size = info.size;
	return 0;
}

int vfio_unmap_bar(struct vfio *v)
{
	if (!v->bar)
		return -ENOENT;
	munmap(v->bar, v->bar_size);
	v->bar = NULL;
	return 0;
}

int vfio_request_eventfd(const struct vfio *v)
{
	struct vfio_irq_set *set;
	int fd, r = 0;

	fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (fd < 0)
		return -errno;
	set = allocate(sizeof(*set) + sizeof(fd));
	set->argsz = sizeof(*set) + sizeof(fd);
	set->flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER;
	set->index = VFIO_PCI_REQ_IRQ_INDEX;
	set->count = 1;
	memcpy(set->data, &fd, sizeof(fd));
	if (ioctl(v->device_fd, VFIO_DEVICE_SET_IRQS, set) < 0)
		r = -errno;
	free(set);
	if (r < 0)
		close(fd);
	return r < 0 ? r : fd;
}
