/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <signal.h>

#include <cmocka.h>

#include "lib/act/driver.h"
#include "lib/act/module.h"
#include "tests/unit/records.h"

#define PCI "sys/bus/pci/"
static const char device[] = "0000:03:00.0";

static int setup(void **state)
{
	struct tree *tree = calloc(1, sizeof(*tree));

	assert_non_null(tree);
	tree_begin(tree);
	tree_file(tree, PCI "devices/0000:03:00.0/driver_override", "");
	tree_file(tree, PCI "devices/0000:04:00.0/driver_override", "");
	tree_file(tree, PCI "drivers/vfio-pci/unbind", "");
	tree_file(tree, PCI "drivers_probe", "");
	tree_file(tree, "dev/vfio/7", "");
	*state = tree;
	return 0;
}

static int teardown(void **state)
{
	tree_end(*state);
	free(*state);
	return 0;
}

static void bind_to_vfio(const struct tree *tree)
{
	tree_link(tree, PCI "devices/0000:03:00.0/driver", "../../drivers/vfio-pci");
}

static void put_in_group(const struct tree *tree, const char *link)
{
	tree_link(tree, PCI "devices/0000:03:00.0/iommu_group", link);
}

/* Its error; the operation has ended and is gone. */
static int result(struct operation *operation)
{
	int r = operation_wait(operation, monotonic_ms() + 20000, -EBADF);

	assert_int_equal(r, 0);
	assert_true(operation_end(operation));
	return operation->report.error;
}

static void assert_file(const struct tree *tree, const char *path, const char *expected)
{
	_cleanup_free_ char *text = NULL;

	assert_int_equal(root_read(&tree->root, tree->root.fd, path, 4096, &text, NULL),
			 0);
	assert_string_equal(text, expected);
}

static void override_is_one_line(void **state)
{
	struct tree *tree = *state;
	struct operation operation = OPERATION_NONE;

	assert_int_equal(override_start(&tree->root, device, "nvme", -EBADF, &operation),
			 0);
	assert_int_equal(result(&operation), 0);
	assert_string_equal(operation.report.stage, "write driver_override");
	assert_file(tree, PCI "devices/0000:03:00.0/driver_override", "nvme\n");

	assert_int_equal(
		override_start(&tree->root, "0000:04:00.0", NULL, -EBADF, &operation), 0);
	assert_int_equal(result(&operation), 0);
	assert_file(tree, PCI "devices/0000:04:00.0/driver_override", "\n");
}

static void names_are_checked(void **state)
{
	struct tree *tree = *state;
	const struct root *root = &tree->root;
	struct operation operation = OPERATION_NONE;
	char *driver;

	assert_int_equal(override_start(root, "../x", "nvme", -EBADF, &operation),
			 -EINVAL);
	assert_int_equal(override_start(root, device, "a\nb", -EBADF, &operation),
			 -EINVAL);
	assert_int_equal(override_start(root, device, "", -EBADF, &operation), -EINVAL);
	assert_int_equal(unbind_start(root, "03:00.0", -EBADF, &operation), -EINVAL);
	assert_int_equal(bind_start(root, "", -EBADF, &operation), -EINVAL);
	assert_int_equal(claim_start(root, "vfio0", -EBADF, &operation), -EINVAL);
	assert_int_equal(driver_of(root, "..", &driver), -EINVAL);
	assert_int_equal(operation.child.pid, 0);
}

static void unbind_goes_to_the_driver_it_has(void **state)
{
	struct tree *tree = *state;
	struct operation operation = OPERATION_NONE;

	bind_to_vfio(tree);
	assert_int_equal(unbind_start(&tree->root, device, -EBADF, &operation), 0);
	assert_int_equal(result(&operation), 0);
	assert_file(tree, PCI "drivers/vfio-pci/unbind", device);
}

static void unbind_needs_a_driver(void **state)
{
	struct tree *tree = *state;
	struct operation operation = OPERATION_NONE;

	assert_int_equal(unbind_start(&tree->root, device, -EBADF, &operation), 0);
	assert_int_equal(result(&operation), -ENODEV);
	assert_string_equal(operation.report.stage, "write unbind");
	assert_file(tree, PCI "drivers/vfio-pci/unbind", "");
}

static void bind_reads_back(void **state)
{
	struct tree *tree = *state;
	struct operation operation = OPERATION_NONE;

	assert_int_equal(bind_start(&tree->root, device, -EBADF, &operation), 0);
	assert_int_equal(result(&operation), -ENODEV);
	assert_file(tree, PCI "drivers_probe", device);
	bind_to_vfio(tree);
	assert_int_equal(bind_start(&tree->root, device, -EBADF, &operation), 0);
	assert_int_equal(result(&operation), 0);
}

static void a_device_that_has_gone(void **state)
{
	struct tree *tree = *state;
	struct operation operation = OPERATION_NONE;

	assert_int_equal(
		override_start(&tree->root, "0000:05:00.0", NULL, -EBADF, &operation), 0);
	assert_int_equal(result(&operation), -ENOENT);
	assert_int_equal(claim_start(&tree->root, "0000:05:00.0", -EBADF, &operation), 0);
	assert_int_equal(claim_wait(&operation, monotonic_ms() + 20000, -EBADF), -ENOENT);
	assert_true(claim_drop(&operation));
}

