/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "tests/unit/records.h"

static void records_come_out_in_order(void **state)
{
	enum { COUNT = 5000 }; /* several times the buffer */
	struct record_holder holder = { 0 };
	struct recording recording;
	int i;

	(void)state;
	recording_begin(&recording);
	record_init(&holder.header, RECORD_HOLDER, SOURCE_PROC, sizeof(holder));
	for (i = 0; i < COUNT; i++) {
		holder.pid = i;
		sink_put(recording.sink, &holder.header);
	}
	recording_read(&recording);
	assert_int_equal(recording.length, COUNT * sizeof(holder));
	for (i = 0; i < COUNT; i += 997) {
		assert_true(FIND(&recording, RECORD_HOLDER, (size_t)i, &holder));
		assert_int_equal(holder.pid, i);
		assert_int_equal(holder.header.source, SOURCE_PROC);
	}
	recording_end(&recording);
}

static void text_is_cut_to_fit(void **state)
{
	char field[4] = "zzz";

	(void)state;
	RECORD_TEXT(field, "abcdef");
	assert_string_equal(field, "abc");
	RECORD_TEXT(field, NULL);
	assert_string_equal(field, "");
	RECORD_BYTES(field, "abcdef", 2);
	assert_string_equal(field, "ab");
}

static void a_process_is_announced_at_once(void **state)
{
	struct record_process_mark mark;
	struct recording recording;

	(void)state;
	recording_begin(&recording);
	sink_process_start(recording.sink, SOURCE_PROC, 42);
	assert_true(lseek(recording.fd, 0, SEEK_CUR) == sizeof(mark));
	sink_process_unreadable(recording.sink, SOURCE_PROC, 42);
	assert_true(lseek(recording.fd, 0, SEEK_CUR) == sizeof(mark));
	recording_read(&recording);
	assert_true(FIND(&recording, RECORD_PROCESS_START, 0, &mark));
	assert_int_equal(mark.pid, 42);
	assert_true(FIND(&recording, RECORD_PROCESS_UNREADABLE, 0, &mark));
	recording_end(&recording);
}

static void sources_begin_and_end(void **state)
{
	struct recording recording;
	struct record_source source;

	(void)state;
	recording_begin(&recording);
	sink_source_begin(recording.sink, SOURCE_SYSFS);
	sink_source_end(recording.sink, SOURCE_SYSFS, SOURCE_MISSING,
			"not in this kernel");
	recording_read(&recording);
	source = recording_outcome(&recording);
	assert_int_equal(source.header.source, SOURCE_SYSFS);
	assert_int_equal(source.outcome, SOURCE_MISSING);
	assert_string_equal(source.why, "not in this kernel");
	recording_end(&recording);
}

static void a_reader_that_left_is_noticed(void **state)
{
	struct sink *sink;
	int fds[2], i;

	(void)state;
	assert_true(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	assert_int_equal(pipe(fds), 0);
	(void)close(fds[0]);
	sink = sink_new(fds[1]);
	for (i = 0; i < 10000; i++)
		sink_process_unreadable(sink, SOURCE_PROC, i);
	assert_int_equal(sink_error(sink), -EPIPE);
	sink_flush(sink);
	sink_free(sink);
	(void)close(fds[1]);
}

static void *read_slowly(void *data)
{
	static size_t total;
	char bytes[777];
	ssize_t n;

	while ((n = read(*(int *)data, bytes, sizeof(bytes))) > 0)
		total += (size_t)n;
	return &total;
}

static void a_full_pipe_is_waited_for(void **state)
{
	enum { COUNT = 20000 };
	struct sink *sink;
	pthread_t reader;
	void *total;
	int fds[2], i;

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(fcntl(fds[1], F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(pthread_create(&reader, NULL, read_slowly, &fds[0]), 0);
	sink = sink_new(fds[1]);
	for (i = 0; i < COUNT; i++)
		sink_process_unreadable(sink, SOURCE_PROC, i);
	sink_flush(sink);
	assert_int_equal(sink_error(sink), 0);
	sink_free(sink);
	(void)close(fds[1]);
	assert_int_equal(pthread_join(reader, &total), 0);
	assert_int_equal(*(size_t *)total, COUNT * sizeof(struct record_process_mark));
	(void)close(fds[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_come_out_in_order),
		cmocka_unit_test(text_is_cut_to_fit),
		cmocka_unit_test(a_process_is_announced_at_once),
		cmocka_unit_test(sources_begin_and_end),
		cmocka_unit_test(a_reader_that_left_is_noticed),
		cmocka_unit_test(a_full_pipe_is_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
