/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The look as a whole, in a root directory made here: only the live system may stop its
 * reader, which a FIFO that nobody writes stands for. It never comes back from open().
 */
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/file.h"
#include "lib/observe/observer.h"

struct tree {
	char path[64];
};

static int tree_remove(void **state)
{
	struct tree *tree = *state;
	char command[128];
	int r;

	(void)snprintf(command, sizeof(command), "rm -rf %s", tree->path);
	r = system(command);
	free(tree);
	return r;
}

static void make_parents(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)mkdir(path, 0755);
		*slash = '/';
	}
}

static void path_in(const struct tree *tree, const char *name, char path[256])
{
	(void)snprintf(path, 256, "%s/%s", tree->path, name);
	make_parents(path);
}

static void put_file(const struct tree *tree, const char *name, const char *text)
{
	char path[256];
	FILE *file;

	path_in(tree, name, path);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static int tree_make(void **state)
{
	struct tree *tree = calloc(1, sizeof(*tree));

	if (!tree)
		return -1;
	(void)snprintf(tree->path, sizeof(tree->path), "/tmp/test-observer.XXXXXX");
	*state = tree;
	if (!mkdtemp(tree->path))
		return -1;
	put_file(tree, "dev/null", "");
	return 0;
}

static void put_link(const struct tree *tree, const char *name, const char *target)
{
	char path[256];

	path_in(tree, name, path);
	assert_int_equal(symlink(target, path), 0);
}

static void put_fifo(const struct tree *tree, const char *name)
{
	char path[256];

	path_in(tree, name, path);
	assert_int_equal(mkfifo(path, 0600), 0);
}

/* A process that holds one buffer, as fs/proc/fd.c and dma_buf_show_fdinfo() print. */
static void put_holder(const struct tree *tree, int pid, unsigned int inode)
{
	char name[64], text[256];

	(void)snprintf(name, sizeof(name), "proc/%d/fd/5", pid);
	put_link(tree, name, "/dmabuf:");
	(void)snprintf(name, sizeof(name), "proc/%d/fdinfo/5", pid);
	(void)snprintf(text, sizeof(text),
		       "pos:\t0\nflags:\t02000002\nmnt_id:\t12\nino:\t%u\n"
		       "size:\t4096\ncount:\t1\nexp_name:\tudmabuf\n",
		       inode);
	put_file(tree, name, text);
	(void)snprintf(name, sizeof(name), "proc/%d/exe", pid);
	put_link(tree, name, "/usr/bin/holder");
	(void)snprintf(name, sizeof(name), "proc/%d/comm", pid);
	put_file(tree, name, "holder\n");
	(void)snprintf(name, sizeof(name), "proc/%d/cgroup", pid);
	put_file(tree, name, "0::/system.slice/holder.service\n");
}

/* Looks with the tree as root directory. BPF would show the real system. */
static struct snapshot *look(const struct tree *tree, unsigned int deadline_ms)
{
	struct observe_request request = {
		.sources = SOURCE_BIT(SOURCE_BUFINFO) | SOURCE_BIT(SOURCE_SYSFS) |
			   SOURCE_BIT(SOURCE_PROC),
		.deadline_ms = deadline_ms,
	};
	int old_root = open("/", O_PATH | O_DIRECTORY);
	struct snapshot *snapshot = NULL;
	int r;

	assert_true(old_root >= 0);
	assert_int_equal(chroot(tree->path), 0);
	r = observe(&request, &snapshot);
	assert_int_equal(fchdir(old_root), 0);
	assert_int_equal(chroot("."), 0);
	(void)close(old_root);
	assert_int_equal(r, 0);
	assert_non_null(snapshot);
	return snapshot;
}

/* chroot() needs the capability, which everybody has in a namespace of his own. */
static int may_chroot(void **state)
{
	(void)state;
	return geteuid() == 0 ? 0 : unshare(CLONE_NEWUSER);
}

static void finds_holders_without_debugfs(void **state)
{
	const struct tree *tree = *state;
	struct snapshot *snapshot;

	put_holder(tree, 100, 7);
	put_file(tree, "proc/100/maps", "");
	snapshot = look(tree, 0);
	assert_int_equal(snapshot->n_buffers, 1);
	assert_int_equal(snapshot->buffers[0].inode, 7);
	assert_false(snapshot->buffers[0].attachments_known);
	assert_string_equal(snapshot->buffers[0].holders[0].process->unit,
			    "holder.service");
	assert_int_equal(snapshot->sources[SOURCE_BUFINFO].outcome, SOURCE_MISSING);
	assert_int_equal(snapshot->sources[SOURCE_PROC].outcome, SOURCE_OK);
	snapshot_free(snapshot);
}

static void stuck_process_costs_one_entry(void **state)
{
	const struct tree *tree = *state;
	struct snapshot *snapshot;

	put_holder(tree, 100, 7);
	put_file(tree, "proc/100/maps", "");
	put_holder(tree, 200, 8);
	put_fifo(tree, "proc/200/maps");
	put_holder(tree, 300, 9);
	put_file(tree, "proc/300/maps", "");
	snapshot = look(tree, 0);
	assert_int_equal(snapshot->n_buffers, 3);
	assert_int_equal(snapshot_buffer(snapshot, 9)->n_holders, 1);
	assert_int_equal(snapshot->unreadable_processes, 1);
	assert_int_equal(snapshot->sources[SOURCE_PROC].outcome, SOURCE_PARTIAL);
	assert_string_equal(snapshot->sources[SOURCE_PROC].why,
			    "1 process could not be read");
	snapshot_free(snapshot);
}

static void stuck_bufinfo_is_named_and_the_rest_comes(void **state)
{
	const struct tree *tree = *state;
	uint64_t begin = monotonic_ms();
	struct snapshot *snapshot;

	put_holder(tree, 100, 7);
	put_file(tree, "proc/100/maps", "");
	put_fifo(tree, "sys/kernel/debug/dma_buf/bufinfo");
	put_link(tree, "proc/300/exe", "/usr/bin/cat");
	put_file(tree, "proc/300/task/300/wchan", "dma_buf_debug_show");
	put_file(tree, "proc/300/comm", "cat\n");
	put_file(tree, "proc/300/maps", "");
	snapshot = look(tree, 3000);
	assert_true(monotonic_ms() - begin < 4000);
	assert_int_equal(snapshot->n_buffers, 1);
	assert_int_equal(snapshot->buffers[0].n_holders, 1);
	assert_int_equal(snapshot->sources[SOURCE_BUFINFO].outcome, SOURCE_BLOCKED);
	assert_non_null(strstr(snapshot->sources[SOURCE_BUFINFO].why,
			       "process 300 (cat) sleeps in dma_buf_debug_show"));
	snapshot_free(snapshot);
}

static void deadline_holds_when_everything_is_stuck(void **state)
{
	const struct tree *tree = *state;
	uint64_t begin = monotonic_ms();
	struct snapshot *snapshot;
	char name[64];

	put_fifo(tree, "sys/kernel/debug/dma_buf/bufinfo");
	for (int pid = 100; pid < 120; pid++) {
		put_holder(tree, pid, (unsigned int)pid);
		(void)snprintf(name, sizeof(name), "proc/%d/maps", pid);
		put_fifo(tree, name);
	}
	snapshot = look(tree, 3000);
	assert_true(monotonic_ms() - begin < 4000);
	assert_int_equal(snapshot->sources[SOURCE_BUFINFO].outcome, SOURCE_BLOCKED);
	assert_int_not_equal(snapshot->sources[SOURCE_PROC].outcome, SOURCE_OK);
	assert_int_not_equal(snapshot->sources[SOURCE_PROC].outcome, SOURCE_UNUSED);
	snapshot_free(snapshot);
}

static void root_that_is_not_there_is_an_error(void **state)
{
	struct observe_request request = { .root = "/nonexistent/tree" };
	struct snapshot *snapshot = NULL;

	(void)state;
	assert_int_equal(observe(&request, &snapshot), -2);
	assert_null(snapshot);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, tree_make, tree_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(finds_holders_without_debugfs),
		TEST(stuck_process_costs_one_entry),
		TEST(stuck_bufinfo_is_named_and_the_rest_comes),
		TEST(deadline_holds_when_everything_is_stuck),
		cmocka_unit_test(root_that_is_not_there_is_an_error),
	};

	return cmocka_run_group_tests(tests, may_chroot, NULL);
}
