/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/observe/observers.h"
#include "lib/observe/proc-pid.h"
#include "tests/unit/records.h"

static const struct {
	const char *cgroup;
	const char *unit; /* NULL: none */
} cases[] = {
	{ "0::/system.slice/ssh.service\n", "ssh.service" },
	{ "0::/init.scope", "init.scope" },
	{ "0::/machine.slice/machine-qemu\\x2d1\\x2dvm.scope/libvirt/emulator\n",
	  "machine-qemu\\x2d1\\x2dvm.scope" },
	{ "0::/user.slice/user-1000.slice/user@1000.service/app.slice/a.scope\n",
	  "user@1000.service" },
	{ "0::/system.slice/_cgroup.service\n", "cgroup.service" },
	{ "0::/a.slice/a-b.slice/gone.service (deleted)\n", "gone.service" },
	{ "0::/dev-hugepages.mount", "dev-hugepages.mount" },
	{ "12:pids:/x.service\n1:name=systemd:/system.slice/v1.service\n0::/\n",
	  "v1.service" },
	{ "1:name=systemd:/system.slice/v1.service\n0::/system.slice/v2.service\n",
	  "v2.service" },
	{ "4:memory:/system.slice/wrong.service\n", NULL },
	{ "0::/docker/0123/system.slice/inner.service\n", NULL },
	{ "0::/../../other.service\n", NULL },
	{ "0::/system.slice\n", NULL },
	{ "0::/system.slice/.service\n", NULL },
	{ "0::/system.slice/_.service\n", NULL },
	{ "0::/system.slice/a b.service\n", NULL },
	{ "0::/system.slice/a\x1b[2J.service\n", NULL },
	{ "0::/\n", NULL },
	{ "0::", NULL },
	{ "", NULL },
	{ "\n\n", NULL },
};

static void units_are_found(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		char unit[256] = "";
		int r = unit_from_cgroup(cases[i].cgroup, unit);

		assert_int_equal(r, cases[i].unit ? 0 : -ENODATA);
		assert_string_equal(unit, cases[i].unit ? cases[i].unit : "");
	}
}

static void names_that_are_too_long_are_none(void **state)
{
	char cgroup[600] = "0::/", unit[256] = "";

	(void)state;
	memset(cgroup + 4, 'a', 300);
	strcpy(cgroup + 304, ".service\n");
	assert_int_equal(unit_from_cgroup(cgroup, unit), -ENODATA);
	memset(cgroup + 4, 'a', 247);
	strcpy(cgroup + 251, ".service\n");
	assert_int_equal(unit_from_cgroup(cgroup, unit), 0);
	assert_int_equal(strlen(unit), 255);
}

static void unit_is_reported(void **state)
{
	struct recording recording;
	struct record_unit unit;
	struct tree tree;

	(void)state;
	tree_begin(&tree);
	recording_begin(&recording);
	tree_file(&tree, "proc/42/cgroup", "0::/vm.scope\n");
	tree_file(&tree, "proc/43/cgroup", "0::/\n");
	observe_unit(&tree.root, recording.sink, 42);
	observe_unit(&tree.root, recording.sink, 43);
	observe_unit(&tree.root, recording.sink, 44);
	recording_read(&recording);
	assert_int_equal(recording_count(&recording, RECORD_UNIT), 1);
	assert_true(FIND(&recording, RECORD_UNIT, 0, &unit));
	assert_int_equal(unit.pid, 42);
	assert_string_equal(unit.unit, "vm.scope");
	recording_end(&recording);
	tree_end(&tree);
}

/* Only what is one user's by all of its uids is his. */
static void uid_is_read_from_status(void **state)
{
	static const struct {
		const char *status;
		__u32 uid;
	} statuses[] = {
		{ "Name:\tsh\nUmask:\t0022\nUid:\t1000\t1000\t1000\t1000\nGid:\t0\n",
		  1000 },
		{ "Name:\tsh\nUid:\t0\t0\t0\t0\n", 0 },
		{ "Name:\tsu\nUid:\t1000\t0\t0\t0\n", RECORD_UID_UNKNOWN },
		{ "Name:\tsu\nUid:\t1000\t1000\t0\t1000\n", RECORD_UID_UNKNOWN },
		{ "Name:\tsu\nUid:\t1000\t1000\t1000\t0\n", RECORD_UID_UNKNOWN },
		/* a name cannot hold a newline there */
		{ "Name:\ta\\nUid:\t7\t7\t7\t7\nUid:\t8\t8\t8\t8\n", 8 },
		{ "Name:\tsh\nUid:\t1000\n", RECORD_UID_UNKNOWN },
		{ "Name:\tsh\n", RECORD_UID_UNKNOWN },
		{ "", RECORD_UID_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(statuses); i++) {
		struct tree tree;
		int fd;

		tree_begin(&tree);
		tree_file(&tree, "proc/42/status", statuses[i].status);
		fd = root_open_at(&tree.root, tree.root.fd, "proc/42",
				  O_PATH | O_DIRECTORY);
		assert_true(fd >= 0);
		assert_int_equal(proc_read_uid(&tree.root, fd), statuses[i].uid);
		(void)close(fd);
		tree_end(&tree);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(units_are_found),
		cmocka_unit_test(names_that_are_too_long_are_none),
		cmocka_unit_test(unit_is_reported),
		cmocka_unit_test(uid_is_read_from_status),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
