/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lib/model/host.h"
#include "lib/observe/observers.h"
#include "tests/unit/records.h"

#define NVME "devices/pci0000:00/0000:00:01.0/0000:03:00.0"
#define DISK NVME "/nvme/nvme0/nvme0n1"
#define ADDRESS "0000:03:00.0"

struct scene {
	struct tree tree;
	struct recording recording;
};

static int scene_begin(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));

	assert_non_null(scene);
	tree_begin(&scene->tree);
	recording_begin(&scene->recording);
	tree_file(&scene->tree, "proc/1/comm", "systemd\n");
	*state = scene;
	return 0;
}

static int scene_end(void **state)
{
	struct scene *scene = *state;

	recording_end(&scene->recording);
	tree_end(&scene->tree);
	free(scene);
	return 0;
}

/* sys/class/block/NAME, in sys/PATH; number NULL: it is hidden. */
static void add_block(struct scene *scene, const char *name, const char *path,
		      const char *number)
{
	char text[512], target[512];

	(void)snprintf(text, sizeof(text), "sys/%s/%s", path, number ? "dev" : "hidden");
	tree_file(&scene->tree, text, number ? number : "1\n");
	(void)snprintf(text, sizeof(text), "sys/class/block/%s", name);
	(void)snprintf(target, sizeof(target), "../../%s", path);
	tree_link(&scene->tree, text, target);
}

/* A disk with two partitions. */
static void add_disk(struct scene *scene)
{
	add_block(scene, "nvme0n1", DISK, "259:0\n");
	add_block(scene, "nvme0n1p1", DISK "/nvme0n1p1", "259:1\n");
	add_block(scene, "nvme0n1p2", DISK "/nvme0n1p2", "259:2\n");
	tree_file(&scene->tree, "proc/1/mountinfo", "");
}

static void add_mapper(struct scene *scene, const char *name, const char *number,
		       const char *lower)
{
	char path[512];

	(void)snprintf(path, sizeof(path), "devices/virtual/block/%s", name);
	add_block(scene, name, path, number);
	(void)snprintf(path, sizeof(path), "sys/devices/virtual/block/%s/dm/name", name);
	tree_file(&scene->tree, path, "vg-root\n");
	(void)snprintf(path, sizeof(path), "sys/%s/holders/%s", lower, name);
	tree_link(&scene->tree, path, "../../anywhere");
}

static bool is_complete(const struct scene *scene)
{
	struct record_pass pass;

	return FIND(&scene->recording, RECORD_PASS, 0, &pass) && pass.pass == PASS_USES;
}

static void observe(struct scene *scene)
{
	observe_uses(&scene->tree.root, scene->recording.sink);
	recording_read(&scene->recording);
}

static size_t count(const struct scene *scene)
{
	return recording_count(&scene->recording, RECORD_USE);
}

/* Was this told? detail NULL: any. Returns its pid, or -1. */
static int find(const struct scene *scene, const char *device, enum host_use_kind kind,
		const char *name, const char *detail)
{
	struct record_use use;

	for (size_t i = 0; FIND(&scene->recording, RECORD_USE, i, &use); i++)
		if (use.kind == kind && strcmp(use.device, device) == 0 &&
		    strcmp(use.name, name) == 0 &&
		    (!detail || strcmp(use.detail, detail) == 0))
			return use.pid;
	return -1;
}

#define TOLD(...) assert_true(find(scene, __VA_ARGS__) >= 0)

static void an_empty_host_uses_nothing(void **state)
{
	struct scene *scene = *state;

	observe(scene);
	assert_int_equal(count(scene), 0);
	assert_true(is_complete(scene));
}

