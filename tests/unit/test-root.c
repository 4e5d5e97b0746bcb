/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/records.h"

static void links_stay_inside(void **state)
{
	_cleanup_free_ char *inside = NULL;
	char *text = NULL;
	struct tree tree;

	(void)state;
	tree_begin(&tree);
	tree_file(&tree, "etc/passwd", "captured\n");
	tree_link(&tree, "sys/absolute", "/etc/passwd");
	tree_link(&tree, "sys/climbing", "../../../../../../etc/passwd");
	tree_link(&tree, "sys/outside", "/proc/self/status");
	tree_link(&tree, "sys/loop", "loop");
	assert_int_equal(
		root_read_line(&tree.root, tree.root.fd, "sys/absolute", &inside), 0);
	assert_string_equal(inside, "captured");
	free(inside);
	assert_int_equal(
		root_read_line(&tree.root, tree.root.fd, "sys/climbing", &inside), 0);
	assert_string_equal(inside, "captured");
	assert_int_equal(root_read_line(&tree.root, tree.root.fd, "sys/outside", &text),
			 -ENOENT);
	assert_int_equal(root_read_line(&tree.root, tree.root.fd, "sys/loop", &text),
			 -ELOOP);
	assert_null(text);
	tree_end(&tree);
}

static void a_directory_is_not_left(void **state)
{
	_cleanup_close_ int fd = -EBADF;
	char *text = NULL;
	struct tree tree;

	(void)state;
	tree_begin(&tree);
	tree_file(&tree, "secret", "s\n");
	tree_file(&tree, "proc/1/comm", "init\n");
	tree_link(&tree, "proc/1/up", "../../secret");
	fd = root_open_at(&tree.root, tree.root.fd, "proc/1", O_PATH | O_DIRECTORY);
	assert_true(fd >= 0);
	assert_int_equal(root_read_line(&tree.root, fd, "up", &text), -EXDEV);
	assert_int_equal(root_read_line(&tree.root, fd, "../../secret", &text), -EXDEV);
	assert_int_equal(root_read_line(&tree.root, fd, "comm", &text), 0);
	assert_string_equal(text, "init");
	free(text);
	tree_end(&tree);
}

static void special_files_are_not_opened(void **state)
{
	char full[PATH_MAX], *text = NULL;
	struct tree tree;

	(void)state;
	tree_begin(&tree);
	tree_path(&tree, "sys/pipe", full);
	assert_int_equal(mkfifo(full, 0644), 0);
	assert_int_equal(root_read_line(&tree.root, tree.root.fd, "sys/pipe", &text),
			 -EINVAL);
	tree_end(&tree);
}

static void link_targets_are_read(void **state)
{
	_cleanup_free_ char *target = NULL, *name = NULL, *plain = NULL;
	char *none = NULL;
	struct tree tree;

	(void)state;
	tree_begin(&tree);
	tree_link(&tree, "sys/devices/a/driver", "../../../bus/pci/drivers/vfio-pci");
	tree_link(&tree, "sys/bus/a", "../devices/a");
	tree_link(&tree, "sys/plain", "name");
	assert_int_equal(root_read_link(&tree.root, tree.root.fd, "sys/bus/a", &target),
			 0);
	assert_string_equal(target, "../devices/a");
	assert_int_equal(
		root_read_link_name(&tree.root, tree.root.fd, "sys/bus/a/driver", &name),
		0);
	assert_string_equal(name, "vfio-pci");
	assert_int_equal(
		root_read_link_name(&tree.root, tree.root.fd, "sys/plain", &plain), 0);
	assert_string_equal(plain, "name");
	assert_int_equal(root_read_link(&tree.root, tree.root.fd, "sys/none", &none),
			 -ENOENT);
	assert_int_equal(root_read_link(&tree.root, tree.root.fd, "sys/devices", &none),
			 -EINVAL);
	tree_end(&tree);
}

static void numbers_have_two_forms(void **state)
{
	uint64_t number = 0;
	struct tree tree;

	(void)state;
	tree_begin(&tree);
	tree_file(&tree, "hex", "0x10de\n");
	tree_file(&tree, "decimal", "0010");
	tree_file(&tree, "text", "ten\n");
	tree_file(&tree, "empty", "");
	assert_int_equal(root_read_number(&tree.root, tree.root.fd, "hex", &number), 0);
	assert_int_equal(number, 0x10de);
	assert_int_equal(root_read_number(&tree.root, tree.root.fd, "decimal", &number),
			 0);
	assert_int_equal(number, 10);
	assert_int_equal(root_read_number(&tree.root, tree.root.fd, "text", &number),
			 -EINVAL);
	assert_int_equal(root_read_number(&tree.root, tree.root.fd, "empty", &number),
			 -EINVAL);
	assert_int_equal(number, 10);
	tree_end(&tree);
}

static void roots_are_checked(void **state)
{
	_cleanup_free_ char *release = NULL;
	struct root root;

	(void)state;
	assert_int_equal(root_open("/nonexistent", &root), -ENOENT);
	assert_int_equal(root_open("/dev/null", &root), -ENOTDIR);
	assert_int_equal(root_open(NULL, &root), 0);
	assert_false(root.captured);
	assert_int_equal(
		root_read_line(&root, root.fd, "proc/sys/kernel/osrelease", &release), 0);
	root_close(&root);
	assert_true(root.fd < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(links_stay_inside),
		cmocka_unit_test(a_directory_is_not_left),
		cmocka_unit_test(special_files_are_not_opened),
		cmocka_unit_test(link_targets_are_read),
		cmocka_unit_test(numbers_have_two_forms),
		cmocka_unit_test(roots_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
