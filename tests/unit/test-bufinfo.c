/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The source bufinfo and the source sysfs: what they report, and how they fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/observe/observers.h"
#include "tests/unit/records.h"

#define BUFINFO "sys/kernel/debug/dma_buf/bufinfo"
#define HEAD                                                                             \
	"\nDma-buf Objects:\n"                                                           \
	"size    \tflags   \tmode    \tcount   \texp_name\tino     \tname\n"

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

static struct record_source bufinfo(struct scene *scene)
{
	observe_bufinfo(&scene->tree.root, scene->recording.sink, true);
	recording_read(&scene->recording);
	return recording_outcome(&scene->recording);
}

static struct record_source sysfs(struct scene *scene)
{
	observe_sysfs(&scene->tree.root, scene->recording.sink, true);
	recording_read(&scene->recording);
	return recording_outcome(&scene->recording);
}

static void buffers_and_attachments_are_reported(void **state)
{
	struct scene *scene = *state;
	struct record_attachment attachment;
	struct record_buffer buffer;

	tree_file(
		&scene->tree, BUFINFO,
		HEAD
		"00004096\t00080007\t0008001f\t00000003\tvfio_pci_core\t00000007\ta\nb\n"
		"\tAttached Devices:\n\t0000:03:00.0\n\tiommu\n"
		"Total 2 devices attached\n\n"
		"\nTotal 1 objects, 4096 bytes\n");
	assert_int_equal(bufinfo(scene).outcome, SOURCE_OK);
	assert_true(FIND(&scene->recording, RECORD_BUFFER, 0, &buffer));
	assert_int_equal(buffer.header.source, SOURCE_BUFINFO);
	assert_int_equal(buffer.inode, 7);
	assert_int_equal(buffer.size, 4096);
	assert_int_equal(buffer.references, 3);
	assert_true(buffer.named);
	assert_string_equal(buffer.name, "a\nb");
	assert_string_equal(buffer.exporter, "vfio_pci_core");
	assert_true(buffer.attachments_known);
	assert_int_equal(buffer.attachments, 2);
	assert_true(FIND(&scene->recording, RECORD_ATTACHMENT, 1, &attachment));
	assert_int_equal(attachment.inode, 7);
	assert_int_equal(attachment.flags, 0);
	assert_string_equal(attachment.device, "iommu");
}

static void disagreement_is_partial(void **state)
{
	struct scene *scene = *state;
	struct record_source source;
	struct record_buffer buffer;

	tree_file(&scene->tree, BUFINFO,
		  HEAD
		  "00004096\t00080007\t0008001f\t00000003\tudmabuf\t00000007\t<none>\n"
		  "\tAttached Devices:\n\t0000:03:00.0\n"
		  "Total 2 devices attached\n\n"
		  "\nTotal 1 objects, 4096 bytes\n");
	source = bufinfo(scene);
	assert_int_equal(source.outcome, SOURCE_PARTIAL);
	assert_string_equal(source.why,
			    "the device list of 1 of 1 buffers does not match its total");
	assert_true(FIND(&scene->recording, RECORD_BUFFER, 0, &buffer));
	assert_false(buffer.attachments_known);
	assert_false(buffer.named);
	assert_int_equal(recording_count(&scene->recording, RECORD_ATTACHMENT), 0);
}

static void an_early_end_is_partial(void **state)
{
	struct scene *scene = *state;

	tree_file(&scene->tree, BUFINFO,
		  HEAD "00004096\t00080007\t0008001f\t00000003\tudmabuf\t00000007\tx");
	assert_int_equal(bufinfo(scene).outcome, SOURCE_PARTIAL);
	assert_int_equal(recording_count(&scene->recording, RECORD_BUFFER), 1);
}

static void missing_totals_are_partial(void **state)
{
	struct scene *scene = *state;

	tree_file(&scene->tree, BUFINFO, HEAD "\nTotal 3 objects, 8192 bytes\n");
	assert_string_equal(bufinfo(scene).why,
			    "3 buffers of 8192 bytes were announced, 0 of 0 read");
}

static void another_format_is_missing(void **state)
{
	struct scene *scene = *state;

	tree_file(&scene->tree, BUFINFO, "something else\n");
	assert_int_equal(bufinfo(scene).outcome, SOURCE_MISSING);
}

static void absence_has_two_reasons(void **state)
{
	struct scene *scene = *state;
	struct record_source source = bufinfo(scene);

	assert_int_equal(source.outcome, SOURCE_MISSING);
	assert_string_equal(source.why, "debugfs is not mounted at /sys/kernel/debug");
	recording_end(&scene->recording);
	recording_begin(&scene->recording);
	tree_directory(&scene->tree, "sys/kernel/debug");
	source = bufinfo(scene);
	assert_int_equal(source.outcome, SOURCE_MISSING);
	assert_string_equal(source.why,
			    "no dma_buf/bufinfo in debugfs (CONFIG_DEBUG_FS)");
}

static void sysfs_tells_inode_exporter_and_size(void **state)
{
	struct scene *scene = *state;
	struct record_buffer buffer;

	tree_file(&scene->tree, "sys/kernel/dmabuf/buffers/77/exporter_name", "system\n");
	tree_file(&scene->tree, "sys/kernel/dmabuf/buffers/77/size", "65536\n");
	tree_file(&scene->tree, "sys/kernel/dmabuf/buffers/78/exporter_name", "gone\n");
	tree_file(&scene->tree, "sys/kernel/dmabuf/buffers/other/size", "1\n");
	assert_int_equal(sysfs(scene).outcome, SOURCE_OK);
	assert_int_equal(recording_count(&scene->recording, RECORD_BUFFER), 1);
	assert_true(FIND(&scene->recording, RECORD_BUFFER, 0, &buffer));
	assert_int_equal(buffer.header.source, SOURCE_SYSFS);
	assert_int_equal(buffer.inode, 77);
	assert_int_equal(buffer.size, 65536);
	assert_int_equal(buffer.references, -1);
	assert_false(buffer.attachments_known);
	assert_string_equal(buffer.exporter, "system");
}

static void sysfs_of_another_shape_is_partial(void **state)
{
	struct scene *scene = *state;

	tree_file(&scene->tree, "sys/kernel/dmabuf/buffers/77/exporter_name", "system\n");
	tree_file(&scene->tree, "sys/kernel/dmabuf/buffers/77/size", "many\n");
	assert_string_equal(sysfs(scene).why, "1 buffer could not be read");
}

static void sysfs_is_often_missing(void **state)
{
	struct scene *scene = *state;
	struct record_source source = sysfs(scene);

	assert_int_equal(source.outcome, SOURCE_MISSING);
	assert_string_equal(source.why, "not in this kernel");
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, scene_begin, scene_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE(buffers_and_attachments_are_reported),
		SCENE(disagreement_is_partial),
		SCENE(an_early_end_is_partial),
		SCENE(missing_totals_are_partial),
		SCENE(another_format_is_missing),
		SCENE(absence_has_two_reasons),
		SCENE(sysfs_tells_inode_exporter_and_size),
		SCENE(sysfs_of_another_shape_is_partial),
		SCENE(sysfs_is_often_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
