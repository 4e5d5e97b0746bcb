/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/wire/json.h"
#include "lib/wire/readiness-json.h"
#include "lib/wire/readiness-parse.h"
#include "lib/wire/time.h"

#define SOURCES                                                                          \
	"\"sources\":{\"bpf\":\"ok\",\"bufinfo\":\"unused\",\"sysfs\":\"unused\","       \
	"\"proc\":\"partial: 3 processes\"}"

/* The contract of the manual page, key by key and in its order. */
static const char not_ready[] =
	"{\"device\":\"0000:03:00.0\",\"ready\":false,\"obstacles\":["
	"{\"kind\":\"owner\",\"pid\":49,\"comm\":\"qemu-system-x86\","
	"\"unit\":\"vm.scope\",\"device\":null,\"inode\":null,\"importer\":null,"
	"\"bounded\":false,\"since\":\"2026-11-21T06:12:17Z\","
	"\"reason\":\"it has it open\",\"remedy\":\"systemctl stop vm.scope\"},"
	"{\"kind\":\"attachment\",\"pid\":null,\"comm\":null,\"unit\":null,"
	"\"device\":\"iommu\",\"inode\":7,\"importer\":\"iommufd\",\"bounded\":true,"
	"\"since\":null,\"reason\":\"100% of it\",\"remedy\":\"wait\"}],"
	"\"notes\":[{\"kind\":\"orphaned-buffer\",\"pid\":50,\"comm\":\"other\","
	"\"unit\":null,\"device\":null,\"inode\":9,\"importer\":null,\"since\":null,"
	"\"reason\":\"held on\"}],\"plan\":null";

static const char ready[] =
	"{\"device\":\"83b8f4f2-509f-382f-3c1e-e6bfe0fa1001\",\"ready\":true,"
	"\"obstacles\":[],\"notes\":[],\"plan\":null";

static const struct source_status sources[SOURCE_COUNT] = {
	[SOURCE_BPF] = { .outcome = SOURCE_OK },
	[SOURCE_PROC] = { .outcome = SOURCE_PARTIAL, .why = "3 processes" },
};

static int parse(const char *text, struct checks *ret)
{
	_cleanup_(wire_put) struct json_object *object = NULL;

	assert_int_equal(wire_parse_text(text, strlen(text), &object), 0);
	return wire_parse_checks(object, ret);
}

static void assert_prints(struct json_object *object, const char *expected)
{
	_cleanup_free_ char *text = object ? wire_print(object, false) : NULL;

	assert_non_null(text);
	assert_string_equal(text, expected);
	(void)json_object_put(object);
}

static void one_device_comes_back_as_it_was(void **state)
{
	static const char *const cases[] = { not_ready, ready };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(checks_done) struct checks checks = { 0 };
		_cleanup_free_ char *text = NULL;

		assert_true(asprintf(&text, "%s,%s}", cases[i], SOURCES) > 0);
		assert_int_equal(parse(text, &checks), 0);
		assert_int_equal(checks.count, 1);
		assert_int_equal(checks_all_ready(&checks), cases[i] == ready);
		assert_prints(
			wire_check(checks.items[0], checks_plan(&checks, 0), sources),
			text);
	}
}

static void several_devices_come_back_as_they_were(void **state)
{
	static const char *const none = "{\"checks\":[],\"errors\":[]," SOURCES "}";
	_cleanup_(checks_done) struct checks checks = { 0 }, empty = { 0 };
	_cleanup_free_ char *text = NULL;

	(void)state;
	assert_true(asprintf(&text, "{\"checks\":[%s},%s}],\"errors\":[],%s}", not_ready,
			     ready, SOURCES) > 0);
	assert_int_equal(parse(text, &checks), 0);
	assert_int_equal(checks.count, 2);
	assert_int_equal(checks_count_ready(&checks), 1);
	assert_false(checks_all_ready(&checks));
	assert_prints(wire_checks(&checks, sources), text);

	assert_int_equal(parse(none, &empty), 0);
	assert_int_equal(empty.count, 0);
	assert_true(checks_all_ready(&empty));
	assert_prints(wire_checks(&empty, sources), none);
}

static void devices_that_could_not_be_checked_come_back(void **state)
{
	static const char text[] =
		"{\"checks\":[],\"errors\":[{\"device\":\"09:00.0\",\"status\":3,"
		"\"message\":\"no device\",\"hint\":\"look\"},{\"device\":null,"
		"\"status\":1,\"message\":\"stuck\",\"hint\":null}]," SOURCES "}";
	static const char older[] = "{\"checks\":[]," SOURCES "}";
	_cleanup_(checks_done) struct checks checks = { 0 }, none = { 0 };

	(void)state;
	assert_int_equal(parse(text, &checks), 0);
	assert_int_equal(checks.errors.count, 2);
	assert_string_equal(checks.errors.items[0].device, "09:00.0");
	assert_int_equal(checks.errors.items[0].status, 3);
	assert_string_equal(checks.errors.items[0].message, "no device");
	assert_string_equal(checks.errors.items[0].hint, "look");
	assert_null(checks.errors.items[1].device);
	assert_null(checks.errors.items[1].hint);
	assert_prints(wire_checks(&checks, sources), text);

	assert_int_equal(parse(older, &none), 0);
	assert_int_equal(none.errors.count, 0);
}

