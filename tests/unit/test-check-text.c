/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "cmd/dmabufctl/check-text.h"
#include "cmd/dmabufctl/format.h"
#include "lib/base/cleanup.h"

/* 2026-11-21 06:12:17 UTC */
#define MOMENT INT64_C(1795241537000000)
#define SECOND INT64_C(1000000)
#define SCOPE "machine-qemu\\x2d1\\x2dvm.scope"

static void assert_text(const struct readiness *readiness, const char *name,
			const struct check_style *style, const char *expected)
{
	_cleanup_free_ char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	assert_non_null(stream);
	check_text_device(stream, readiness, name, style);
	assert_int_equal(fclose(stream), 0);
	assert_string_equal(text, expected);
}

static struct readiness *make(size_t n_owners)
{
	static const struct finding owner = {
		.kind = OBSTACLE_OWNER,
		.pid = 812,
		.comm = "qemu-system-x86",
		.unit = SCOPE,
		.since_us = MOMENT,
		.remedy = "systemctl stop '" SCOPE "'",
	};
	struct readiness *readiness = readiness_new("0000:03:00.0");

	assert_non_null(readiness);
	for (size_t i = 0; i < n_owners; i++)
		assert_int_equal(readiness_obstacle(readiness, &owner,
						    "qemu-system-x86[%d] has it open",
						    owner.pid),
				 0);
	return readiness;
}

static void a_ready_device_is_one_line(void **state)
{
	struct check_style style = { 0 };
	struct readiness *readiness = make(0);

	(void)state;
	assert_text(readiness, "A Device", &style, "0000:03:00.0 A Device: ready\n");
	assert_text(readiness, NULL, &style, "0000:03:00.0: ready\n");
	style.colour = true;
	assert_text(readiness, "\x1b", &style,
		    "0000:03:00.0 \\x1b: \033[32mready\033[0m\n");
	readiness_free(readiness);
}

static void obstacles_say_who_how_long_and_what_to_do(void **state)
{
	static const struct finding member = {
		.kind = OBSTACLE_GROUP_MEMBER,
		.unit = "nvme.service",
		.device = "0000:03:00.1",
		.bounded = true,
		.remedy = "umount /data",
	};
	static const struct finding unseen = { .kind = NOTE_UNSEEN, .since_us = MOMENT };
	const struct check_style style = { .now_us = MOMENT + 302 * SECOND };
	struct readiness *readiness = make(1);

	(void)state;
	assert_int_equal(
		readiness_obstacle(readiness, &member, "nvme.service uses 0000:03:00.1"),
		0);
	assert_int_equal(readiness_note(readiness, &unseen, "tasks\n"), 0);
	assert_text(readiness, NULL, &style,
		    "0000:03:00.0: not ready, 2 obstacles\n"
		    "  owner         qemu-system-x86[812] has it open\n"
		    "                unbounded, in " SCOPE
		    ", since 2026-11-21 06:12:17 (5 min ago)\n"
		    "                -> systemctl stop '" SCOPE "'\n"
		    "  group-member  nvme.service uses 0000:03:00.1\n"
		    "                bounded\n"
		    "                -> umount /data\n"
		    "  note          tasks\\n (unseen, since 2026-11-21 06:12:17 "
		    "(5 min ago))\n");
	readiness_free(readiness);
}

static void brief_is_the_first_line_alone(void **state)
{
	const struct check_style style = { .brief = true, .colour = true };
	struct readiness *readiness = make(1);

	(void)state;
	assert_text(readiness, NULL, &style,
		    "0000:03:00.0: \033[1;31mnot ready\033[0m, 1 obstacle\n");
	readiness_free(readiness);
}

static void assert_plan(const struct readiness *readiness, const struct plan *plan,
			const struct check_style *style, const char *expected)
{
	_cleanup_free_ char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	assert_non_null(stream);
	check_text_plan(stream, readiness, plan, style);
	assert_int_equal(fclose(stream), 0);
	assert_string_equal(text, expected);
}

