/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/time-span.h"
#include "lib/wire/act-json.h"
#include "lib/wire/act-parse.h"
#include "lib/wire/json.h"

/* The contract of the manual page, key by key and in its order. */
static const char full_plan[] =
	"{\"ladder\":["
	"{\"step\":\"revoke\",\"timeout_ms\":10000,\"device\":\"0000:03:00.0\","
	"\"unit\":null,\"detail\":\"by memory\",\"skipped\":null},"
	"{\"step\":\"stop-owner\",\"timeout_ms\":2,\"device\":\"0000:03:00.0\","
	"\"unit\":\"vm.service\",\"detail\":null,\"skipped\":\"why not\"}],"
	"\"move\":[{\"step\":\"bind\",\"timeout_ms\":null,\"device\":\"0000:03:00.1\","
	"\"unit\":null,\"detail\":null,\"skipped\":null}],"
	"\"undo\":[{\"step\":\"thaw\",\"timeout_ms\":1000,\"device\":\"0000:03:00.0\","
	"\"unit\":\"vm.service\",\"detail\":null,\"skipped\":null}],"
	"\"method\":\"memory\",\"driver\":\"nvme\",\"total_ms\":null,"
	"\"refused\":[{\"kind\":\"host-use\",\"device\":\"0000:03:00.1\","
	"\"reason\":\"mounted\",\"remedy\":\"umount it\",\"forced\":true}],"
	"\"notes\":[\"one\",\"two\"],\"buffers\":[7,9],\"nothing_to_do\":null}";

static const char empty_plan[] =
	"{\"ladder\":[],\"move\":[],\"undo\":[],\"method\":null,\"driver\":null,"
	"\"total_ms\":0,\"refused\":[],\"notes\":[],\"buffers\":[],"
	"\"nothing_to_do\":\"nobody has it open\"}";

static const char full_result[] =
	"{\"job\":\"0abc1\",\"device\":\"0000:03:00.0\",\"result\":\"timed-out\","
	"\"method\":\"low-power\",\"steps\":["
	"{\"step\":\"revoke\",\"result\":\"done\",\"duration_ms\":3.125,"
	"\"detail\":\"100% done\"},"
	"{\"step\":\"grace\",\"result\":\"skipped\",\"duration_ms\":null,"
	"\"detail\":null},"
	"{\"step\":\"unbind\",\"result\":\"timed-out\",\"duration_ms\":10000.000,"
	"\"detail\":null}],"
	"\"buffers\":[{\"inode\":7,\"before\":\"live\",\"after\":\"revoked\","
	"\"verified\":\"kernel\",\"detail\":\"%s does not come back\"},"
	"{\"inode\":9,\"before\":null,\"after\":\"unknown\",\"verified\":\"none\","
	"\"detail\":null}],"
	"\"verb\":\"reassign\",\"reason\":\"because\",\"remedy\":\"wait\","
	"\"notes\":[\"a %d note\"],"
	"\"stuck\":[{\"step\":\"revoke\",\"pid\":49,"
	"\"function\":\"dma_resv_wait_timeout\",\"importer\":\"mlx5_ib\",\"inode\":7,"
	"\"since\":\"2026-11-21T06:12:17Z\",\"reason\":\"it waits for a fence\"},"
	"{\"step\":\"bind\",\"pid\":50,\"function\":null,\"importer\":null,"
	"\"inode\":null,\"since\":null,\"reason\":\"it sleeps\"}]}";

static const char bare_result[] =
	"{\"job\":null,\"device\":\"0000:03:00.0\",\"result\":\"nothing-to-do\","
	"\"method\":null,\"steps\":[],\"buffers\":[],\"verb\":\"revoke\","
	"\"reason\":null,\"remedy\":null,\"notes\":[],\"stuck\":[]}";

#define ENTRY                                                                            \
	"\"job\":\"0abc1\",\"device\":\"0000:03:00.0\",\"verb\":\"reassign\","           \
	"\"on\":\"unplug\",\"state\":\"started\","                                       \
	"\"created\":\"2026-11-21T06:12:17Z\","                                          \
	"\"at\":null,\"always\":false,\"due\":null,\"result\":"

#define WISH                                                                             \
	"\"wish\":{\"verb\":\"reassign\",\"device\":\"0000:03:00.0\",\"vendor\":4318,"   \
	"\"product\":9008,\"method\":\"auto\",\"steps\":[\"grace\",\"revoke\"],"         \
	"\"by_policy\":true,\"timeout_us\":5000000,\"driver\":\"nvme\",\"group\":"       \
	"true,\"force\":false,"                                                          \
	"\"freeze\":true,\"stop_owner\":false,\"kill_owner\":true,"                      \
	"\"caller_cgroup\":\"/user.slice/a b\"}"

