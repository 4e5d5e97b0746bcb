/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>
#include <cmocka.h>

#include "lib/model/feature.h"
#include "lib/observe/features.h"
#include "lib/observe/observers.h"
#include "tests/unit/records.h"

/* A struct with one int for each name; NULL ends them. */
static void add_struct(struct btf *types, const char *name, const char *const *members)
{
	uint32_t offset = 0;
	int number = btf__add_int(types, "int", 4, BTF_INT_SIGNED);

	assert_true(number > 0);
	assert_true(btf__add_struct(types, name, 64) > 0);
	for (; *members; members++, offset += 32)
		assert_int_equal(btf__add_field(types, *members, number, offset, 0), 0);
}

#define STRUCT(types, name, ...)                                                         \
	add_struct((types), (name), (const char *const[]){ __VA_ARGS__, NULL })

static struct btf *new_types(void)
{
	struct btf *types = btf__new_empty();

	assert_non_null(types);
	return types;
}

static struct btf *new_module(struct btf *kernel)
{
	struct btf *types = btf__new_empty_split(kernel);

	assert_non_null(types);
	return types;
}

static void a_new_kernel_with_its_modules(void **state)
{
	struct btf *kernel = new_types(), *vfio, *core;

	(void)state;
	STRUCT(kernel, "dma_buf_attach_ops", "allow_peer2peer", "invalidate_mappings");
	STRUCT(kernel, "device", "kobj", "driver_override");
	vfio = new_module(kernel);
	STRUCT(vfio, "vfio_device_file", "device");
	core = new_module(kernel);
	STRUCT(core, "vfio_pci_dma_buf", "dmabuf", "comp");
	assert_int_equal(features_of_types(kernel, vfio, core),
			 FEATURE_PROBED | FEATURE_INVALIDATE_MAPPINGS |
				 FEATURE_VFIO_DMA_BUF | FEATURE_VFIO_WAITS |
				 FEATURE_SAFE_OVERRIDE | FEATURE_VFIO_OWNERS);
	btf__free(core);
	btf__free(vfio);
	btf__free(kernel);
}

static void modules_that_are_not_loaded_tell_nothing(void **state)
{
	struct btf *kernel = new_types();

	(void)state;
	STRUCT(kernel, "dma_buf_attach_ops", "allow_peer2peer", "move_notify");
	STRUCT(kernel, "device", "kobj");
	assert_int_equal(features_of_types(kernel, NULL, NULL),
			 FEATURE_PROBED | FEATURE_MOVE_NOTIFY);
	btf__free(kernel);
}

static void what_is_built_in_is_found_in_the_kernel(void **state)
{
	struct btf *kernel = new_types();

	(void)state;
	STRUCT(kernel, "vfio_pci_dma_buf", "dmabuf");
	STRUCT(kernel, "vfio_device_file", "device");
	assert_int_equal(features_of_types(kernel, NULL, NULL),
			 FEATURE_PROBED | FEATURE_VFIO_DMA_BUF | FEATURE_VFIO_OWNERS);
	btf__free(kernel);
}

/* The name of a type or of another struct's member proves nothing. */
static void only_members_of_the_right_struct_count(void **state)
{
	struct btf *kernel = new_types();

	(void)state;
	STRUCT(kernel, "pci_dev", "driver_override", "comp", "invalidate_mappings");
	assert_true(btf__add_struct(kernel, "device", 0) > 0);
	assert_true(btf__add_fwd(kernel, "vfio_pci_dma_buf", BTF_FWD_STRUCT) > 0);
	assert_true(btf__add_typedef(kernel, "vfio_device_file", 1) > 0);
	assert_int_equal(features_of_types(kernel, NULL, NULL), FEATURE_PROBED);
	btf__free(kernel);
}

static void a_captured_tree_has_no_kernel(void **state)
{
	struct recording recording;
	struct tree tree;

	(void)state;
	tree_begin(&tree);
	recording_begin(&recording);
	observe_features(&tree.root, recording.sink);
	recording_read(&recording);
	assert_int_equal(recording.length, 0);
	recording_end(&recording);
	tree_end(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_kernel_with_its_modules),
		cmocka_unit_test(modules_that_are_not_loaded_tell_nothing),
		cmocka_unit_test(what_is_built_in_is_found_in_the_kernel),
		cmocka_unit_test(only_members_of_the_right_struct_count),
		cmocka_unit_test(a_captured_tree_has_no_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