static void plan_is_told_where_it_helps(void **state)
{
	static const struct refusal refusal = { .reason = "it is mounted",
						.remedy = "umount it" };
	const struct check_style style = { 0 }, brief = { .brief = true };
	struct plan *plan = plan_new(ACT_RELEASE, "0000:03:00.0");
	struct readiness *ready = make(0), *open = make(1);

	(void)state;
	assert_non_null(plan);
	assert_int_equal(ARRAY_PUSH(&plan->ladder,
				    (struct plan_step){ .kind = STEP_GRACE,
							.timeout_us = 10 * SECOND }),
			 0);
	assert_plan(open, plan, &style,
		    "  plan   dmabufctl release 0000:03:00.0: grace (10 s)\n");
	assert_plan(open, plan, &brief, "");
	assert_plan(open, NULL, &style, "");
	assert_plan(ready, plan, &style, "");
	plan->nothing_to_do = "nobody has it open";
	assert_plan(open, plan, &style, "");
	assert_int_equal(ARRAY_PUSH(&plan->refusals, refusal), 0);
	assert_plan(open, plan, &style,
		    "  plan   dmabufctl release 0000:03:00.0 is refused: it is "
		    "mounted\n");
	readiness_free(ready);
	readiness_free(open);
	plan_free(plan);
}

static void plans_belong_to_their_checks(void **state)
{
	_cleanup_(checks_done) struct checks checks = { 0 };
	struct plan *plan = plan_new(ACT_RELEASE, "0000:03:00.0");

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(checks_add(&checks, make(0)), 0);
	assert_int_equal(checks_add_plan(&checks, 1, plan), 0);
	assert_null(checks_plan(&checks, 0));
	assert_ptr_equal(checks_plan(&checks, 1), plan);
	assert_null(checks_plan(&checks, 2));
}

static void add_obstacle(struct checks *checks, struct finding finding)
{
	finding.remedy = "none";
	assert_int_equal(readiness_obstacle(checks->items[0], &finding, "why"), 0);
}

static void waiting_names_what_it_waits_for(void **state)
{
	_cleanup_(checks_done) struct checks checks = { 0 };
	_cleanup_free_ char *few = NULL, *many = NULL;

	(void)state;
	assert_int_equal(checks_add(&checks, make(1)), 0);
	assert_int_equal(checks_add(&checks, make(0)), 0);
	add_obstacle(
		&checks,
		(struct finding){ .kind = OBSTACLE_HOLDER, .pid = 7, .comm = "\x1b[2J" });
	add_obstacle(&checks, (struct finding){ .kind = OBSTACLE_ATTACHMENT,
						.inode = 12,
						.device = "iommu" });
	add_obstacle(&checks,
		     (struct finding){ .kind = OBSTACLE_ATTACHMENT, .inode = 13 });
	add_obstacle(&checks, (struct finding){ .kind = OBSTACLE_LIBVIRT });
	few = check_text_waiting(&checks);
	assert_string_equal(few, "owner qemu-system-x86[812], holder \\x1b[2J[7], "
				 "attachment iommu, attachment 13, libvirt");
	for (int i = 0; i < 3; i++)
		add_obstacle(&checks, (struct finding){ .kind = OBSTACLE_KERNEL });
	many = check_text_waiting(&checks);
	assert_string_equal(many, "owner qemu-system-x86[812], holder \\x1b[2J[7], "
				  "attachment iommu, attachment 13, libvirt, kernel "
				  "and 2 more");
}

static void age_is_told_while_it_means_something(void **state)
{
	static const struct {
		int64_t age;
		const char *text;
	} cases[] = {
		{ -1, "" },
		{ 0, " (0 s ago)" },
		{ 59, " (59 s ago)" },
		{ 60, " (1 min ago)" },
		{ 3599, " (59 min ago)" },
		{ 3600, " (1 h ago)" },
		{ 47 * 3600, " (47 h ago)" },
		{ 48 * 3600, " (2 days ago)" },
		{ 99 * 86400, " (99 days ago)" },
		{ 100 * 86400, "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *text =
			format_since(MOMENT, MOMENT + cases[i].age * SECOND);
		_cleanup_free_ char *expected = NULL;

		assert_true(asprintf(&expected, "2026-11-21 06:12:17%s", cases[i].text) >
			    0);
		assert_string_equal(text, expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_ready_device_is_one_line),
		cmocka_unit_test(obstacles_say_who_how_long_and_what_to_do),
		cmocka_unit_test(brief_is_the_first_line_alone),
		cmocka_unit_test(plan_is_told_where_it_helps),
		cmocka_unit_test(plans_belong_to_their_checks),
		cmocka_unit_test(waiting_names_what_it_waits_for),
		cmocka_unit_test(age_is_told_while_it_means_something),
	};

	(void)setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