#define RECORD_REST                                                                      \
	",\"version\":1," WISH                                                           \
	",\"progress\":{\"step\":\"ask\",\"since_us\":1795241537654321,"                 \
	"\"timeout_us\":null,\"awaited\":\"the owner\"},"                                \
	"\"created_us\":1795241537123456,\"due_us\":0,\"busy_us\":0,\"fired\":true,"     \
	"\"end\":\"armed\","                                                             \
	"\"parent\":\"0abc0\"}"
#define RECORD(result) "{" ENTRY result RECORD_REST

#define REQUEST_REST "\"on\":\"now\"}"

#define UNDO_DEVICE(address)                                                             \
	"\"device\":\"" address "\",\"vendor\":4318,\"product\":9008,"

static const char full_undo[] =
	"{\"version\":1,\"job\":\"0abc1\",\"steps\":["
	"{\"step\":\"thaw\"," UNDO_DEVICE(
		"0000:03:00.0") "\"unit\":\"vm@a\\\\x2d1.scope\","
				"\"invocation\":\"0123456789abcdef0123456789abcdef\","
				"\"method\":\"auto\","
				"\"value\":\"\",\"settled\":true},"
				"{\"step\":\"restore\"," UNDO_DEVICE(
					"0000:03:00.0") "\"unit\":\"\","
							"\"invocation\":\"\",\"method\":"
							"\"low-power\",\"value\":\"\","
							"\"settled\":false},"
							"{\"step\":\"restore-"
							"override\"," UNDO_DEVICE(
								"0000:03:00.0") "\"unit\""
										":\"\","
										"\"invoca"
										"tion\":"
										"\"\","
										"\"method"
										"\":"
										"\"auto\""
										",\"value"
										"\":"
										"\"any "
										"text/ "
										"at "
										"all\","
										"\"settle"
										"d\":"
										"false},"
										"{\"step"
										"\":"
										"\"restor"
										"e-"
										"driver\""
										"," UNDO_DEVICE(
											"0000:03:00.1") "\"unit\":\"\","
													"\"invocation\":\"\",\"method\":\"auto\",\"value\":\"vfio-pci\","
													"\"settled\":false}],"
													"\"incomplete\":true}";

static const char full_revoked[] =
	"{\"version\":1,\"device\":\"0000:03:00.0\",\"vendor\":4318,\"product\":9008,"
	"\"job\":\"0abc1\",\"method\":\"memory\",\"since_us\":1795241537123456,"
	"\"owners\":[{\"pid\":49,\"start_ticks\":18446744073709551615}],"
	"\"buffers\":[7,9],\"frozen\":[{\"unit\":\"vm@a.scope\","
	"\"invocation\":\"0123456789abcdef0123456789abcdef\"}],\"finished\":true}";

static struct json_object *object_of(const char *text)
{
	struct json_object *object;

	assert_int_equal(wire_parse_text(text, strlen(text), &object), 0);
	return object;
}

static void assert_prints(struct json_object *object, const char *expected)
{
	_cleanup_free_ char *text = object ? wire_print(object, false) : NULL;

	assert_non_null(text);
	assert_string_equal(text, expected);
	(void)json_object_put(object);
}

static void add_step(struct plan *plan, plan_step_array *steps,
		     const struct plan_step *step)
{
	struct plan_step item = *step;

	if (!item.device)
		item.device = plan->device;
	assert_int_equal(ARRAY_PUSH(steps, item), 0);
}

static void fill_plan(struct plan *plan)
{
	add_step(plan, &plan->ladder,
		 &(struct plan_step){ .kind = STEP_REVOKE,
				      .timeout_us = 10000000,
				      .detail = "by memory" });
	add_step(plan, &plan->ladder,
		 &(struct plan_step){ .kind = STEP_STOP_OWNER,
				      .timeout_us = 1001,
				      .unit = "vm.service",
				      .skipped = "why not" });
	add_step(plan, &plan->move,
		 &(struct plan_step){ .kind = STEP_BIND,
				      .timeout_us = TIME_SPAN_INFINITE,
				      .device = "0000:03:00.1" });
	add_step(plan, &plan->undo,
		 &(struct plan_step){ .kind = STEP_THAW,
				      .timeout_us = 1000000,
				      .unit = "vm.service" });
	assert_int_equal(
		ARRAY_PUSH(&plan->refusals, (struct refusal){ .kind = OBSTACLE_HOST_USE,
							      .device = "0000:03:00.1",
							      .reason = "mounted",
							      .remedy = "umount it",
							      .forced = true }),
		0);
	assert_int_equal(ARRAY_PUSH(&plan->notes, "one"), 0);
	assert_int_equal(ARRAY_PUSH(&plan->notes, "two"), 0);
	assert_int_equal(ARRAY_PUSH(&plan->buffers, 7), 0);
	assert_int_equal(ARRAY_PUSH(&plan->buffers, 9), 0);
}

