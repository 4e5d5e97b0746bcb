/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/act/journal-entry.h"
#include "lib/act/journal-sender.h"
#include "lib/act/message-ids.h"
#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "tests/unit/records.h"

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

/* Somebody who listens as journald does. */
struct journal {
	struct tree tree;
	char path[PATH_MAX];
	int fd;
};

static void journal_begin(struct journal *journal)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	assert_true(strlen(journal->path) < sizeof(address.sun_path));
	strcpy(address.sun_path, journal->path);
	journal->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(journal->fd >= 0);
	assert_int_equal(bind(journal->fd, (struct sockaddr *)&address, sizeof(address)),
			 0);
}

static void journal_stop(struct journal *journal)
{
	(void)close(journal->fd);
	assert_int_equal(unlink(journal->path), 0);
}

static int journal_setup(void **state)
{
	static struct journal journal;

	tree_begin(&journal.tree);
	(void)snprintf(journal.path, sizeof(journal.path), "%s/socket",
		       journal.tree.path);
	journal_begin(&journal);
	*state = &journal;
	return 0;
}

static int journal_teardown(void **state)
{
	struct journal *journal = *state;

	(void)close(journal->fd);
	tree_end(&journal->tree);
	return 0;
}

static void put(struct journal_sender *sender, const char *field)
{
	const struct iovec fields[] = { { (char *)field, strlen(field) } };

	journal_sender_put(sender, fields, 1);
}

/* The next entry is these fields, and who has sent it. */
static void received(const struct journal *journal, const char *expected, size_t length)
{
	static const char sender[] = "SYSLOG_IDENTIFIER=test-journal\n";
	char text[1024];
	ssize_t n = recv(journal->fd, text, sizeof(text), MSG_DONTWAIT);

	assert_int_equal(n, length + sizeof(sender) - 1);
	assert_memory_equal(text, expected, length);
	assert_memory_equal(text + length, sender, sizeof(sender) - 1);
}

#define RECEIVED(journal, expected) received(journal, expected, sizeof(expected) - 1)

static void an_entry_has_its_fields(void **state)
{
	const struct journal *journal = *state;
	struct journal_sender sender;

	assert_int_equal(journal_sender_open(journal->path, 0, &sender), 0);
	put(&sender, "MESSAGE=a: 7");
	RECEIVED(journal, "MESSAGE=a: 7\n");
	put(&sender, "MESSAGE=a\nX=b=c");
	RECEIVED(journal, "MESSAGE\n\7\0\0\0\0\0\0\0a\nX=b=c\n");
	put(&sender, "no field");
	RECEIVED(journal, "");
	journal_sender_close(&sender);
	put(&sender, "MESSAGE=to nobody");
	assert_int_equal(recv(journal->fd, &(char){ 0 }, 1, MSG_DONTWAIT), -1);
}

static void one_that_comes_late_is_told_what_was_lost(void **state)
{
	struct journal *journal = *state;
	struct journal_sender sender;

	journal_stop(journal);
	assert_int_equal(journal_sender_open(journal->path, 0, &sender), 0);
	put(&sender, "MESSAGE=1");
	put(&sender, "MESSAGE=2");
	assert_int_equal(sender.lost, 2);
	journal_begin(journal);
	put(&sender, "MESSAGE=3");
	RECEIVED(journal, "MESSAGE=3\n");
	RECEIVED(journal, "MESSAGE=2 entries were lost\nPRIORITY=4\n");
	journal_stop(journal);
	journal_begin(journal);
	put(&sender, "MESSAGE=4");
	RECEIVED(journal, "MESSAGE=4\n");
	assert_int_equal(sender.lost, 0);
	journal_sender_close(&sender);
}

/* Exits with success when it has read that many. */
static pid_t start_reader(const struct journal *journal, int count)
{
	pid_t reader = fork();
	char text[1024];

	assert_true(reader >= 0);
	if (reader > 0)
		return reader;
	(void)alarm(20);
	(void)usleep(50 * 1000); /* so that there is no room for a while */
	while (count > 0 && recv(journal->fd, text, sizeof(text), 0) > 0)
		count--;
	_exit(count != 0);
}

/* How many were lost of as many as that. */
static size_t send_many(const struct journal *journal, int count)
{
	struct journal_sender sender;

	assert_int_equal(journal_sender_open(journal->path, 20000, &sender), 0);
	for (int i = 0; i < count; i++)
		put(&sender, "MESSAGE=one of many");
	journal_sender_close(&sender);
	return sender.lost;
}

static void is_success(pid_t child)
{
	int status;

	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

/* Two that take the room from each other. */
static void many_wait_for_room(void **state)
{
	enum { MANY = 3000 };
	struct journal *journal = *state;
	pid_t reader = start_reader(journal, 2 * MANY), other = fork();

	assert_true(other >= 0);
	if (other == 0)
		_exit(send_many(journal, MANY) != 0);
	assert_int_equal(send_many(journal, MANY), 0);
	is_success(other);
	is_success(reader);
}

static void a_stuck_journal_holds_nobody_up(void **state)
{
	struct journal *journal = *state;
	struct journal_sender sender;
	uint64_t start = monotonic_ms();

	assert_int_equal(journal_sender_open(journal->path, 200, &sender), 0);
	for (int i = 0; i < 5000; i++)
		put(&sender, "MESSAGE=nobody reads it");
	assert_true(sender.lost > 0);
	assert_in_range(monotonic_ms() - start, 200, 5000);
	journal_sender_close(&sender);
	assert_int_equal(sender.socket, -EBADF);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, journal_setup, journal_teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_job_begins),
		cmocka_unit_test(a_step_ends),
		cmocka_unit_test(a_step_is_stuck),
		cmocka_unit_test(a_buffer_was_read_back),
		cmocka_unit_test(every_end_of_a_job_has_its_id),
		cmocka_unit_test(the_end_tells_the_reason),
		cmocka_unit_test(an_undo_is_incomplete),
		cmocka_unit_test(hostile_names_stay_in_their_line),
		TEST(an_entry_has_its_fields),
		TEST(one_that_comes_late_is_told_what_was_lost),
		TEST(many_wait_for_room),
		TEST(a_stuck_journal_holds_nobody_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
