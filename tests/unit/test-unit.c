/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/act/unit-bus.h"
#include "lib/act/unit.h"
#include "lib/base/file.h"
#include "tests/unit/fake-systemd.h"

enum { LONG_US = 10000000, SHORT_US = 120000, SOON_MS = 5000 };

static int set_up(void **state)
{
	static struct fake fake;

	fake = (struct fake){ .freezer = "running", .active = "active" };
	*state = &fake;
	return fake_begin(&fake);
}

static int tear_down(void **state)
{
	fake_end(*state);
	return 0;
}

static int freeze(struct fake *fake, uint64_t limit_us)
{
	return unit_freeze(fake->client, FAKE_UNIT, FAKE_INVOCATION, limit_us);
}

static int thaw(struct fake *fake, uint64_t limit_us)
{
	return unit_thaw(fake->client, FAKE_UNIT, FAKE_INVOCATION, limit_us);
}

static int stop(struct fake *fake, bool kill)
{
	return unit_stop(fake->client, FAKE_UNIT, FAKE_INVOCATION, kill, LONG_US);
}

static void facts_of_a_unit(void **state)
{
	_cleanup_(unit_facts_list_done) struct unit_facts_list list = { 0 };
	struct fake *fake = *state;
	const struct unit_facts *facts;

	assert_int_equal(unit_facts_get(fake->client, FAKE_UNIT, LONG_US, &list), 0);
	assert_int_equal(list.count, 1);
	facts = unit_facts_find(&list, FAKE_UNIT);
	assert_non_null(facts);
	assert_string_equal(facts->invocation, FAKE_INVOCATION);
	assert_string_equal(facts->cgroup, "");
	assert_int_equal(facts->n_processes, 0);
	assert_true(facts->restarts);
	assert_true(facts->can_freeze);
	/* each once, though one both requires it and is bound to it */
	assert_string_equal(facts->required_by[0], "web.service");
	assert_string_equal(facts->required_by[1], "db.service");
	assert_string_equal(facts->required_by[2], "part.service");
	assert_null(facts->required_by[3]);
}

static void there_is_no_such_unit(void **state)
{
	_cleanup_(unit_facts_list_done) struct unit_facts_list list = { 0 };
	struct fake *fake = *state;

	fake->gone = true;
	assert_int_equal(unit_facts_get(fake->client, FAKE_UNIT, LONG_US, &list),
			 -ENOENT);
	assert_int_equal(list.count, 0);
	assert_int_equal(unit_is_active(fake->client, FAKE_UNIT, LONG_US), 0);
	assert_int_equal(freeze(fake, LONG_US), -ENOENT);
	assert_int_equal(thaw(fake, LONG_US), -ENOENT);
	assert_int_equal(stop(fake, true), -ENOENT);
	assert_int_equal(unit_start(fake->client, FAKE_UNIT, true, LONG_US), -ENOENT);
	assert_int_equal(unit_start(fake->client, FAKE_UNIT, false, LONG_US), -ENOENT);
	assert_string_equal(fake->calls, "");
}

static void another_invocation_is_never_met(void **state)
{
	struct fake *fake = *state;

	fake->other_invocation = true;
	assert_int_equal(freeze(fake, LONG_US), -ESTALE);
	assert_int_equal(thaw(fake, LONG_US), -ESTALE);
	assert_int_equal(stop(fake, false), -ESTALE);
	assert_int_equal(stop(fake, true), -ESTALE);
	assert_string_equal(fake->calls, "");
}

static void an_invocation_of_another_unit_is_stale(void **state)
{
	struct fake *fake = *state;

	assert_int_equal(
		unit_freeze(fake->client, "web.service", FAKE_INVOCATION, LONG_US),
		-ESTALE);
	assert_string_equal(fake->calls, "");
}

static void what_is_no_invocation_is_refused(void **state)
{
	static const char *const wrong[] = { "", "0011", FAKE_INVOCATION "0",
					     "00112233445566778899AABBCCDDEEFF",
					     "0011223344556677/899aabbccddeeff" };
	struct fake *fake = *state;

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		assert_int_equal(
			unit_stop(fake->client, FAKE_UNIT, wrong[i], true, LONG_US),
			-EINVAL);
		assert_int_equal(unit_thaw(fake->client, FAKE_UNIT, wrong[i], LONG_US),
				 -EINVAL);
	}
	assert_string_equal(fake->calls, "");
}