static void plans_are_as_the_contract_says(void **state)
{
	struct plan *plan = plan_new(ACT_REASSIGN, "0000:03:00.0");
	struct plan *empty = plan_new(ACT_RELEASE, "0000:03:00.0");

	(void)state;
	assert_non_null(plan);
	fill_plan(plan);
	plan->method = METHOD_MEMORY;
	plan->driver = "nvme";
	assert_prints(wire_plan(plan), full_plan);
	plan_free(plan);

	assert_non_null(empty);
	empty->nothing_to_do = "nobody has it open";
	assert_prints(wire_plan(empty), empty_plan);
	plan_free(empty);
}

static struct result *result_of(const char *text)
{
	_cleanup_(wire_put) struct json_object *object = object_of(text);
	struct result *result;

	assert_int_equal(wire_parse_result(object, &result), 0);
	return result;
}

static void results_come_back_as_they_were(void **state)
{
	static const char *const cases[] = { full_result, bare_result };
	_cleanup_free_ char *both = NULL;
	struct result *results[2];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		results[i] = result_of(cases[i]);
		assert_prints(wire_result(results[i]), cases[i]);
	}
	assert_int_equal(results[0]->steps.items[0].duration_us, 3125);
	assert_int_equal(results[0]->steps.items[1].duration_us, -1);
	assert_int_equal(results[0]->stuck.items[0].pid, 49);
	assert_null(results[1]->job);
	assert_int_equal(results[1]->method, METHOD_AUTO);
	assert_true(asprintf(&both, "{\"results\":[%s,%s]}", full_result, bare_result) >
		    0);
	assert_prints(wire_results(results, 2), both);
	assert_prints(wire_results(NULL, 0), "{\"results\":[]}");
	result_free(results[0]);
	result_free(results[1]);
}

/* What somebody sees who looks before it ends, or when nobody ends it any more. */
static void a_result_is_interrupted_until_it_ends(void **state)
{
	struct result *result = result_new(NULL, "d", ACT_REVOKE);

	(void)state;
	assert_non_null(result);
	assert_int_equal(result->outcome, OUTCOME_INTERRUPTED);
	assert_int_equal(result_end(result, OUTCOME_DONE, NULL, NULL), 0);
	assert_int_equal(result->outcome, OUTCOME_DONE);
	result_free(result);
}

static void every_duration_keeps_its_microseconds(void **state)
{
	(void)state;
	for (int64_t us = 0; us < 100000000; us = us * 3 + 1) {
		struct result *result = result_new(NULL, "d", ACT_REVOKE), *again;
		_cleanup_(wire_put) struct json_object *object = NULL;

		assert_non_null(result);
		assert_int_equal(result_step(result, STEP_REVOKE, STEP_DONE, us, NULL),
				 0);
		object = wire_result(result);
		assert_non_null(object);
		assert_int_equal(wire_parse_result(object, &again), 0);
		assert_int_equal(again->steps.items[0].duration_us, us);
		result_free(result);
		result_free(again);
	}
}

static struct job *job_of(const char *text)
{
	_cleanup_(wire_put) struct json_object *object = object_of(text);
	struct job *job;

	assert_int_equal(wire_parse_job_record(object, &job), 0);
	return job;
}

static void jobs_come_back_as_they_were(void **state)
{
	_cleanup_free_ char *with_result = NULL, *entries = NULL;
	struct job *jobs[2];

	(void)state;
	assert_true(asprintf(&with_result, "{%s%s%s", ENTRY, full_result, RECORD_REST) >
		    0);
	jobs[0] = job_of(RECORD("null"));
	jobs[1] = job_of(with_result);
	assert_prints(wire_job_record(jobs[0]), RECORD("null"));
	assert_prints(wire_job_record(jobs[1]), with_result);
	assert_prints(wire_job(jobs[0]), "{" ENTRY "null}");
	assert_true(asprintf(&entries, "{\"jobs\":[{%snull},{%s%s}]}", ENTRY, ENTRY,
			     full_result) > 0);
	assert_prints(wire_jobs(jobs, 2), entries);
	assert_prints(wire_jobs(NULL, 0), "{\"jobs\":[]}");

	assert_null(jobs[0]->result);
	assert_true(jobs[0]->progress.known);
	assert_true(jobs[0]->progress.timeout_us == TIME_SPAN_INFINITE);
	assert_int_equal(jobs[0]->wish.n_steps, 2);
	assert_true(jobs[0]->wish.freeze && jobs[0]->wish.kill_owner);
	assert_true(jobs[0]->wish.by_policy);
	assert_false(jobs[0]->wish.stop_owner);
	assert_int_equal(jobs[0]->created_us, INT64_C(1795241537123456));
	job_free(jobs[0]);
	job_free(jobs[1]);
}