static void a_mount_belongs_to_its_disk_and_function(void **state)
{
	struct scene *scene = *state;

	add_disk(scene);
	tree_file(&scene->tree, "proc/1/mountinfo",
		  "22 1 0:21 / /proc rw - proc proc rw\n"
		  "36 1 259:1 / /srv/my\\040data\\134 rw,noatime shared:1 - ext4 "
		  "/dev/root rw\n"
		  "37 1 8:1 / /other rw - ext4 /dev/nvme0n1p2 rw\n"
		  "nonsense\n36 35\n");
	observe(scene);
	TOLD(ADDRESS, HOST_USE_MOUNT, "nvme0n1p1", "/srv/my data\\");
	assert_int_equal(count(scene), 1);
	assert_true(is_complete(scene));
}

static void a_swap_partition_is_found_by_its_path(void **state)
{
	struct scene *scene = *state;

	add_disk(scene);
	add_mapper(scene, "dm-0", "253:0\n", DISK "/nvme0n1p1");
	tree_file(&scene->tree, "proc/swaps",
		  "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
		  "/dev/nvme0n1p2                          partition\t1\t0\t-2\n"
		  "/dev/mapper/vg-root partition\t1\t0\t-2\n"
		  "/swap\\040file                            file\t\t1\t0\t-3\n");
	observe(scene);
	TOLD(ADDRESS, HOST_USE_SWAP, "nvme0n1p2", "");
	TOLD(ADDRESS, HOST_USE_SWAP, "dm-0", "");
	TOLD(ADDRESS, HOST_USE_STACKED, "nvme0n1p1", "dm-0 (vg-root)");
	assert_int_equal(count(scene), 3);
}

static void swap_that_cannot_be_told_may_be_on_any_disk(void **state)
{
	struct scene *scene = *state;

	add_disk(scene);
	tree_file(&scene->tree, "proc/swaps",
		  "Filename Type\n/strange partition 1 0 1\n");
	observe(scene);
	TOLD(ADDRESS, HOST_USE_UNREADABLE, "swap", "/strange");
}

/* A partition of an array of a mapping of a partition. */
static void a_mount_high_up_a_stack_is_one_of_the_disk(void **state)
{
	struct scene *scene = *state;

	add_disk(scene);
	add_block(scene, "md0", "devices/virtual/block/md0", "9:0\n");
	add_block(scene, "md0p1", "devices/virtual/block/md0/md0p1", "259:9\n");
	add_mapper(scene, "dm-0", "253:0\n", DISK "/nvme0n1p1");
	tree_link(&scene->tree, "sys/devices/virtual/block/dm-0/holders/md0",
		  "../../md0");
	/* and a circle, which no kernel makes */
	tree_link(&scene->tree, "sys/devices/virtual/block/md0/holders/dm-0", "../dm-0");
	tree_file(&scene->tree, "proc/1/mountinfo",
		  "36 1 259:9 / /srv rw - xfs /dev/md0p1 rw\n");
	observe(scene);
	TOLD(ADDRESS, HOST_USE_MOUNT, "md0p1", "/srv");
	TOLD(ADDRESS, HOST_USE_STACKED, "nvme0n1p1", "dm-0 (vg-root)");
	TOLD(ADDRESS, HOST_USE_STACKED, "dm-0", "md0");
	assert_true(is_complete(scene));
}

static void a_loop_device_on_a_disk_is_stacked(void **state)
{
	struct scene *scene = *state;

	add_disk(scene);
	add_block(scene, "loop0", "devices/virtual/block/loop0", "7:0\n");
	tree_file(&scene->tree, "sys/class/block/loop0/loop/backing_file",
		  "/dev/nvme0n1p1\n");
	observe(scene);
	TOLD(ADDRESS, HOST_USE_STACKED, "nvme0n1p1", "loop0");
}

