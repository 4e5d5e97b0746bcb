/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Trees of proc/PID/task/TID with recorded stacks, and the live /proc. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lib/model/host.h"
#include "lib/observe/observers.h"
#include "tests/unit/records.h"
#include "tests/unit/stacks.h"

#define WAIT "vfio_unregister_group_dev"
#define STAT_TAIL                                                                        \
	" 210 210 210 0 -1 4194368 24 0 0 0 0 0 0 0 20 0 1 0 1257 2654208 164 "          \
	"18446744073709551615\n"

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

static void add_file(const struct scene *scene, int pid, int tid, const char *name,
		     const char *text)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "proc/%d/task/%d/%s", pid, tid, name);
	tree_file(&scene->tree, path, text);
}

/* stack NULL: there is no such file. */
static void add_task(const struct scene *scene, int pid, int tid, const char *comm,
		     char state, const char *wchan, const char *stack)
{
	char stat[512];

	(void)snprintf(stat, sizeof(stat), "%d (%s) %c" STAT_TAIL, tid, comm, state);
	add_file(scene, pid, tid, "stat", stat);
	add_file(scene, pid, tid, "wchan", wchan);
	if (stack)
		add_file(scene, pid, tid, "stack", stack);
}

static size_t look(struct scene *scene, pid_t after)
{
	observe_tasks(&scene->tree.root, scene->recording.sink, after);
	recording_read(&scene->recording);
	return recording_count(&scene->recording, RECORD_TASK);
}

static bool passed(const struct scene *scene)
{
	struct record_pass pass;

	if (!FIND(&scene->recording, RECORD_PASS, 0, &pass))
		return false;
	assert_int_equal(pass.pass, PASS_TASKS);
	assert_int_equal(recording_count(&scene->recording, RECORD_PASS), 1);
	return true;
}

static struct record_task task(const struct scene *scene, size_t index)
{
	struct record_task record;

	assert_true(FIND(&scene->recording, RECORD_TASK, index, &record));
	return record;
}

/* A device with two functions in the slot of a port, as QEMU's q35 has them. */
static void add_slot(const struct scene *scene, const char *port, const char *irq,
		     const char *address)
{
	char path[128], target[128];

	(void)snprintf(path, sizeof(path), "sys/devices/pci0000:00/%s/msi_irqs/%s", port,
		       irq);
	tree_file(&scene->tree, path, "msi\n");
	for (char function = '1'; function >= '0'; function--) {
		(void)snprintf(path, sizeof(path), "sys/devices/pci0000:00/%s/%s.%c",
			       port, address, function);
		tree_directory(&scene->tree, path);
		(void)snprintf(target, sizeof(target),
			       "../../../devices/pci0000:00/%s/%s.%c", port, address,
			       function);
		(void)snprintf(path, sizeof(path), "sys/bus/pci/devices/%s.%c", address,
			       function);
		tree_link(&scene->tree, path, target);
	}
}

static void the_slot_of_a_thread_is_known(void **state)
{
	struct scene *scene = *state;

	add_slot(scene, "0000:00:02.0", "28", "0000:03:00");
	add_slot(scene, "0000:00:02.1", "29", "0000:04:00");
	add_task(scene, 56, 56, "irq/29-pciehp", 'D', "pciehp_unconfigure_device",
		 SID_SECOND_UNPLUG);
	add_task(scene, 57, 57, "irq/29-other", 'D', "pciehp_unconfigure_device",
		 SID_SECOND_UNPLUG);
	add_task(scene, 58, 58, "irq/2-pciehp", 'D', "pciehp_unconfigure_device",
		 SID_SECOND_UNPLUG);
	assert_int_equal(look(scene, 0), 3);
	assert_string_equal(task(scene, 0).slot_device, "0000:04:00.0");
	assert_string_equal(task(scene, 1).slot_device, "");
	assert_string_equal(task(scene, 2).slot_device, "");
}