static void a_wish_without_a_limit_comes_back(void **state)
{
	struct job *job = job_of(RECORD("null")), *again;
	_cleanup_(wire_put) struct json_object *object = NULL;

	(void)state;
	job->wish.timeout_us = TIME_SPAN_INFINITE;
	job->progress.known = false;
	object = wire_job_record(job);
	assert_int_equal(wire_parse_job_record(object, &again), 0);
	assert_true(again->wish.timeout_us == TIME_SPAN_INFINITE);
	assert_false(again->progress.known);
	job_free(job);
	job_free(again);
}

/* What was cut in the middle of a character is still a record. */
static void awaited_names_may_be_broken(void **state)
{
	struct job *job = job_of(RECORD("null")), *again;
	_cleanup_(wire_put) struct json_object *object = NULL;

	(void)state;
	memset(job->progress.awaited, '\xff', sizeof(job->progress.awaited) - 1);
	object = wire_job_record(job);
	assert_int_equal(wire_parse_job_record(object, &again), 0);
	assert_int_equal(strlen(again->progress.awaited),
			 sizeof(again->progress.awaited) - 1);
	job_free(job);
	job_free(again);
}

static int parse_request(const char *text, struct job **ret)
{
	_cleanup_(wire_put) struct json_object *object = object_of(text);

	return wire_parse_request(object, ret);
}

static void requests_say_only_what_they_may(void **state)
{
	static const char text[] =
		"{\"version\":1," WISH ",\"job\":\"evil\",\"state\":\"done\","
		"\"created_us\":5,\"progress\":{\"step\":\"ask\"},\"result\":7,"
		"\"command\":[\"/bin/sh\"]," REQUEST_REST;
	struct job *job;

	(void)state;
	assert_int_equal(parse_request(text, &job), 0);
	assert_string_equal(job->id, "");
	assert_int_equal(job->state, JOB_ARMED);
	assert_int_equal(job->trigger, JOB_NOW);
	assert_int_equal(job->created_us, 5);
	assert_false(job->progress.known);
	assert_null(job->result);
	assert_int_equal(job->wish.verb, ACT_REASSIGN);
	assert_string_equal(job->wish.device, "0000:03:00.0");
	assert_int_equal(job->wish.vendor, 0x10de);
	assert_int_equal(job->wish.product, 0x2330);
	assert_int_equal(job->wish.steps[1], STEP_REVOKE);
	assert_int_equal(job->wish.timeout_us, 5000000);
	assert_string_equal(job->wish.driver, "nvme");
	assert_string_equal(job->wish.caller_cgroup, "/user.slice/a b");
	job_free(job);
}

#define WISH_OF(members)                                                                 \
	"{\"version\":1,\"on\":\"now\",\"wish\":{\"verb\":\"release\","                  \
	"\"device\":\"0000:03:00.0\"" members "}}"
#define REASSIGN_TO(driver)                                                              \
	"{\"version\":1,\"on\":\"now\",\"wish\":{\"verb\":\"reassign\","                 \
	"\"device\":\"0000:03:00.0\",\"driver\":" driver "}}"
#define DEVICE_OF(device)                                                                \
	"{\"version\":1,\"on\":\"now\",\"wish\":{\"verb\":\"release\","                  \
	"\"device\":" device "}}"

static void modest_requests_are_taken(void **state)
{
	static const char *const cases[] = {
		WISH_OF(""),
		WISH_OF(",\"steps\":[]"),
		WISH_OF(",\"steps\":[\"grace\",\"detach\",\"revoke\",\"freeze-owner\","
			"\"ask\",\"stop-owner\",\"kill-owner\"]"),
		WISH_OF(",\"timeout_us\":1000"),
		WISH_OF(",\"timeout_us\":86400000000"),
		WISH_OF(",\"force\":true,\"driver\":\"\",\"caller_cgroup\":\"\""),
		WISH_OF(",\"vendor\":65535,\"mood\":{\"good\":[1]}"),
		REASSIGN_TO("\"-\""),
		REASSIGN_TO("\"vfio-pci\""),
		DEVICE_OF("\"10000:e1:00.0\""),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct job *job;

		assert_int_equal(parse_request(cases[i], &job), 0);
		job_free(job);
	}
}

