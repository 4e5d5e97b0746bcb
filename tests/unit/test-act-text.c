/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "cmd/dmabufctl/act-progress.h"
#include "cmd/dmabufctl/act-text.h"
#include "cmd/dmabufctl/format.h"
#include "lib/base/cleanup.h"
#include "lib/base/time-span.h"

/* 2026-11-21 06:12:17 UTC */
#define MOMENT INT64_C(1795241537000000)
#define SECOND INT64_C(1000000)
#define DEVICE "0000:03:00.0"

static const struct act_style plain = { .now_us = MOMENT + 8 * SECOND };
static const struct act_style brief = { .now_us = MOMENT + 8 * SECOND, .brief = true };

/* Takes result. */
static void assert_text(struct result *result, const struct act_style *style,
			const char *expected)
{
	_cleanup_free_ char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	assert_non_null(stream);
	act_text_result(stream, result, style);
	assert_int_equal(fclose(stream), 0);
	assert_string_equal(text, expected);
	result_free(result);
}

static struct result *make(const char *job, enum act_verb verb, enum act_outcome outcome,
			   const char *reason)
{
	struct result *result = result_new(job, DEVICE, verb);

	assert_non_null(result);
	assert_int_equal(result_end(result, outcome, NULL, reason ? "%s" : NULL, reason),
			 0);
	return result;
}

static void add_buffer(struct result *result, uint64_t inode, enum buffer_state before,
		       enum buffer_state after, enum evidence verified)
{
	const struct buffer_result buffer = { inode, before, after, verified, NULL };

	assert_int_equal(result_buffer(result, &buffer), 0);
}

static void success_says_how_it_is_known(void **state)
{
	struct result *result = make("a1", ACT_REVOKE, OUTCOME_DONE, "revoke");

	(void)state;
	result->method = METHOD_MEMORY;
	assert_int_equal(result_step(result, STEP_REVOKE, STEP_DONE, 3120, "through %s",
				     "qemu[812]"),
			 0);
	add_buffer(result, 7, BUFFER_STATE_LIVE, BUFFER_STATE_REVOKED, EVIDENCE_KERNEL);
	add_buffer(result, 9, BUFFER_STATE_REVOKED, BUFFER_STATE_REVOKED,
		   EVIDENCE_KERNEL);
	assert_int_equal(result_note(result, "%s", "old\nnews"), 0);
	assert_text(result, &plain,
		    DEVICE ": revoked (memory), 2 of 2 buffers, verified by the kernel\n"
			   "  steps   revoke  done         3.1 ms  through qemu[812]\n"
			   "  buffers 7  live -> revoked (kernel)\n"
			   "          9  revoked still (kernel)\n"
			   "  note    old\\nnews\n"
			   "  job     a1\n");
}

static void weakest_evidence_is_what_is_claimed(void **state)
{
	struct result *result = make(NULL, ACT_REVOKE, OUTCOME_DONE, NULL);

	(void)state;
	add_buffer(result, 7, BUFFER_STATE_LIVE, BUFFER_STATE_REVOKED, EVIDENCE_KERNEL);
	add_buffer(result, 8, BUFFER_STATE_LIVE, BUFFER_STATE_ORPHANED,
		   EVIDENCE_INFERRED);
	assert_text(result, &brief,
		    DEVICE ": revoked, 2 of 2 buffers, inferred, not read from the "
			   "kernel\n");
	result = make(NULL, ACT_RESTORE, OUTCOME_DONE, NULL);
	add_buffer(result, 7, BUFFER_STATE_REVOKED, BUFFER_STATE_LIVE, EVIDENCE_NONE);
	assert_text(result, &brief, DEVICE ": restored, 1 of 1 buffer, not verified\n");
}

static void stuck_step_is_told_even_in_brief(void **state)
{
	const struct stuck stuck = {
		.step = STEP_REVOKE,
		.pid = 4711,
		.function = "vfio_pci_dma_buf_move",
		.importer = "test_importer",
		.inode = 8,
		.since_us = MOMENT,
		.reason = "it ends when the importer unmaps",
	};
	struct result *result =
		make("b2", ACT_REVOKE, OUTCOME_TIMED_OUT, "an importer does not let go");

	(void)state;
	assert_int_equal(result_stuck(result, &stuck), 0);
	add_buffer(result, 7, BUFFER_STATE_LIVE, BUFFER_STATE_REVOKED, EVIDENCE_KERNEL);
	add_buffer(result, 8, BUFFER_STATE_LIVE, BUFFER_STATE_REVOKING, EVIDENCE_KERNEL);
	assert_text(result, &brief,
		    DEVICE
		    ": revoke timed out, 1 of 2 buffers, verified by the kernel: an "
		    "importer does not let go\n"
		    "  stuck   revoke: process 4711 sleeps in vfio_pci_dma_buf_move, "
		    "since 2026-11-21 06:12:17 (8 s ago)\n"
		    "          importer test_importer, buffer 8\n"
		    "          it ends when the importer unmaps\n");
}

