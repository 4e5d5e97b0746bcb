/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

#include <cmocka.h>

#include "tests/unit/configs.h"

static const char *const main_files[] = {
	"etc/dmabufctl/dmabufctl.conf",
	"run/dmabufctl/dmabufctl.conf",
	"usr/local/lib/dmabufctl/dmabufctl.conf",
	"usr/lib/dmabufctl/dmabufctl.conf",
};

/* A file that sets Grace= to so many seconds. */
static void put(struct desk *desk, const char *path, unsigned int seconds)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "[Default]\nGrace=%us\n", seconds);
	tree_file(&desk->tree, path, text);
}

static void drop(struct desk *desk, const char *path)
{
	assert_int_equal(unlinkat(desk->tree.root.fd, path, 0), 0);
}

static unsigned int read_grace(struct desk *desk)
{
	assert_no_complaints(desk);
	assert_int_equal(desk->result, 0);
	return grace_s(desk);
}

static void the_first_main_file_is_the_only_one(void **state)
{
	struct desk *desk = *state;

	for (unsigned int i = 0; i < ARRAY_SIZE(main_files); i++)
		put(desk, main_files[i], i + 1);
	tree_file(&desk->tree, main_files[3], "[Default]\nGrace=4s\nRefuse=yes\n");
	for (unsigned int i = 0; i < ARRAY_SIZE(main_files); i++) {
		assert_int_equal(read_grace(desk), i + 1);
		assert_int_equal(general_policy(desk).refuse, i == 3);
		drop(desk, main_files[i]);
	}
	assert_int_equal(read_grace(desk), 60);
}

static void an_empty_main_file_hides_the_others(void **state)
{
	struct desk *desk = *state;

	tree_file(&desk->tree, main_files[0], "");
	put(desk, main_files[3], 4);
	assert_int_equal(read_grace(desk), 60);
}

static void a_link_to_dev_null_masks_the_main_file(void **state)
{
	struct desk *desk = *state;

	/* there is no dev/null in this tree: the text of the link counts */
	tree_link(&desk->tree, main_files[1], "/dev/null");
	put(desk, main_files[3], 4);
	assert_int_equal(read_grace(desk), 60);
	put(desk, main_files[0], 1);
	assert_int_equal(read_grace(desk), 1);
}

static void a_link_may_get_to_dev_null_by_another_way(void **state)
{
	struct desk *desk = *state;

	tree_directory(&desk->tree, "dev");
	if (mknodat(desk->tree.root.fd, "dev/null", S_IFCHR | 0666, makedev(1, 3)) < 0)
		skip(); /* only root can, and not everywhere */
	tree_link(&desk->tree, MAIN, "../../dev/null");
	put(desk, main_files[3], 4);
	assert_int_equal(read_grace(desk), 60);
}

static void drop_ins_go_by_their_names(void **state)
{
	struct desk *desk = *state;

	put(desk, MAIN, 1);
	put(desk, LIB_D "90-z.conf", 90);
	put(desk, ETC_D "10-a.conf", 10);
	put(desk, RUN_D "50-b.conf", 50);
	put(desk, LOCAL_D "70-c.conf", 70);
	assert_int_equal(read_grace(desk), 90);
	drop(desk, LIB_D "90-z.conf");
	assert_int_equal(read_grace(desk), 70);
	drop(desk, LOCAL_D "70-c.conf");
	assert_int_equal(read_grace(desk), 50);
	drop(desk, RUN_D "50-b.conf");
	assert_int_equal(read_grace(desk), 10);
	drop(desk, ETC_D "10-a.conf");
	assert_int_equal(read_grace(desk), 1);
}

static void drop_ins_need_no_main_file(void **state)
{
	struct desk *desk = *state;

	put(desk, LIB_D "50.conf", 50);
	assert_int_equal(read_grace(desk), 50);
}

static void of_a_name_the_first_directory_counts(void **state)
{
	static const char *const same[] = {
		ETC_D "50.conf",
		RUN_D "50.conf",
		LOCAL_D "50.conf",
		LIB_D "50.conf",
	};
	struct desk *desk = *state;

	for (unsigned int i = 0; i < ARRAY_SIZE(same); i++)
		put(desk, same[i], i + 1);
	tree_file(&desk->tree, same[3], "[Default]\nGrace=4s\nRefuse=yes\n");
	for (unsigned int i = 0; i < ARRAY_SIZE(same); i++) {
		assert_int_equal(read_grace(desk), i + 1);
		assert_int_equal(general_policy(desk).refuse, i == 3);
		drop(desk, same[i]);
	}
}

static void a_masked_drop_in_is_gone(void **state)
{
	struct desk *desk = *state;

	put(desk, LIB_D "40.conf", 40);
	put(desk, LIB_D "50.conf", 50);
	put(desk, LIB_D "60.conf", 60);
	tree_link(&desk->tree, ETC_D "60.conf", "/dev/null");
	assert_int_equal(read_grace(desk), 50);
	tree_file(&desk->tree, RUN_D "50.conf", "");
	assert_int_equal(read_grace(desk), 40);
}

static void other_names_are_no_drop_ins(void **state)
{
	struct desk *desk = *state;

	put(desk, ETC_D ".90.conf", 1);
	put(desk, ETC_D ".conf", 2);
	put(desk, ETC_D "90.conf~", 3);
	put(desk, ETC_D "90.conf.dpkg-old", 4);
	put(desk, ETC_D "README", 5);
	assert_int_equal(read_grace(desk), 60);
}

