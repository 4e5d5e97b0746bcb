/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the observer is asked, by a daemon that passes on what anybody may write. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/wire/json.h"
#include "lib/wire/question-parse.h"

/* The object must outlive the question. */
static struct json_object *parse(const char *text, struct question *ret)
{
	struct json_object *object = NULL;
	const char *wrong;

	assert_int_equal(wire_parse_text(text, strlen(text), &object), 0);
	assert_int_equal(wire_parse_question(object, ret, &wrong), 0);
	return object;
}

static void everything_of_list(void **state)
{
	_cleanup_(wire_put) struct json_object *object = NULL;
	struct question question;

	(void)state;
	object = parse("{\"limit\":12,\"sources\":\"bpf,proc\",\"for_uid\":1000,"
		       "\"filter\":{\"exporter\":\"vfio*\",\"device\":\"0000:03:00.0\","
		       "\"pid\":49,\"name\":\"gpu?\",\"revocable\":\"yes,depends\","
		       "\"state\":\"live,none\"},\"verb\":\"list\"}",
		       &question);
	assert_int_equal(question.verb, QUESTION_LIST);
	assert_int_equal(question.limit, 12);
	assert_int_equal(question.sources,
			 SOURCE_BIT(SOURCE_BPF) | SOURCE_BIT(SOURCE_PROC));
	assert_false(question.for_everybody);
	assert_int_equal(question.for_uid, 1000);
	assert_string_equal(question.filter.exporter, "vfio*");
	assert_string_equal(question.filter.device, "0000:03:00.0");
	assert_string_equal(question.filter.name, "gpu?");
	assert_int_equal(question.filter.pid, 49);
	assert_int_equal(question.filter.revocable,
			 1u << VERDICT_YES | 1u << VERDICT_DEPENDS);
	assert_int_equal(question.filter.state,
			 1u << BUFFER_STATE_LIVE | 1u << BUFFER_STATE_NONE);
}

static void null_is_not_asked(void **state)
{
	_cleanup_(wire_put) struct json_object *object = NULL;
	struct question question;

	(void)state;
	object = parse(
		"{\"verb\":\"list\",\"for_uid\":null,\"limit\":null,\"device\":null,"
		"\"sources\":null,\"filter\":{\"pid\":null,\"name\":null,"
		"\"unit\":null,\"state\":null}}",
		&question);
	assert_true(question.for_everybody);
	assert_true(filter_is_empty(&question.filter));
	assert_int_equal(question.limit, 0);
	assert_int_equal(question.sources, 0);
}

static void each_verb_has_its_own(void **state)
{
	_cleanup_(wire_put) struct json_object *devices = NULL, *one = NULL, *all = NULL;
	struct question question;

	(void)state;
	devices = parse(
		"{\"verb\":\"devices\",\"for_uid\":0,\"filter\":{\"unit\":\"vm*\"}}",
		&question);
	assert_string_equal(question.unit, "vm*");
	assert_false(question.for_everybody);
	assert_int_equal(question.for_uid, 0);
	one = parse(
		"{\"verb\":\"check\",\"for_uid\":4294967294,\"device\":\"0000:03:00.0\"}",
		&question);
	assert_string_equal(question.device, "0000:03:00.0");
	assert_true(question.for_uid == 4294967294u);
	all = parse("{\"verb\":\"check\",\"for_uid\":null,\"all\":true}", &question);
	assert_null(question.device);
}