static void freeze_and_thaw(void **state)
{
	struct fake *fake = *state;

	assert_int_equal(freeze(fake, LONG_US), 0);
	assert_string_equal(fake->freezer, "frozen");
	assert_int_equal(thaw(fake, LONG_US), 0);
	assert_string_equal(fake->freezer, "running");
	assert_string_equal(fake->calls, "Freeze(,0) Thaw(,0)");
}

static void a_job_of_the_unit_is_waited_for(void **state)
{
	struct fake *fake = *state;

	fake->refusals = 2;
	fake->refusal = "org.freedesktop.systemd1.UnitBusy";
	assert_int_equal(freeze(fake, LONG_US), 0);
	assert_string_equal(fake->calls, "Freeze(,0) Freeze(,0) Freeze(,0)");
	fake->refusals = 1;
	fake->refusal = "org.freedesktop.DBus.Error.Failed"; /* still freezing */
	assert_int_equal(thaw(fake, LONG_US), 0);
	assert_string_equal(fake->freezer, "running");
}

/* A stop thaws by itself, and is a job of the unit. */
static void a_busy_unit_that_runs_needs_no_thaw(void **state)
{
	struct fake *fake = *state;

	fake->refusals = 1;
	fake->refusal = "org.freedesktop.systemd1.UnitBusy";
	assert_int_equal(thaw(fake, LONG_US), 0);
	assert_string_equal(fake->calls, "Thaw(,0)");
}

static void what_cannot_be_frozen_says_so(void **state)
{
	struct fake *fake = *state;

	fake->refusals = 2;
	fake->refusal = "org.freedesktop.DBus.Error.NotSupported";
	assert_int_equal(freeze(fake, LONG_US), -EOPNOTSUPP);
	fake->refusal = "org.freedesktop.systemd1.UnitInactive";
	assert_int_equal(freeze(fake, LONG_US), -ENOENT);
}

static void frozen_is_what_was_read_back(void **state)
{
	struct fake *fake = *state;

	fake->freezer_sticks = true;
	assert_int_equal(freeze(fake, SHORT_US), -ETIME);
	fake->freezer = "freezing";
	assert_int_equal(thaw(fake, SHORT_US), -ETIME);
}

static void stop_and_kill(void **state)
{
	struct fake *fake = *state;

	assert_int_equal(stop(fake, false), 0);
	assert_string_equal(fake->calls, "Stop(replace,0)");
	assert_int_equal(stop(fake, true), 0);
	assert_string_equal(fake->calls, "Stop(replace,0) Stop(replace,0) Kill(all,9)");
}

static void a_unit_that_ended_at_the_stop_needs_no_kill(void **state)
{
	struct fake *fake = *state;

	fake->gone_after_stop = true;
	assert_int_equal(stop(fake, true), 0);
}

static void a_start_is_waited_for(void **state)
{
	struct fake *fake = *state;

	fake->job_result = "done";
	assert_int_equal(unit_start(fake->client, FAKE_UNIT, true, LONG_US), 0);
	fake->ends_early = true; /* and a second time, though subscribed already */
	assert_int_equal(unit_start(fake->client, FAKE_UNIT, true, LONG_US), 0);
	fake->job_result = "failed";
	assert_int_equal(unit_start(fake->client, FAKE_UNIT, true, LONG_US), -ENOEXEC);
	fake->job_result = "dependency";
	assert_int_equal(unit_start(fake->client, FAKE_UNIT, true, LONG_US), -ENOEXEC);
	assert_int_equal(unit_start(fake->client, FAKE_UNIT, false, LONG_US), 0);
}

static void a_start_that_does_not_end_is_given_up(void **state)
{
	struct fake *fake = *state;
	uint64_t begin = monotonic_ms();

	assert_int_equal(unit_start(fake->client, FAKE_UNIT, true, SHORT_US), -ETIME);
	assert_true(monotonic_ms() - begin < SOON_MS);
}