static void every_kind_has_a_way_back(void **state)
{
	_cleanup_(checks_done) struct checks checks = { 0 }, again = { 0 };
	struct readiness *readiness = readiness_new("0000:03:00.0");
	_cleanup_(wire_put) struct json_object *object = NULL;

	(void)state;
	assert_non_null(readiness);
	for (int kind = OBSTACLE_OWNER; kind <= OBSTACLE_HOST_USE; kind++) {
		const struct finding finding = { .kind = kind, .remedy = "none" };

		assert_int_equal(readiness_obstacle(readiness, &finding, "why"), 0);
	}
	for (int kind = NOTE_ORPHANED_BUFFER; kind <= NOTE_UNSEEN; kind++) {
		const struct finding finding = { .kind = kind };

		assert_int_equal(readiness_note(readiness, &finding, "why"), 0);
	}
	assert_int_equal(checks_add(&checks, readiness), 0);
	object = wire_checks(&checks, sources);
	assert_non_null(object);
	assert_int_equal(wire_parse_checks(object, &again), 0);
	assert_int_equal(again.items[0]->n_obstacles, readiness->n_obstacles);
	assert_int_equal(again.items[0]->n_notes, readiness->n_notes);
	for (size_t i = 0; i < readiness->n_obstacles; i++)
		assert_int_equal(again.items[0]->obstacles[i].kind,
				 readiness->obstacles[i].kind);
	for (size_t i = 0; i < readiness->n_notes; i++)
		assert_int_equal(again.items[0]->notes[i].kind, readiness->notes[i].kind);
}

static void hostile_names_become_text(void **state)
{
	const struct finding finding = { .pid = 7,
					 .comm = "\x1b[31m\xff\n",
					 .remedy = "" };
	struct readiness *readiness = readiness_new("0000:03:00.0");
	_cleanup_(checks_done) struct checks checks = { 0 };
	_cleanup_free_ char *text = NULL;
	struct json_object *object;

	(void)state;
	assert_non_null(readiness);
	assert_int_equal(checks_add(&checks, readiness), 0);
	assert_int_equal(readiness_obstacle(readiness, &finding, "%s", finding.comm), 0);
	object = wire_check(readiness, NULL, sources);
	text = wire_print(object, false);
	(void)json_object_put(object);
	assert_non_null(text);
	assert_non_null(strstr(text, "\"comm\":\"\\u001b[31m\xef\xbf\xbd\\n\""));
	assert_non_null(strstr(text, "\"reason\":\"\\u001b[31m\xef\xbf\xbd\\n\""));
}

#define OWNER(more) "{\"kind\":\"owner\",\"reason\":\"x\",\"remedy\":\"y\"" more "}"
#define CHECK(ready, obstacles, notes)                                                   \
	"{\"device\":\"d\",\"ready\":" ready ",\"obstacles\":" obstacles                 \
	",\"notes\":" notes "}"

static void newer_and_sparser_answers_are_understood(void **state)
{
	_cleanup_(checks_done) struct checks checks = { 0 };

	(void)state;
	assert_int_equal(parse(CHECK("false",
				     "[" OWNER(",\"colour\":[1],\"since\":"
					       "\"2026-11-21T06:12:17.123Z\"") "]",
				     "[],\"plan\":{\"ladder\":[]}"),
			       &checks),
			 0);
	assert_int_equal(checks.items[0]->obstacles[0].pid, 0);
	assert_false(checks.items[0]->obstacles[0].bounded);
	assert_int_equal(checks.items[0]->obstacles[0].since_us,
			 INT64_C(1795241537000000));
}

#define ERROR(status, message)                                                           \
	"{\"device\":\"7\",\"status\":" status ",\"message\":" message ",\"hint\":null}"

