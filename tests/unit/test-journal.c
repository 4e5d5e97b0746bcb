/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/act/journal-entry.h"
#include "lib/act/journal-sender.h"
#include "lib/act/message-ids.h"
#include "lib/base/cleanup.h"
#include "lib/base/file.h"

static struct job job = {
	.id = "20261121-1",
	.wish = { .verb = ACT_REVOKE, .device = "0000:03:00.0" },
};

/* The fields in their order, a line each. */
static void all_of(const struct journal_entry *entry, char *text, size_t size)
{
	_cleanup_(journal_fields_done) struct journal_fields fields = { .count = 0 };
	size_t length = 0;

	assert_int_equal(journal_entry_fields(entry, &fields), 0);
	for (size_t i = 0; i < fields.count; i++) {
		length += (size_t)snprintf(text + length, size - length, "%.*s\n",
					   (int)fields.items[i].iov_len,
					   (const char *)fields.items[i].iov_base);
		assert_true(length < size);
	}
}

/* Ends entry. */
static void sends(struct journal_entry *entry, const char *expected)
{
	char text[1024] = "";

	all_of(entry, text, sizeof(text));
	journal_entry_done(entry);
	assert_string_equal(text, expected);
}

static void a_job_begins(void **state)
{
	struct journal_entry entry;

	(void)state;
	assert_int_equal(journal_entry_job_started(&job, &entry), 0);
	sends(&entry, "MESSAGE=0000:03:00.0: revoke begins (job 20261121-1)\n"
		      "MESSAGE_ID=" MESSAGE_JOB_STARTED "\n"
		      "PRIORITY=6\n"
		      "DMABUFCTL_DEVICE=0000:03:00.0\n"
		      "DMABUFCTL_JOB=20261121-1\n");
}

static void a_step_ends(void **state)
{
	struct step_result step = { STEP_UNBIND, STEP_DONE, 12, NULL };
	struct journal_entry entry;

	(void)state;
	assert_int_equal(journal_entry_step(&job, &step, &entry), 0);
	sends(&entry, "MESSAGE=0000:03:00.0: unbind: done\n"
		      "MESSAGE_ID=" MESSAGE_STEP "\n"
		      "PRIORITY=6\n"
		      "DMABUFCTL_DEVICE=0000:03:00.0\n"
		      "DMABUFCTL_JOB=20261121-1\n"
		      "DMABUFCTL_STEP=unbind\n"
		      "DMABUFCTL_RESULT=done\n");
	step = (struct step_result){ STEP_BIND, STEP_FAILED, -1, "no driver took it" };
	assert_int_equal(journal_entry_step(&job, &step, &entry), 0);
	assert_int_equal(entry.priority, LOG_WARNING);
	assert_string_equal(entry.message,
			    "0000:03:00.0: bind: failed: no driver took it");
	journal_entry_done(&entry);
}

static void a_step_is_stuck(void **state)
{
	const struct stuck stuck = {
		.step = STEP_REVOKE,
		.pid = 42,
		.inode = 18446744073709551615ull,
		.reason = "it waits for the importer mlx5_ib",
	};
	struct journal_entry entry;

	(void)state;
	assert_int_equal(journal_entry_stuck(&job, &stuck, &entry), 0);
	sends(&entry, "MESSAGE=0000:03:00.0: the kernel has not come back from revoke: "
		      "it waits for the importer mlx5_ib\n"
		      "MESSAGE_ID=" MESSAGE_STUCK "\n"
		      "PRIORITY=3\n"
		      "DMABUFCTL_DEVICE=0000:03:00.0\n"
		      "DMABUFCTL_JOB=20261121-1\n"
		      "DMABUFCTL_STEP=revoke\n"
		      "DMABUFCTL_INODE=18446744073709551615\n");
}