static void btrfs_is_told_by_source_and_by_pool(void **state)
{
	struct scene *scene = *state;

	add_disk(scene);
	tree_file(&scene->tree, "proc/1/mountinfo",
		  "36 1 0:40 /@ / rw - btrfs /dev/nvme0n1p1 rw\n"
		  "37 1 0:41 / /fuse rw - fuse.x /dev/nvme0n1 rw\n");
	tree_file(&scene->tree, "sys/fs/btrfs/features/raid56", "0\n");
	tree_link(&scene->tree, "sys/fs/btrfs/0123-45/devices/nvme0n1p1", "../x");
	tree_link(&scene->tree, "sys/fs/btrfs/0123-45/devices/nvme0n1p2", "../x");
	observe(scene);
	TOLD(ADDRESS, HOST_USE_MOUNT, "nvme0n1p1", "/");
	TOLD(ADDRESS, HOST_USE_MOUNT, "nvme0n1p2", "btrfs 0123-45");
	assert_int_equal(count(scene), 2);
}

static void disks_of_zfs_are_those_udev_knows(void **state)
{
	struct scene *scene = *state;

	add_disk(scene);
	tree_file(&scene->tree, "run/udev/data/b259:1",
		  "I:5\nE:ID_FS_LABEL=tank\nE:ID_FS_TYPE=zfs_member\n");
	tree_file(&scene->tree, "proc/spl/kstat/zfs/arcstats", "");
	observe(scene);
	assert_int_equal(count(scene), 0);
	tree_file(&scene->tree, "proc/spl/kstat/zfs/tank/state", "ONLINE\n");
	observe(scene);
	TOLD(ADDRESS, HOST_USE_STACKED, "nvme0n1p1", "zfs tank");
}

/* A disk with several controllers is below none of them. */
static void an_nvme_disk_belongs_to_all_its_controllers(void **state)
{
	struct scene *scene = *state;

	add_block(scene, "nvme0n1", "devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1",
		  "259:0\n");
	add_block(scene, "nvme0c0n1", NVME "/nvme/nvme0/nvme0c0n1", NULL);
	tree_link(&scene->tree, "sys/class/nvme-subsystem/nvme-subsys0",
		  "../../devices/virtual/nvme-subsystem/nvme-subsys0");
	tree_link(&scene->tree, "sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0",
		  "../../../pci0000:00/0000:00:01.0/0000:03:00.0/nvme/nvme0");
	tree_link(&scene->tree, "sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme1",
		  "../../../pci0000:00/0000:00:02.0/0000:04:00.0/nvme/nvme1");
	tree_file(&scene->tree, "proc/1/mountinfo",
		  "36 1 259:0 / /srv rw - ext4 /dev/nvme0n1 rw\n");
	observe(scene);
	TOLD(ADDRESS, HOST_USE_MOUNT, "nvme0n1", "/srv");
	TOLD("0000:04:00.0", HOST_USE_MOUNT, "nvme0n1", "/srv");
	assert_int_equal(count(scene), 2);
}

static void unreadable_mounts_count_as_mounts(void **state)
{
	struct scene *scene = *state;
	char full[PATH_MAX];

	add_disk(scene);
	tree_path(&scene->tree, "proc/1/mountinfo", full);
	assert_int_equal(remove(full), 0);
	observe(scene);
	TOLD(ADDRESS, HOST_USE_UNREADABLE, "mounts", NULL);
}

static void thousands_of_mounts_are_not_all_told(void **state)
{
	struct scene *scene = *state;
	char text[8192] = "";

	add_disk(scene);
	for (int i = 0; i < 100; i++)
		strcat(text, "36 1 259:1 / /srv rw - ext4 /dev/root rw\n");
	tree_file(&scene->tree, "proc/1/mountinfo", text);
	observe(scene);
	TOLD(ADDRESS, HOST_USE_MOUNT, "nvme0n1p1", "and more");
	assert_true(count(scene) < 20);
}

