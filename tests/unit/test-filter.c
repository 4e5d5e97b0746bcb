/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/model/filter.h"
#include "lib/base/cleanup.h"

static const struct process qemu = { .pid = 49, .comm = "qemu-system-x86" };
static const struct holder holders[] = {
	{ .inode = 7, .process = NULL, .kind = HOLDER_FD, .fd = 1 },
	{ .inode = 7, .process = &qemu, .kind = HOLDER_FD, .fd = 5 },
};
static struct attachment attachments[] = {
	{ .inode = 7, .device = "iommu" },
	{ .inode = 7, .device = "0000:06:00.0" },
};
static const struct buffer gpu = {
	.inode = 7,
	.exporter = "vfio_pci_core",
	.name = "gpu-bar2",
	.device = "0000:03:00.0",
	.state = BUFFER_STATE_LIVE,
	.revocable = VERDICT_YES,
	.attachments = attachments,
	.n_attachments = ARRAY_SIZE(attachments),
	.holders = holders,
	.n_holders = ARRAY_SIZE(holders),
};
static const struct buffer frame = { .inode = 8, .exporter = "udmabuf" };

static void an_empty_filter_takes_everything(void **state)
{
	const struct filter filter = { 0 };

	(void)state;
	assert_true(filter_is_empty(&filter));
	assert_true(filter_matches(&filter, &gpu));
	assert_true(filter_matches(&filter, &frame));
}

static void exporters_and_names_are_patterns(void **state)
{
	const struct filter exporter = { .exporter = "vfio*" },
			    name = { .name = "gpu-*" };
	const struct filter unnamed = { .name = "" };

	(void)state;
	assert_true(filter_matches(&exporter, &gpu));
	assert_false(filter_matches(&exporter, &frame));
	assert_true(filter_matches(&name, &gpu));
	assert_false(filter_matches(&name, &frame));
	assert_true(filter_matches(&unnamed, &frame));
	assert_false(filter_matches(&unnamed, &gpu));
}

static void a_device_counts_on_both_sides(void **state)
{
	const struct filter exports = { .device = "0000:03:00.0" };
	const struct filter imports = { .device = "0000:06:00.0" };
	const struct filter neither = { .device = "0000:07:00.0" };

	(void)state;
	assert_true(filter_matches(&exports, &gpu));
	assert_true(filter_matches(&imports, &gpu));
	assert_false(filter_matches(&neither, &gpu));
	assert_false(filter_matches(&exports, &frame));
}

static void a_process_counts_when_it_holds(void **state)
{
	const struct filter here = { .pid = 49 }, elsewhere = { .pid = 50 };

	(void)state;
	assert_true(filter_matches(&here, &gpu));
	assert_false(filter_matches(&elsewhere, &gpu));
	assert_false(filter_matches(&here, &frame));
}

static void words_are_alternatives(void **state)
{
	struct filter filter = { 0 };

	(void)state;
	assert_int_equal(filter_parse_state("revoking,live", &filter.state), 0);
	assert_true(filter_matches(&filter, &gpu));
	assert_false(filter_matches(&filter, &frame));
	assert_int_equal(filter_parse_state("none", &filter.state), 0);
	assert_false(filter_matches(&filter, &gpu));
	assert_true(filter_matches(&filter, &frame));
	filter.state = 0;
	assert_int_equal(filter_parse_revocable("no,unknown", &filter.revocable), 0);
	assert_false(filter_matches(&filter, &gpu));
	assert_true(filter_matches(&filter, &frame));
}

static void nonsense_is_refused(void **state)
{
	static const char *const words[] = { "", "live,", "alive", "LIVE", " live" };
	static const char *const pids[] = {
		"", "0", "-1", "+1", "1 ", "2147483648", "x"
	};
	unsigned int bits = 42;
	pid_t pid = 42;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		assert_int_equal(filter_parse_state(words[i], &bits), -EINVAL);
	assert_int_equal(filter_parse_revocable("maybe", &bits), -EINVAL);
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++)
		assert_int_equal(filter_parse_pid(pids[i], &pid), -EINVAL);
	assert_int_equal(bits, 42);
	assert_int_equal(pid, 42);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_filter_takes_everything),
		cmocka_unit_test(exporters_and_names_are_patterns),
		cmocka_unit_test(a_device_counts_on_both_sides),
		cmocka_unit_test(a_process_counts_when_it_holds),
		cmocka_unit_test(words_are_alternatives),
		cmocka_unit_test(nonsense_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
