/* SPDX-License-Identifier: GPL-2.0-or-later */
/* org.dmabufctl1: who may act, and which job becomes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/fake-daemon.h"

static sd_bus_message *no_options(const struct daemon *daemon, sd_bus *client,
				  const char *method, const char *device,
				  const char *second)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *call =
		daemon_new_call(client, method);

	assert_true(sd_bus_message_append(call, "s", device) >= 0);
	if (second)
		assert_true(sd_bus_message_append(call, "s", second) >= 0);
	assert_true(sd_bus_message_append(call, "a{sv}", 0) >= 0);
	return daemon_call(daemon, call, false);
}

static void assert_path(sd_bus_message *reply, const char *expected)
{
	const char *path;

	assert_false(sd_bus_message_is_method_error(reply, NULL));
	assert_true(sd_bus_message_read(reply, "o", &path) > 0);
	assert_string_equal(path, expected);
}

static void each_verb_needs_its_action(void **state)
{
	static const struct {
		const char *method, *second, *checked;
		enum act_verb verb;
		enum job_trigger trigger;
	} cases[] = {
		{ "Revoke", NULL, "revoke", ACT_REVOKE, JOB_NOW },
		{ "Restore", NULL, "revoke", ACT_RESTORE, JOB_NOW },
		{ "Release", NULL, "reassign", ACT_RELEASE, JOB_NOW },
		{ "Reassign", "nvme", "reassign", ACT_REASSIGN, JOB_NOW },
		{ "Schedule", "unplug", "revoke reassign schedule", ACT_RELEASE,
		  JOB_ON_UNPLUG },
	};
	struct daemon *daemon = *state;
	sd_bus *client = private_bus_connect(&daemon->bus, NOBODY);

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct job *job = &daemon->jobs.items[i];
		sd_bus_message *reply;

		daemon->yes = NULL;
		reply = no_options(daemon, client, cases[i].method, "03:00.0",
				   cases[i].second);
		assert_error(reply, BUS_ERROR_NOT_PERMITTED);
		assert_int_equal(daemon->jobs.count, i);
		sd_bus_message_unref(reply);
		daemon->checked[0] = '\0';
		daemon->yes = "revoke reassign schedule";
		reply = no_options(daemon, client, cases[i].method, "03:00.0",
				   cases[i].second);
		assert_false(sd_bus_message_is_method_error(reply, NULL));
		sd_bus_message_unref(reply);
		assert_string_equal(daemon->checked, cases[i].checked);
		assert_string_equal(daemon->checked_device, DEVICE);
		assert_int_equal(daemon->jobs.count, i + 1);
		assert_int_equal(job->wish.verb, cases[i].verb);
		assert_int_equal(job->trigger, cases[i].trigger);
		assert_string_equal(job->wish.device, DEVICE);
		assert_int_equal(job->wish.vendor, 0x10de);
		assert_int_equal(job->wish.product, 0x2330);
		assert_int_equal(job->wish.caller_cgroup[0], '/');
	}
	sd_bus_flush_close_unref(client);
}

/* The steps of a release revoke, unless others are named. */
static void scheduling_needs_what_is_scheduled(void **state)
{
	static const char *const some[] = { "schedule", "schedule reassign",
					    "schedule revoke" };
	struct daemon *daemon = *state;
	sd_bus *client = private_bus_connect(&daemon->bus, NOBODY);

	for (size_t i = 0; i < ARRAY_SIZE(some); i++) {
		_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;

		daemon->yes = some[i];
		reply = no_options(daemon, client, "Schedule", DEVICE, "release");
		assert_error(reply, BUS_ERROR_NOT_PERMITTED);
		assert_int_equal(daemon->jobs.count, 0);
	}
	sd_bus_flush_close_unref(client);
}

static void the_options_become_the_wish(void **state)
{
	struct daemon *daemon = *state;
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL, *reply = NULL;
	sd_bus *client = private_bus_connect(&daemon->bus, NOBODY);
	const struct wish *wish = &daemon->jobs.items[0].wish;

	daemon->yes = "schedule reassign";
	call = daemon_new_call(client, "Schedule");
	assert_true(sd_bus_message_append(call, "ssa{sv}", "0000:04:00.0", "exit", 4,
					  "always", "b", 1, "to", "s", "nvme", "steps",
					  "as", 2, "grace", "stop-owner", "timeout_us",
					  "t", UINT64_C(5000000)) >= 0);
	reply = daemon_call(daemon, call, false);
	assert_path(reply, JOB_PATH);
	assert_int_equal(daemon->jobs.items[0].trigger, JOB_ON_EXIT);
	assert_true(daemon->jobs.items[0].schedule.always);
	assert_int_equal(wish->verb, ACT_REASSIGN);
	assert_string_equal(wish->driver, "nvme");
	assert_int_equal(wish->n_steps, 2);
	assert_int_equal(wish->steps[1], STEP_STOP_OWNER);
	assert_int_equal(wish->timeout_us, 5000000);
	/* it is not there yet */
	assert_int_equal(wish->vendor, 0);
	sd_bus_flush_close_unref(client);
}

