/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/pager.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/dmabufctl/program.h"
#include "lib/base/cleanup.h"

enum { MAX_WORDS = 16 };

static const char *pager_command(void)
{
	static const char *const variables[] = { "SYSTEMD_PAGER", "PAGER" };

	for (size_t i = 0; i < ARRAY_SIZE(variables); i++) {
		const char *value = getenv(variables[i]);

		if (value)
			return value;
	}
	return "less";
}

static int split_words(char *command, char *words[MAX_WORDS + 1])
{
	int count = 0;
	char *word;

	while ((word = strsep(&command, " \t"))) {
		if (!*word)
			continue;
		if (count == MAX_WORDS)
			return -E2BIG;
		words[count++] = word;
	}
	words[count] = NULL;
	return count;
}

/* As systemd's tools do; F ends less at once when all fits after all. */
static void set_less(void)
{
	const char *options = getenv("SYSTEMD_LESS");

	(void)setenv("LESS", options ? options : "FRSXMK", 1);
	(void)setenv("LESSSECURE", "1", 1);
}

/* The pager may quit early: that is its good right. */
static void write_all(int fd, const char *text, size_t length)
{
	while (length > 0) {
		ssize_t written = write(fd, text, length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return;
		text += written;
		length -= (size_t)written;
	}
}

/* Ctrl-C belongs to the pager while it runs. */
static void feed(pid_t pid, int fd, const char *text, size_t length)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, before;

	(void)sigaction(SIGINT, &ignore, &before);
	write_all(fd, text, length);
	(void)close(fd);
	(void)program_wait(pid);
	(void)sigaction(SIGINT, &before, NULL);
}

int pager_show(const char *text, size_t length)
{
	_cleanup_free_ char *command = strdup(pager_command());
	_cleanup_close_ int reading = -EBADF, writing = -EBADF;
	char *words[MAX_WORDS + 1];
	int pipes[2], r;
	pid_t pid;

	if (!command)
		return -ENOMEM;
	r = split_words(command, words);
	if (r < 0)
		return r;
	if (r == 0 || strcmp(words[0], "cat") == 0)
		return -ENOENT;
	if (pipe2(pipes, O_CLOEXEC) < 0)
		return -errno;
	reading = pipes[0];
	writing = pipes[1];
	set_less();
	r = program_start(words, reading, -1, &pid);
	if (r < 0)
		return r;
	feed(pid, TAKE_FD(writing), text, length);
	return 0;
}
