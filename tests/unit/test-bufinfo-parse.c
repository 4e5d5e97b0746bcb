/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * No recordings: the texts are put together from the formats of dma_buf_debug_show()
 * (drivers/dma-buf/dma-buf.c), dma_resv_describe() (dma-resv.c) and
 * dma_fence_describe() (dma-fence.c).
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
#include "lib/base/file.h"
#include "lib/observe/bufinfo-parse.h"

#define HEAD                                                                             \
	"\nDma-buf Objects:\n"                                                           \
	"size    \tflags   \tmode    \tcount   \texp_name\tino     \tname\n"
#define COLUMNS(ino) "00004096\t00080007\t0008001f\t00000002\tudmabuf\t" ino "\t"
#define ATTACHED "\tAttached Devices:\n"
#define TOTAL(n) "Total " n " devices attached\n\n"
#define END(n, bytes) "\nTotal " n " objects, " bytes " bytes\n"

enum { OBJECTS_MAX = 4 };

struct seen {
	size_t count;
	struct bufinfo_object objects[OBJECTS_MAX];
	struct bufinfo_totals totals;
};

static void see(const struct bufinfo_object *object, void *data)
{
	struct seen *seen = data;

	if (seen->count < OBJECTS_MAX)
		seen->objects[seen->count] = *object;
	seen->count++;
}

static struct seen parse(const char *text)
{
	struct seen seen = { 0 };

	assert_int_equal(bufinfo_parse(text, strlen(text), see, &seen, &seen.totals), 0);
	return seen;
}

static void assert_text(const char *text, size_t length, const char *expected)
{
	assert_int_equal(length, strlen(expected));
	assert_memory_equal(text, expected, length);
}

static void assert_device(const struct bufinfo_object *object, size_t index,
			  const char *expected)
{
	const char *line = object->devices, *name = NULL;
	size_t i, length = 0;

	for (i = 0; i <= index; i++)
		line = bufinfo_next_device(line, &name, &length);
	assert_text(name, length, expected);
}

static void assert_agreed(const struct seen *seen)
{
	assert_true(seen->totals.complete);
	assert_int_equal(seen->totals.unclear, 0);
	assert_int_equal(seen->totals.objects, seen->totals.announced_objects);
	assert_true(seen->totals.bytes == seen->totals.announced_bytes);
}

static void no_buffers_are_no_problem(void **state)
{
	struct seen seen = parse(HEAD END("0", "0"));

	(void)state;
	assert_int_equal(seen.count, 0);
	assert_agreed(&seen);
}

static void columns_are_read(void **state)
{
	struct seen seen = parse(
		HEAD "00000010\t00080007\t0008001f\t00000008\tvfio_pci_core"
		     "\t00000011\t<none>\n" ATTACHED TOTAL(
			     "0") "123456789012\t00080007\t0008001f\t00000000\tsystem"
				  "\t4294967296\tgpu-bar2\n" ATTACHED
				  "\t0000:03:00.0\n\tiommu\n" TOTAL("2")
					  END("2", "123456789022"));

	(void)state;
	assert_agreed(&seen);
	assert_int_equal(seen.count, 2);
	assert_int_equal(seen.objects[0].size, 10);
	assert_int_equal(seen.objects[0].count, 8);
	assert_int_equal(seen.objects[0].inode, 11);
	assert_int_equal(seen.objects[0].name_length, 0);
	assert_text(seen.objects[0].exporter, seen.objects[0].exporter_length,
		    "vfio_pci_core");
	assert_int_equal(seen.objects[0].n_devices, 0);
	assert_true(seen.objects[1].inode == UINT64_C(4294967296));
	assert_text(seen.objects[1].name, seen.objects[1].name_length, "gpu-bar2");
	assert_int_equal(seen.objects[1].n_devices, 2);
	assert_device(&seen.objects[1], 0, "0000:03:00.0");
	assert_device(&seen.objects[1], 1, "iommu");
}

/* The lines of fences changed; everything around them did not. */
static void fences_of_all_kernels_are_skipped(void **state)
{
	static const char *const fences[] = {
		/* 5.16 */
		"\tExclusive fence: amdgpu gfx signalled\n\tShared fence: i915 a "
		"unsignalled\n",
		/* 6.1, 6.12 */
		"\tkernel fence:amdgpu sdma0 seq 12 signalled\n"
		"\twrite fence:virtio_gpu context seq 3 unsignalled\n",
		/* 7.2, the second one signalled: nameless */
		"\tread fence:42:7 amdgpu gfx_0.0.0 unsignalled\n"
		"\twrite fence:42:6   signalled\n",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(fences); i++) {
		struct seen seen;
		char text[1024];

		(void)snprintf(text, sizeof(text), "%s%s",
			       HEAD COLUMNS("00000007") "scan\tout\n", fences[i]);
		strcat(text, ATTACHED "\tvgem\n" TOTAL("1") END("1", "4096"));
		seen = parse(text);
		assert_agreed(&seen);
		assert_int_equal(seen.count, 1);
		assert_text(seen.objects[0].name, seen.objects[0].name_length,
			    "scan\tout");
		assert_device(&seen.objects[0], 0, "vgem");
	}
}

