/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Trees put together from the formats of fs/proc (fd.c, task_mmu.c), of
 * dma_buf_show_fdinfo() and of vfio_device_show_fdinfo(); and the live /proc.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "lib/base/text.h"
#include "lib/observe/observers.h"
#include "lib/observe/proc-visibility.h"
#include "tests/unit/records.h"

#define COMMON(ino) "pos:\t0\nflags:\t02400002\nmnt_id:\t15\nino:\t" ino "\n"
#define BUFFER(ino) COMMON(ino) "size:\t4096\ncount:\t2\nexp_name:\tudmabuf\n"
#define SYSPATH(device)                                                                  \
	COMMON("9") "vfio-device-syspath: /sys/devices/pci0000:00/" device "\n"
#define MAP "7f%010x000-7f%010x000 rw-s 00000000 00:0b %u                       %s\n"

struct scene {
	struct tree tree;
	struct recording recording;
};

static int scene_begin(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));

	tree_begin(&scene->tree);
	recording_begin(&scene->recording);
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

static void add_process(const struct scene *scene, int pid, const char *comm,
			const char *maps)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "proc/%d/comm", pid);
	tree_file(&scene->tree, path, comm);
	(void)snprintf(path, sizeof(path), "proc/%d/maps", pid);
	tree_file(&scene->tree, path, maps);
	(void)snprintf(path, sizeof(path), "proc/%d/fd", pid);
	tree_directory(&scene->tree, path);
}

static void add_uid(const struct scene *scene, int pid, unsigned int uid)
{
	char path[64], status[128];

	(void)snprintf(path, sizeof(path), "proc/%d/status", pid);
	(void)snprintf(status, sizeof(status), "Name:\tx\nUid:\t%u\t%u\t%u\t%u\n", uid,
		       uid, uid, uid);
	tree_file(&scene->tree, path, status);
}

static void add_fd(const struct scene *scene, int pid, int fd, const char *target,
		   const char *fdinfo)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "proc/%d/fd/%d", pid, fd);
	tree_link(&scene->tree, path, target);
	(void)snprintf(path, sizeof(path), "proc/%d/fdinfo/%d", pid, fd);
	if (fdinfo)
		tree_file(&scene->tree, path, fdinfo);
}

static struct record_source look(struct scene *scene, pid_t after, unsigned int flags)
{
	observe_proc(&scene->tree.root, scene->recording.sink, after, flags);
	recording_read(&scene->recording);
	return recording_outcome(&scene->recording);
}

static size_t count(const struct scene *scene, enum record_type type)
{
	return recording_count(&scene->recording, type);
}

static void holders_are_found_by_fd(void **state)
{
	struct scene *scene = *state;
	struct record_holder holder;
	struct record_buffer buffer;

	add_process(scene, 42, "ho\nlder\n", "");
	add_uid(scene, 42, 1000);
	add_fd(scene, 42, 0, "/dev/null", COMMON("3"));
	add_fd(scene, 42, 5, "/dmabuf:x\nino:\t9", BUFFER("7") "name:\tx\nino:\t9\n");
	add_fd(scene, 42, 6, "/dmabuf:", BUFFER("7"));
	assert_int_equal(look(scene, 0, PROC_BUFFERS).outcome, SOURCE_OK);
	assert_int_equal(count(scene, RECORD_HOLDER), 2);
	assert_true(FIND(&scene->recording, RECORD_HOLDER, 0, &holder));
	assert_int_equal(holder.inode, 7);
	assert_int_equal(holder.pid, 42);
	assert_string_equal(holder.comm, "ho\nlder");
	assert_int_equal(holder.uid, 1000);
	assert_int_equal(count(scene, RECORD_BUFFER), 1);
	assert_true(FIND(&scene->recording, RECORD_BUFFER, 0, &buffer));
	assert_int_equal(buffer.inode, 7);
	assert_int_equal(buffer.size, 4096);
	assert_int_equal(buffer.references, 2);
	assert_false(buffer.attachments_known);
	assert_string_equal(buffer.exporter, "udmabuf");
}

static void buffers_are_told_only_when_asked_for(void **state)
{
	struct scene *scene = *state;

	add_process(scene, 42, "holder\n", "");
	add_fd(scene, 42, 5, "/dmabuf:", BUFFER("7"));
	(void)look(scene, 0, 0);
	assert_int_equal(count(scene, RECORD_HOLDER), 1);
	assert_int_equal(count(scene, RECORD_BUFFER), 0);
}