static void hostile_requests_are_refused(void **state)
{
	static const char *const cases[] = {
		"[]",
		"\"7\"",
		"{}",
		"{\"version\":1}",
		"{\"version\":1,\"on\":\"now\",\"wish\":null}",
		"{\"version\":1,\"on\":\"now\",\"wish\":[]}",
		"{\"version\":1," WISH "}",
		"{\"version\":1,\"on\":\"never\"," WISH "}",
		"{\"version\":2," WISH "," REQUEST_REST,
		"{\"version\":0," WISH "," REQUEST_REST,
		"{\"version\":-1," WISH "," REQUEST_REST,
		"{\"version\":\"1\"," WISH "," REQUEST_REST,
		"{" WISH "," REQUEST_REST,
		DEVICE_OF("null"),
		DEVICE_OF("7"),
		DEVICE_OF("\"\""),
		DEVICE_OF("\"03:00.0\""),
		DEVICE_OF("\"../../../etc\""),
		DEVICE_OF("\"0000:03:00.0/..\""),
		DEVICE_OF("\"0000:03:00.0\\u0000\""),
		DEVICE_OF("\"0000:03:00.000000000000000000000000000000000000000\""),
		REASSIGN_TO("null"),
		REASSIGN_TO("\"\""),
		REASSIGN_TO("\"--\""),
		REASSIGN_TO("\"..\""),
		REASSIGN_TO("\"a/b\""),
		REASSIGN_TO("\"a b\""),
		REASSIGN_TO("\"a\\n\""),
		REASSIGN_TO("\"vfio-pci\\u0000x\""),
		REASSIGN_TO("\"0123456789012345678901234567890123456789012345678901234"
			    "567890123\""),
		WISH_OF(",\"driver\":\"nvme\""),
		WISH_OF(",\"method\":\"hammer\""),
		WISH_OF(",\"method\":1"),
		WISH_OF(",\"steps\":\"revoke\""),
		WISH_OF(",\"steps\":[\"bind\"]"),
		WISH_OF(",\"steps\":[\"thaw\"]"),
		WISH_OF(",\"steps\":[\"load-module\"]"),
		WISH_OF(",\"steps\":[\"\"]"),
		WISH_OF(",\"steps\":[null]"),
		WISH_OF(",\"steps\":[[\"revoke\"]]"),
		WISH_OF(",\"steps\":[\"revoke\",\"grace\",\"revoke\"]"),
		WISH_OF(",\"timeout_us\":-1"),
		WISH_OF(",\"timeout_us\":1"),
		WISH_OF(",\"timeout_us\":999"),
		WISH_OF(",\"timeout_us\":86400000001"),
		WISH_OF(",\"timeout_us\":18446744073709551615"),
		WISH_OF(",\"timeout_us\":99999999999999999999999999"),
		WISH_OF(",\"timeout_us\":1e6"),
		WISH_OF(",\"timeout_us\":\"10s\""),
		WISH_OF(",\"vendor\":65536"),
		WISH_OF(",\"product\":-1"),
		WISH_OF(",\"force\":1"),
		WISH_OF(",\"group\":\"true\""),
		WISH_OF(",\"caller_cgroup\":\"user.slice\""),
		WISH_OF(",\"caller_cgroup\":\"../\""),
		WISH_OF(",\"caller_cgroup\":\"/a\\nb\""),
		WISH_OF(",\"caller_cgroup\":7"),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct job *job = NULL;

		if (parse_request(cases[i], &job) != -EBADMSG)
			fail_msg("taken: %s", cases[i]);
		assert_null(job);
	}
}

/* A request with a member of length times the same character. */
static int parse_long(const char *key, char first, size_t length)
{
	_cleanup_free_ char *value = malloc(length + 1), *text = NULL;
	struct job *job = NULL;
	int r;

	assert_non_null(value);
	memset(value, 'a', length);
	value[0] = first;
	value[length] = '\0';
	assert_true(asprintf(&text,
			     "{\"version\":1,\"on\":\"now\",\"wish\":{\"verb\":"
			     "\"release\",\"device\":\"0000:03:00.0\",\"%s\":\"%s\"}}",
			     key, value) > 0);
	r = parse_request(text, &job);
	job_free(job);
	return r;
}

static void huge_texts_are_refused(void **state)
{
	static const char *const keys[] = { "driver", "caller_cgroup", "method" };

	(void)state;
	assert_int_equal(parse_long("caller_cgroup", '/', WISH_CGROUP_TEXT - 1), 0);
	assert_int_equal(parse_long("caller_cgroup", '/', WISH_CGROUP_TEXT), -EBADMSG);
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		assert_int_equal(parse_long(keys[i], '/', 1 << 20), -EBADMSG);
}

static void too_many_steps_are_refused(void **state)
{
	_cleanup_free_ char *steps = malloc(100000), *text = NULL;
	struct job *job = NULL;
	char *to = steps;

	(void)state;
	assert_non_null(steps);
	for (int i = 0; i < 5000; i++)
		to = stpcpy(to, i ? ",\"revoke\"" : "\"revoke\"");
	assert_true(asprintf(&text,
			     "{\"version\":1,\"on\":\"now\",\"wish\":{\"verb\":"
			     "\"release\",\"device\":\"0000:03:00.0\",\"steps\":[%s]}}",
			     steps) > 0);
	assert_int_equal(parse_request(text, &job), -EBADMSG);
}

