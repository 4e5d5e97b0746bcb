/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/model/pci-address.h"

static void addresses_are_read(void **state)
{
	static const struct {
		const char *text;
		const char *kernel_name;
	} cases[] = {
		{ "0000:03:00.0", "0000:03:00.0" },
		{ "03:00.0", "0000:03:00.0" },
		{ "0000:FF:1f.7", "0000:ff:1f.7" },
		{ "10000:e1:00.0", "10000:e1:00.0" },
		{ "00010000:e1:00.0", "10000:e1:00.0" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct pci_address address;
		char text[PCI_ADDRESS_TEXT];

		assert_int_equal(pci_address_parse(cases[i].text, &address), 0);
		pci_address_format(&address, text);
		assert_string_equal(text, cases[i].kernel_name);
	}
}

static void what_is_no_address_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"3:0.0",
		"0000:03:00",
		"0000:03:00.8",
		"0000:03:20.0",
		"0000:03:00.00",
		"0000:03:00.0 ",
		" 0000:03:00.0",
		"000:03:00.0",
		"000000001:00:00.0",
		"0x00:03:00.0",
		"0000:03:00.0/..",
		"vfio0",
		"0000:03:00:0",
	};
	struct pci_address address = { .bus = 9 };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(texts); i++)
		assert_int_equal(pci_address_parse(texts[i], &address), -EINVAL);
	assert_int_equal(address.bus, 9);
}

static void kernel_names_have_one_form(void **state)
{
	(void)state;
	assert_true(pci_address_is_kernel_name("0000:03:00.0"));
	assert_true(pci_address_is_kernel_name("10000:03:00.0"));
	assert_false(pci_address_is_kernel_name("03:00.0"));
	assert_false(pci_address_is_kernel_name("0000:0A:00.0"));
	assert_false(pci_address_is_kernel_name("00000:03:00.0"));
	assert_false(pci_address_is_kernel_name("iommu"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_read),
		cmocka_unit_test(what_is_no_address_is_refused),
		cmocka_unit_test(kernel_names_have_one_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
