/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the journal is told of a release. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cmd/dmabufd/release-report.h"
#include "lib/base/cleanup.h"
#include "lib/wire/json.h"

#define S UINT64_C(1000000)

static const struct release release = { .address = "0000:03:00.0",
					.kind = RELEASE_UNPLUG,
					.begun_us = 100 * S };

static void is_report(const char *entry, const char *why, uint64_t after_us,
		      const char *expected)
{
	_cleanup_(wire_put) struct json_object *object = NULL;
	_cleanup_free_ char *text = NULL;

	if (entry)
		assert_int_equal(wire_parse_text(entry, strlen(entry), &object), 0);
	text = release_report_text(&release, object, why, release.begun_us + after_us);
	assert_non_null(text);
	assert_string_equal(text, expected);
}

static void the_cause_is_told(void **state)
{
	(void)state;
	is_report(
		"{\"cause\":\"X\"}", NULL, 0,
		"0000:03:00.0 is being unplugged; its driver waits for an owner that is "
		"not seen: X");
	is_report("{\"cause\":\"X\"}", NULL, 12 * S,
		  "0000:03:00.0 is being unplugged; its driver has waited 12 s for an "
		  "owner that is not seen: X");
	is_report("{\"cause\":\"X\"}", NULL, 180 * S,
		  "0000:03:00.0 is being unplugged; its driver has waited 3 min for an "
		  "owner that is not seen: X");
}

static void the_owners_are_named(void **state)
{
	(void)state;
	is_report("{\"cause\":\"X\",\"owners\":["
		  "{\"pid\":49,\"comm\":\"qemu\",\"unit\":\"vm.scope\"},"
		  "{\"pid\":null,\"comm\":null,\"unit\":null}]}",
		  NULL, 0,
		  "0000:03:00.0 is being unplugged; its driver waits for "
		  "qemu[49] (vm.scope), a process: X");
}

static void what_is_not_known_is_said(void **state)
{
	(void)state;
	is_report(NULL, "because the observer could not look: Device or resource busy", 0,
		  "0000:03:00.0 is being unplugged; its driver waits, what for is not "
		  "known, because the observer could not look: Device or resource busy");
	is_report(NULL, NULL, 0,
		  "0000:03:00.0 is being unplugged; its driver waits, what for is not "
		  "known, no task is seen that waits for it");
}

#define BEHIND                                                                           \
	"{\"behind\":[{\"pid\":7,\"comm\":\"irq/30-pciehp\","                            \
	"\"path\":\"unplug\",\"device\":\"0000:04:00.0\"},"                              \
	"{\"pid\":8,\"comm\":\"sh\",\"path\":\"rescan\",\"device\":null},"               \
	"{\"pid\":9,\"comm\":\"sh\",\"path\":\"remove\",\"device\":\"0000:05:00.0\"}]}"

static void what_waits_behind_it_is_named(void **state)
{
	_cleanup_(wire_put) struct json_object *object = NULL;
	_cleanup_free_ char *devices = NULL;

	(void)state;
	is_report(
		BEHIND, NULL, 0,
		"0000:03:00.0 is being unplugged; its driver waits for an owner that is "
		"not seen; behind it wait: 0000:04:00.0, by irq/30-pciehp[7] in "
		"unplug; a device, by sh[8] "
		"in rescan; 0000:05:00.0, by sh[9] in remove");
	assert_int_equal(wire_parse_text(BEHIND, strlen(BEHIND), &object), 0);
	devices = release_report_behind(object);
	assert_string_equal(devices, "0000:04:00.0 0000:05:00.0");
}

/* Names are whatever their owners like. */
static void names_stay_on_their_line(void **state)
{
	(void)state;
	is_report(
		"{\"cause\":\"a\\nMESSAGE_ID=b\\u001b[31m\"}", NULL, 0,
		"0000:03:00.0 is being unplugged; its driver waits for an owner that is "
		"not seen: a\\nMESSAGE_ID=b\\x1b[31m");
	/* members of another type are as good as none */
	is_report(
		"{\"cause\":7,\"owners\":\"x\",\"behind\":[7]}", NULL, 0,
		"0000:03:00.0 is being unplugged; its driver waits for an owner that is "
		"not seen; behind it wait: a device, by a process");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_cause_is_told),
		cmocka_unit_test(the_owners_are_named),
		cmocka_unit_test(what_is_not_known_is_said),
		cmocka_unit_test(what_waits_behind_it_is_named),
		cmocka_unit_test(names_stay_on_their_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
