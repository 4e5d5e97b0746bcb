/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the host uses, what others have configured, and commands for a person. */
#include "tests/unit/readiness.h"

#include "lib/judge/readiness-internal.h"

static struct scene circumstances(const struct device *device)
{
	struct scene scene = scene_begin(SEEN_ALL);

	scene_vfio(&scene, DEVICE, GROUP);
	assert_int_equal(builder_circumstances(scene.builder, device), 0);
	scene_check(&scene, DEVICE);
	return scene;
}

static void saved_override_is_bounded(void **state)
{
	const struct device device = { .address = DEVICE, .saved_override = "nvme" };
	struct scene scene = circumstances(&device);

	(void)state;
	assert_int_equal(scene.answer->n_obstacles, 1);
	assert_true(obstacle(&scene, OBSTACLE_OVERRIDE)->bounded);
	like(obstacle(&scene, OBSTACLE_OVERRIDE)->reason, "nvme");
	assert_string_equal(obstacle(&scene, OBSTACLE_OVERRIDE)->remedy,
			    "driverctl unset-override " DEVICE);
	scene_end(&scene);
}

static void running_domain_is_an_obstacle(void **state)
{
	const struct device device = {
		.address = DEVICE,
		.libvirt_domain = "web",
		.libvirt_running = true,
	};
	struct scene scene = circumstances(&device);

	(void)state;
	assert_int_equal(scene.answer->n_obstacles, 1);
	assert_false(obstacle(&scene, OBSTACLE_LIBVIRT)->bounded);
	like(obstacle(&scene, OBSTACLE_LIBVIRT)->reason, "web");
	like(obstacle(&scene, OBSTACLE_LIBVIRT)->remedy, "virsh detach-device web");
	assert_int_equal(scene.answer->n_notes, 0);
	scene_end(&scene);
}

static void configured_domain_is_a_note(void **state)
{
	const struct device device = { .address = DEVICE, .libvirt_domain = "web" };
	struct scene scene = circumstances(&device);

	(void)state;
	assert_int_equal(scene.answer->n_obstacles, 0);
	like(note(&scene, NOTE_LIBVIRT)->reason, "web");
	scene_end(&scene);
}

/* A host-driven device that is used like this. */
static struct scene used(const struct host_use *use, pid_t pid)
{
	struct scene scene = scene_begin(SEEN_ALL);

	scene_host_driven(&scene, DEVICE, GROUP, "nvme", 0x010802);
	if (pid > 0)
		scene_process(&scene, pid, "Xorg", "display.service");
	assert_int_equal(builder_use(scene.builder, use, pid), 0);
	scene_check(&scene, DEVICE);
	assert_int_equal(scene.answer->n_obstacles, 1);
	assert_false(obstacle(&scene, OBSTACLE_HOST_USE)->bounded);
	return scene;
}