static void a_file_with_that_name_is_no_buffer(void **state)
{
	struct scene *scene = *state;

	add_process(scene, 42, "forger\n", "");
	add_fd(scene, 42, 5, "/dmabuf:x", COMMON("7"));
	assert_int_equal(look(scene, 0, PROC_BUFFERS).outcome, SOURCE_OK);
	assert_int_equal(count(scene, RECORD_HOLDER), 0);
	assert_int_equal(count(scene, RECORD_BUFFER), 0);
}

static void mappings_hold_once_an_inode(void **state)
{
	struct scene *scene = *state;
	struct record_holder holder;
	char maps[1024];

	(void)snprintf(maps, sizeof(maps), MAP MAP MAP MAP, 1, 2, 7, "/dmabuf:a\\012b", 2,
		       3, 7, "/dmabuf:a", 3, 4, 8, "/dmabuf:", 4, 5, 9, "/tmp/dmabuf:no");
	maps[strlen(maps) - 1] = '\0';
	add_process(scene, 42, "mapper\n", maps);
	add_process(scene, 43, "other\n", maps);
	assert_int_equal(look(scene, 0, 0).outcome, SOURCE_OK);
	assert_int_equal(count(scene, RECORD_HOLDER), 4);
	assert_true(FIND(&scene->recording, RECORD_HOLDER, 0, &holder));
	assert_int_equal(holder.inode, 7);
	assert_int_equal(holder.fd, -1);
	assert_true(FIND(&scene->recording, RECORD_HOLDER, 1, &holder));
	assert_int_equal(holder.inode, 8);
}

static void many_mappings_are_read(void **state)
{
	enum { COUNT = 65536 };
	struct scene *scene = *state;
	_cleanup_free_ char *maps = NULL;
	size_t length;
	FILE *file = open_memstream(&maps, &length);
	unsigned int i;

	for (i = 0; i < COUNT; i++)
		(void)fprintf(file, MAP, i, i + 1, i + 1,
			      i % 100 == 0 ? "/dmabuf:"
					   : "/usr/lib/x86_64-linux-gnu/libc.so.6");
	(void)fclose(file);
	add_process(scene, 42, "mapper\n", maps);
	assert_int_equal(look(scene, 0, 0).outcome, SOURCE_OK);
	assert_int_equal(count(scene, RECORD_HOLDER), COUNT / 100 + 1);
}

static void endless_lines_are_refused(void **state)
{
	struct scene *scene = *state;
	_cleanup_free_ char *maps = malloc(300001);

	memset(maps, 'x', 300000);
	maps[300000] = '\0';
	add_process(scene, 42, "strange\n", maps);
	(void)look(scene, 0, 0);
	assert_int_equal(count(scene, RECORD_PROCESS_UNREADABLE), 1);
}

static void owners_are_named_by_fdinfo(void **state)
{
	struct scene *scene = *state;
	struct record_character_device container;
	struct record_owner owner;
	char maps[1024];

	(void)snprintf(maps, sizeof(maps), MAP MAP, 1, 2, 9, "anon_inode:[vfio-device]",
		       2, 3, 9, "anon_inode:[vfio-device]");
	add_process(scene, 49, "qemu\n", maps);
	add_uid(scene, 49, 107);
	add_fd(scene, 49, 3, "anon_inode:[vfio-device]", SYSPATH("0000:03:00.0"));
	add_fd(scene, 49, 4, "/dev/vfio/devices/vfio0 (deleted)",
	       SYSPATH("0000:03:00.0"));
	add_fd(scene, 49, 5, "/dev/vfio/12", COMMON("3"));
	add_fd(scene, 49, 6, "/dev/vfio/vfio", COMMON("4"));
	assert_int_equal(look(scene, 0, 0).outcome, SOURCE_OK);
	assert_int_equal(count(scene, RECORD_OWNER), 4);
	assert_true(FIND(&scene->recording, RECORD_OWNER, 0, &owner));
	assert_string_equal(owner.device, "0000:03:00.0");
	assert_string_equal(owner.comm, "qemu");
	assert_int_equal(owner.uid, 107);
	assert_true(owner.fd == 3 || owner.fd == 4);
	assert_true(FIND(&scene->recording, RECORD_OWNER, 3, &owner));
	assert_string_equal(owner.device, "0000:03:00.0");
	assert_int_equal(owner.fd, RECORD_OWNER_MAPPING);
	assert_int_equal(count(scene, RECORD_USER), 0);
	assert_int_equal(count(scene, RECORD_CHARACTER_DEVICE), 1);
	assert_true(FIND(&scene->recording, RECORD_CHARACTER_DEVICE, 0, &container));
	assert_int_equal(container.pid, 49);
	assert_int_equal(container.major, VFIO_CONTAINER_MAJOR);
	assert_int_equal(container.minor, VFIO_CONTAINER_MINOR);
}