static bool has_open(pid_t pid, const char *path)
{
	struct stat wanted, found;
	char link[64];

	assert_int_equal(stat(path, &wanted), 0);
	for (int fd = 0; fd < 16; fd++) {
		(void)snprintf(link, sizeof(link), "/proc/%d/fd/%d", (int)pid, fd);
		if (stat(link, &found) == 0 && found.st_ino == wanted.st_ino &&
		    found.st_dev == wanted.st_dev)
			return true;
	}
	return false;
}

static void check_claim(const struct tree *tree, const char *node)
{
	struct operation claim = OPERATION_NONE;
	char path[PATH_MAX];
	pid_t pid;

	tree_path(tree, node, path);
	assert_int_equal(claim_start(&tree->root, device, -EBADF, &claim), 0);
	assert_int_equal(claim_wait(&claim, monotonic_ms() + 20000, -EBADF), 0);
	assert_false(claim.report.ended);
	assert_int_equal(claim.report.error, 0);
	/* it stays claimed, whoever asks */
	assert_int_equal(claim_wait(&claim, 0, -EBADF), 0);
	pid = claim.child.pid;
	assert_true(has_open(pid, path));
	assert_true(claim_drop(&claim));
	assert_int_equal(kill(pid, 0), -1);
}

static void claim_keeps_the_group_open(void **state)
{
	put_in_group(*state, "../../../../kernel/iommu_groups/7");
	check_claim(*state, "dev/vfio/7");
}

static void claim_knows_groups_without_iommu(void **state)
{
	tree_file(*state, "dev/vfio/noiommu-8", "");
	put_in_group(*state, "../../../../kernel/iommu_groups/8");
	check_claim(*state, "dev/vfio/noiommu-8");
}

static void claim_needs_a_group(void **state)
{
	struct tree *tree = *state;
	struct operation claim = OPERATION_NONE;

	/* none at all, then one without a node */
	for (int i = 0; i < 2; i++) {
		assert_int_equal(claim_start(&tree->root, device, -EBADF, &claim), 0);
		assert_int_equal(claim_wait(&claim, monotonic_ms() + 20000, -EBADF),
				 -ENOENT);
		assert_true(claim_drop(&claim));
		if (i == 0)
			put_in_group(tree, "../../../../kernel/iommu_groups/9");
	}
}

static void what_sysfs_says_of_drivers(void **state)
{
	struct tree *tree = *state;
	_cleanup_free_ char *driver = NULL;

	assert_int_equal(driver_of(&tree->root, device, &driver), -ENOENT);
	bind_to_vfio(tree);
	assert_int_equal(driver_of(&tree->root, device, &driver), 0);
	assert_string_equal(driver, "vfio-pci");
	assert_true(driver_is_registered(&tree->root, "vfio-pci"));
	assert_false(driver_is_registered(&tree->root, "nvme"));
	assert_false(driver_is_registered(&tree->root, ".."));
	assert_false(driver_is_registered(&tree->root, ""));
}

#define DRIVER_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

#define MODALIAS "v000010DEd00002330sv000010DEsd000016C1bc03sc02i00"

static void a_stranger_gets_the_modules_of_the_device(void **state)
{
	const struct tree *tree = *state;
	const struct root *root = &tree->root;
	module_unit units[MODULE_UNITS_MAX];

	tree_file(tree, PCI "devices/0000:03:00.0/modalias", "pci:" MODALIAS "\n");
	tree_file(tree, PCI "devices/0000:04:00.0/modalias", "pci:v1 -r\n");
	assert_int_equal(module_units_own(root, device, "vfio-pci", units), 1);
	assert_string_equal(units[0], "modprobe@vfio_pci.service");
	assert_int_equal(module_units_own(root, device, "pci-stub", units), 1);
	assert_string_equal(units[0], "modprobe@pci_stub.service");
	/* never by the name */
	assert_int_equal(module_units_own(root, device, "floppy", units), 2);
	assert_string_equal(units[0], "modprobe@pci:" MODALIAS ".service");
	assert_string_equal(units[1], "modprobe@vfio_pci:" MODALIAS ".service");
	assert_int_equal(module_units_own(root, "0000:04:00.0", "floppy", units),
			 -EBADMSG);
	assert_int_equal(module_units_own(root, "0000:05:00.0", "floppy", units),
			 -ENOENT);
	assert_int_equal(module_units_own(root, "../x", "floppy", units), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DRIVER_TEST(override_is_one_line),
		DRIVER_TEST(names_are_checked),
		DRIVER_TEST(unbind_goes_to_the_driver_it_has),
		DRIVER_TEST(unbind_needs_a_driver),
		DRIVER_TEST(a_stranger_gets_the_modules_of_the_device),
		DRIVER_TEST(bind_reads_back),
		DRIVER_TEST(a_device_that_has_gone),
		DRIVER_TEST(claim_keeps_the_group_open),
		DRIVER_TEST(claim_knows_groups_without_iommu),
		DRIVER_TEST(claim_needs_a_group),
		DRIVER_TEST(what_sysfs_says_of_drivers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
