/* SPDX-License-Identifier: GPL-2.0-or-later */
/* org.dmabufctl1: who may look, what is asked for them, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/wire/json.h"
#include "tests/unit/fake-daemon.h"

/* List without options. */
static sd_bus_message *list(const struct daemon *daemon, sd_bus *client, bool interactive)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *call =
		daemon_new_call(client, "List");

	assert_true(sd_bus_message_append(call, "a{sv}", 0) >= 0);
	return daemon_call(daemon, call, interactive);
}

static void assert_answer(sd_bus_message *reply, const char *expected)
{
	const char *text;

	assert_false(sd_bus_message_is_method_error(reply, NULL));
	assert_true(sd_bus_message_read(reply, "s", &text) > 0);
	assert_string_equal(text, expected);
}

static void root_is_asked_nothing_and_sees_all(void **state)
{
	struct daemon *daemon = *state;
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	sd_bus *client;

	if (geteuid() != 0)
		skip();
	client = private_bus_connect(&daemon->bus, 0);
	reply = list(daemon, client, false);
	assert_answer(reply, BUFFERS);
	assert_int_equal(daemon->checks, 0);
	assert_string_equal(daemon->asked,
			    "{\"verb\":\"list\",\"filter\":{},\"for_uid\":null}\n");
	sd_bus_flush_close_unref(client);
}

static void who_is_let_in_as_active_does_not_see_others(void **state)
{
	struct daemon *daemon = *state;
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	sd_bus *client = private_bus_connect(&daemon->bus, NOBODY);
	char expected[128];

	daemon->yes = "read";
	reply = list(daemon, client, true);
	assert_answer(reply, BUFFERS);
	assert_string_equal(daemon->checked, "read");
	assert_int_equal(daemon->interactive_checks, 0);
	(void)snprintf(expected, sizeof(expected),
		       "{\"verb\":\"list\",\"filter\":{},\"for_uid\":%u}\n",
		       geteuid() == 0 ? NOBODY : geteuid());
	assert_string_equal(daemon->asked, expected);
	sd_bus_flush_close_unref(client);
}

static void who_gave_a_password_sees_all(void **state)
{
	struct daemon *daemon = *state;
	sd_bus *client = private_bus_connect(&daemon->bus, NOBODY);
	sd_bus_message *reply;

	daemon->challenge = "read";
	reply = list(daemon, client, true);
	assert_answer(reply, BUFFERS);
	assert_non_null(strstr(daemon->asked, "\"for_uid\":null"));
	assert_int_equal(daemon->interactive_checks, 1);
	sd_bus_message_unref(reply);
	/* one that was given before counts as well */
	daemon->yes = "read";
	daemon->temporary = true;
	reply = list(daemon, client, false);
	assert_answer(reply, BUFFERS);
	assert_non_null(strstr(daemon->asked, "\"for_uid\":null"));
	sd_bus_message_unref(reply);
	sd_bus_flush_close_unref(client);
}

static void nobody_is_asked_for_a_password_unbidden(void **state)
{
	struct daemon *daemon = *state;
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	sd_bus *client = private_bus_connect(&daemon->bus, NOBODY);

	daemon->challenge = "read";
	reply = list(daemon, client, false);
	assert_error(reply, SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED);
	assert_int_equal(daemon->interactive_checks, 0);
	assert_int_equal(daemon->questions, 0);
	sd_bus_flush_close_unref(client);
}

static void who_may_not_gets_nothing(void **state)
{
	struct daemon *daemon = *state;
	sd_bus *client = private_bus_connect(&daemon->bus, NOBODY);
	sd_bus_message *reply = list(daemon, client, true);

	assert_error(reply, BUS_ERROR_NOT_PERMITTED);
	sd_bus_message_unref(reply);
	/* nor without polkit */
	assert_true(sd_bus_release_name(daemon->polkit, "org.freedesktop.PolicyKit1") >=
		    0);
	reply = list(daemon, client, true);
	assert_error(reply, BUS_ERROR_NOT_PERMITTED);
	sd_bus_message_unref(reply);
	assert_int_equal(daemon->questions, 0);
	sd_bus_flush_close_unref(client);
}

static void the_options_become_the_question(void **state)
{
	struct daemon *daemon = *state;
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL, *reply = NULL;
	sd_bus *client = private_bus_connect(&daemon->bus, NOBODY);

	daemon->yes = "read";
	call = daemon_new_call(client, "List");
	assert_true(sd_bus_message_append(call, "a{sv}", 5, "device", "s", "03:00.0",
					  "limit", "u", 7, "pid", "u", 42, "name", "s",
					  "gpu*", "sources", "s", "proc") >= 0);
	reply = daemon_call(daemon, call, false);
	assert_answer(reply, BUFFERS);
	assert_non_null(strstr(daemon->asked,
			       "\"filter\":{\"device\":\"0000:03:00.0\",\"pid\":42,"
			       "\"name\":\"gpu*\"},\"limit\":7,\"sources\":\"proc\""));
	sd_bus_flush_close_unref(client);
}

