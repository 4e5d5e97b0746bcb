/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/act/calendar.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/base/text.h"
#include "lib/model/job.h"

#define ANALYZE "/usr/bin/systemd-analyze"
#define SECOND INT64_C(1000000)

enum { AFTER_TEXT = 64 };

struct question {
	char after[AFTER_TEXT];
	const char *calendar;
};

/* Its environment is ours to choose: words as of C, the zone of the host, no colours. */
static void work(int output, void *context)
{
	struct question *question = context;
	char *const environment[] = { "LC_ALL=C", NULL };
	char *const words[] = {
		ANALYZE,    "--no-pager", "--iterations=1",	      question->after,
		"calendar", "--",	  (char *)question->calendar, NULL
	};

	(void)signal(SIGPIPE, SIG_DFL);
	if (dup2(output, STDOUT_FILENO) < 0 || dup2(output, STDERR_FILENO) < 0)
		return;
	(void)close(output);
	(void)execve(ANALYZE, words, environment);
}

int calendar_ask(const char *calendar, int64_t after_us, struct calendar_query *ret)
{
	struct question question = { .calendar = calendar };
	struct calendar_query query = CALENDAR_NONE;
	int r;

	if (!job_calendar_is_valid(calendar))
		return -EINVAL;
	(void)snprintf(question.after, sizeof(question.after), "--base-time=@%" PRId64,
		       after_us / SECOND);
	r = child_spawn(work, &question, &query.child);
	if (r == 0)
		*ret = query;
	return r;
}

/* Behind the label, which stands right-aligned at the begin of a line; NULL: none. */
static const char *value_of(const char *answer, const char *label)
{
	for (; *answer; answer += strcspn(answer, "\n"), answer += *answer == '\n') {
		const char *line = answer + strspn(answer, " ");

		if (text_starts_with(line, label))
			return line + strlen(label);
	}
	return NULL;
}

/* "Mon 2026-11-23 02:00:00 UTC"; another name of the zone has the same time, see below. */
static int parse_moment(const char *text, int64_t *ret_us)
{
	struct tm tm = { 0 };
	time_t seconds;

	if (sscanf(text, "%*3s %4d-%2d-%2d %2d:%2d:%2d", &tm.tm_year, &tm.tm_mon,
		   &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec) != 6)
		return -EBADMSG;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	seconds = timegm(&tm);
	if (seconds <= 0)
		return -EBADMSG;
	*ret_us = (int64_t)seconds * SECOND;
	return 0;
}

/* systemd leaves the line in UTC out where the zone of the host is as good as that. */
int calendar_parse(const char *answer, int64_t *ret_us)
{
	const char *next = value_of(answer, "Next elapse: "),
		   *utc = value_of(answer, "(in UTC): ");

	if (!next)
		return text_starts_with(answer, "Failed to parse calendar spec")
			       ? -EINVAL
			       : -EBADMSG;
	if (text_starts_with(next, "never"))
		return -ERANGE;
	return parse_moment(utc ? utc : next, ret_us);
}

/* The last line: warnings stand before it. */
static char *words_of(char *answer)
{
	size_t length = strlen(answer);
	char *line;

	while (length > 0 && answer[length - 1] == '\n')
		answer[--length] = '\0';
	line = strrchr(answer, '\n');
	return text_for_terminal(line ? line + 1 : answer);
}

static int conclude(struct calendar_query *query, int64_t *ret_us, char **ret_words)
{
	int r;

	query->answer[query->length] = '\0';
	if (strlen(query->answer) != query->length)
		return -EBADMSG;
	if (query->length == 0) /* not even a complaint: it was not run */
		return -EOPNOTSUPP;
	r = calendar_parse(query->answer, ret_us);
	if (ret_words && (r == -EINVAL || r == -EBADMSG)) {
		char *words = words_of(query->answer);

		if (!words)
			return -ENOMEM;
		*ret_words = words;
	}
	return r;
}

int calendar_read(struct calendar_query *query, int64_t *ret_us, char **ret_words)
{
	size_t room = sizeof(query->answer) - 1 - query->length;
	ssize_t n = read(query->child.output, query->answer + query->length, room);

	if (n < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	query->length += (size_t)n;
	if (n > 0 && query->length < sizeof(query->answer) - 1)
		return -EAGAIN;
	return conclude(query, ret_us, ret_words);
}

void calendar_end(struct calendar_query *query)
{
	(void)child_end(&query->child);
}

static int wait_for(struct calendar_query *query, uint64_t deadline_ms, int64_t *ret_us,
		    char **ret_words)
{
	struct pollfd readable = { .fd = query->child.output, .events = POLLIN };
	int r = -EAGAIN;

	while (r == -EAGAIN) {
		uint64_t now_ms = monotonic_ms();

		if (now_ms >= deadline_ms)
			return -ETIME;
		if (poll(&readable, 1, (int)(deadline_ms - now_ms)) < 0 && errno != EINTR)
			return -errno;
		r = calendar_read(query, ret_us, ret_words);
	}
	return r;
}

int calendar_next(const char *calendar, int64_t after_us, int limit_ms, int64_t *ret_us,
		  char **ret_words)
{
	_cleanup_(calendar_end) struct calendar_query query = CALENDAR_NONE;
	int r = calendar_ask(calendar, after_us, &query);

	if (r < 0)
		return r;
	return wait_for(&query, monotonic_ms() + (uint64_t)limit_ms, ret_us, ret_words);
}
