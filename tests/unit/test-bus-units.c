/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The calls of dmabufd to systemd, which a test plays on the same bus. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/fake-daemon.h"

#define SYSTEMD "org.freedesktop.systemd1"
#define UNIT "dmabufctl-act@20261121a1.service"
#define ID "20261121a1"

struct systemd {
	const char *refusal; /* the error of what is asked for; NULL: none */
	const char *state; /* ActiveState */
	char called[256];
};

struct outcome {
	bool done;
	int result;
};

static int answer_start(struct systemd *systemd, sd_bus_message *message)
{
	const char *unit, *mode;

	assert_true(sd_bus_message_read(message, "ss", &unit, &mode) > 0);
	(void)snprintf(systemd->called, sizeof(systemd->called), "%s %s %s",
		       sd_bus_message_get_member(message), unit, mode);
	return sd_bus_reply_method_return(message, "o",
					  "/org/freedesktop/systemd1/job/7");
}

static int answer_list(struct systemd *systemd, sd_bus_message *message)
{
	const char *unit;

	assert_true(sd_bus_message_enter_container(message, 'a', "s") > 0);
	assert_true(sd_bus_message_read(message, "s", &unit) > 0);
	(void)snprintf(systemd->called, sizeof(systemd->called), "%s %s",
		       sd_bus_message_get_member(message), unit);
	if (!systemd->state)
		return sd_bus_reply_method_return(message, "a(ssssssouso)", 0);
	return sd_bus_reply_method_return(message, "a(ssssssouso)", 1, unit, "", "loaded",
					  systemd->state, "dead", "", "/u", 0, "", "/");
}

static int on_message(sd_bus_message *message, void *context, sd_bus_error *error)
{
	struct systemd *systemd = context;

	(void)error;
	if (!sd_bus_message_is_method_call(message, SYSTEMD ".Manager", NULL))
		return 0;
	if (systemd->refusal)
		return sd_bus_reply_method_errorf(message, systemd->refusal, "no");
	if (sd_bus_message_is_method_call(message, NULL, "ListUnitsByNames"))
		return answer_list(systemd, message);
	return answer_start(systemd, message);
}

static sd_bus *systemd_begin(const struct daemon *daemon, struct systemd *systemd)
{
	sd_bus *bus = private_bus_connect(&daemon->bus, 0);

	assert_true(sd_bus_add_filter(bus, NULL, on_message, systemd) >= 0);
	assert_true(sd_bus_request_name(bus, SYSTEMD, 0) >= 0);
	return bus;
}

static void on_done(void *context, int result)
{
	struct outcome *outcome = context;

	assert_false(outcome->done);
	outcome->done = true;
	outcome->result = result;
}

typedef int ask_systemd(struct manager *manager, const char *job_id,
			void (*done)(void *context, int result), void *context);

static int result_of(struct daemon *daemon, ask_systemd *ask)
{
	struct outcome outcome = { 0 };

	assert_int_equal(ask(&daemon->manager, ID, on_done, &outcome), 0);
	assert_false(outcome.done);
	private_bus_run_until(&daemon->bus, &outcome.done);
	return outcome.result;
}

static void a_unit_is_started_and_stopped(void **state)
{
	struct daemon *daemon = *state;
	struct systemd systemd = { 0 };
	sd_bus *bus = systemd_begin(daemon, &systemd);

	assert_int_equal(result_of(daemon, manager_bus_start_unit), 0);
	assert_string_equal(systemd.called, "StartUnit " UNIT " replace");
	assert_int_equal(result_of(daemon, manager_bus_stop_unit), 0);
	assert_string_equal(systemd.called, "StopUnit " UNIT " replace");
	sd_bus_flush_close_unref(bus);
}

static void refusals_are_told(void **state)
{
	static const struct {
		const char *name;
		int error;
	} cases[] = {
		{ SYSTEMD ".NoSuchUnit", -ENOENT },
		{ SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED, -EACCES },
		{ SD_BUS_ERROR_ACCESS_DENIED, -EACCES },
		{ "org.example.Error", -EIO },
	};
	struct daemon *daemon = *state;
	struct systemd systemd = { 0 };
	sd_bus *bus = systemd_begin(daemon, &systemd);

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		systemd.refusal = cases[i].name;
		assert_int_equal(result_of(daemon, manager_bus_start_unit),
				 cases[i].error);
	}
	sd_bus_flush_close_unref(bus);
}

static void nobody_answers(void **state)
{
	struct daemon *daemon = *state;

	assert_true(result_of(daemon, manager_bus_start_unit) < 0);
	assert_true(result_of(daemon, manager_bus_unit_is_active) < 0);
}

static void a_unit_is_active_or_on_its_way(void **state)
{
	static const struct {
		const char *state;
		int active;
	} cases[] = {
		{ "active", 1 },    { "activating", 1 }, { "deactivating", 1 },
		{ "reloading", 1 }, { "inactive", 0 },	 { "failed", 0 },
		{ NULL, -EBADMSG },
	};
	struct daemon *daemon = *state;
	struct systemd systemd = { 0 };
	sd_bus *bus = systemd_begin(daemon, &systemd);

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		systemd.state = cases[i].state;
		assert_int_equal(result_of(daemon, manager_bus_unit_is_active),
				 cases[i].active);
		assert_string_equal(systemd.called, "ListUnitsByNames " UNIT);
	}
	sd_bus_flush_close_unref(bus);
}

static void what_is_no_job_has_no_unit(void **state)
{
	static const char *const wrong[] = { "", "a b", "../x", "a.service", "A" };
	struct daemon *daemon = *state;

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_int_equal(
			manager_bus_start_unit(&daemon->manager, wrong[i], on_done, NULL),
			-EINVAL);
}

/* With the bus closed nobody is told any more, and nothing is lost (see the sanitizers). */
static void the_bus_may_close_meanwhile(void **state)
{
	struct daemon *daemon = *state;
	struct outcome outcome = { 0 };

	assert_int_equal(manager_bus_start_unit(&daemon->manager, ID, on_done, &outcome),
			 0);
	manager_bus_close(&daemon->manager);
	assert_false(outcome.done);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, daemon_begin, daemon_end)
	const struct CMUnitTest tests[] = {
		TEST(a_unit_is_started_and_stopped),
		TEST(refusals_are_told),
		TEST(nobody_answers),
		TEST(a_unit_is_active_or_on_its_way),
		TEST(what_is_no_job_has_no_unit),
		TEST(the_bus_may_close_meanwhile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