static void a_buffer_was_read_back(void **state)
{
	struct buffer_result buffer = { 7, BUFFER_STATE_LIVE, BUFFER_STATE_REVOKED,
					EVIDENCE_KERNEL, NULL };
	struct journal_entry entry;

	(void)state;
	assert_int_equal(journal_entry_buffer(&job, &buffer, &entry), 0);
	sends(&entry, "MESSAGE=0000:03:00.0: buffer 7 was live, is revoked "
		      "(verified: kernel)\n"
		      "MESSAGE_ID=" MESSAGE_BUFFER "\n"
		      "PRIORITY=6\n"
		      "DMABUFCTL_DEVICE=0000:03:00.0\n"
		      "DMABUFCTL_JOB=20261121-1\n"
		      "DMABUFCTL_RESULT=revoked\n"
		      "DMABUFCTL_INODE=7\n");
	buffer.verified = EVIDENCE_NONE;
	buffer.after = BUFFER_STATE_UNKNOWN;
	buffer.detail = "BPF is missing";
	assert_int_equal(journal_entry_buffer(&job, &buffer, &entry), 0);
	assert_string_equal(entry.message, "0000:03:00.0: buffer 7 was live, is unknown "
					   "(not verified): BPF is missing");
	journal_entry_done(&entry);
}

static void every_end_of_a_job_has_its_id(void **state)
{
	static const struct {
		enum act_outcome outcome;
		const char *message_id;
		int priority;
	} ends[] = {
		{ OUTCOME_DONE, MESSAGE_JOB_DONE, LOG_NOTICE },
		{ OUTCOME_NOTHING_TO_DO, MESSAGE_JOB_DONE, LOG_NOTICE },
		{ OUTCOME_PARTIAL, MESSAGE_JOB_FAILED, LOG_WARNING },
		{ OUTCOME_FAILED, MESSAGE_JOB_FAILED, LOG_WARNING },
		{ OUTCOME_INTERRUPTED, MESSAGE_JOB_FAILED, LOG_WARNING },
		{ OUTCOME_TIMED_OUT, MESSAGE_JOB_TIMED_OUT, LOG_WARNING },
		{ OUTCOME_REFUSED, MESSAGE_JOB_REFUSED, LOG_WARNING },
		{ OUTCOME_UNSUPPORTED, MESSAGE_JOB_REFUSED, LOG_WARNING },
	};
	struct result result = { .reason = NULL };
	struct job ended = job;

	(void)state;
	ended.result = &result;
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		struct journal_entry entry;

		result.outcome = ends[i].outcome;
		assert_int_equal(journal_entry_job_ended(&ended, &entry), 0);
		assert_string_equal(entry.message_id, ends[i].message_id);
		assert_int_equal(entry.priority, ends[i].priority);
		assert_string_equal(entry.result, act_outcome_name(ends[i].outcome));
		journal_entry_done(&entry);
	}
}

static void the_end_tells_the_reason(void **state)
{
	struct result result = { .outcome = OUTCOME_REFUSED, .reason = "it is mounted" };
	struct job ended = job;
	struct journal_entry entry;

	(void)state;
	ended.result = &result;
	assert_int_equal(journal_entry_job_ended(&ended, &entry), 0);
	assert_string_equal(entry.message, "0000:03:00.0: revoke: refused: "
					   "it is mounted (job 20261121-1)");
	journal_entry_done(&entry);
}

static void an_undo_is_incomplete(void **state)
{
	struct journal_entry entry;

	(void)state;
	assert_int_equal(journal_entry_undo_incomplete(&job, "the override", &entry), 0);
	assert_string_equal(entry.message_id, MESSAGE_UNDO_INCOMPLETE);
	assert_int_equal(entry.priority, LOG_ERR);
	assert_string_equal(entry.message, "0000:03:00.0: not undone: the override");
	journal_entry_done(&entry);
}