static void check_asks_for_a_device_or_all(void **state)
{
	static const struct {
		const char *device, *asked;
	} cases[] = {
		{ "03:00.0", "{\"verb\":\"check\",\"device\":\"0000:03:00.0\"," },
		{ "4b20d080-1b54-4048-85b3-a6a62d165c01",
		  "{\"verb\":\"check\",\"device\":\"4b20d080-1b54-4048-85b3-a6a62d165c01"
		  "\"," },
		{ "", "{\"verb\":\"check\",\"all\":true," },
	};
	struct daemon *daemon = *state;
	sd_bus *client = private_bus_connect(&daemon->bus, NOBODY);

	daemon->yes = "read";
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(sd_bus_message_unrefp)
			sd_bus_message *call = daemon_new_call(client, "Check"),
				       *reply = NULL;

		assert_true(sd_bus_message_append(call, "sa{sv}", cases[i].device, 0) >=
			    0);
		reply = daemon_call(daemon, call, false);
		assert_answer(reply, BUFFERS);
		assert_non_null(strstr(daemon->asked, cases[i].asked));
	}
	sd_bus_flush_close_unref(client);
}

/* One option of List, as it should not be. */
static void assert_refused(struct daemon *daemon, sd_bus *client, const char *key,
			   const char *type, const char *text, uint32_t number)
{
	_cleanup_(sd_bus_message_unrefp)
		sd_bus_message *call = daemon_new_call(client, "List"),
			       *reply = NULL;

	if (strcmp(type, "s") == 0)
		assert_true(sd_bus_message_append(call, "a{sv}", 1, key, type, text) >=
			    0);
	else
		assert_true(sd_bus_message_append(call, "a{sv}", 1, key, type, number) >=
			    0);
	reply = daemon_call(daemon, call, false);
	assert_error(reply, SD_BUS_ERROR_INVALID_ARGS);
	assert_int_equal(daemon->questions, 0);
}

static void options_that_make_no_sense_are_refused(void **state)
{
	struct daemon *daemon = *state;
	sd_bus *client = private_bus_connect(&daemon->bus, NOBODY);
	_cleanup_free_ char *huge = malloc(1024 * 1024 + 1);
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL, *reply = NULL;

	assert_non_null(huge);
	memset(huge, 'x', 1024 * 1024);
	huge[1024 * 1024] = '\0';
	daemon->yes = "read";
	assert_refused(daemon, client, "for_uid", "u", NULL, 0);
	assert_refused(daemon, client, "unit", "s", "vm.service", 0);
	assert_refused(daemon, client, "\x1b[31m", "s", "x", 0);
	assert_refused(daemon, client, huge, "s", "x", 0);
	assert_refused(daemon, client, "name", "s", huge, 0);
	assert_refused(daemon, client, "name", "s", "", 0);
	assert_refused(daemon, client, "name", "u", NULL, 1);
	assert_refused(daemon, client, "limit", "s", "1", 0);
	assert_refused(daemon, client, "limit", "u", NULL, 0);
	call = daemon_new_call(client, "List");
	assert_true(sd_bus_message_append(call, "a{sv}", 2, "limit", "u", 1, "limit", "u",
					  2) >= 0);
	reply = daemon_call(daemon, call, false);
	assert_error(reply, SD_BUS_ERROR_INVALID_ARGS);
	/* the caller was not even looked at */
	assert_int_equal(daemon->checks, 0);
	sd_bus_flush_close_unref(client);
}

static void errors_of_the_observer_have_names(void **state)
{
	static const struct {
		const char *answer, *name;
	} cases[] = {
		{ "{\"error\":{\"status\":2,\"message\":\"m\",\"hint\":null}}\n",
		  SD_BUS_ERROR_INVALID_ARGS },
		{ "{\"error\":{\"status\":3,\"message\":\"m\",\"hint\":\"h\"}}\n",
		  BUS_ERROR_NO_SUCH_DEVICE },
		{ "{\"error\":{\"status\":7,\"message\":\"m\",\"hint\":null}}\n",
		  BUS_ERROR_NOT_SUPPORTED },
		{ "{\"error\":{\"status\":1,\"message\":\"m\",\"code\":\"too-large\"}}\n",
		  BUS_ERROR_TOO_LARGE },
		{ "{\"error\":{}}\n", BUS_ERROR_FAILED },
		{ "{\"buffers\":[", BUS_ERROR_FAILED },
		{ "\n", BUS_ERROR_FAILED },
	};
	struct daemon *daemon = *state;
	sd_bus *client = private_bus_connect(&daemon->bus, NOBODY);

	daemon->yes = "read";
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;

		daemon->answer = cases[i].answer;
		reply = list(daemon, client, false);
		assert_error(reply, cases[i].name);
		if (i == 1)
			assert_string_equal(sd_bus_message_get_error(reply)->message,
					    "m. h");
	}
	sd_bus_flush_close_unref(client);
}

