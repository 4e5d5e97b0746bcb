// SPDX-License-Identifier: GPL-2.0-or-later
#include "common.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_ARGS 16

static bool exit_on_eof;
static int watched_fd = -1;
static void (*watched_handle)(void);

PRINTF(1, 0)
static void complain(const char *format, va_list args, int error)
{
	fprintf(stderr, "%s: ", program_invocation_short_name);
	vfprintf(stderr, format, args);
	if (error)
		fprintf(stderr, ": %s", strerror(error));
	fputc('\n', stderr);
}

void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(format, args, 0);
	va_end(args);
	exit(EXIT_FAILURE);
}

void die_errno(const char *format, ...)
{
	int error = errno;
	va_list args;

	va_start(args, format);
	complain(format, args, error);
	va_end(args);
	exit(EXIT_FAILURE);
}

void die_unsupported(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(format, args, 0);
	va_end(args);
	exit(EXIT_UNSUPPORTED);
}

void die_usage(const char *synopsis)
{
	fprintf(stderr, "usage: %s %s %s\n", program_invocation_short_name, synopsis,
		COMMON_SYNOPSIS);
	exit(2);
}

PRINTF(2, 0)
static void say(const char *word, const char *format, va_list args, int error)
{
	fputs(word, stdout);
	if (*format) {
		fputc(' ', stdout);
		vprintf(format, args);
	}
	if (error)
		printf(": %s", strerror(error));
	fputc('\n', stdout);
	fflush(stdout);
}

void say_ready(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say("ready", format, args, 0);
	va_end(args);
}

void say_ok(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say("ok", format, args, 0);
	va_end(args);
}

void say_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say("error", format, args, 0);
	va_end(args);
}

void say_errno(const char *format, ...)
{
	int error = errno;
	va_list args;

	va_start(args, format);
	say("error", format, args, error);
	va_end(args);
}

bool common_option(int option)
{
	switch (option) {
	case OPT_COMM:
		if (prctl(PR_SET_NAME, optarg) < 0)
			die_errno("cannot set the name %s", optarg);
		return true;
	case OPT_EXIT_ON_EOF:
		exit_on_eof = true;
		return true;
	}
	return false;
}

void watch_fd(int fd, void (*handle)(void))
{
	watched_fd = fd;
	watched_handle = handle;
}

static int split(char *line, char **argv)
{
	int argc = 0;
	char *word, *rest = line;

	while (argc < MAX_ARGS && (word = strtok_r(rest, " \t\r", &rest)))
		argv[argc++] = word;
	argv[argc] = NULL;
	return argc;
}

static void run_line(const struct command *commands, size_t count, char *line)
{
	char *argv[MAX_ARGS + 1];
	int argc = split(line, argv);

	if (argc == 0)
		return;
	if (strcmp(argv[0], "exit") == 0) {
		say_ok("exit");
		exit(EXIT_SUCCESS);
	}
	for (size_t i = 0; i < count; i++) {
		const struct command *c = &commands[i];

		if (strcmp(argv[0], c->name) != 0)
			continue;
		if (argc - 1 < c->min_args || argc - 1 > c->max_args)
			say_error("%s: wrong number of arguments", c->name);
		else
			c->run(argc, argv);
		return;
	}
	say_error("unknown command %s", argv[0]);
}

/* Returns what is left of an unfinished line, moved to the start of the buffer */
static size_t run_lines(const struct command *commands, size_t count, char *buffer,
			size_t length)
{
	char *start = buffer, *end;

	while ((end = memchr(start, '\n', length - (start - buffer)))) {
		*end = '\0';
		run_line(commands, count, start);
		start = end + 1;
	}
	length -= start - buffer;
	memmove(buffer, start, length);
	return length;
}

/* With a writer of its own a FIFO never reports its end */
static void keep_fifo_open(void)
{
	struct stat st;

	if (exit_on_eof || fstat(STDIN_FILENO, &st) < 0 || !S_ISFIFO(st.st_mode))
		return;
	if (open("/proc/self/fd/0", O_WRONLY | O_CLOEXEC) < 0)
		die_errno("cannot keep the FIFO on stdin open");
}