static void is_it_active(void **state)
{
	static const struct {
		const char *state;
		int active;
	} states[] = {
		{ "active", 1 },       { "reloading", 1 }, { "activating", 1 },
		{ "deactivating", 1 }, { "inactive", 0 },  { "failed", 0 },
	};
	struct fake *fake = *state;

	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		fake->active = states[i].state;
		assert_int_equal(unit_is_active(fake->client, FAKE_UNIT, LONG_US),
				 states[i].active);
	}
	assert_int_equal(unit_is_active(fake->client, "other.service", LONG_US), 0);
}

static void nobody_answers(void **state)
{
	_cleanup_(unit_facts_list_done) struct unit_facts_list list = { 0 };
	struct fake *fake = *state;
	uint64_t begin = monotonic_ms();

	fake->mute = true;
	assert_int_equal(unit_is_active(fake->client, FAKE_UNIT, SHORT_US), -ETIME);
	assert_int_equal(freeze(fake, SHORT_US), -ETIME);
	assert_int_equal(
		unit_stop(fake->client, FAKE_UNIT, FAKE_INVOCATION, true, SHORT_US),
		-ETIME);
	assert_int_equal(unit_start(fake->client, FAKE_UNIT, true, SHORT_US), -ETIME);
	assert_int_equal(unit_facts_get(fake->client, FAKE_UNIT, SHORT_US, &list),
			 -ETIME);
	assert_int_equal(unit_is_active(fake->client, FAKE_UNIT, 0), -ETIME);
	assert_true(monotonic_ms() - begin < SOON_MS);
}

/* Each answer comes in time, all of them together do not. */
static void the_limit_is_of_all_calls_together(void **state)
{
	_cleanup_(unit_facts_list_done) struct unit_facts_list list = { 0 };
	struct fake *fake = *state;

	fake->delay_ms = 40;
	assert_int_equal(unit_facts_get(fake->client, FAKE_UNIT, SHORT_US, &list),
			 -ETIME);
	assert_int_equal(list.count, 0);
}

static void a_bus_that_lets_nobody_in_is_given_up(void **state)
{
	_cleanup_(sd_bus_close_unrefp) sd_bus *bus = NULL;
	struct manager manager;
	int fds[2];

	(void)state;
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds),
		0);
	assert_true(sd_bus_new(&bus) >= 0);
	assert_true(sd_bus_set_fd(bus, fds[0], fds[0]) >= 0);
	assert_true(sd_bus_start(bus) >= 0);
	manager = manager_within(bus, SHORT_US);
	assert_int_equal(manager_wait_ready(&manager), -ETIME);
	assert_int_equal(close(fds[1]), 0);
	manager = manager_within(bus, LONG_US);
	assert_true(manager_wait_ready(&manager) < 0);
}

static void a_limit_may_be_infinite(void **state)
{
	struct fake *fake = *state;

	assert_int_equal(unit_is_active(fake->client, FAKE_UNIT, UINT64_MAX), 1);
	fake->job_result = "done";
	assert_int_equal(unit_start(fake->client, FAKE_UNIT, true, UINT64_MAX), 0);
}

static void without_systemd_there_is_no_bus(void **state)
{
	struct sd_bus *bus = NULL;

	(void)state;
	if (systemd_is_running())
		skip();
	assert_int_equal(unit_bus_open(&bus), -EOPNOTSUPP);
	assert_null(bus);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(facts_of_a_unit),
		TEST(there_is_no_such_unit),
		TEST(another_invocation_is_never_met),
		TEST(an_invocation_of_another_unit_is_stale),
		TEST(what_is_no_invocation_is_refused),
		TEST(freeze_and_thaw),
		TEST(a_job_of_the_unit_is_waited_for),
		TEST(a_busy_unit_that_runs_needs_no_thaw),
		TEST(what_cannot_be_frozen_says_so),
		TEST(frozen_is_what_was_read_back),
		TEST(stop_and_kill),
		TEST(a_unit_that_ended_at_the_stop_needs_no_kill),
		TEST(a_start_is_waited_for),
		TEST(a_start_that_does_not_end_is_given_up),
		TEST(is_it_active),
		TEST(nobody_answers),
		TEST(the_limit_is_of_all_calls_together),
		TEST(a_bus_that_lets_nobody_in_is_given_up),
		TEST(a_limit_may_be_infinite),
		cmocka_unit_test(without_systemd_there_is_no_bus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