static void a_mount_that_only_a_container_sees_is_told_with_its_process(void **state)
{
	struct scene *scene = *state;

	add_disk(scene);
	tree_link(&scene->tree, "proc/1/ns/mnt", "mnt:[1]");
	tree_file(&scene->tree, "proc/1/mountinfo",
		  "36 1 259:1 / /srv rw - ext4 /dev/root rw\n");
	tree_file(&scene->tree, "proc/70/comm", "container\n");
	tree_link(&scene->tree, "proc/70/ns/mnt", "mnt:[2]");
	tree_file(&scene->tree, "proc/70/mountinfo",
		  "36 1 259:1 / /elsewhere rw - ext4 /dev/root rw\n"
		  "37 1 259:2 / /data rw - ext4 /dev/root rw\n");
	tree_directory(&scene->tree, "proc/70/fd");
	observe(scene);
	TOLD(ADDRESS, HOST_USE_MOUNT, "nvme0n1p1", "/srv");
	assert_int_equal(find(scene, ADDRESS, HOST_USE_MOUNT, "nvme0n1p2", "/data"), 70);
	assert_int_equal(count(scene), 2);
}

#define NIC_PATH "devices/pci0000:00/0000:00:03.0/virtio0/net/eth0"
#define NIC "sys/" NIC_PATH

static void add_interface(struct scene *scene, const char *flags)
{
	tree_link(&scene->tree, "sys/class/net/eth0", "../../" NIC_PATH);
	tree_file(&scene->tree, NIC "/flags", flags);
	tree_file(&scene->tree, "sys/devices/virtual/net/lo/flags", "0x9\n");
	tree_link(&scene->tree, "sys/class/net/lo", "../../devices/virtual/net/lo");
}

static void an_interface_that_is_down_is_not_used(void **state)
{
	struct scene *scene = *state;

	add_interface(scene, "0x1002\n");
	observe(scene);
	assert_int_equal(count(scene), 0);
}

static void an_interface_that_is_up_and_enslaved_is_used(void **state)
{
	struct scene *scene = *state;

	add_interface(scene, "0x1003\n");
	tree_link(&scene->tree, NIC "/master", "../../../../../virtual/net/br0");
	observe(scene);
	TOLD("0000:00:03.0", HOST_USE_NETWORK, "eth0", "up, enslaved to br0");
	assert_int_equal(count(scene), 1);
}

static void an_unreadable_interface_counts_as_used(void **state)
{
	struct scene *scene = *state;

	add_interface(scene, "strange\n");
	observe(scene);
	TOLD("0000:00:03.0", HOST_USE_UNREADABLE, "eth0", NULL);
}

#define NIC_DEVICE "devices/pci0000:00/0000:00:03.0"

static void add_network_card(struct scene *scene, const char *class, const char *driver)
{
	char target[128];

	tree_link(&scene->tree, "sys/bus/pci/devices/0000:00:03.0",
		  "../../../" NIC_DEVICE);
	tree_file(&scene->tree, "sys/" NIC_DEVICE "/class", class);
	(void)snprintf(target, sizeof(target), "../../../bus/pci/drivers/%s", driver);
	if (*driver)
		tree_link(&scene->tree, "sys/" NIC_DEVICE "/driver", target);
}

static void a_card_whose_interface_is_visible_hides_none(void **state)
{
	struct scene *scene = *state;

	add_network_card(scene, "0x020000\n", "virtio-pci");
	add_interface(scene, "0x1002\n");
	observe(scene);
	assert_int_equal(count(scene), 0);
}

static void an_interface_of_another_namespace_counts_as_used(void **state)
{
	struct scene *scene = *state;

	add_network_card(scene, "0x0c0330\n", "some");
	tree_file(&scene->tree, "sys/" NIC_DEVICE "/net/.keep", "");
	observe(scene);
	TOLD("0000:00:03.0", HOST_USE_UNREADABLE, "network interface",
	     "it is in another network namespace");
	assert_int_equal(count(scene), 1);
}

static void a_network_card_without_interface_counts_as_used(void **state)
{
	struct scene *scene = *state;

	add_network_card(scene, "0x028000\n", "virtio-pci");
	observe(scene);
	TOLD("0000:00:03.0", HOST_USE_UNREADABLE, "network interface", NULL);
	assert_int_equal(count(scene), 1);
}

static void a_network_card_that_is_passed_on_hides_nothing(void **state)
{
	struct scene *scene = *state;

	add_network_card(scene, "0x020000\n", "vfio-pci");
	tree_file(&scene->tree, "sys/" NIC_DEVICE "/vfio-dev/vfio0/dev", "511:0\n");
	observe(scene);
	assert_int_equal(count(scene), 0);
}

