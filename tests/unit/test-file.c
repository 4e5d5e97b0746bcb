/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/mman.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"

static int file_of(size_t length)
{
	int fd = memfd_create("file", MFD_CLOEXEC);
	size_t i;

	assert_true(fd >= 0);
	for (i = 0; i < length; i++)
		assert_int_equal(write(fd, i % 2 ? "b" : "a", 1), 1);
	assert_true(lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

static void a_file_is_read_whole(void **state)
{
	static const size_t lengths[] = {
		0, 1, 16381, 16382, 16383, 16384, 16385, 70000
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		_cleanup_close_ int fd = file_of(lengths[i]);
		_cleanup_free_ char *text = NULL;
		size_t length;

		assert_int_equal(file_read_fd(fd, 70000, &text, &length), 0);
		assert_int_equal(length, lengths[i]);
		assert_int_equal(strlen(text), length);
	}
}

static void a_limit_is_kept(void **state)
{
	_cleanup_close_ int fd = file_of(100);
	_cleanup_free_ char *text = NULL;

	(void)state;
	assert_int_equal(file_read_fd(fd, 99, &text, NULL), -EFBIG);
	assert_null(text);
	assert_true(lseek(fd, 0, SEEK_SET) == 0);
	assert_int_equal(file_read_fd(fd, 100, &text, NULL), 0);
	assert_int_equal(strlen(text), 100);
}

static void errors_are_passed_on(void **state)
{
	_cleanup_free_ char *text = NULL;

	(void)state;
	assert_int_equal(file_read_fd(-1, 10, &text, NULL), -EBADF);
	assert_null(text);
}

static void time_goes_on(void **state)
{
	uint64_t before = monotonic_ms();

	(void)state;
	assert_int_equal(usleep(2000), 0);
	assert_true(monotonic_ms() > before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_read_whole),
		cmocka_unit_test(a_limit_is_kept),
		cmocka_unit_test(errors_are_passed_on),
		cmocka_unit_test(time_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