static sd_bus_message *new_call_at(sd_bus *client, const char *calendar)
{
	sd_bus_message *call;

	if (access("/usr/bin/systemd-analyze", X_OK) < 0)
		skip();
	call = daemon_new_call(client, "Schedule");
	assert_true(sd_bus_message_append(call, "ssa{sv}", DEVICE, "at", 1, "at", "s",
					  calendar) >= 0);
	return call;
}

static sd_bus_message *schedule_at(const struct daemon *daemon, sd_bus *client,
				   const char *calendar)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *call =
		new_call_at(client, calendar);

	return daemon_call(daemon, call, false);
}

static void a_time_is_what_systemd_says(void **state)
{
	struct daemon *daemon = *state;
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	sd_bus *client = private_bus_connect(&daemon->bus, NOBODY);
	const struct schedule *schedule = &daemon->jobs.items[0].schedule;

	daemon->yes = "revoke reassign schedule";
	reply = schedule_at(daemon, client, "*-*-* 03:00 UTC");
	assert_path(reply, JOB_PATH);
	assert_int_equal(daemon->jobs.items[0].trigger, JOB_AT);
	assert_string_equal(schedule->calendar, "*-*-* 03:00 UTC");
	assert_true(schedule->due_us > realtime_us());
	assert_int_equal(schedule->due_us / 1000000 % 86400, 3 * 3600);
	sd_bus_flush_close_unref(client);
}

static void what_systemd_takes_for_no_time_is_refused(void **state)
{
	static const char *const cases[][2] = {
		{ "soon", "Failed to parse calendar specification 'soon'" },
		{ "--help", "Failed to parse calendar specification '--help'" },
		{ "2020-01-01", "that time never comes again: '2020-01-01'" },
	};
	struct daemon *daemon = *state;
	sd_bus *client = private_bus_connect(&daemon->bus, NOBODY);

	daemon->yes = "revoke reassign schedule";
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		sd_bus_message *reply = schedule_at(daemon, client, cases[i][0]);

		assert_error(reply, SD_BUS_ERROR_INVALID_ARGS);
		assert_ptr_equal(
			strstr(sd_bus_message_get_error(reply)->message, cases[i][1]),
			sd_bus_message_get_error(reply)->message);
		sd_bus_message_unref(reply);
	}
	assert_int_equal(daemon->jobs.count, 0);
	sd_bus_flush_close_unref(client);
}

/* Whoever may not schedule makes the daemon start nothing. */
static void systemd_is_not_asked_for_others(void **state)
{
	struct daemon *daemon = *state;
	sd_bus *client = private_bus_connect(&daemon->bus, NOBODY);
	sd_bus_message *reply = schedule_at(daemon, client, "soon");

	assert_error(reply, BUS_ERROR_NOT_PERMITTED);
	sd_bus_message_unref(reply);
	sd_bus_flush_close_unref(client);
}

/* What it leaves to be freed, or to be run into, the sanitizers see. */
static void a_caller_that_leaves_takes_the_question_along(void **state)
{
	struct daemon *daemon = *state;
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL, *reply = NULL;
	sd_bus *client = private_bus_connect(&daemon->bus, NOBODY);
	struct bus_call **calls = &daemon->manager.bus_objects->calls;
	uint64_t end = monotonic_us() + SOON_US;

	daemon->yes = "revoke reassign schedule";
	call = new_call_at(client, "03:00");
	assert_true(sd_bus_call_async(client, NULL, call, private_bus_on_reply, &reply,
				      SOON_US) >= 0);
	while (!*calls || !(*calls)->calendar) {
		assert_true(monotonic_us() < end);
		assert_true(sd_event_run(daemon->bus.event, 1000) >= 0);
	}
	sd_bus_close(client);
	while (*calls) {
		assert_true(monotonic_us() < end);
		assert_true(sd_event_run(daemon->bus.event, 1000) >= 0);
	}
	sd_bus_unref(client);
}