static void mappings_of_one_of_two_devices_are_not_guessed(void **state)
{
	struct scene *scene = *state;
	struct record_owner owner;
	char maps[1024];

	(void)snprintf(maps, sizeof(maps), MAP MAP, 1, 2, 9, "anon_inode:[vfio-device]",
		       2, 3, 9, "anon_inode:[vfio-device]");
	add_process(scene, 49, "qemu\n", maps);
	add_fd(scene, 49, 3, "anon_inode:[vfio-device]", SYSPATH("0000:03:00.0"));
	add_fd(scene, 49, 4, "anon_inode:[vfio-device]", SYSPATH("0000:04:00.0"));
	assert_int_equal(look(scene, 0, 0).outcome, SOURCE_OK);
	assert_int_equal(count(scene, RECORD_OWNER), 4);
	assert_true(FIND(&scene->recording, RECORD_OWNER, 2, &owner));
	assert_int_equal(owner.fd, RECORD_OWNER_MAYBE_MAPPING);
	assert_true(FIND(&scene->recording, RECORD_OWNER, 3, &owner));
	assert_int_equal(owner.fd, RECORD_OWNER_MAYBE_MAPPING);
}

static void a_mapping_alone_is_not_attributed(void **state)
{
	struct scene *scene = *state;
	struct record_source source;
	char maps[512];

	(void)snprintf(maps, sizeof(maps), MAP, 1, 2, 9, "anon_inode:[vfio-device]");
	add_process(scene, 49, "qemu\n", maps);
	source = look(scene, 0, 0);
	assert_int_equal(source.outcome, SOURCE_PARTIAL);
	assert_string_equal(source.why, "which VFIO device 1 process has cannot be told");
	assert_int_equal(count(scene, RECORD_OWNER), 0);
}

static void a_mapped_cdev_tells_its_device(void **state)
{
	struct scene *scene = *state;
	struct record_owner owner;
	char maps[512];

	(void)snprintf(maps, sizeof(maps), MAP, 1, 2, 9, "/dev/vfio/devices/vfio3");
	add_process(scene, 49, "vmm\n", maps);
	tree_link(&scene->tree, "sys/class/vfio-dev/vfio3/device",
		  "../../../0000:05:00.0");
	assert_int_equal(look(scene, 0, 0).outcome, SOURCE_OK);
	assert_true(FIND(&scene->recording, RECORD_OWNER, 0, &owner));
	assert_string_equal(owner.device, "0000:05:00.0");
	assert_int_equal(owner.fd, RECORD_OWNER_MAPPING);
}

/* Kernels before 6.17 say nothing in fdinfo. */
static void add_group(const struct scene *scene, int group, const char *device,
		      const char *driver)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "sys/kernel/iommu_groups/%d/devices/%s", group,
		       device);
	tree_link(&scene->tree, path, "../../../../devices/x");
	(void)snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/driver", device);
	tree_link(&scene->tree, path, driver);
}

static void older_kernels_name_the_cdev(void **state)
{
	struct scene *scene = *state;
	struct record_owner owner;

	add_process(scene, 49, "vmm\n", "");
	add_fd(scene, 49, 3, "/dev/vfio/devices/vfio3", COMMON("9"));
	tree_link(&scene->tree, "sys/class/vfio-dev/vfio3/device",
		  "../../../0000:05:00.0");
	assert_int_equal(look(scene, 0, 0).outcome, SOURCE_OK);
	assert_true(FIND(&scene->recording, RECORD_OWNER, 0, &owner));
	assert_string_equal(owner.device, "0000:05:00.0");
	assert_int_equal(owner.fd, 3);
}

