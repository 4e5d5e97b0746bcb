/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The disposable observer of the daemon: one connection, one question, one answer. */

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/dmabufctl-observe/answer.h"
#include "lib/base/build.h"
#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/model/exit-status.h"
#include "lib/wire/error-json.h"
#include "lib/wire/json.h"

enum {
	QUESTION_MAX = 64 * 1024, /* bytes */
	QUESTION_MS = 2000,
};

static int help(FILE *stream)
{
	(void)fputs(
		"dmabufctl-observe [--root=DIR]\n"
		"\n"
		"Reads one question, a line of JSON, from standard input and writes the\n"
		"answer to standard output. dmabufctl-observe@.service runs it for "
		"dmabufd.\n"
		"\n"
		"      --root=DIR  Read a captured tree instead of this system\n"
		"      --version   Print the version\n"
		"  -h, --help      Print this\n",
		stream);
	return stream == stderr ? STATUS_USAGE : STATUS_DONE;
}

/* 1: there is something to read, or 0 (the time is over) or negative errno. */
static int wait_for_input(uint64_t deadline)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	uint64_t now = monotonic_ms();
	int r = now < deadline ? poll(&input, 1, (int)(deadline - now)) : 0;

	return r < 0 ? -errno : r;
}

/*
 * A line, or what there is when the other side has ended. 0, -ETIME, -EFBIG, or another
 * negative errno.
 */
static int read_question(char text[QUESTION_MAX + 1], size_t *ret_length)
{
	uint64_t deadline = monotonic_ms() + QUESTION_MS;
	const char *end = NULL;
	size_t length = 0;
	ssize_t n = 1;

	while (!end && n > 0) {
		int r = wait_for_input(deadline);

		if (r <= 0)
			return r < 0 ? r : -ETIME;
		n = read(STDIN_FILENO, text + length, QUESTION_MAX + 1 - length);
		if (n < 0)
			return -errno;
		end = memchr(text + length, '\n', (size_t)n);
		length += (size_t)n;
		if (!end && length > QUESTION_MAX)
			return -EFBIG;
	}
	*ret_length = end ? (size_t)(end - text) : length;
	return 0;
}

static struct json_object *complain(int error)
{
	switch (error) {
	case -ETIME:
		return wire_error(STATUS_TIMED_OUT, "there was no question within 2 s",
				  NULL);
	case -EFBIG:
		return wire_error(STATUS_USAGE, "the question is longer than 64 KiB",
				  NULL);
	default:
		return wire_error(STATUS_FAILED, strerror(-error), NULL);
	}
}

static int write_all(const char *text, size_t length)
{
	while (length > 0) {
		ssize_t n = write(STDOUT_FILENO, text, length);

		if (n < 0)
			return -errno;
		text += n;
		length -= (size_t)n;
	}
	return 0;
}

/* Who asked reads it or is ended with the unit: there is nothing else to do here. */
static int send_answer(struct json_object *answer)
{
	_cleanup_free_ char *text = answer ? answer_print(answer) : NULL;

	if (!text) {
		(void)fputs("dmabufctl-observe: out of memory\n", stderr);
		return STATUS_FAILED;
	}
	return write_all(text, strlen(text)) < 0 || write_all("\n", 1) < 0 ? STATUS_FAILED
									   : STATUS_DONE;
}

static int run(const char *directory)
{
	_cleanup_(wire_put) struct json_object *answer = NULL;
	_cleanup_free_ char *text = malloc(QUESTION_MAX + 1);
	size_t length = 0;
	int r = text ? read_question(text, &length) : -ENOMEM;

	answer = r < 0 ? complain(r) : answer_text(text, length, directory);
	return send_answer(answer);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "root", required_argument, NULL, 'r' },
		{ "version", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	const char *directory = NULL;
	int option;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (option) {
		case 'r':
			directory = optarg;
			break;
		case 'v':
			return puts("dmabufctl-observe " DMABUFCTL_VERSION) < 0;
		case 'h':
			return help(stdout);
		default:
			return help(stderr);
		}
	}
	if (optind < argc)
		return help(stderr);
	(void)umask(0077);
	(void)signal(SIGPIPE, SIG_IGN);
	return run(directory);
}