static void undo_comes_back_as_it_was(void **state)
{
	_cleanup_(wire_put) struct json_object *object = object_of(full_undo);
	struct undo undo;

	(void)state;
	assert_int_equal(wire_parse_undo(object, &undo), 0);
	assert_int_equal(undo.n_steps, 4);
	assert_string_equal(undo.steps[0].unit, "vm@a\\x2d1.scope");
	assert_true(undo.steps[0].settled && !undo.steps[1].settled);
	assert_int_equal(undo.steps[3].product, 9008);
	assert_true(undo.incomplete);
	assert_prints(wire_undo(&undo), full_undo);
}

static void a_revoke_comes_back_as_it_was(void **state)
{
	_cleanup_(wire_put) struct json_object *object = object_of(full_revoked);
	struct revoked revoked;

	(void)state;
	assert_int_equal(wire_parse_revoked(object, &revoked), 0);
	assert_int_equal(revoked.n_owners, 1);
	assert_true(revoked.owners[0].start_ticks == UINT64_MAX);
	assert_int_equal(revoked.n_buffers, 2);
	assert_int_equal(revoked.n_frozen, 1);
	assert_string_equal(revoked.frozen[0].unit, "vm@a.scope");
	assert_prints(wire_revoked(&revoked), full_revoked);
}

/* The text with the first occurrence of old replaced. */
static struct json_object *changed(const char *text, const char *old, const char *new)
{
	const char *at = strstr(text, old);
	_cleanup_free_ char *copy = NULL;

	assert_non_null(at);
	assert_true(asprintf(&copy, "%.*s%s%s", (int)(at - text), text, new,
			     at + strlen(old)) > 0);
	return object_of(copy);
}

struct change {
	const char *old, *new;
};