static void older_kernels_leave_only_the_group(void **state)
{
	struct scene *scene = *state;
	struct record_owner owner;

	add_process(scene, 49, "qemu\n", "");
	add_fd(scene, 49, 3, "anon_inode:[vfio-device]", COMMON("9"));
	add_fd(scene, 49, 4, "/dev/vfio/12", COMMON("3"));
	add_fd(scene, 49, 5, "/dev/vfio/12", COMMON("3"));
	add_group(scene, 12, "0000:03:00.0", "../../../drivers/vfio-pci");
	add_group(scene, 12, "0000:03:00.1", "../../../drivers/pcieport");
	assert_int_equal(look(scene, 0, 0).outcome, SOURCE_OK);
	assert_int_equal(count(scene, RECORD_OWNER), 1);
	assert_true(FIND(&scene->recording, RECORD_OWNER, 0, &owner));
	assert_string_equal(owner.device, "0000:03:00.0");
	assert_int_equal(owner.fd, 3);
}

#define UUID "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001"

static void mediated_devices_go_by_their_uuid(void **state)
{
	struct scene *scene = *state;
	struct record_owner owner;

	add_process(scene, 49, "qemu\n", "");
	add_fd(scene, 49, 3, "anon_inode:[vfio-device]",
	       COMMON("9") "vfio-device-syspath: /sys/devices/virtual/mtty/mtty/" UUID
			   "\n");
	assert_int_equal(look(scene, 0, 0).outcome, SOURCE_OK);
	assert_int_equal(count(scene, RECORD_OWNER), 1);
	assert_true(FIND(&scene->recording, RECORD_OWNER, 0, &owner));
	assert_string_equal(owner.device, UUID);
	assert_int_equal(owner.fd, 3);
}

/* Its driver does not say vfio, as those of PCI devices do. */
static void older_kernels_leave_only_the_group_of_an_mdev(void **state)
{
	struct scene *scene = *state;
	struct record_owner owner;

	add_process(scene, 49, "qemu\n", "");
	add_fd(scene, 49, 3, "anon_inode:[vfio-device]", COMMON("9"));
	add_fd(scene, 49, 4, "/dev/vfio/7", COMMON("3"));
	tree_link(&scene->tree, "sys/kernel/iommu_groups/7/devices/" UUID,
		  "../../../../devices/virtual/mtty/mtty/" UUID);
	tree_link(&scene->tree, "sys/bus/mdev/devices/" UUID,
		  "../../../devices/virtual/mtty/mtty/" UUID);
	tree_link(&scene->tree, "sys/devices/virtual/mtty/mtty/" UUID "/driver",
		  "../../../../../bus/mdev/drivers/mtty");
	assert_int_equal(look(scene, 0, 0).outcome, SOURCE_OK);
	assert_int_equal(count(scene, RECORD_OWNER), 1);
	assert_true(FIND(&scene->recording, RECORD_OWNER, 0, &owner));
	assert_string_equal(owner.device, UUID);
}

static void a_group_of_two_is_not_guessed(void **state)
{
	struct scene *scene = *state;

	add_process(scene, 49, "qemu\n", "");
	add_fd(scene, 49, 3, "anon_inode:[vfio-device]", COMMON("9"));
	add_fd(scene, 49, 4, "/dev/vfio/noiommu-12", COMMON("3"));
	add_group(scene, 12, "0000:03:00.0", "../../../drivers/vfio-pci");
	add_group(scene, 12, "0000:03:00.1", "../../../drivers/vfio-pci");
	assert_int_equal(look(scene, 0, 0).outcome, SOURCE_PARTIAL);
	assert_int_equal(count(scene, RECORD_OWNER), 0);
}

static void a_group_alone_owns_nothing(void **state)
{
	struct scene *scene = *state;

	add_process(scene, 49, "idle\n", "");
	add_fd(scene, 49, 4, "/dev/vfio/12", COMMON("3"));
	add_group(scene, 12, "0000:03:00.0", "../../../drivers/vfio-pci");
	assert_int_equal(look(scene, 0, 0).outcome, SOURCE_OK);
	assert_int_equal(count(scene, RECORD_OWNER), 0);
}