static void what_is_unknown_of_a_stuck_step_is_left_out(void **state)
{
	const struct stuck stuck = { .step = STEP_UNBIND, .reason = "nobody can tell" };
	struct result *result = make(NULL, ACT_REASSIGN, OUTCOME_TIMED_OUT, NULL);

	(void)state;
	assert_int_equal(result_stuck(result, &stuck), 0);
	assert_text(result, &brief,
		    DEVICE ": reassign timed out\n"
			   "  stuck   unbind\n"
			   "          nobody can tell\n");
}

static void refusal_has_reason_and_remedy(void **state)
{
	struct result *result = result_new(NULL, DEVICE, ACT_RELEASE);

	(void)state;
	assert_non_null(result);
	assert_int_equal(result_end(result, OUTCOME_REFUSED, "umount /data", "%s",
				    "it is mounted"),
			 0);
	assert_text(result, &plain,
		    DEVICE ": release refused: it is mounted\n"
			   "          -> umount /data\n");
	assert_text(make(NULL, ACT_RELEASE, OUTCOME_NOTHING_TO_DO, "nobody has it open"),
		    &plain, DEVICE ": nothing to do: nobody has it open\n");
	assert_text(make(NULL, ACT_REVOKE, OUTCOME_UNSUPPORTED, "no such kernel"), &plain,
		    DEVICE ": revoke not supported: no such kernel\n");
}

static void new_driver_is_named(void **state)
{
	struct act_style style = plain;

	(void)state;
	style.driver = "nvme";
	assert_text(make(NULL, ACT_REASSIGN, OUTCOME_DONE, NULL), &style,
		    DEVICE ": reassigned, now of nvme\n");
	style.driver = "-";
	style.colour = true;
	assert_text(make(NULL, ACT_REASSIGN, OUTCOME_DONE, NULL), &style,
		    DEVICE ": \033[32mreassigned, no driver has it\033[0m\n");
}

static void unmeasured_step_has_no_duration(void **state)
{
	struct result *result = make(NULL, ACT_RELEASE, OUTCOME_DONE, NULL);

	(void)state;
	assert_int_equal(result_step(result, STEP_GRACE, STEP_TIMED_OUT, -1, NULL), 0);
	assert_int_equal(result_step(result, STEP_STOP_OWNER, STEP_DONE, 2500000, NULL),
			 0);
	assert_text(result, &plain,
		    DEVICE ": released\n"
			   "  steps   grace       timed-out         -\n"
			   "          stop-owner  done          2.5 s\n");
}

static void assert_progress(const struct job *job, int64_t now_us, const char *expected)
{
	_cleanup_free_ char *text = act_progress_text(job, now_us);

	assert_string_equal(text, expected);
}

static void progress_says_what_is_awaited_and_how_long(void **state)
{
	struct job job = { .wish = { .verb = ACT_REVOKE, .device = DEVICE } };

	(void)state;
	assert_progress(&job, MOMENT, "revoking " DEVICE);
	job.progress = (struct job_progress){
		.known = true,
		.step = STEP_REVOKE,
		.since_us = MOMENT,
		.timeout_us = 10 * SECOND,
		.awaited = "buffer 7 waits for \x1b[2J",
	};
	assert_progress(&job, MOMENT + 2 * SECOND + 1,
			"revoking " DEVICE
			": revoke (8 s left): buffer 7 waits for \\x1b[2J");
	assert_progress(&job, MOMENT + 10 * SECOND,
			"revoking " DEVICE ": revoke: buffer 7 waits for \\x1b[2J");
	job.progress.awaited[0] = '\0';
	job.progress.timeout_us = TIME_SPAN_INFINITE;
	job.wish.verb = ACT_REASSIGN;
	assert_progress(&job, MOMENT, "reassigning " DEVICE ": revoke");
}

static void spans_have_two_units_at_most(void **state)
{
	static const struct {
		uint64_t us;
		const char *text;
	} cases[] = {
		{ 0, "0 ms" },
		{ 49, "0 ms" },
		{ 3120, "3.1 ms" },
		{ 500000, "500 ms" },
		{ 1500000, "1.5 s" },
		{ 10000000, "10 s" },
		{ 60000000, "1 min" },
		{ 150000000, "2 min 30 s" },
		{ UINT64_C(3600000000), "1 h" },
		{ UINT64_C(5400000000), "1 h 30 min" },
		{ TIME_SPAN_INFINITE, "no limit" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *text = format_span(cases[i].us);

		assert_string_equal(text, cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(success_says_how_it_is_known),
		cmocka_unit_test(weakest_evidence_is_what_is_claimed),
		cmocka_unit_test(stuck_step_is_told_even_in_brief),
		cmocka_unit_test(what_is_unknown_of_a_stuck_step_is_left_out),
		cmocka_unit_test(refusal_has_reason_and_remedy),
		cmocka_unit_test(new_driver_is_named),
		cmocka_unit_test(unmeasured_step_has_no_duration),
		cmocka_unit_test(progress_says_what_is_awaited_and_how_long),
		cmocka_unit_test(spans_have_two_units_at_most),
	};

	(void)setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