static bool wait_for_input(bool stdin_open)
{
	struct pollfd fds[] = {
		{ .fd = stdin_open ? STDIN_FILENO : -1, .events = POLLIN },
		{ .fd = watched_fd, .events = POLLIN },
	};

	if (poll(fds, ARRAY_SIZE(fds), -1) < 0) {
		if (errno == EINTR)
			return false;
		die_errno("cannot poll");
	}
	if (fds[1].revents)
		watched_handle();
	return fds[0].revents;
}

void run_commands(const struct command *commands, size_t count)
{
	static char buffer[8192];
	size_t length = 0;
	bool stdin_open = true;

	keep_fifo_open();
	for (;;) {
		ssize_t n;

		if (!wait_for_input(stdin_open))
			continue;
		n = read(STDIN_FILENO, buffer + length, sizeof(buffer) - length);
		if (n > 0) {
			length = run_lines(commands, count, buffer, length + n);
			if (length == sizeof(buffer))
				die("a command is longer than %zu bytes", sizeof(buffer));
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (exit_on_eof)
			exit(EXIT_SUCCESS);
		stdin_open = false;
	}
}

bool number_from_text(const char *text, unsigned long long *ret_number)
{
	unsigned long long number;
	char *end;

	errno = 0;
	number = strtoull(text, &end, 0);
	if (errno || end == text || *end || !isdigit((unsigned char)*text))
		return false;
	*ret_number = number;
	return true;
}

unsigned long long number_or_die(const char *text, const char *what)
{
	unsigned long long number;

	if (!number_from_text(text, &number)) {
		fprintf(stderr, "%s: %s is not a number: %s\n",
			program_invocation_short_name, what, text);
		exit(2);
	}
	return number;
}

static int int_or_die(const char *text, const char *what)
{
	unsigned long long number = number_or_die(text, what);

	if (number > INT_MAX)
		die("%s is too big: %s", what, text);
	return number;
}

pid_t pid_or_die(const char *text)
{
	return int_or_die(text, "PID");
}

int fd_or_die(const char *text)
{
	return int_or_die(text, "FD");
}

static bool unescape_hex(const char *digits, char *ret)
{
	char two[3] = { digits[0], digits[0] ? digits[1] : '\0', '\0' };

	if (!isxdigit((unsigned char)two[0]) || !isxdigit((unsigned char)two[1]))
		return false;
	*ret = strtol(two, NULL, 16);
	return true;
}

bool unescape(char *text)
{
	static const char letters[] = "nte\\", values[] = "\n\t\033\\";
	char *out = text;

	for (char *in = text; *in; in++) {
		const char *letter;

		if (*in != '\\') {
			*out++ = *in;
			continue;
		}
		in++;
		if (*in == 'x') {
			if (!unescape_hex(in + 1, out++))
				return false;
			in += 2;
			continue;
		}
		letter = *in ? strchr(letters, *in) : NULL;
		if (!letter)
			return false;
		*out++ = values[letter - letters];
	}
	*out = '\0';
	return true;
}

void *allocate(size_t size)
{
	void *memory = calloc(1, size);

	if (!memory)
		die("out of memory");
	return memory;
}

int borrow_fd(pid_t pid, int fd)
{
	int pidfd = pidfd_open(pid, 0);
	int copy, error;

	if (pidfd < 0)
		return -errno;
	copy = pidfd_getfd(pidfd, fd, 0);
	error = errno;
	close(pidfd);
	return copy < 0 ? -error : copy;
}

int borrow_fd_or_die(pid_t pid, int fd)
{
	int copy = borrow_fd(pid, fd);

	if (copy < 0) {
		errno = -copy;
		die_errno("cannot borrow fd %d of process %d", fd, pid);
	}
	return copy;
}

unsigned long inode_of(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		die_errno("cannot stat fd %d", fd);
	return st.st_ino;
}

size_t size_of(int fd)
{
	off_t end = lseek(fd, 0, SEEK_END);

	if (end < 0)
		return 0;
	lseek(fd, 0, SEEK_SET);
	return end;
}