static void a_network_card_of_no_driver_hides_nothing(void **state)
{
	struct scene *scene = *state;

	add_network_card(scene, "0x020000\n", "");
	observe(scene);
	assert_int_equal(count(scene), 0);
}

static void add_consoles(struct scene *scene, const char *bind)
{
	struct tree *tree = &scene->tree;

	tree_link(tree, "sys/class/graphics/fb0",
		  "../../devices/pci0000:00/0000:00:02.0/graphics/fb0");
	tree_link(tree, "sys/class/graphics/fbcon",
		  "../../devices/virtual/graphics/fbcon");
	tree_file(tree, "sys/class/vtconsole/vtcon0/name", "(S) dummy device\n");
	tree_file(tree, "sys/class/vtconsole/vtcon0/bind", "1\n");
	tree_file(tree, "sys/class/vtconsole/vtcon1/name", "(M) frame buffer device\n");
	tree_file(tree, "sys/class/vtconsole/vtcon1/bind", bind);
}

static void a_bound_frame_buffer_is_a_console(void **state)
{
	struct scene *scene = *state;

	add_consoles(scene, "1\n");
	observe(scene);
	TOLD("0000:00:02.0", HOST_USE_CONSOLE, "fb0", NULL);
	assert_int_equal(count(scene), 1);
}

static void an_unbound_frame_buffer_is_none(void **state)
{
	struct scene *scene = *state;

	add_consoles(scene, "0\n");
	observe(scene);
	assert_int_equal(count(scene), 0);
}

/* The names of serial ports on no bus look almost like addresses. */
static void a_serial_port_may_be_a_console(void **state)
{
	struct scene *scene = *state;
	struct tree *tree = &scene->tree;

	tree_file(tree, "sys/class/tty/console/active", "tty0 ttyS0 ttyS4 ../x\n");
	tree_link(tree, "sys/class/tty/tty0", "../../devices/virtual/tty/tty0");
	tree_link(tree, "sys/class/tty/ttyS0",
		  "../../devices/pnp0/00:00/00:00:0/00:00:0.0/tty/ttyS0");
	tree_link(tree, "sys/class/tty/ttyS4",
		  "../../devices/pci0000:00/0000:00:05.0/0000:00:05.0:0/"
		  "0000:00:05.0:0.0/tty/ttyS4");
	observe(scene);
	TOLD("0000:00:05.0", HOST_USE_CONSOLE, "ttyS4", NULL);
	assert_int_equal(count(scene), 1);
}

#define USB "devices/pci0000:00/0000:00:14.0/usb1"

static void usb_devices_belong_to_their_controller(void **state)
{
	static const struct {
		const char *name, *path, *class, *product;
	} devices[] = {
		{ "usb1", USB, "09\n", "xHCI\n" },
		{ "1-0:1.0", USB "/1-0:1.0", NULL, NULL },
		{ "1-1", USB "/1-1", "09\n", "a hub\n" },
		{ "1-1.2", USB "/1-1/1-1.2", "00\n", "Keyboard\n" },
		{ "1-2", USB "/1-2", "00\n", NULL },
	};
	struct scene *scene = *state;
	char path[512], target[512];

	for (size_t i = 0; i < ARRAY_SIZE(devices); i++) {
		(void)snprintf(path, sizeof(path), "sys/bus/usb/devices/%s",
			       devices[i].name);
		(void)snprintf(target, sizeof(target), "../../../%s", devices[i].path);
		tree_link(&scene->tree, path, target);
		(void)snprintf(path, sizeof(path), "sys/%s/bDeviceClass",
			       devices[i].path);
		if (devices[i].class)
			tree_file(&scene->tree, path, devices[i].class);
		(void)snprintf(path, sizeof(path), "sys/%s/product", devices[i].path);
		if (devices[i].product)
			tree_file(&scene->tree, path, devices[i].product);
	}
	tree_file(&scene->tree, "sys/" USB "/1-2/idVendor", "1d6b\n");
	tree_file(&scene->tree, "sys/" USB "/1-2/idProduct", "0104\n");
	observe(scene);
	TOLD("0000:00:14.0", HOST_USE_USB, "1-1.2", "Keyboard");
	TOLD("0000:00:14.0", HOST_USE_USB, "1-2", "1d6b:0104");
	assert_int_equal(count(scene), 2);
}