static void a_second_unplug_behind_the_first(void **state)
{
	struct scene *scene = *state;
	struct record_task first, second;

	add_task(scene, 55, 55, "irq/28-pciehp", 'S', WAIT, SID_PCIE_UNPLUG);
	add_task(scene, 56, 56, "irq/29-pciehp", 'D', "pciehp_unconfigure_device",
		 SID_SECOND_UNPLUG);
	add_file(scene, 55, 55, "status", "Name:\tx\nUid:\t7\t7\t7\t7\n");
	assert_int_equal(look(scene, 0), 2);
	first = task(scene, 0);
	assert_int_equal(first.uid, 7);
	assert_int_equal(task(scene, 1).uid, RECORD_UID_UNKNOWN);
	assert_int_equal(first.pid, 55);
	assert_int_equal(first.tid, 55);
	assert_int_equal(first.state, 'S');
	assert_int_equal(first.path, TASK_PATH_UNPLUG);
	assert_int_equal(first.flags, TASK_WAITS_FOR_OWNER);
	assert_string_equal(first.comm, "irq/28-pciehp");
	assert_string_equal(first.function, WAIT " [vfio]");
	second = task(scene, 1);
	assert_int_equal(second.tid, 56);
	assert_int_equal(second.state, 'D');
	assert_int_equal(second.path, TASK_PATH_UNPLUG);
	assert_int_equal(second.flags, 0);
	assert_string_equal(second.comm, "irq/29-pciehp");
	assert_string_equal(second.function, "pciehp_unconfigure_device");
	assert_string_equal(second.slot_device, "");
	assert_true(passed(scene));
}

static void only_those_that_matter(void **state)
{
	struct scene *scene = *state;

	add_task(scene, 1, 1, "systemd", 'S', "ep_poll", SID_UNBIND);
	add_task(scene, 7, 7, "kworker/0:1", 'I', WAIT, SID_UNBIND);
	add_task(scene, 8, 8, "busy", 'R', "0", SID_UNBIND);
	add_task(scene, 9, 9, "dd", 'D', "rq_qos_wait", SID_WRITE);
	add_task(scene, 10, 10, "woken", 'D', "0", "");
	assert_int_equal(look(scene, 0), 0);
	assert_true(passed(scene));
	assert_int_equal(recording_count(&scene->recording, RECORD_PROCESS_START), 5);
}

static void any_thread_may_be_the_one(void **state)
{
	struct scene *scene = *state;
	struct record_task found;

	add_task(scene, 40, 40, "owner", 'S', "futex_wait_queue", NULL);
	add_task(scene, 40, 43, "revoker", 'D', "dma_fence_default_wait",
		 BUILT_REVOKE_FENCE);
	assert_int_equal(look(scene, 0), 1);
	found = task(scene, 0);
	assert_int_equal(found.pid, 40);
	assert_int_equal(found.tid, 43);
	assert_string_equal(found.comm, "revoker");
	assert_int_equal(found.path, TASK_PATH_REVOKE);
	assert_true(passed(scene));
}

static void names_are_hostile(void **state)
{
	struct scene *scene = *state;

	add_task(scene, 40, 40, "a) R 1 (b)\n S", 'D', WAIT, SID_UNBIND_SIGNALLED);
	add_task(scene, 41, 41, ") S 1 1 1 0", 'R', WAIT, SID_UNBIND);
	add_task(scene, 42, 42, "kworker/u8:1+kacpi_hotplug", 'S', WAIT, SID_ACPI_UNPLUG);
	assert_int_equal(look(scene, 0), 2);
	assert_string_equal(task(scene, 0).comm, "a) R 1 (b)\n S");
	assert_int_equal(task(scene, 0).state, 'D');
	assert_string_equal(task(scene, 1).comm, "kworker/u8:1+ka");
}

static void odd_files_are_no_claim(void **state)
{
	static const char *const stats[] = { "",       "40",	  "40 (x",
					     "40 (x)", "40 (x) ", ")40 (x" };
	struct scene *scene = *state;

	for (size_t i = 0; i < ARRAY_SIZE(stats); i++)
		add_file(scene, 40, 40 + (int)i, "stat", stats[i]);
	assert_int_equal(look(scene, 0), 0);
	assert_false(passed(scene));
}

static void without_stacks_the_function_is_left(void **state)
{
	struct scene *scene = *state;

	add_task(scene, 40, 40, "sh", 'S', WAIT, NULL);
	add_task(scene, 41, 41, "irq/29-pciehp", 'D', "pciehp_unconfigure_device", NULL);
	add_task(scene, 42, 42, "dd", 'D', "rq_qos_wait", NULL);
	assert_int_equal(look(scene, 0), 2);
	assert_int_equal(task(scene, 0).path, TASK_PATH_OTHER);
	assert_int_equal(task(scene, 0).flags, TASK_WAITS_FOR_OWNER);
	assert_string_equal(task(scene, 0).function, WAIT);
	assert_int_equal(task(scene, 1).flags, 0);
	assert_string_equal(task(scene, 1).function, "pciehp_unconfigure_device");
	/* what rq_qos_wait is for could not be seen */
	assert_false(passed(scene));
}