static bool has_user(const struct scene *scene, const char *device)
{
	struct record_user user;
	size_t i;

	for (i = 0; FIND(&scene->recording, RECORD_USER, i, &user); i++)
		if (strcmp(user.device, device) == 0)
			return true;
	return false;
}

static void users_are_told_once_a_device(void **state)
{
	struct scene *scene = *state;

	add_process(scene, 60, "compositor\n", "");
	add_fd(scene, 60, 3, "/dev/dri/card0", COMMON("1"));
	add_fd(scene, 60, 4, "/dev/dri/renderD128", COMMON("2"));
	add_fd(scene, 60, 5, "/dev/dri/card1", COMMON("2") "drm-pdev:\t0000:07:00.0\n");
	add_fd(scene, 60, 6, "/dev/infiniband/uverbs0", COMMON("2"));
	add_fd(scene, 60, 7, "/dev/iommu", COMMON("2"));
	add_fd(scene, 60, 8, "/dev/dri/card7", COMMON("2"));
	tree_link(&scene->tree, "sys/class/drm/card0/device", "../../../0000:03:00.0");
	tree_link(&scene->tree, "sys/class/drm/renderD128/device",
		  "../../../0000:03:00.0");
	tree_link(&scene->tree, "sys/class/infiniband_verbs/uverbs0/device",
		  "../../../0000:06:00.0");
	assert_int_equal(look(scene, 0, 0).outcome, SOURCE_OK);
	assert_int_equal(count(scene, RECORD_USER), 4);
	assert_true(has_user(scene, "0000:03:00.0"));
	assert_true(has_user(scene, "0000:06:00.0"));
	assert_true(has_user(scene, "0000:07:00.0"));
	assert_true(has_user(scene, "iommu"));
}

static void every_process_is_a_user(void **state)
{
	struct scene *scene = *state;

	tree_link(&scene->tree, "sys/class/drm/card0/device", "../../../0000:03:00.0");
	add_process(scene, 60, "one\n", "");
	add_fd(scene, 60, 3, "/dev/dri/card0", COMMON("1"));
	add_process(scene, 61, "other\n", "");
	add_fd(scene, 61, 3, "/dev/dri/card0", COMMON("1"));
	(void)look(scene, 0, 0);
	assert_int_equal(count(scene, RECORD_USER), 2);
}

static void it_goes_on_behind_a_process(void **state)
{
	struct scene *scene = *state;
	struct record_process_mark mark;

	add_process(scene, 42, "before\n", "");
	add_process(scene, 43, "behind\n", "");
	tree_file(&scene->tree, "proc/uptime", "1 1\n");
	(void)look(scene, 42, 0);
	assert_int_equal(count(scene, RECORD_PROCESS_START), 1);
	assert_true(FIND(&scene->recording, RECORD_PROCESS_START, 0, &mark));
	assert_int_equal(mark.pid, 43);
}

static void who_sleeps_in_bufinfo_is_found(void **state)
{
	struct scene *scene = *state;
	struct record_blocker blocker;

	add_process(scene, 42, "cat\n", "");
	tree_file(&scene->tree, "proc/42/task/42/wchan", "do_wait");
	tree_file(&scene->tree, "proc/42/task/44/wchan", "dma_buf_debug_show");
	add_process(scene, 50, "other\n", "");
	tree_file(&scene->tree, "proc/50/task/50/wchan", "0");
	(void)look(scene, 0, PROC_FIND_BLOCKER);
	assert_int_equal(count(scene, RECORD_BLOCKER), 1);
	assert_true(FIND(&scene->recording, RECORD_BLOCKER, 0, &blocker));
	assert_int_equal(blocker.header.source, SOURCE_BUFINFO);
	assert_int_equal(blocker.pid, 42);
	assert_string_equal(blocker.comm, "cat");
	assert_string_equal(blocker.where, "dma_buf_debug_show");
}

static void vanished_processes_are_no_error(void **state)
{
	struct scene *scene = *state;

	tree_directory(&scene->tree, "proc/42");
	tree_directory(&scene->tree, "proc/43/fd");
	tree_file(&scene->tree, "proc/44", "no directory\n");
	add_process(scene, 45, "racing\n", "");
	add_fd(scene, 45, 3, "/dmabuf:", NULL);
	assert_int_equal(look(scene, 0, 0).outcome, SOURCE_OK);
	assert_int_equal(count(scene, RECORD_PROCESS_UNREADABLE), 1);
}