/* Each with the member that is to blame. */
static const struct {
	const char *text;
	const char *wrong;
} refused[] = {
	{ "[]", "not an object" },
	{ "\"list\"", "not an object" },
	{ "{}", "verb" },
	{ "{\"verb\":7,\"for_uid\":null}", "verb" },
	{ "{\"verb\":null,\"for_uid\":null}", "verb" },
	{ "{\"verb\":\"revoke\",\"for_uid\":null}", "verb" },
	{ "{\"verb\":\"list\\u0000\",\"for_uid\":null}", "verb" },
	/* whoever forgets it must not be shown everything */
	{ "{\"verb\":\"list\"}", "for_uid" },
	{ "{\"verb\":\"list\",\"for_uid\":\"1000\"}", "for_uid" },
	{ "{\"verb\":\"list\",\"for_uid\":-1}", "for_uid" },
	{ "{\"verb\":\"list\",\"for_uid\":4294967295}", "for_uid" },
	{ "{\"verb\":\"list\",\"for_uid\":4294968296}", "for_uid" },
	{ "{\"verb\":\"list\",\"for_uid\":1000.0}", "for_uid" },
	{ "{\"verb\":\"list\",\"for_uid\":false}", "for_uid" },
	{ "{\"verb\":\"list\",\"for_uid\":null,\"limit\":0}", "limit" },
	{ "{\"verb\":\"list\",\"for_uid\":null,\"limit\":-5}", "limit" },
	{ "{\"verb\":\"list\",\"for_uid\":null,\"limit\":99999999999999999999}",
	  "limit" },
	{ "{\"verb\":\"list\",\"for_uid\":null,\"limit\":\"5\"}", "limit" },
	{ "{\"verb\":\"list\",\"for_uid\":null,\"sources\":\"\"}", "sources" },
	{ "{\"verb\":\"list\",\"for_uid\":null,\"sources\":\"bpf,\"}", "sources" },
	{ "{\"verb\":\"list\",\"for_uid\":null,\"sources\":[\"bpf\"]}", "sources" },
	{ "{\"verb\":\"list\",\"for_uid\":null,\"filter\":[]}", "filter" },
	{ "{\"verb\":\"list\",\"for_uid\":null,\"filter\":{\"pid\":0}}", "pid" },
	{ "{\"verb\":\"list\",\"for_uid\":null,\"filter\":{\"pid\":-1}}", "pid" },
	{ "{\"verb\":\"list\",\"for_uid\":null,\"filter\":{\"pid\":2147483648}}", "pid" },
	{ "{\"verb\":\"list\",\"for_uid\":null,\"filter\":{\"pid\":\"49\"}}", "pid" },
	{ "{\"verb\":\"list\",\"for_uid\":null,\"filter\":{\"name\":\"\"}}", "name" },
	{ "{\"verb\":\"list\",\"for_uid\":null,\"filter\":{\"name\":{}}}", "name" },
	{ "{\"verb\":\"list\",\"for_uid\":null,\"filter\":{\"state\":\"dead\"}}",
	  "state" },
	{ "{\"verb\":\"list\",\"for_uid\":null,\"filter\":{\"revocable\":\"y\"}}",
	  "revocable" },
	{ "{\"verb\":\"list\",\"for_uid\":null,\"filter\":{\"uid\":1}}", "uid" },
	{ "{\"verb\":\"list\",\"for_uid\":null,\"filter\":{\"uid\":null}}", "uid" },
	{ "{\"verb\":\"list\",\"for_uid\":null,\"root\":\"/\"}", "root" },
	{ "{\"verb\":\"list\",\"for_uid\":null,\"\":null}", "" },
	/* of another verb */
	{ "{\"verb\":\"list\",\"for_uid\":null,\"device\":\"a\"}", "device" },
	{ "{\"verb\":\"list\",\"for_uid\":null,\"filter\":{\"unit\":\"a\"}}", "unit" },
	{ "{\"verb\":\"devices\",\"for_uid\":null,\"limit\":5}", "limit" },
	{ "{\"verb\":\"devices\",\"for_uid\":null,\"filter\":{\"pid\":5}}", "pid" },
	{ "{\"verb\":\"status\",\"for_uid\":null,\"filter\":{}}", "filter" },
	{ "{\"verb\":\"check\",\"for_uid\":null}", "all" },
	{ "{\"verb\":\"check\",\"for_uid\":null,\"all\":false}", "all" },
	{ "{\"verb\":\"check\",\"for_uid\":null,\"all\":1}", "all" },
	{ "{\"verb\":\"check\",\"for_uid\":null,\"all\":true,\"device\":\"a\"}", "all" },
	{ "{\"verb\":\"check\",\"for_uid\":null,\"device\":\"\"}", "device" },
};

static void what_is_not_understood_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		_cleanup_(wire_put) struct json_object *object = NULL;
		struct question question;
		const char *wrong = NULL;

		assert_int_equal(wire_parse_text(refused[i].text, strlen(refused[i].text),
						 &object),
				 0);
		assert_int_equal(wire_parse_question(object, &question, &wrong),
				 -EBADMSG);
		assert_string_equal(wrong, refused[i].wrong);
	}
}

static void long_texts_are_refused(void **state)
{
	char text[600];

	(void)state;
	for (int length = 255; length <= 256; length++) {
		_cleanup_(wire_put) struct json_object *object = NULL;
		struct question question;
		const char *wrong;

		(void)snprintf(text, sizeof(text),
			       "{\"verb\":\"devices\",\"for_uid\":null,\"filter\":"
			       "{\"unit\":\"%0*d\"}}",
			       length, 0);
		assert_int_equal(wire_parse_text(text, strlen(text), &object), 0);
		assert_int_equal(wire_parse_question(object, &question, &wrong),
				 length == 255 ? 0 : -EBADMSG);
	}
}

/* Every beginning of a question is no question, and nothing is read beyond its end. */
static void questions_that_are_cut_are_refused(void **state)
{
	static const char text[] = "{\"verb\":\"list\",\"for_uid\":1000,\"filter\":"
				   "{\"name\":\"a\\u00e4\",\"pid\":49}}";

	(void)state;
	for (size_t length = 0; length < sizeof(text) - 1; length++) {
		_cleanup_free_ char *copy = malloc(length + 1);
		struct json_object *object;

		assert_non_null(copy);
		memcpy(copy, text, length);
		assert_int_equal(wire_parse_text(copy, length, &object), -EBADMSG);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_of_list),
		cmocka_unit_test(null_is_not_asked),
		cmocka_unit_test(each_verb_has_its_own),
		cmocka_unit_test(what_is_not_understood_is_refused),
		cmocka_unit_test(long_texts_are_refused),
		cmocka_unit_test(questions_that_are_cut_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