/* A process may be called "x\nPRIORITY=0" or turn what follows it. */
static void hostile_names_stay_in_their_line(void **state)
{
	const struct step_result step = { STEP_REVOKE, STEP_TIMED_OUT, 1,
					  "x\nMESSAGE_ID=\x1b[2J\xff\xe2\x80\xae %s%n" };
	_cleanup_(journal_fields_done) struct journal_fields fields = { .count = 0 };
	struct journal_entry entry;

	(void)state;
	assert_int_equal(journal_entry_step(&job, &step, &entry), 0);
	assert_string_equal(entry.message, "0000:03:00.0: revoke: timed-out: x\\n"
					   "MESSAGE_ID=\\x1b[2J\xef\xbf\xbd\\u{202E}"
					   " %s%n");
	assert_int_equal(journal_entry_fields(&entry, &fields), 0);
	assert_int_equal(fields.count, 7);
	for (size_t i = 0; i < fields.count; i++)
		assert_null(
			memchr(fields.items[i].iov_base, '\n', fields.items[i].iov_len));
	journal_entry_done(&entry);
}

/* What was sent, an entry each line. The process has no fd of ours but its socket. */
static char sent_path[64];

static int write_down(const struct iovec *fields, int count)
{
	int fd = open(sent_path, O_WRONLY | O_APPEND | O_CLOEXEC);

	for (int i = 0; i < count; i++)
		(void)dprintf(fd, "%.*s|", (int)fields[i].iov_len,
			      (char *)fields[i].iov_base);
	(void)dprintf(fd, "\n");
	return close(fd);
}

static int hang(const struct iovec *fields, int count)
{
	(void)fields;
	while (count > 0)
		(void)pause();
	return 0;
}

static void put(struct journal_sender *sender, const char *message)
{
	_cleanup_(journal_fields_done) struct journal_fields fields = { .count = 0 };
	struct journal_entry entry = {
		.message = (char *)message,
		.priority = LOG_INFO,
	};

	assert_int_equal(journal_entry_fields(&entry, &fields), 0);
	journal_sender_put(sender, &fields);
}

static void entries_are_sent_until_the_end(void **state)
{
	struct journal_sender sender = JOURNAL_SENDER_NONE;
	_cleanup_free_ char *text = NULL;
	size_t lines = 0;
	int fd;

	(void)state;
	(void)strcpy(sent_path, "/tmp/test-journal.XXXXXX");
	fd = mkostemp(sent_path, O_CLOEXEC);
	assert_true(fd >= 0);
	put(&sender, "nobody is there to send it");
	assert_int_equal(journal_sender_start(write_down, &sender), 0);
	for (int i = 0; i < 3000; i++) /* more than fit at once */
		put(&sender, "one of many");
	assert_int_equal(sender.lost, 0);
	put(&sender, "the last");
	journal_sender_end(&sender);
	assert_int_equal(file_read_fd(fd, 1 << 20, &text, NULL), 0);
	for (const char *c = text; *c; c++)
		lines += *c == '\n';
	assert_int_equal(lines, 3001);
	assert_non_null(strstr(text, "MESSAGE=one of many|PRIORITY=6|\n"));
	assert_non_null(strstr(text, "MESSAGE=the last|PRIORITY=6|\n"));
	(void)close(fd);
	(void)unlink(sent_path);
}

static void a_stuck_journal_holds_nobody_up(void **state)
{
	struct journal_sender sender;
	uint64_t start = monotonic_ms();

	(void)state;
	assert_int_equal(journal_sender_start(hang, &sender), 0);
	for (int i = 0; i < 5000; i++)
		put(&sender, "nobody reads it");
	assert_true(sender.lost > 0);
	journal_sender_end(&sender);
	assert_int_equal(sender.socket, -EBADF);
	assert_in_range(monotonic_ms() - start, 0, 5000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_job_begins),
		cmocka_unit_test(a_step_ends),
		cmocka_unit_test(a_step_is_stuck),
		cmocka_unit_test(a_buffer_was_read_back),
		cmocka_unit_test(every_end_of_a_job_has_its_id),
		cmocka_unit_test(the_end_tells_the_reason),
		cmocka_unit_test(an_undo_is_incomplete),
		cmocka_unit_test(hostile_names_stay_in_their_line),
		cmocka_unit_test(entries_are_sent_until_the_end),
		cmocka_unit_test(a_stuck_journal_holds_nobody_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