static void without_proc_it_is_missing(void **state)
{
	assert_int_equal(look(*state, 0, 0).outcome, SOURCE_MISSING);
}

static void hidepid_is_recognised(void **state)
{
#define MOUNT(where, options)                                                            \
	"24 29 0:22 / " where " rw,nosuid - proc proc rw" options "\n"
	(void)state;
	assert_true(mountinfo_hides_processes(MOUNT("/proc", ",hidepid=2")));
	assert_true(
		mountinfo_hides_processes(MOUNT("/proc", ",gid=4,hidepid=invisible")));
	assert_true(mountinfo_hides_processes(MOUNT("/proc", ",hidepid=ptraceable")));
	assert_true(mountinfo_hides_processes(MOUNT("/proc", "")
						      MOUNT("/proc", ",hidepid=4")));
	assert_false(mountinfo_hides_processes(MOUNT("/proc", ",hidepid=2")
						       MOUNT("/proc", "")));
	assert_false(mountinfo_hides_processes(MOUNT("/proc", "")));
	assert_false(mountinfo_hides_processes(MOUNT("/proc", ",hidepid=noaccess")));
	assert_false(mountinfo_hides_processes(MOUNT("/srv/proc", ",hidepid=2")));
	assert_false(mountinfo_hides_processes(""));
	assert_false(mountinfo_hides_processes("hidepid="));
#undef MOUNT
}

static void *sleep_forever(void *data)
{
	(void)data;
	for (;;)
		(void)pause();
	return NULL;
}

/* A process whose main thread has ended, and which holds a marked file. */
static pid_t start_headless(void)
{
	pthread_t thread;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (pthread_create(&thread, NULL, sleep_forever, NULL) != 0)
		_exit(1);
	pthread_exit(NULL);
}

static bool is_started(const struct recording *recording, pid_t pid)
{
	struct record_process_mark mark;
	size_t i;

	for (i = 0; FIND(recording, RECORD_PROCESS_START, i, &mark); i++)
		if (mark.pid == pid)
			return true;
	return false;
}

/* Runs on any machine; that a main thread has ended hides nothing. */
static void the_live_system_is_read(void **state)
{
	struct recording recording;
	pid_t headless = start_headless();
	struct root root;

	(void)state;
	assert_int_equal(usleep(50000), 0);
	recording_begin(&recording);
	assert_int_equal(root_open(NULL, &root), 0);
	observe_proc(&root, recording.sink, 0, PROC_BUFFERS | PROC_FIND_BLOCKER);
	recording_read(&recording);
	assert_true(recording_outcome(&recording).outcome != -1);
	assert_true(is_started(&recording, getpid()));
	assert_true(is_started(&recording, headless));
	assert_int_equal(kill(headless, SIGKILL), 0);
	assert_int_equal(waitpid(headless, NULL, 0), headless);
	root_close(&root);
	recording_end(&recording);
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, scene_begin, scene_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE(holders_are_found_by_fd),
		SCENE(buffers_are_told_only_when_asked_for),
		SCENE(a_file_with_that_name_is_no_buffer),
		SCENE(mappings_hold_once_an_inode),
		SCENE(many_mappings_are_read),
		SCENE(endless_lines_are_refused),
		SCENE(owners_are_named_by_fdinfo),
		SCENE(mappings_of_one_of_two_devices_are_not_guessed),
		SCENE(a_mapping_alone_is_not_attributed),
		SCENE(a_mapped_cdev_tells_its_device),
		SCENE(older_kernels_name_the_cdev),
		SCENE(older_kernels_leave_only_the_group),
		SCENE(mediated_devices_go_by_their_uuid),
		SCENE(older_kernels_leave_only_the_group_of_an_mdev),
		SCENE(a_group_of_two_is_not_guessed),
		SCENE(a_group_alone_owns_nothing),
		SCENE(users_are_told_once_a_device),
		SCENE(every_process_is_a_user),
		SCENE(it_goes_on_behind_a_process),
		SCENE(who_sleeps_in_bufinfo_is_found),
		SCENE(vanished_processes_are_no_error),
		SCENE(without_proc_it_is_missing),
		cmocka_unit_test(hidepid_is_recognised),
		cmocka_unit_test(the_live_system_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
