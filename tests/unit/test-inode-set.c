/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <stdbool.h>

#include "lib/observe/inode-set.h"

static void each_inode_is_new_once(void **state)
{
	struct inode_set set = { 0 };
	uint64_t inode;

	(void)state;
	for (inode = 1; inode <= 20000; inode++)
		assert_true(inode_set_add(&set, inode << 12));
	for (inode = 1; inode <= 20000; inode++)
		assert_false(inode_set_add(&set, inode << 12));
	assert_true(inode_set_add(&set, UINT64_MAX));
	inode_set_clear(&set);
	assert_true(inode_set_add(&set, 1 << 12));
	inode_set_free(&set);
	assert_true(inode_set_add(&set, 7));
	inode_set_free(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_inode_is_new_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
