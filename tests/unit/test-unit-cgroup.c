/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/act/unit-cgroup.h"
#include "lib/base/cleanup.h"

static char top[] = "/tmp/dmabufctl-cgroup.XXXXXX";

static void path_of(const char *name, char path[256])
{
	(void)snprintf(path, 256, "%s/%s", top, name);
}

static void put(const char *name, const char *text)
{
	_cleanup_fclose_ FILE *file = NULL;
	char path[256];

	path_of(name, path);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fputs(text, file) < 0, 0);
}

static void make_group(const char *name, const char *processes)
{
	char path[256];

	path_of(name, path);
	assert_int_equal(mkdir(path, 0700), 0);
	if (processes) {
		(void)snprintf(path, sizeof(path), "%s/cgroup.procs", name);
		put(path, processes);
	}
}

static int set_up(void **state)
{
	(void)state;
	(void)snprintf(top, sizeof(top), "/tmp/dmabufctl-cgroup.XXXXXX");
	if (!mkdtemp(top))
		return -1;
	put("cgroup.controllers", "cpu memory\n");
	return 0;
}

static int remove_one(const char *path, const struct stat *status, int kind,
		      struct FTW *where)
{
	(void)status;
	(void)kind;
	(void)where;
	return remove(path);
}

static int tear_down(void **state)
{
	(void)state;
	return nftw(top, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static bool contains(const pid_t *pids, size_t count, pid_t pid)
{
	for (size_t i = 0; i < count; i++)
		if (pids[i] == pid)
			return true;
	return false;
}

static void all_of_a_group_and_below_it_are_found(void **state)
{
	_cleanup_free_ pid_t *pids = NULL;
	size_t count = 99;

	(void)state;
	make_group("vm.scope", "10\n11\n");
	make_group("vm.scope/emulator", "12\n");
	make_group("vm.scope/libvirt", "");
	make_group("vm.scope/libvirt/vcpu0", "4194304\n");
	make_group("other.service", "13\n");
	assert_int_equal(unit_cgroup_processes(top, "/vm.scope", &pids, &count), 0);
	assert_int_equal(count, 4);
	assert_true(contains(pids, count, 10));
	assert_true(contains(pids, count, 11));
	assert_true(contains(pids, count, 12));
	assert_true(contains(pids, count, 4194304));
}

static void what_is_no_pid_is_left_out(void **state)
{
	_cleanup_free_ pid_t *pids = NULL;
	size_t count = 99;

	(void)state;
	make_group("vm.scope", "0\n-1\n2147483648\n99999999999999999999\nx\n\n 5\n7");
	assert_int_equal(unit_cgroup_processes(top, "/vm.scope", &pids, &count), 0);
	assert_int_equal(count, 1);
	assert_int_equal(pids[0], 7);
}

static void a_group_that_has_gone_has_no_processes(void **state)
{
	_cleanup_free_ pid_t *pids = NULL;
	size_t count = 99;

	(void)state;
	make_group("half.service", NULL); /* its files go first */
	assert_int_equal(unit_cgroup_processes(top, "/gone.service", &pids, &count), 0);
	assert_int_equal(count, 0);
	assert_int_equal(unit_cgroup_processes(top, "/half.service", &pids, &count), 0);
	assert_int_equal(count, 0);
}

static void no_path_leads_out_of_the_hierarchy(void **state)
{
	_cleanup_free_ pid_t *pids = NULL;
	size_t count = 99;
	char path[256];

	(void)state;
	make_group("inside", NULL);
	make_group("outside", "666\n");
	path_of("inside/cgroup.controllers", path);
	put("inside/cgroup.controllers", "");
	path_of("inside", path);
	assert_int_equal(unit_cgroup_processes(path, "/../outside", &pids, &count),
			 -EINVAL);
	assert_int_equal(unit_cgroup_processes(path, "/..", &pids, &count), -EINVAL);
	assert_int_equal(unit_cgroup_processes(path, "/a/../../outside", &pids, &count),
			 -EINVAL);
	assert_int_equal(unit_cgroup_processes(path, "/..a", &pids, &count), 0);
	assert_int_equal(count, 0);
	assert_int_equal(unit_cgroup_processes(path, "inside", &pids, &count), -EINVAL);
	assert_int_equal(unit_cgroup_processes(path, "", &pids, &count), -EINVAL);
}

static void without_a_unified_hierarchy_nobody_guesses(void **state)
{
	_cleanup_free_ pid_t *pids = NULL;
	size_t count = 99;
	char path[256];

	(void)state;
	make_group("vm.scope", "10\n");
	path_of("cgroup.controllers", path);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(unit_cgroup_processes(top, "/vm.scope", &pids, &count),
			 -EOPNOTSUPP);
	assert_int_equal(count, 99);
	assert_null(pids);
}

static void the_number_of_processes_has_a_limit(void **state)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_free_ pid_t *pids = NULL;
	size_t count = 0, length = 0;

	(void)state;
	text = malloc(5000 * 8);
	assert_non_null(text);
	for (int pid = 1; pid <= 5000; pid++)
		length += (size_t)sprintf(text + length, "%d\n", pid);
	make_group("many.service", text);
	assert_int_equal(unit_cgroup_processes(top, "/many.service", &pids, &count), 0);
	assert_int_equal(count, 4096);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_of_a_group_and_below_it_are_found),
		TEST(what_is_no_pid_is_left_out),
		TEST(a_group_that_has_gone_has_no_processes),
		TEST(no_path_leads_out_of_the_hierarchy),
		TEST(without_a_unified_hierarchy_nobody_guesses),
		TEST(the_number_of_processes_has_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
