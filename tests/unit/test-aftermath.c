/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a device leaves behind, and when that is asked. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cmd/dmabufd/aftermath.h"
#include "cmd/dmabufd/observe-client.h"
#include "lib/base/cleanup.h"
#include "lib/wire/json.h"

#define DEVICE "0000:03:00.0"

static const char list[] =
	"{\"buffers\":["
	"{\"inode\":7,\"device\":\"0000:03:00.0\",\"state\":\"orphaned\","
	"\"holders\":[{\"pid\":49,\"comm\":\"a\\nb\"},{\"pid\":50,\"comm\":\"c\"}],"
	"\"attachments\":[{\"device\":\"0000:09:00.0\",\"importer\":null}]},"
	"{\"inode\":8,\"device\":\"0000:03:00.0\",\"state\":\"live\",\"holders\":[],"
	"\"attachments\":[]},"
	"{\"inode\":9,\"device\":\"0000:09:00.0\",\"state\":\"live\",\"holders\":[],"
	"\"attachments\":[{\"device\":\"0000:03:00.0\",\"importer\":\"x\"}]}]}";

static char *text_of(const char *json, const char *address, bool unplugged)
{
	_cleanup_(wire_put) struct json_object *object = NULL;
	char *text = NULL;

	assert_int_equal(wire_parse_text(json, strlen(json), &object), 0);
	assert_int_equal(aftermath_text(object, address, unplugged, &text), 0);
	return text;
}

static void what_outlives_a_device_is_named(void **state)
{
	_cleanup_free_ char *unplugged = text_of(list, DEVICE, true);
	_cleanup_free_ char *unbound = text_of(list, DEVICE, false);

	(void)state;
	assert_string_equal(
		unplugged,
		"0000:03:00.0 is unplugged; buffer 7 outlives it, held by "
		"a\\nb[49], c[50], attached to 0000:09:00.0; buffer 8 outlives "
		"it; it is still attached to buffer 9");
	assert_string_equal(unbound,
			    "0000:03:00.0 is without its driver; buffer 7 outlives it, "
			    "held by a\\nb[49], c[50], attached to 0000:09:00.0");
}

static void where_nothing_is_left_nothing_is_said(void **state)
{
	(void)state;
	assert_null(text_of(list, "0000:05:00.0", true));
	assert_null(text_of("{\"buffers\":[]}", DEVICE, true));
	assert_null(text_of("{\"buffers\":[7,null,{\"attachments\":7}]}", DEVICE, true));
	assert_null(text_of("{}", DEVICE, true));
}

/* The observer, as far as it is asked. */
static struct {
	unsigned int questions;
	char request[256];
	observe_done *done;
	void *context;
	int refusal;
} client;

int observe_client_ask(struct observe_client *unused, struct json_object *request,
		       observe_done *done, void *context)
{
	(void)unused;
	client.questions++;
	(void)snprintf(client.request, sizeof(client.request), "%s",
		       json_object_to_json_string_ext(request, JSON_C_TO_STRING_PLAIN));
	json_object_put(request);
	client.done = done;
	client.context = context;
	return client.refusal;
}

void observe_client_forget(struct observe_client *unused, void *context)
{
	(void)unused;
	assert_ptr_equal(context, client.context);
	client.done = NULL;
}

static void run_until_asked(sd_event *event, unsigned int questions)
{
	for (int i = 0; i < 100 && client.questions < questions; i++)
		assert_true(sd_event_run(event, 100000) >= 0);
	assert_int_equal(client.questions, questions);
}

static void answer(const char *json)
{
	_cleanup_(wire_put) struct json_object *object = NULL;

	assert_int_equal(wire_parse_text(json, strlen(json), &object), 0);
	client.done(client.context, 0, object);
}

static void one_question_is_about_all_that_went(void **state)
{
	struct manager manager = { .observe = (struct observe_client *)&client };
	struct aftermath *aftermath;

	(void)state;
	assert_true(sd_event_new(&manager.event) >= 0);
	assert_int_equal(aftermath_new(&manager, &aftermath), 0);
	aftermath_look(aftermath, DEVICE, false);
	aftermath_look(aftermath, DEVICE, true);
	run_until_asked(manager.event, 1);
	assert_string_equal(client.request, "{\"verb\":\"list\",\"for_uid\":null,"
					    "\"filter\":{\"device\":\"0000:03:00.0\"}}");
	/* while that is under way others go */
	aftermath_look(aftermath, DEVICE, false);
	aftermath_look(aftermath, "0000:04:00.0", true);
	assert_true(sd_event_run(manager.event, 700000) >= 0);
	assert_int_equal(client.questions, 1);
	answer(list);
	run_until_asked(manager.event, 2);
	assert_string_equal(client.request, "{\"verb\":\"list\",\"for_uid\":null}");
	aftermath_free(aftermath);
	assert_null(client.done);
	(void)sd_event_unref(manager.event);
}

static void an_observer_that_is_stuck_is_asked_later(void **state)
{
	struct manager manager = { .observe = (struct observe_client *)&client };
	struct aftermath *aftermath;

	(void)state;
	client.questions = 0;
	assert_true(sd_event_new(&manager.event) >= 0);
	assert_int_equal(aftermath_new(&manager, &aftermath), 0);
	client.refusal = -EBUSY;
	aftermath_look(aftermath, DEVICE, true);
	run_until_asked(manager.event, 1);
	assert_true(sd_event_run(manager.event, 300000) >= 0);
	assert_int_equal(client.questions, 1);
	client.refusal = 0;
	aftermath_free(aftermath);
	(void)sd_event_unref(manager.event);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_outlives_a_device_is_named),
		cmocka_unit_test(where_nothing_is_left_nothing_is_said),
		cmocka_unit_test(one_question_is_about_all_that_went),
		cmocka_unit_test(an_observer_that_is_stuck_is_asked_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