static void broken_undo_is_refused(void **state)
{
	static const struct change cases[] = {
		{ "\"version\":1", "\"version\":2" },
		{ "\"job\":\"0abc1\"", "\"job\":\"../x\"" },
		{ "\"job\":\"0abc1\"", "\"job\":null" },
		{ "\"thaw\"", "\"bind\"" },
		{ "\"thaw\"", "\"unfreeze\"" },
		{ "0000:03:00.0", "../03:00.0" },
		{ "vm@a\\\\x2d1.scope", "../vm.scope" },
		{ "vm@a\\\\x2d1.scope", "" },
		{ "0123456789abcdef0123456789abcdef", "0123456789abcdef" },
		{ "0123456789abcdef0123456789abcdef",
		  "0123456789abcdef0123456789ABCDEF" },
		{ "\"low-power\"", "\"nicely\"" },
		{ "any text/ at all", "two\\nlines" },
		{ "\"value\":\"vfio-pci\"", "\"value\":\"../vfio-pci\"" },
		{ "\"incomplete\":true", "\"incomplete\":1" },
		{ "\"settled\":true", "\"settled\":1" },
		{ "\"vendor\":4318", "\"vendor\":65536" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(wire_put) struct json_object *object =
			changed(full_undo, cases[i].old, cases[i].new);
		struct undo undo = { .n_steps = 42 };

		if (wire_parse_undo(object, &undo) != -EBADMSG)
			fail_msg("taken: %s", cases[i].new);
		assert_int_equal(undo.n_steps, 42);
	}
}

static void a_broken_revoke_is_refused(void **state)
{
	static const struct change cases[] = {
		{ "\"version\":1", "\"version\":2" },
		{ "0000:03:00.0", "03:00.0" },
		{ "4318", "65536" },
		{ "\"memory\"", "null" },
		{ "1795241537123456", "-1" },
		{ "1795241537123456", "9223372036854775808" },
		{ "\"pid\":49", "\"pid\":0" },
		{ "\"pid\":49", "\"pid\":2147483648" },
		{ "18446744073709551615", "-3" },
		{ "[7,9]", "[0]" },
		{ "[7,9]", "[\"7\"]" },
		{ "[7,9]", "{}" },
		{ "vm@a.scope", "a/b.scope" },
		{ "0123456789abcdef0123456789abcdef", "0123456789abcdef" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(wire_put) struct json_object *object =
			changed(full_revoked, cases[i].old, cases[i].new);
		struct revoked revoked = { .n_owners = 42 };

		if (wire_parse_revoked(object, &revoked) != -EBADMSG)
			fail_msg("taken: %s", cases[i].new);
		assert_int_equal(revoked.n_owners, 42);
	}
}

static void too_much_of_a_revoke_is_refused(void **state)
{
	_cleanup_(wire_put) struct json_object *object = object_of(full_revoked);
	struct json_object *buffers = NULL;
	struct revoked revoked;

	(void)state;
	assert_int_equal(wire_get_array(object, "buffers", &buffers), 0);
	while (json_object_array_length(buffers) < REVOKED_BUFFERS_MAX)
		assert_int_equal(wire_append(buffers, json_object_new_int(1)), 0);
	assert_int_equal(wire_parse_revoked(object, &revoked), 0);
	assert_int_equal(wire_append(buffers, json_object_new_int(1)), 0);
	assert_int_equal(wire_parse_revoked(object, &revoked), -EBADMSG);
}

/* As dmabufd tells it to those who may not know whose processes are in the way. */
static void what_was_hidden_is_no_mistake(void **state)
{
	_cleanup_(wire_put) struct json_object *object =
		changed(full_result, "\"it sleeps\"", "null");
	_cleanup_(wire_put) struct json_object *again = NULL;
	struct result *result;

	(void)state;
	assert_int_equal(wire_parse_result(object, &result), 0);
	assert_null(result->stuck.items[1].reason);
	again = wire_result(result);
	assert_true(json_object_equal(object, again));
	result_free(result);
}

static void entries_come_back_as_they_were(void **state)
{
	static const char *const results[] = { "null", full_result, bare_result };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(results); i++) {
		_cleanup_(wire_put) struct json_object *object = NULL, *again = NULL;
		_cleanup_free_ char *text = NULL;
		struct job *job;

		assert_true(asprintf(&text, "{" ENTRY "%s}", results[i]) > 0);
		object = object_of(text);
		assert_int_equal(wire_parse_job(object, &job), 0);
		assert_int_equal(job->trigger, JOB_ON_UNPLUG);
		assert_int_equal(job->wish.verb, ACT_REASSIGN);
		again = wire_job(job);
		assert_true(json_object_equal(object, again));
		job_free(job);
	}
}

static void broken_entries_are_refused(void **state)
{
	static const struct change cases[] = {
		{ "\"job\":\"0abc1\"", "\"job\":\"../1\"" },
		{ "\"job\":\"0abc1\"", "\"job\":null" },
		{ "\"device\":\"0000:03:00.0\"", "\"device\":1" },
		{ "\"reassign\"", "\"assign\"" },
		{ "\"unplug\"", "null" },
		{ "\"started\"", "\"stopped\"" },
		{ "\"2026-11-21T06:12:17Z\"", "\"today\"" },
		{ "\"always\":false", "\"always\":\"no\"" },
		{ "\"result\":null", "\"result\":{}" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(wire_put) struct json_object *object =
			changed("{" ENTRY "null}", cases[i].old, cases[i].new);
		struct job *job = NULL;

		if (wire_parse_job(object, &job) != -EBADMSG)
			fail_msg("taken: %s", cases[i].new);
		assert_null(job);
	}
}

static void broken_results_are_refused(void **state)
{
	static const struct change cases[] = {
		{ "\"0abc1\"", "\"-\"" },
		{ "\"device\":\"0000:03:00.0\"", "\"device\":null" },
		{ "\"timed-out\"", "\"tired\"" },
		{ "\"timed-out\"", "null" },
		{ "\"low-power\"", "\"low\"" },
		{ "\"step\":\"revoke\"", "\"step\":\"dance\"" },
		{ "\"result\":\"done\"", "\"result\":1" },
		{ "3.125", "-3.125" },
		{ "3.125", "NaN" },
		{ "3.125", "Infinity" },
		{ "3.125", "1e300" },
		{ "3.125", "\"3.125\"" },
		{ "\"100% done\"", "[]" },
		{ "\"inode\":7", "\"inode\":-7" },
		{ "\"live\"", "\"gone\"" },
		{ "\"kernel\"", "\"rumour\"" },
		{ "\"reassign\"", "\"assign\"" },
		{ "\"verb\":\"reassign\",", "" },
		{ "\"because\"", "{}" },
		{ "[\"a %d note\"]", "[1]" },
		{ "[\"a %d note\"]", "[null]" },
		{ "[\"a %d note\"]", "\"a\"" },
		{ "\"pid\":49", "\"pid\":-49" },
		{ "\"pid\":49", "\"pid\":4294967345" },
		{ "2026-11-21T06:12:17Z", "yesterday" },
		{ "\"it sleeps\"", "1" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(wire_put) struct json_object *object =
			changed(full_result, cases[i].old, cases[i].new);
		struct result *result = NULL;

		if (wire_parse_result(object, &result) != -EBADMSG)
			fail_msg("taken: %s", cases[i].new);
		assert_null(result);
	}
}

static void broken_records_are_refused(void **state)
{
	static const struct change cases[] = {
		{ "\"version\":1", "\"version\":2" },
		{ "\"job\":\"0abc1\"", "\"job\":\"\"" },
		{ "\"job\":\"0abc1\"", "\"job\":\"a/b\"" },
		{ "\"started\"", "\"stopped\"" },
		{ "\"unplug\"", "\"plug\"" },
		{ "\"result\":null", "\"result\":{}" },
		{ "\"result\":null", "\"result\":[]" },
		{ "\"step\":\"ask\"", "\"step\":\"beg\"" },
		{ "\"since_us\":1795241537654321", "\"since_us\":-1" },
		{ "\"awaited\":\"the owner\"", "\"awaited\":1" },
		{ "\"created_us\":1795241537123456", "\"created_us\":\"now\"" },
		{ "\"wish\":", "\"hope\":" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(wire_put) struct json_object *object =
			changed(RECORD("null"), cases[i].old, cases[i].new);
		struct job *job = NULL;

		if (wire_parse_job_record(object, &job) != -EBADMSG)
			fail_msg("taken: %s", cases[i].new);
		assert_null(job);
	}
}

static void parse_all(const char *text, size_t length)
{
	_cleanup_(wire_put) struct json_object *object = NULL;
	struct result *result = NULL;
	struct job *job = NULL, *request = NULL, *entry = NULL;
	struct undo undo;
	struct revoked revoked;

	if (wire_parse_text(text, length, &object) < 0)
		return;
	if (wire_parse_result(object, &result) == 0)
		result_free(result);
	if (wire_parse_job_record(object, &job) == 0)
		job_free(job);
	if (wire_parse_request(object, &request) == 0)
		job_free(request);
	if (wire_parse_job(object, &entry) == 0)
		job_free(entry);
	(void)wire_parse_undo(object, &undo);
	(void)wire_parse_revoked(object, &revoked);
}

/* One byte wrong, wherever it is: no harm (run it with a sanitizer). */
static void one_wrong_byte_does_no_harm(void **state)
{
	static const char *const cases[] = { full_result, RECORD("null"), full_undo,
					     full_revoked };
	static const char bytes[] = "\"{[0-9a\xff\\,";

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *copy = strdup(cases[i]);
		size_t length = strlen(cases[i]);

		assert_non_null(copy);
		for (size_t at = 0; at < length; at++) {
			for (const char *byte = bytes; *byte; byte++) {
				copy[at] = *byte;
				parse_all(copy, length);
			}
			copy[at] = cases[i][at];
			parse_all(copy, at);
		}
	}
}

static void text_that_is_none_is_not_read(void **state)
{
	static const char bad_utf8[] = "{\"version\":1,\"job\":\"\xc3\x28\"}";
	_cleanup_free_ char *deep = malloc(300001);
	struct json_object *object = NULL;

	(void)state;
	assert_int_equal(wire_parse_text(bad_utf8, strlen(bad_utf8), &object), -EBADMSG);
	assert_non_null(deep);
	for (size_t i = 0; i < 50000; i++)
		memcpy(deep + 6 * i, "{\"a\":[", 6);
	deep[300000] = '\0';
	assert_int_equal(wire_parse_text(deep, 300000, &object), -EBADMSG);
	assert_null(object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plans_are_as_the_contract_says),
		cmocka_unit_test(results_come_back_as_they_were),
		cmocka_unit_test(a_result_is_interrupted_until_it_ends),
		cmocka_unit_test(every_duration_keeps_its_microseconds),
		cmocka_unit_test(jobs_come_back_as_they_were),
		cmocka_unit_test(a_wish_without_a_limit_comes_back),
		cmocka_unit_test(awaited_names_may_be_broken),
		cmocka_unit_test(requests_say_only_what_they_may),
		cmocka_unit_test(modest_requests_are_taken),
		cmocka_unit_test(hostile_requests_are_refused),
		cmocka_unit_test(huge_texts_are_refused),
		cmocka_unit_test(too_many_steps_are_refused),
		cmocka_unit_test(undo_comes_back_as_it_was),
		cmocka_unit_test(a_revoke_comes_back_as_it_was),
		cmocka_unit_test(broken_undo_is_refused),
		cmocka_unit_test(a_broken_revoke_is_refused),
		cmocka_unit_test(too_much_of_a_revoke_is_refused),
		cmocka_unit_test(what_was_hidden_is_no_mistake),
		cmocka_unit_test(entries_come_back_as_they_were),
		cmocka_unit_test(broken_entries_are_refused),
		cmocka_unit_test(broken_results_are_refused),
		cmocka_unit_test(broken_records_are_refused),
		cmocka_unit_test(one_wrong_byte_does_no_harm),
		cmocka_unit_test(text_that_is_none_is_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