static void links_stay_below_the_root(void **state)
{
	struct desk *desk = *state;
	char outside[PATH_MAX];

	/* absolute: from the root of the tree */
	put(desk, "opt/site.conf", 7);
	tree_link(&desk->tree, MAIN, "/opt/site.conf");
	assert_int_equal(read_grace(desk), 7);

	/* the same file by its name outside is not there */
	(void)snprintf(outside, sizeof(outside), "%s/opt/site.conf", desk->tree.path);
	drop(desk, MAIN);
	tree_link(&desk->tree, MAIN, outside);
	assert_complaints(desk, MAIN ": the link leads nowhere");
	assert_int_equal(desk->result, -ENOENT);
}

static void what_cannot_be_read_is_an_error(void **state)
{
	struct desk *desk = *state;

	tree_directory(&desk->tree, MAIN);
	tree_link(&desk->tree, ETC_D "10.conf", "nowhere");
	tree_link(&desk->tree, ETC_D "20.conf", "20.conf");
	tree_file(&desk->tree, ETC_D "30.conf", "Nothing\n");
	tree_file(&desk->tree, "run/dmabufctl/dmabufctl.conf.d", "");
	assert_complaints(desk, MAIN ": Is a directory",
			  "run/dmabufctl/dmabufctl.conf.d: Not a directory",
			  ETC_D "10.conf: the link leads nowhere",
			  ETC_D "20.conf: Too many levels of symbolic links",
			  ETC_D "30.conf:1: neither a section nor a key: ignored");
	assert_int_equal(desk->result, -EISDIR);
}

static void a_fifo_is_not_waited_for(void **state)
{
	struct desk *desk = *state;
	char path[PATH_MAX];

	(void)alarm(20);
	tree_path(&desk->tree, MAIN, path);
	assert_int_equal(mkfifo(path, 0644), 0);
	tree_path(&desk->tree, RUN_D "50.conf", path);
	assert_int_equal(mkfifo(path, 0644), 0);
	assert_complaints(desk, MAIN ": not a regular file",
			  RUN_D "50.conf: not a regular file");
	assert_int_equal(desk->result, -ENXIO);
	(void)alarm(0);
}

static void a_socket_is_no_file(void **state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct desk *desk = *state;
	char path[PATH_MAX];

	tree_path(&desk->tree, MAIN, path);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%.100s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_complaints(desk, MAIN ": not a regular file");
	assert_int_equal(desk->result, -ENXIO);
}

static void a_huge_file_is_refused(void **state)
{
	struct desk *desk = *state;
	char path[PATH_MAX];

	tree_path(&desk->tree, MAIN, path);
	tree_file(&desk->tree, MAIN, "[Default]\n");
	assert_int_equal(truncate(path, (off_t)1 << 40), 0);
	assert_complaints(desk, MAIN ": File too large");
	assert_int_equal(desk->result, -EFBIG);
}

/* More than may be open at a time, and then more than anybody has. */
static void many_drop_ins(void **state)
{
	struct rlimit limit, few;
	struct desk *desk = *state;
	char path[64];

	for (unsigned int i = 0; i < 1024; i++) {
		(void)snprintf(path, sizeof(path), ETC_D "%04u.conf", i);
		put(desk, path, i + 1);
	}
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	few = limit;
	few.rlim_cur = 32;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	assert_int_equal(read_grace(desk), 1024);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);

	put(desk, RUN_D "0000.conf", 1);
	assert_int_equal(read_grace(desk), 1024);
	put(desk, RUN_D "more.conf", 1);
	assert_complaints(desk, "run/dmabufctl/dmabufctl.conf.d: too many drop-ins");
	assert_int_equal(desk->result, -E2BIG);
}

static void a_name_of_a_file_stays_on_its_line(void **state)
{
	struct desk *desk = *state;

	tree_file(&desk->tree, ETC_D "5\n\x1b[2J.conf", "x\n");
	assert_complaints(desk, ETC_D
			  "5\\n\\x1b[2J.conf:1: neither a section nor a key: ignored");
}

static void nobody_need_listen(void **state)
{
	struct desk *desk = *state;

	tree_file(&desk->tree, MAIN, "x\n[Default]\nGrace=3s\n[nobody]\nx=\n");
	assert_int_equal(config_read(desk->tree.root.fd, NULL, NULL, &desk->config), 0);
	assert_int_equal(grace_s(desk), 3);
	config_free(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, desk_begin, desk_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_first_main_file_is_the_only_one),
		TEST(an_empty_main_file_hides_the_others),
		TEST(a_link_to_dev_null_masks_the_main_file),
		TEST(a_link_may_get_to_dev_null_by_another_way),
		TEST(drop_ins_go_by_their_names),
		TEST(drop_ins_need_no_main_file),
		TEST(of_a_name_the_first_directory_counts),
		TEST(a_masked_drop_in_is_gone),
		TEST(other_names_are_no_drop_ins),
		TEST(links_stay_below_the_root),
		TEST(what_cannot_be_read_is_an_error),
		TEST(a_fifo_is_not_waited_for),
		TEST(a_socket_is_no_file),
		TEST(a_huge_file_is_refused),
		TEST(many_drop_ins),
		TEST(a_name_of_a_file_stays_on_its_line),
		TEST(nobody_need_listen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