static void nonsense_is_refused(void **state)
{
	static const char *const cases[] = {
		"{}",
		"[]",
		"{\"checks\":{}}",
		"{\"checks\":[7]}",
		"{\"checks\":[{}]}",
		"{\"buffers\":[]}",
		"{\"checks\":[],\"errors\":{}}",
		"{\"checks\":[],\"errors\":[7]}",
		"{\"checks\":[],\"errors\":[" ERROR("\"3\"", "\"m\"") "]}",
		"{\"checks\":[],\"errors\":[" ERROR("0", "\"m\"") "]}",
		"{\"checks\":[],\"errors\":[" ERROR("256", "\"m\"") "]}",
		"{\"checks\":[],\"errors\":[" ERROR("3", "null") "]}",
		CHECK("true", "[" OWNER("") "]", "[]"),
		CHECK("false", "[]", "[]"),
		CHECK("null", "[]", "[]"),
		CHECK("1", "[]", "[]"),
		CHECK("true", "null", "[]"),
		CHECK("true", "[]", "null"),
		CHECK("true", "[]", "[7]"),
		CHECK("true", "[]", "[{\"kind\":\"unseen\"}]"),
		CHECK("true", "[]", "[{\"kind\":\"owner\",\"reason\":\"x\"}]"),
		CHECK("false", "[{\"kind\":\"owner\",\"reason\":\"x\"}]", "[]"),
		CHECK("false",
		      "[{\"kind\":\"weather\",\"reason\":\"x\",\"remedy\":\"\"}]", "[]"),
		CHECK("false", "[{\"reason\":\"x\",\"remedy\":\"\"}]", "[]"),
		CHECK("false", "[" OWNER(",\"pid\":-1") "]", "[]"),
		CHECK("false", "[" OWNER(",\"pid\":4294967297") "]", "[]"),
		CHECK("false", "[" OWNER(",\"pid\":\"1\"") "]", "[]"),
		CHECK("false", "[" OWNER(",\"bounded\":\"no\"") "]", "[]"),
		CHECK("false", "[" OWNER(",\"since\":17") "]", "[]"),
		CHECK("false", "[" OWNER(",\"since\":\"yesterday\"") "]", "[]"),
		CHECK("false", "[" OWNER(",\"inode\":-7") "]", "[]"),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct checks checks = { 0 };

		assert_int_equal(parse(cases[i], &checks), -EBADMSG);
		assert_null(checks.items);
		assert_null(checks.errors.items);
	}
}

static int get_time(const char *text, int64_t *ret)
{
	_cleanup_(wire_put) struct json_object *object = json_object_new_object();

	assert_int_equal(wire_add_text(object, "t", text), 0);
	return wire_get_time(object, "t", ret);
}

static void moments_are_rfc_3339(void **state)
{
	static const struct {
		int64_t us;
		const char *json;
	} cases[] = {
		{ 0, "{\"t\":null}" },
		{ -5, "{\"t\":null}" },
		{ INT64_MAX, "{\"t\":null}" },
		{ 1000000, "{\"t\":\"1970-01-01T00:00:01Z\"}" },
		{ INT64_C(951782400000000), "{\"t\":\"2000-02-29T00:00:00Z\"}" },
		{ INT64_C(253402300799999999), "{\"t\":\"9999-12-31T23:59:59Z\"}" },
		{ INT64_C(253402300800000000), "{\"t\":null}" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct json_object *object = json_object_new_object();

		assert_int_equal(wire_add_time(object, "t", cases[i].us), 0);
		assert_prints(object, cases[i].json);
	}
}

static void moments_that_never_were_are_refused(void **state)
{
	static const char *const cases[] = {
		"",
		"2026-11-21",
		"2026-11-21T06:12:17",
		"2026-11-21 06:12:17Z",
		"2026-11-21T06:12:17+00:00",
		"2026-11-21T06:12:17Z ",
		"2026-11-21T06:12:17.Z",
		"2026-11-21T06:12:17.5",
		"2026-02-30T00:00:00Z",
		"2026-13-01T00:00:00Z",
		"2026-00-01T00:00:00Z",
		"2026-01-01T24:00:00Z",
		"2026-01-01T00:60:00Z",
		"2026-01-01T00:00:61Z",
		"1970-01-01T00:00:00Z",
		"1969-12-31T23:59:59Z",
		"-026-01-01T00:00:00Z",
	};
	int64_t us = 42;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(get_time(cases[i], &us), -EBADMSG);
		assert_int_equal(us, 42);
	}
	assert_int_equal(get_time("2000-02-29T00:00:00.25Z", &us), 0);
	assert_int_equal(us, INT64_C(951782400000000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_device_comes_back_as_it_was),
		cmocka_unit_test(several_devices_come_back_as_they_were),
		cmocka_unit_test(devices_that_could_not_be_checked_come_back),
		cmocka_unit_test(every_kind_has_a_way_back),
		cmocka_unit_test(hostile_names_become_text),
		cmocka_unit_test(newer_and_sparser_answers_are_understood),
		cmocka_unit_test(nonsense_is_refused),
		cmocka_unit_test(moments_are_rfc_3339),
		cmocka_unit_test(moments_that_never_were_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