static void add_card(struct scene *scene)
{
	tree_link(&scene->tree, "sys/class/drm/card0",
		  "../../devices/pci0000:00/0000:00:02.0/drm/card0");
	tree_file(&scene->tree, "sys/devices/pci0000:00/0000:00:02.0/drm/card0/uevent",
		  "MAJOR=226\nDEVNAME=dri/card0\nDEVTYPE=drm_minor\n");
	tree_link(&scene->tree, "sys/class/vfio-dev/vfio0",
		  "../../devices/pci0000:00/0000:00:06.0/vfio-dev/vfio0");
	tree_link(&scene->tree, "sys/class/misc/iommu",
		  "../../devices/virtual/misc/iommu");
}

static void open_nodes_are_told_with_their_process(void **state)
{
	struct scene *scene = *state;
	struct record_use use;

	add_card(scene);
	tree_file(&scene->tree, "proc/80/comm", "Xorg\n");
	tree_file(&scene->tree, "proc/80/status", "Name:\tx\nUid:\t7\t7\t7\t7\n");
	tree_link(&scene->tree, "proc/80/fd/0", "/dev/null");
	tree_link(&scene->tree, "proc/80/fd/5", "/dev/dri/card0");
	tree_link(&scene->tree, "proc/80/fd/6", "/dev/dri/card0");
	tree_link(&scene->tree, "proc/80/fd/7", "/home/me/dev/dri/card0");
	tree_link(&scene->tree, "proc/81/fd/5", "/dev/dri/card0 (deleted)");
	tree_link(&scene->tree, "proc/81/fd/6", "/dev/card0");
	observe(scene);
	assert_int_equal(count(scene), 2);
	assert_true(FIND(&scene->recording, RECORD_USE, 0, &use));
	assert_string_equal(use.device, "0000:00:02.0");
	assert_int_equal(use.kind, HOST_USE_NODE);
	assert_string_equal(use.name, "dri/card0");
	assert_int_equal(use.pid, 80);
	assert_string_equal(use.comm, "Xorg");
	assert_int_equal(use.uid, 7);
	assert_true(FIND(&scene->recording, RECORD_USE, 1, &use));
	assert_int_equal(use.pid, 81);
	assert_int_equal(use.uid, RECORD_UID_UNKNOWN);
	assert_string_equal(use.name, "dri/card0");
}

/* The number of the node counts, here that of /dev/null, wherever the node is. */
static void a_node_outside_of_dev_is_a_node(void **state)
{
	struct scene *scene = *state;

	add_card(scene);
	tree_link(&scene->tree, "sys/dev/char/1:3",
		  "../../devices/pci0000:00/0000:00:02.0/drm/card0");
	tree_file(&scene->tree, "proc/80/comm", "Xorg\n");
	tree_link(&scene->tree, "proc/80/exe", "/usr/bin/Xorg");
	tree_link(&scene->tree, "proc/80/fd/5", "/../dev/null");
	tree_link(&scene->tree, "proc/80/fd/6", "/");
	tree_link(&scene->tree, "proc/80/fd/7", "socket:[1]");
	scene->tree.root.captured = false;
	observe(scene);
	assert_int_equal(find(scene, "0000:00:02.0", HOST_USE_NODE, "/../dev/null", NULL),
			 80);
}