static void host_uses_are_told_with_a_remedy(void **state)
{
	static const struct {
		enum host_use_kind kind;
		const char *name, *detail, *reason, *remedy;
	} cases[] = {
		{ HOST_USE_MOUNT, "nvme0n1p1", "/data", "mounted", "umount /data" },
		{ HOST_USE_SWAP, "nvme0n1p2", NULL, "swap", "swapoff /dev/nvme0n1p2" },
		{ HOST_USE_STACKED, "nvme0n1", "dm-0", "dm-0", "dm-0" },
		{ HOST_USE_NETWORK, "eth0", "up", "network",
		  "ip link set down dev eth0" },
		{ HOST_USE_CONSOLE, "fb0", NULL, "console", "console" },
		{ HOST_USE_USB, "1-2", "Keyboard", "Keyboard", "unplug" },
		{ HOST_USE_UNREADABLE, "/proc/mounts", NULL, "counts as used", "root" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct host_use use = {
			.device = DEVICE,
			.kind = cases[i].kind,
			.name = cases[i].name,
			.detail = cases[i].detail,
		};
		struct scene scene = used(&use, 0);
		const struct finding *found = obstacle(&scene, OBSTACLE_HOST_USE);

		like(found->reason, cases[i].name);
		like(found->reason, cases[i].reason);
		like(found->remedy, cases[i].remedy);
		scene_end(&scene);
	}
}

static void open_node_is_told_with_its_process(void **state)
{
	const struct host_use use = {
		.device = DEVICE,
		.kind = HOST_USE_NODE,
		.name = "/dev/dri/card0",
	};
	struct scene scene = used(&use, USER);

	(void)state;
	assert_int_equal(obstacle(&scene, OBSTACLE_HOST_USE)->pid, USER);
	like(obstacle(&scene, OBSTACLE_HOST_USE)->reason, "/dev/dri/card0 is open");
	like(obstacle(&scene, OBSTACLE_HOST_USE)->reason, "Xorg[51]");
	like(obstacle(&scene, OBSTACLE_HOST_USE)->remedy,
	     "systemctl stop display.service");
	scene_end(&scene);
}

static void unused_device_of_the_host_is_ready(void **state)
{
	struct scene scene = scene_begin(SEEN_ALL);

	(void)state;
	scene_host_driven(&scene, DEVICE, GROUP, "nvme", 0x010802);
	scene_check(&scene, DEVICE);
	assert_int_equal(scene.answer->n_obstacles, 0);
	assert_int_equal(scene.answer->n_notes, 0);
	scene_end(&scene);
}

static void what_was_not_looked_at_counts_as_used(void **state)
{
	struct scene scene = scene_begin(SEEN_ALL & ~SEEN_USES);

	(void)state;
	scene_host_driven(&scene, DEVICE, GROUP, "nvme", 0x010802);
	scene_vfio(&scene, FAR, OTHER_GROUP);
	scene_check(&scene, DEVICE);
	like(obstacle(&scene, OBSTACLE_HOST_USE)->reason, "counts as used");
	/* of a device that VFIO has, the host uses nothing */
	scene_check(&scene, FAR);
	assert_int_equal(scene.answer->n_obstacles, 0);
	scene_end(&scene);
}

static void imports_of_a_host_driver_are_a_use(void **state)
{
	struct scene scene = scene_begin(SEEN_ALL);

	(void)state;
	scene_host_driven(&scene, FAR, GROUP, "amdgpu", 0x030000);
	scene_buffer(&scene, NULL, BUFFER_STATE_LIVE);
	scene_attachment(&scene, "amdgpu", VERDICT_YES, DRAIN_AT_ONCE, TRISTATE_YES);
	scene_check(&scene, FAR);
	like(obstacle(&scene, OBSTACLE_HOST_USE)->reason, "amdgpu imports 1 buffer");
	like(obstacle(&scene, OBSTACLE_HOST_USE)->remedy,
	     "'dmabufctl list --device=" FAR "'");
	scene_end(&scene);
}

static void what_could_not_be_looked_at_is_noted(void **state)
{
	struct scene scene = scene_begin(SEEN_ALL & ~(SEEN_TASKS | SEEN_SETTINGS));

	(void)state;
	scene_vfio(&scene, DEVICE, GROUP);
	scene_check(&scene, DEVICE);
	assert_int_equal(scene.answer->n_obstacles, 0);
	assert_int_equal(n_notes(&scene, NOTE_UNSEEN), 2);
	like(scene.answer->notes[0].reason, "release");
	like(scene.answer->notes[1].reason, "driverctl");
	scene_end(&scene);
}

static void obstacles_have_their_order(void **state)
{
	static const enum obstacle_kind order[] = {
		OBSTACLE_RELEASE,    OBSTACLE_KERNEL,	OBSTACLE_OWNER,
		OBSTACLE_ATTACHMENT, OBSTACLE_HOLDER,	OBSTACLE_GROUP_MEMBER,
		OBSTACLE_LIBVIRT,    OBSTACLE_OVERRIDE, OBSTACLE_HOST_USE,
	};
	const struct device device = {
		.address = DEVICE,
		.bus = "pci",
		.iommu_group = GROUP,
		.command = -1,
	};
	const struct device settings = {
		.address = DEVICE,
		.saved_override = "nvme",
		.libvirt_domain = "web",
		.libvirt_running = true,
	};
	const struct host_use use = {
		.device = DEVICE,
		.kind = HOST_USE_USB,
		.name = "1-2",
	};
	struct scene scene = scene_begin(SEEN_ALL);

	(void)state;
	scene_add(&scene, &device);
	scene_owner(&scene, DEVICE);
	scene_host_driven(&scene, OTHER, GROUP, "e1000e", 0x020000);
	scene_buffer(&scene, DEVICE, BUFFER_STATE_LIVE);
	scene_attachment(&scene, "vgem", VERDICT_NO, DRAIN_NEVER, TRISTATE_YES);
	assert_int_equal(builder_holder(scene.builder, INODE, HOLDER, HOLDER_FD, 3), 0);
	assert_int_equal(builder_host(scene.builder, NULL, 1, 120), 0);
	assert_int_equal(builder_circumstances(scene.builder, &settings), 0);
	assert_int_equal(builder_use(scene.builder, &use, 0), 0);
	scene_check(&scene, DEVICE);
	assert_int_equal(scene.answer->n_obstacles, sizeof(order) / sizeof(order[0]));
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		assert_int_equal(scene.answer->obstacles[i].kind, order[i]);
	scene_end(&scene);
}

static void is_word(const char *name, const char *expected)
{
	struct shell_word room;
	const char *word = shell_word(name, &room);

	if (!expected)
		assert_null(word);
	else
		assert_string_equal(word, expected);
}

static void names_become_words_of_a_shell(void **state)
{
	char path[600];

	(void)state;
	is_word("vm.service", "vm.service");
	is_word("/mnt/data", "/mnt/data");
	is_word("/mnt/my data", "'/mnt/my data'");
	is_word("/mnt/$(reboot)", "'/mnt/$(reboot)'");
	is_word("machine-qemu\\x2d1\\x2dweb.scope", "'machine-qemu\\x2d1\\x2dweb.scope'");
	is_word("/mnt/\xc3\xa4", "'/mnt/\xc3\xa4'");
	/* these would leave the quotes, be an option, or not be what is seen */
	is_word("a';reboot;'", NULL);
	is_word("-f", NULL);
	is_word("a\nb", NULL);
	is_word("a\x1b[2J", NULL);
	is_word("a\xff", NULL);
	is_word("", NULL);
	is_word(NULL, NULL);
	/* half a path is another path */
	memset(path, 'a', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	is_word(path, NULL);
}

static void hostile_mount_is_no_command(void **state)
{
	const struct host_use use = {
		.device = DEVICE,
		.kind = HOST_USE_MOUNT,
		.name = "sda1",
		.detail = "/media/';reboot;'",
	};
	struct scene scene = used(&use, 0);

	(void)state;
	like(obstacle(&scene, OBSTACLE_HOST_USE)->reason, "/media/';reboot;'");
	assert_string_equal(obstacle(&scene, OBSTACLE_HOST_USE)->remedy, "unmount it");
	scene_end(&scene);
}

static void is_remedy(const char *unit, const char *remedy)
{
	const struct process process = { .pid = 1000, .comm = "x", .unit = unit };
	struct process_text room;

	assert_string_equal(process_remedy(&process, &room), remedy);
}

#define ESSENTIAL_REMEDY                                                                 \
	"do not stop it, the host needs it: make it close the device, or have whoever "  \
	"it serves do so"

static void remedies_follow_from_the_unit(void **state)
{
	struct process_text room;

	(void)state;
	is_remedy("spdk.service", "systemctl stop spdk.service");
	is_remedy("machine-qemu\\x2d1\\x2dweb.scope",
		  "virsh detach-device, or virsh shutdown web");
	is_remedy("machine-qemu\\x2d1\\x2dit\\x27s.scope",
		  "virsh detach-device, or virsh shutdown, of its domain");
	is_remedy("machine-trixie.scope", "machinectl poweroff trixie");
	is_remedy("docker-0123abcd.scope", "stop the container 0123abcd");
	is_remedy("session-3.scope",
		  "a process of a user's session: have its user end it");
	is_remedy("user@1000.service",
		  "a process of a user's session: have its user end it");
	/* no unit that could be stopped for its sake */
	is_remedy("init.scope", ESSENTIAL_REMEDY);
	is_remedy("systemd-logind.service", ESSENTIAL_REMEDY);
	is_remedy("libvirtd.service", ESSENTIAL_REMEDY);
	is_remedy("sshd@1-a:b.service", ESSENTIAL_REMEDY);
	is_remedy("data.mount", "end it, or make it close the device");
	is_remedy(NULL, "end it, or make it close the device");
	assert_string_equal(process_remedy(NULL, &room),
			    "end it, or make it close the device");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(saved_override_is_bounded),
		cmocka_unit_test(running_domain_is_an_obstacle),
		cmocka_unit_test(configured_domain_is_a_note),
		cmocka_unit_test(host_uses_are_told_with_a_remedy),
		cmocka_unit_test(open_node_is_told_with_its_process),
		cmocka_unit_test(unused_device_of_the_host_is_ready),
		cmocka_unit_test(what_was_not_looked_at_counts_as_used),
		cmocka_unit_test(imports_of_a_host_driver_are_a_use),
		cmocka_unit_test(what_could_not_be_looked_at_is_noted),
		cmocka_unit_test(obstacles_have_their_order),
		cmocka_unit_test(names_become_words_of_a_shell),
		cmocka_unit_test(hostile_mount_is_no_command),
		cmocka_unit_test(remedies_follow_from_the_unit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