/* Names of at most 31 bytes that try to say more than a name. */
static void names_forge_nothing(void **state)
{
	static const char *const names[] = {
		"x\n\tAttached Devices:\n\tevil",
		"x\nTotal 0 devices attached\n",
		"\nTotal 0 devices attached\n\n",
		"\n\nTotal 0 objects, 0 bytes\n",
		"\n00004096\t00080007\t0008001f\t0",
		"\tAttached Devices:",
		"\n\n\n",
		"\x1b[2J\xff\xfe\r\\n",
		"<none>\n",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		struct seen seen;
		char text[1024];

		assert_true(strlen(names[i]) <= 31);
		(void)snprintf(text, sizeof(text), "%s%s\n%s%s%s\n%s",
			       HEAD COLUMNS("00000007"), names[i],
			       ATTACHED "\t0000:03:00.0\n" TOTAL("1"),
			       COLUMNS("00000008"), names[i],
			       ATTACHED TOTAL("0") END("2", "8192"));
		seen = parse(text);
		assert_agreed(&seen);
		assert_int_equal(seen.count, 2);
		assert_text(seen.objects[0].name, seen.objects[0].name_length, names[i]);
		assert_int_equal(seen.objects[0].n_devices, 1);
		assert_device(&seen.objects[0], 0, "0000:03:00.0");
		assert_text(seen.objects[1].name, seen.objects[1].name_length, names[i]);
		assert_int_equal(seen.objects[1].n_devices, 0);
	}
}

static void a_name_that_looks_like_a_fence_ends_there(void **state)
{
	struct seen seen = parse(HEAD COLUMNS(
		"00000007") "x\n\tread fence:1:1   signalled\n" ATTACHED TOTAL("0")
					 END("1", "4096"));

	(void)state;
	assert_agreed(&seen);
	assert_text(seen.objects[0].name, seen.objects[0].name_length, "x");
}

static void disagreeing_devices_are_not_guessed(void **state)
{
	static const char *const tails[] = {
		ATTACHED "\tvgem\n" TOTAL("2"),
		ATTACHED "\tvgem\n" TOTAL("0"),
		ATTACHED "\tvgem\n" TOTAL("4294967297"),
		ATTACHED "vgem\n" TOTAL("1"),
		"\tvgem\n" TOTAL("1"),
		ATTACHED "\tvgem\n\n",
		ATTACHED "\tvgem\nTotal x devices attached\n\n",
		ATTACHED "\tvgem\nTotal 1 devices\n\n",
		"",
		"\n",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(tails); i++) {
		struct seen seen;
		char text[1024];

		(void)snprintf(text, sizeof(text), "%s%s%s",
			       HEAD COLUMNS("00000007") "first\n", tails[i],
			       COLUMNS("00000008") "second\n" ATTACHED
						   "\tiommu\n" TOTAL("1")
							   END("2", "8192"));
		seen = parse(text);
		assert_int_equal(seen.count, 2);
		assert_int_equal(seen.totals.unclear, 1);
		assert_false(seen.objects[0].devices_known);
		assert_true(seen.objects[1].devices_known);
		assert_device(&seen.objects[1], 0, "iommu");
	}
}

static void lines_that_are_no_objects_are_not_taken(void **state)
{
	static const char *const lines[] = {
		"0004096\t00080007\t0008001f\t00000002\tudmabuf\t00000007\tshort\n",
		"00004096 00080007 0008001f 00000002 udmabuf 00000007 blanks\n",
		"00004096\t0008000g\t0008001f\t00000002\tudmabuf\t00000007\tx\n",
		"00004096\t00080007\t0008001f\t00000002\t\t00000007\tx\n",
		"00004096\t00080007\t0008001f\t00000002\tudm\nabuf\t00000007\tx\n",
		"99999999999999999999999\t00080007\t0008001f\t00000002\ta\t00000007\tx\n",
		"00004096\t00080007\t0008001f\t00000002\tudmabuf\t00000007",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		char text[512];

		(void)snprintf(text, sizeof(text), "%s%s%s", HEAD, lines[i],
			       END("1", "1"));
		assert_int_equal(parse(text).count, 0);
	}
}

