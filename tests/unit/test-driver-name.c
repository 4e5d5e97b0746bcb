/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cmd/dmabufctl/driver-name.h"
#include "tests/unit/records.h"

#define RELEASE "6.19.0"
#define MODULES "lib/modules/" RELEASE "/"

static void make(struct tree *tree)
{
	tree_begin(tree);
	tree_file(tree, "sys/bus/pci/drivers/vfio-pci/module", "");
	tree_file(tree, "sys/bus/pci/drivers/uio_pci_generic/module", "");
	tree_file(tree, MODULES "modules.dep",
		  "kernel/drivers/vfio/pci/mlx5/mlx5-vfio-pci.ko.zst: kernel/a.ko.zst\n"
		  "kernel/drivers/net/ice.ko:\n"
		  "no-module-at-all\n");
	tree_file(tree, MODULES "modules.builtin", "kernel/drivers/nvme/host/nvme.ko\n");
}

/* hint NULL: it is known. */
static void assert_answer(const struct tree *tree, const char *release, const char *name,
			  const char *hint)
{
	_cleanup_free_ char *told = NULL;
	bool known;

	assert_int_equal(driver_name_is_known(&tree->root, release, name, &known, &told),
			 0);
	assert_int_equal(known, !hint);
	if (hint)
		assert_string_equal(told, hint);
	else
		assert_null(told);
}

#define FALLBACK "'ls /sys/bus/pci/drivers' names those that are registered."

static void registered_drivers_and_modules_are_known(void **state)
{
	struct tree tree;

	(void)state;
	make(&tree);
	assert_answer(&tree, RELEASE, "vfio-pci", NULL);
	assert_answer(&tree, RELEASE, "uio_pci_generic", NULL);
	assert_answer(&tree, RELEASE, "mlx5-vfio-pci", NULL);
	assert_answer(&tree, RELEASE, "mlx5_vfio_pci", NULL);
	assert_answer(&tree, RELEASE, "ice", NULL);
	assert_answer(&tree, RELEASE, "nvme", NULL);
	/* what a module depends on, or a part of a path, is none */
	assert_answer(&tree, RELEASE, "a", FALLBACK);
	assert_answer(&tree, RELEASE, "no-module-at-all", FALLBACK);
	tree_end(&tree);
}

static void name_of_a_registered_driver_is_exact(void **state)
{
	struct tree tree;

	(void)state;
	make(&tree);
	tree_file(&tree, MODULES "modules.dep",
		  "kernel/drivers/vfio/pci/vfio-pci.ko.zst:\n");
	assert_answer(&tree, RELEASE, "vfio_pci", "Did you mean 'vfio-pci'?");
	tree_end(&tree);
}

static void near_ones_are_offered(void **state)
{
	struct tree tree;

	(void)state;
	make(&tree);
	assert_answer(&tree, RELEASE, "vfiopci", "Did you mean 'vfio-pci'?");
	assert_answer(&tree, RELEASE, "nvmee", "Did you mean 'nvme'?");
	assert_answer(&tree, RELEASE, "qqqqqqqq", FALLBACK);
	tree_end(&tree);
}

static void without_modules_only_what_is_registered_is_known(void **state)
{
	struct tree tree;

	(void)state;
	make(&tree);
	assert_answer(&tree, NULL, "nvme", FALLBACK);
	assert_answer(&tree, "6.1.0", "nvme", FALLBACK);
	/* a release that is a path is none of ours */
	assert_answer(&tree, "x/../" RELEASE, "nvme", FALLBACK);
	assert_answer(&tree, NULL, "vfio-pci", NULL);
	tree_end(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(registered_drivers_and_modules_are_known),
		cmocka_unit_test(name_of_a_registered_driver_is_exact),
		cmocka_unit_test(near_ones_are_offered),
		cmocka_unit_test(without_modules_only_what_is_registered_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