static void owners_of_vfio_devices_are_not_told_here(void **state)
{
	struct scene *scene = *state;

	add_card(scene);
	tree_link(&scene->tree, "proc/80/fd/5", "/dev/vfio/devices/vfio0");
	tree_link(&scene->tree, "proc/80/fd/6", "/dev/iommu");
	observe(scene);
	assert_int_equal(count(scene), 0);
}

static void every_process_is_announced(void **state)
{
	struct scene *scene = *state;
	struct record_process_mark mark;

	tree_link(&scene->tree, "proc/80/fd/0", "/dev/null");
	observe(scene);
	assert_true(FIND(&scene->recording, RECORD_PROCESS_START, 1, &mark));
	assert_int_equal(mark.pid, 80);
}

static void files_that_cannot_be_read_may_be_nodes(void **state)
{
	struct scene *scene = *state;

	add_card(scene);
	tree_link(&scene->tree, "sys/dev/char/226:0",
		  "../../devices/pci0000:00/0000:00:02.0/drm/card0");
	tree_link(&scene->tree, "sys/dev/char/511:0",
		  "../../devices/pci0000:00/0000:00:06.0/vfio-dev/vfio0");
	tree_file(&scene->tree, "proc/80/fd", "no directory\n");
	observe(scene);
	TOLD("0000:00:02.0", HOST_USE_UNREADABLE, "open files", "of 1 process");
	assert_int_equal(count(scene), 1);
	assert_true(is_complete(scene));
}

static void a_class_that_cannot_be_read_leaves_the_pass_open(void **state)
{
	struct scene *scene = *state;

	tree_file(&scene->tree, "sys/class/net", "no directory\n");
	observe(scene);
	assert_false(is_complete(scene));
}

/* Whatever there is, it must not fail, and be seen to its end. */
static void this_host_is_seen_to_its_end(void **state)
{
	struct scene *scene = *state;
	struct root live;

	assert_int_equal(root_open(NULL, &live), 0);
	observe_uses(&live, scene->recording.sink);
	root_close(&live);
	recording_read(&scene->recording);
	assert_true(is_complete(scene));
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, scene_begin, scene_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE(an_empty_host_uses_nothing),
		SCENE(a_mount_belongs_to_its_disk_and_function),
		SCENE(a_swap_partition_is_found_by_its_path),
		SCENE(swap_that_cannot_be_told_may_be_on_any_disk),
		SCENE(a_mount_high_up_a_stack_is_one_of_the_disk),
		SCENE(a_loop_device_on_a_disk_is_stacked),
		SCENE(btrfs_is_told_by_source_and_by_pool),
		SCENE(disks_of_zfs_are_those_udev_knows),
		SCENE(an_nvme_disk_belongs_to_all_its_controllers),
		SCENE(unreadable_mounts_count_as_mounts),
		SCENE(thousands_of_mounts_are_not_all_told),
		SCENE(a_mount_that_only_a_container_sees_is_told_with_its_process),
		SCENE(an_interface_that_is_down_is_not_used),
		SCENE(an_interface_that_is_up_and_enslaved_is_used),
		SCENE(an_unreadable_interface_counts_as_used),
		SCENE(a_card_whose_interface_is_visible_hides_none),
		SCENE(an_interface_of_another_namespace_counts_as_used),
		SCENE(a_network_card_without_interface_counts_as_used),
		SCENE(a_network_card_that_is_passed_on_hides_nothing),
		SCENE(a_network_card_of_no_driver_hides_nothing),
		SCENE(a_bound_frame_buffer_is_a_console),
		SCENE(an_unbound_frame_buffer_is_none),
		SCENE(a_serial_port_may_be_a_console),
		SCENE(usb_devices_belong_to_their_controller),
		SCENE(open_nodes_are_told_with_their_process),
		SCENE(a_node_outside_of_dev_is_a_node),
		SCENE(owners_of_vfio_devices_are_not_told_here),
		SCENE(every_process_is_announced),
		SCENE(files_that_cannot_be_read_may_be_nodes),
		SCENE(a_class_that_cannot_be_read_leaves_the_pass_open),
		SCENE(this_host_is_seen_to_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