/* Cut anywhere, it must neither crash nor claim to be complete. */
static void truncated_texts_say_so(void **state)
{
	static const char whole[] =
		HEAD COLUMNS("00000007") "one\n" ATTACHED "\tvgem\n" TOTAL("1")
			COLUMNS("00000008") "two\n" ATTACHED TOTAL("0") END("2", "8192");
	size_t length;

	(void)state;
	for (length = 0; length < sizeof(whole) - 1; length++) {
		/* In memory of its own, so that reading too far is noticed. */
		_cleanup_free_ char *text = malloc(length + 1);
		struct seen seen = { 0 };
		int r;

		memcpy(text, whole, length);
		r = bufinfo_parse(text, length, see, &seen, &seen.totals);
		assert_true(r == 0 || r == -EBADMSG);
		if (r < 0)
			continue;
		assert_false(seen.totals.complete);
		assert_true(seen.count <= 2);
	}
}

static void other_texts_are_refused(void **state)
{
	struct bufinfo_totals totals;

	(void)state;
	assert_int_equal(bufinfo_parse("", 0, see, NULL, &totals), -EBADMSG);
	assert_int_equal(bufinfo_parse("hello\n", 6, see, NULL, &totals), -EBADMSG);
}

static void totals_that_disagree_are_reported(void **state)
{
	struct seen seen = parse(HEAD COLUMNS("00000007") "x\n" ATTACHED TOTAL("0")
					 END("2", "4097"));

	(void)state;
	assert_true(seen.totals.complete);
	assert_int_equal(seen.totals.objects, 1);
	assert_int_equal(seen.totals.announced_objects, 2);
	assert_int_equal(seen.totals.bytes, 4096);
	assert_int_equal(seen.totals.announced_bytes, 4097);
}

/* Every byte changed in turn: bytes of no kernel, but of no crash either. */
static void damaged_texts_do_no_harm(void **state)
{
	static const char whole[] =
		HEAD COLUMNS("00000007") "one\n"
					 "\tread fence:1:1 a b signalled\n" ATTACHED
					 "\tvgem\n" TOTAL("1") END("1", "4096");
	static const char bytes[] = { '\0', '\n', '\t', ' ', '0', '9', 'a', '\xff' };
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(whole) - 1; i++) {
		for (j = 0; j < sizeof(bytes); j++) {
			_cleanup_free_ char *text = malloc(sizeof(whole) - 1);
			struct seen seen = { 0 };

			memcpy(text, whole, sizeof(whole) - 1);
			text[i] = bytes[j];
			(void)bufinfo_parse(text, sizeof(whole) - 1, see, &seen,
					    &seen.totals);
		}
	}
}

static void many_buffers_are_quick(void **state)
{
	enum { COUNT = 100000 };
	_cleanup_free_ char *text = NULL;
	struct seen seen = { 0 };
	uint64_t before;
	size_t length;
	FILE *file;
	int i;

	(void)state;
	file = open_memstream(&text, &length);
	(void)fputs(HEAD, file);
	for (i = 0; i < COUNT; i++)
		(void)fprintf(
			file, "%08d\t00080007\t0008001f\t%08d\tsystem\t%08d\t%s\n%s%s",
			4096, 2, i + 1,
			"\tAttached Devices:", ATTACHED "\t0000:03:00.0\n", TOTAL("1"));
	(void)fprintf(file, END("%d", "%llu"), COUNT, COUNT * 4096ULL);
	(void)fclose(file);
	before = monotonic_ms();
	assert_int_equal(bufinfo_parse(text, length, see, &seen, &seen.totals), 0);
	assert_agreed(&seen);
	assert_int_equal(seen.count, COUNT);
	/* 20 ms without a sanitizer; what is not linear takes minutes. */
	assert_true(monotonic_ms() - before < 5000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_buffers_are_no_problem),
		cmocka_unit_test(columns_are_read),
		cmocka_unit_test(fences_of_all_kernels_are_skipped),
		cmocka_unit_test(names_forge_nothing),
		cmocka_unit_test(a_name_that_looks_like_a_fence_ends_there),
		cmocka_unit_test(disagreeing_devices_are_not_guessed),
		cmocka_unit_test(lines_that_are_no_objects_are_not_taken),
		cmocka_unit_test(truncated_texts_say_so),
		cmocka_unit_test(other_texts_are_refused),
		cmocka_unit_test(totals_that_disagree_are_reported),
		cmocka_unit_test(damaged_texts_do_no_harm),
		cmocka_unit_test(many_buffers_are_quick),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
