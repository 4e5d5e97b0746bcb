/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Texts put together from the formats of seq_show() (fs/proc/fd.c),
 * dma_buf_show_fdinfo() (drivers/dma-buf/dma-buf.c) and vfio_device_show_fdinfo()
 * (drivers/vfio/vfio_main.c).
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/observe/fdinfo.h"

#define COMMON "pos:\t0\nflags:\t02400002\nmnt_id:\t15\nino:\t42\n"
#define BUFFER "size:\t8192\ncount:\t3\nexp_name:\tvfio_pci_core\n"

static void assert_text(const char *text, size_t length, const char *expected)
{
	assert_int_equal(length, strlen(expected));
	assert_memory_equal(text, expected, length);
}

static void buffers_are_read(void **state)
{
	static const char *const names[] = {
		"gpu-bar2",
		"",
		" ",
		"x\nino:\t7",
		"\nexp_name:\tudmabuf",
		"a\n",
		"\nname:\tb",
		"\xff\x1b[2J",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		struct fdinfo_buffer buffer;
		char text[512];

		(void)snprintf(
			text, sizeof(text), "%sname:\t%s\n",
			COMMON
			"lock:\t1: POSIX  ADVISORY  WRITE 9 0:0c:42 0 EOF\n" BUFFER,
			names[i]);
		assert_int_equal(fdinfo_parse_buffer(text, strlen(text), &buffer), 0);
		assert_int_equal(buffer.inode, 42);
		assert_int_equal(buffer.size, 8192);
		assert_int_equal(buffer.count, 3);
		assert_text(buffer.exporter, buffer.exporter_length, "vfio_pci_core");
		assert_text(buffer.name, buffer.name_length, names[i]);
	}
}

static void a_buffer_needs_no_name(void **state)
{
	struct fdinfo_buffer buffer;

	(void)state;
	assert_int_equal(
		fdinfo_parse_buffer(COMMON BUFFER, strlen(COMMON BUFFER), &buffer), 0);
	assert_int_equal(buffer.name_length, 0);
}

static void other_files_are_no_buffers(void **state)
{
	static const char *const texts[] = {
		"",
		COMMON,
		COMMON "size:\t1\ncount:\t1\n",
		COMMON "size:\tx\ncount:\t1\nexp_name:\ta\n",
		COMMON "size:\t1\ncount:\t-1\nexp_name:\ta\n",
		COMMON "size:\t99999999999999999999999999\ncount:\t1\nexp_name:\ta\n",
		COMMON "size:\t1\ncount:\t1\nexp_name:\t\n",
		BUFFER,
	};
	struct fdinfo_buffer buffer;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(texts); i++)
		assert_int_equal(fdinfo_parse_buffer(texts[i], strlen(texts[i]), &buffer),
				 -EINVAL);
}

static void cut_texts_do_no_harm(void **state)
{
	static const char whole[] = COMMON BUFFER "name:\tx\n";
	size_t length;

	(void)state;
	for (length = 0; length < sizeof(whole); length++) {
		_cleanup_free_ char *text = malloc(length + 1);
		struct fdinfo_buffer buffer;

		memcpy(text, whole, length);
		(void)fdinfo_parse_buffer(text, length, &buffer);
	}
}

static void values_are_found_by_key(void **state)
{
	static const char text[] =
		COMMON "vfio-device-syspath: /sys/devices/a/0000:03:00.0\n"
		       "drm-pdev:\t0000:04:00.0\ndrm-pdev:\tsecond";
	const char *value;
	size_t length;

	(void)state;
	assert_true(
		fdinfo_find(text, strlen(text), "vfio-device-syspath", &value, &length));
	assert_text(value, length, "/sys/devices/a/0000:03:00.0");
	assert_true(fdinfo_find(text, strlen(text), "drm-pdev", &value, &length));
	assert_text(value, length, "0000:04:00.0");
	assert_false(fdinfo_find(text, strlen(text), "drm", &value, &length));
	assert_false(fdinfo_find(text, strlen(text), "second", &value, &length));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buffers_are_read),
		cmocka_unit_test(a_buffer_needs_no_name),
		cmocka_unit_test(other_files_are_no_buffers),
		cmocka_unit_test(cut_texts_do_no_harm),
		cmocka_unit_test(values_are_found_by_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