static void wishes_that_make_no_sense_are_refused(void **state)
{
	static const struct {
		const char *method, *device, *second, *key, *type, *value;
	} cases[] = {
		{ "Revoke", "/etc/passwd", NULL, "method", "s", "auto" },
		{ "Revoke", "", NULL, "method", "s", "auto" },
		{ "Revoke", DEVICE, NULL, "method", "s", "magic" },
		{ "Revoke", DEVICE, NULL, "steps", "s", "revoke" },
		{ "Revoke", DEVICE, NULL, "command", "s", "true" },
		{ "Restore", DEVICE, NULL, "method", "s", "auto" },
		{ "Release", DEVICE, NULL, "force", "s", "yes" },
		{ "Release", DEVICE, NULL, "steps", "s", "revoke" },
		{ "Reassign", DEVICE, "../evil", "at", "s", "" },
		{ "Reassign", DEVICE, "nvme", "to", "s", "nvme" },
		{ "Schedule", DEVICE, "now", "to", "s", "nvme" },
		{ "Schedule", DEVICE, "later", "to", "s", "nvme" },
		{ "Schedule", DEVICE, "at", "to", "s", "nvme" },
		{ "Schedule", DEVICE, "unplug", "at", "s", "Mon 03:00" },
		{ "Schedule", DEVICE, "at", "at", "s", "Mon\n03:00" },
		{ "Schedule", DEVICE, "unplug", "to", "s", "a/b" },
	};
	struct daemon *daemon = *state;
	sd_bus *client = private_bus_connect(&daemon->bus, NOBODY);

	daemon->yes = "revoke reassign schedule";
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(sd_bus_message_unrefp)
			sd_bus_message *call = daemon_new_call(client, cases[i].method),
				       *reply = NULL;

		assert_true(sd_bus_message_append(call, "s", cases[i].device) >= 0);
		if (cases[i].second)
			assert_true(sd_bus_message_append(call, "s", cases[i].second) >=
				    0);
		assert_true(sd_bus_message_append(call, "a{sv}", 1, cases[i].key,
						  cases[i].type, cases[i].value) >= 0);
		reply = daemon_call(daemon, call, false);
		assert_error(reply, SD_BUS_ERROR_INVALID_ARGS);
	}
	assert_int_equal(daemon->jobs.count, 0);
	assert_int_equal(daemon->checks, 0);
	sd_bus_flush_close_unref(client);
}

/* Of Release: steps is an array, which may be wrong in its own ways. */
static void ladders_that_make_no_sense_are_refused(void **state)
{
	static const char *const cases[][2] = { { "revoke", "revoke" },
						{ "unbind", NULL },
						{ "reboot", NULL },
						{ NULL, NULL } };
	struct daemon *daemon = *state;
	sd_bus *client = private_bus_connect(&daemon->bus, NOBODY);

	daemon->yes = "reassign";
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		unsigned int count = (cases[i][0] != NULL) + (cases[i][1] != NULL);
		_cleanup_(sd_bus_message_unrefp)
			sd_bus_message *call = daemon_new_call(client, "Release"),
				       *reply = NULL;

		assert_true(sd_bus_message_append(call, "sa{sv}", DEVICE, 1, "steps",
						  "as", count, cases[i][0],
						  cases[i][1]) >= 0);
		reply = daemon_call(daemon, call, false);
		assert_error(reply, SD_BUS_ERROR_INVALID_ARGS);
	}
	assert_int_equal(daemon->jobs.count, 0);
	sd_bus_flush_close_unref(client);
}

static void a_device_that_is_not_there_gets_no_job(void **state)
{
	struct daemon *daemon = *state;
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	sd_bus *client = private_bus_connect(&daemon->bus, NOBODY);

	daemon->yes = "revoke";
	reply = no_options(daemon, client, "Revoke", "0000:04:00.0", NULL);
	assert_error(reply, BUS_ERROR_NO_SUCH_DEVICE);
	assert_int_equal(daemon->jobs.count, 0);
	sd_bus_flush_close_unref(client);
}

static void a_job_that_cannot_be_made_is_an_error(void **state)
{
	struct daemon *daemon = *state;
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	sd_bus *client = private_bus_connect(&daemon->bus, NOBODY);

	daemon->yes = "revoke";
	daemon->jobs.add_result = -ENOSPC;
	reply = no_options(daemon, client, "Revoke", DEVICE, NULL);
	assert_error(reply, BUS_ERROR_FAILED);
	sd_bus_flush_close_unref(client);
}