static void a_stack_has_its_limit(void **state)
{
	struct scene *scene = *state;
	enum { SIZE = 64 * 1024 };
	_cleanup_free_ char *stack = malloc(SIZE + 2);

	memset(stack, '\n', SIZE + 1);
	stack[SIZE + 1] = '\0';
	memcpy(stack, SID_RESCAN, strlen(SID_RESCAN));
	add_task(scene, 40, 40, "sh", 'D', "0", stack);
	assert_int_equal(look(scene, 0), 0);
	assert_false(passed(scene));
}

static void what_was_not_captured_is_not_excluded(void **state)
{
	struct scene *scene = *state;

	add_task(scene, 40, 40, "sh", 'S', WAIT, SID_UNBIND);
	tree_file(&scene->tree, "proc/41/comm", "other\n");
	assert_int_equal(look(scene, 0), 1);
	assert_false(passed(scene));
}

static void it_goes_on_behind_one_that_did_not_answer(void **state)
{
	struct scene *scene = *state;
	struct record_process_mark mark;

	add_task(scene, 100, 100, "third", 'S', WAIT, SID_UNBIND);
	add_task(scene, 9, 9, "first", 'S', WAIT, SID_UNBIND);
	add_task(scene, 40, 40, "second", 'S', WAIT, SID_UNBIND);
	assert_int_equal(look(scene, 9), 2);
	assert_int_equal(task(scene, 0).tid, 40);
	assert_int_equal(task(scene, 1).tid, 100);
	assert_true(FIND(&scene->recording, RECORD_PROCESS_START, 0, &mark));
	assert_int_equal(mark.header.source, SOURCE_PROC);
	assert_int_equal(mark.pid, 40);
	assert_false(passed(scene));
}

static void too_many_are_cut_and_not_claimed(void **state)
{
	struct scene *scene = *state;

	for (int tid = 1; tid <= 4097; tid++)
		add_task(scene, 1, tid, "sh", 'D', "rescan_store", SID_RESCAN);
	assert_int_equal(look(scene, 0), 4096);
	assert_false(passed(scene));
	/* one says now and then that it is still there */
	assert_int_equal(recording_count(&scene->recording, RECORD_PROCESS_START),
			 1 + (4097 + 2) / 128);
}

static void no_proc_no_claim(void **state)
{
	struct scene *scene = *state;

	assert_int_equal(look(scene, 0), 0);
	assert_int_equal(scene->recording.length, 0);
}

/* Whatever this host is: it ends, in order, and claims all only if it may read all. */
static void the_live_host(void **state)
{
	struct scene *scene = *state;
	struct record_process_mark mark;
	struct root live;
	pid_t last = 0;

	assert_int_equal(root_open(NULL, &live), 0);
	observe_tasks(&live, scene->recording.sink, 0);
	recording_read(&scene->recording);
	for (size_t i = 0; FIND(&scene->recording, RECORD_PROCESS_START, i, &mark); i++) {
		assert_true(mark.pid >= last);
		last = mark.pid;
	}
	assert_true(last >= getpid());
	if (passed(scene)) {
		_cleanup_free_ char *stack = NULL;

		assert_int_equal(
			root_read(&live, live.fd, "proc/2/stack", 65536, &stack, NULL),
			0);
	}
	root_close(&live);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_slot_of_a_thread_is_known,
						scene_begin, scene_end),
		cmocka_unit_test_setup_teardown(a_second_unplug_behind_the_first,
						scene_begin, scene_end),
		cmocka_unit_test_setup_teardown(only_those_that_matter, scene_begin,
						scene_end),
		cmocka_unit_test_setup_teardown(any_thread_may_be_the_one, scene_begin,
						scene_end),
		cmocka_unit_test_setup_teardown(names_are_hostile, scene_begin,
						scene_end),
		cmocka_unit_test_setup_teardown(odd_files_are_no_claim, scene_begin,
						scene_end),
		cmocka_unit_test_setup_teardown(without_stacks_the_function_is_left,
						scene_begin, scene_end),
		cmocka_unit_test_setup_teardown(a_stack_has_its_limit, scene_begin,
						scene_end),
		cmocka_unit_test_setup_teardown(what_was_not_captured_is_not_excluded,
						scene_begin, scene_end),
		cmocka_unit_test_setup_teardown(it_goes_on_behind_one_that_did_not_answer,
						scene_begin, scene_end),
		cmocka_unit_test_setup_teardown(too_many_are_cut_and_not_claimed,
						scene_begin, scene_end),
		cmocka_unit_test_setup_teardown(no_proc_no_claim, scene_begin, scene_end),
		cmocka_unit_test_setup_teardown(the_live_host, scene_begin, scene_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