static void a_stuck_observer_blocks_nobody(void **state)
{
	struct daemon *daemon = *state;
	sd_bus *client = private_bus_connect(&daemon->bus, NOBODY);

	daemon->yes = "read";
	daemon->answer = NULL;
	observe_client_set_limit(daemon->manager.observe, 50000);
	for (unsigned int i = 0; i < 3; i++) {
		_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply =
			list(daemon, client, false);

		assert_error(reply, BUS_ERROR_BLOCKED);
	}
	assert_int_equal(daemon->questions, 1);
	sd_bus_flush_close_unref(client);
}

static void begin_calls(sd_bus *client, unsigned int count, bool interactive,
			sd_bus_message **replies)
{
	for (unsigned int i = 0; i < count; i++) {
		_cleanup_(sd_bus_message_unrefp) sd_bus_message *call =
			daemon_new_call(client, "List");

		assert_true(sd_bus_message_append(call, "a{sv}", 0) >= 0);
		assert_true(sd_bus_message_set_allow_interactive_authorization(
				    call, interactive) >= 0);
		assert_true(sd_bus_call_async(client, NULL, call, private_bus_on_reply,
					      &replies[i], SOON_US) >= 0);
	}
}

static unsigned int calls_under_way(const struct daemon *daemon)
{
	unsigned int count = 0;
	uint64_t end = monotonic_us() + 300000;

	while (monotonic_us() < end)
		assert_true(sd_event_run(daemon->bus.event, 10000) >= 0);
	for (const struct bus_call *call = daemon->manager.bus_objects->calls; call;
	     call = call->next)
		count++;
	return count;
}

/* What is refused is answered at once; the rest waits for polkit. */
static unsigned int end_calls(sd_bus *client, sd_bus_message **replies,
			      unsigned int count)
{
	unsigned int refused = 0;

	for (unsigned int i = 0; i < count; i++) {
		if (replies[i])
			assert_error(replies[i], SD_BUS_ERROR_LIMITS_EXCEEDED);
		refused += replies[i] != NULL;
		sd_bus_message_unref(replies[i]);
	}
	sd_bus_flush_close_unref(client);
	return refused;
}

static void one_user_has_few_calls_under_way(void **state)
{
	sd_bus_message *replies[9] = { 0 }, *others[2] = { 0 };
	struct daemon *daemon = *state;
	sd_bus *client, *other;

	daemon->slow = true;
	client = private_bus_connect(&daemon->bus, NOBODY);
	begin_calls(client, 9, false, replies);
	assert_int_equal(calls_under_way(daemon), BUS_CALLS_OF_ONE_MAX);
	assert_non_null(replies[8]);
	/* also by another connection */
	other = private_bus_connect(&daemon->bus, NOBODY);
	begin_calls(other, 2, false, others);
	assert_int_equal(calls_under_way(daemon), BUS_CALLS_OF_ONE_MAX);
	assert_int_equal(end_calls(other, others, 2), 2);
	assert_int_equal(end_calls(client, replies, 9), 1);
	/* whoever leaves takes the calls along, and the password dialogues */
	assert_int_equal(calls_under_way(daemon), 0);
	assert_int_equal(daemon->cancellations, BUS_CALLS_OF_ONE_MAX);
}

static void all_users_have_not_many_and_some_of_them_without_a_password(void **state)
{
	/* users 1 to 5 may be asked for it, and the fifth one comes too late */
	enum { USERS = 9, ASKED = 5 };
	sd_bus_message *replies[USERS][8] = { 0 };
	struct daemon *daemon = *state;
	sd_bus *clients[USERS];

	if (geteuid() != 0)
		skip();
	daemon->slow = true;
	for (unsigned int i = 0; i < ASKED; i++) {
		clients[i] = private_bus_connect(&daemon->bus, i + 1);
		begin_calls(clients[i], 8, true, replies[i]);
		assert_int_equal(calls_under_way(daemon), i < 4 ? 8 * (i + 1) : 32);
	}
	for (unsigned int i = ASKED; i < USERS; i++) {
		clients[i] = private_bus_connect(&daemon->bus, i + 1);
		begin_calls(clients[i], 8, false, replies[i]);
		assert_int_equal(calls_under_way(daemon), 8 * i);
	}
	assert_int_equal(calls_under_way(daemon), BUS_CALLS_MAX);
	for (unsigned int i = 0; i < USERS; i++)
		assert_int_equal(end_calls(clients[i], replies[i], 8), i == 4 ? 8 : 0);
	assert_int_equal(calls_under_way(daemon), 0);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, daemon_begin, daemon_end)
	const struct CMUnitTest tests[] = {
		TEST(root_is_asked_nothing_and_sees_all),
		TEST(who_is_let_in_as_active_does_not_see_others),
		TEST(who_gave_a_password_sees_all),
		TEST(nobody_is_asked_for_a_password_unbidden),
		TEST(who_may_not_gets_nothing),
		TEST(the_options_become_the_question),
		TEST(check_asks_for_a_device_or_all),
		TEST(options_that_make_no_sense_are_refused),
		TEST(errors_of_the_observer_have_names),
		TEST(a_stuck_observer_blocks_nobody),
		TEST(one_user_has_few_calls_under_way),
		TEST(all_users_have_not_many_and_some_of_them_without_a_password),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