static sd_bus_message *cancel(const struct daemon *daemon, sd_bus *client,
			      const char *path)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *call =
		daemon_new_call(client, "Cancel");

	assert_true(sd_bus_message_append(call, "o", path) >= 0);
	return daemon_call(daemon, call, false);
}

static void jobs_are_cancelled_by_their_path(void **state)
{
	static const char *const wrong[] = {
		"/",
		"/org/dmabufctl1",
		"/org/dmabufctl1/job/_a",
		"/org/dmabufctl1/job/A",
		"/org/dmabufctl1/job/a/b",
		"/org/dmabufctl1/jobx/a",
		JOB_PATH "9",
	};
	struct daemon *daemon = *state;
	sd_bus *client = private_bus_connect(&daemon->bus, NOBODY);
	sd_bus_message *reply;

	daemon->jobs.items[0] = (struct job){ .id = JOB_ID };
	daemon->jobs.count = 1;
	reply = cancel(daemon, client, JOB_PATH);
	assert_error(reply, BUS_ERROR_NOT_PERMITTED);
	sd_bus_message_unref(reply);
	daemon->yes = "schedule";
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		reply = cancel(daemon, client, wrong[i]);
		assert_error(reply, BUS_ERROR_NO_SUCH_JOB);
		sd_bus_message_unref(reply);
	}
	assert_string_equal(daemon->jobs.cancelled, "");
	reply = cancel(daemon, client, JOB_PATH);
	assert_false(sd_bus_message_is_method_error(reply, NULL));
	sd_bus_message_unref(reply);
	assert_string_equal(daemon->jobs.cancelled, JOB_ID);
	daemon->jobs.items[0].state = JOB_DONE;
	reply = cancel(daemon, client, JOB_PATH);
	assert_error(reply, BUS_ERROR_JOB_HAS_ENDED);
	sd_bus_message_unref(reply);
	sd_bus_flush_close_unref(client);
}

/* A call that comes while the name is being given up is answered all the same. */
static void a_name_that_was_dropped_is_taken_again(void **state)
{
	struct daemon *daemon = *state;
	sd_bus *client = private_bus_connect(&daemon->bus, NOBODY);
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;

	daemon->yes = "revoke";
	assert_true(manager_bus_drop_name(&daemon->manager) >= 0);
	private_bus_run_until(&daemon->bus, &daemon->name_dropped);
	assert_false(manager_bus_is_busy(&daemon->manager));
	assert_true(manager_bus_take_name(&daemon->manager) >= 0);
	fake_wait_for_name(daemon);
	daemon->idle_checks = 0;
	reply = no_options(daemon, client, "Revoke", DEVICE, NULL);
	assert_path(reply, JOB_PATH);
	/* the end of a call may be the end of all there was to do */
	assert_int_equal(daemon->idle_checks, 1);
	sd_bus_flush_close_unref(client);
}

static void reload_is_for_those_who_manage(void **state)
{
	struct daemon *daemon = *state;
	sd_bus *client = private_bus_connect(&daemon->bus, NOBODY);
	sd_bus_message *call = daemon_new_call(client, "Reload");
	sd_bus_message *reply = daemon_call(daemon, call, false);

	assert_error(reply, BUS_ERROR_NOT_PERMITTED);
	assert_int_equal(daemon->reloads, 0);
	sd_bus_message_unref(reply);
	sd_bus_message_unref(call);
	daemon->yes = "manage";
	call = daemon_new_call(client, "Reload");
	reply = daemon_call(daemon, call, false);
	assert_false(sd_bus_message_is_method_error(reply, NULL));
	assert_int_equal(daemon->reloads, 1);
	sd_bus_message_unref(reply);
	sd_bus_message_unref(call);
	sd_bus_flush_close_unref(client);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, daemon_begin, daemon_end)
	const struct CMUnitTest tests[] = {
		TEST(each_verb_needs_its_action),
		TEST(scheduling_needs_what_is_scheduled),
		TEST(the_options_become_the_wish),
		TEST(a_time_is_what_systemd_says),
		TEST(what_systemd_takes_for_no_time_is_refused),
		TEST(systemd_is_not_asked_for_others),
		TEST(a_caller_that_leaves_takes_the_question_along),
		TEST(wishes_that_make_no_sense_are_refused),
		TEST(ladders_that_make_no_sense_are_refused),
		TEST(a_device_that_is_not_there_gets_no_job),
		TEST(a_job_that_cannot_be_made_is_an_error),
		TEST(jobs_are_cancelled_by_their_path),
		TEST(a_name_that_was_dropped_is_taken_again),
		TEST(reload_is_for_those_who_manage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
