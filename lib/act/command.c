/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/act/command.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/act/operation.h"
#include "lib/base/cleanup.h"

enum { COMMAND_WORDS_MAX = 64 };

/* Divides text in place. 0, or -EINVAL for none, too many, or no absolute path. */
static int divide(char *text, char *words[COMMAND_WORDS_MAX + 1])
{
	size_t count = 0;
	char *word;

	while ((word = strsep(&text, " \t"))) {
		if (!*word)
			continue;
		if (count == COMMAND_WORDS_MAX)
			return -EINVAL;
		words[count++] = word;
	}
	words[count] = NULL;
	return count > 0 && words[0][0] == '/' ? 0 : -EINVAL;
}

static int wait_status(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* It starts as from a shell: with no signal blocked or ignored. */
static void reset_signals(void)
{
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		(void)signal(number, SIG_DFL); /* those that cannot be set are so */
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Between the operation and the command there is a process that can be killed. */
static void work(int output, void *context)
{
	char *const *words = context;
	struct operation_report report = { .stage = "command" };
	pid_t pid;
	int status;

	pid = fork();
	if (pid == 0) {
		/* the whole group of the operation is killed at its end */
		(void)close(output);
		reset_signals();
		(void)execv(words[0], words);
		_exit(127);
	}
	status = pid < 0 ? -errno : wait_status(pid);
	report.value = status < 0 ? 0 : (uint32_t)status;
	operation_finish(output, &report, status < 0 ? status : 0);
}

int command_run(const char *command, uint64_t deadline_ms, int wake_fd, int *ret_status)
{
	_cleanup_free_ char *text = strdup(command ? command : "");
	struct operation operation = OPERATION_NONE;
	char *words[COMMAND_WORDS_MAX + 1];
	int r;

	if (!text)
		return -ENOMEM;
	r = divide(text, words);
	if (r == 0)
		r = operation_start(work, words, -EBADF, &operation);
	if (r < 0)
		return r;
	r = operation_wait(&operation, deadline_ms, wake_fd);
	if (r == 0)
		r = operation.report.error;
	if (r == 0)
		*ret_status = (int)operation.report.value;
	/* it leads a session of its own */
	(void)kill(-operation.child.pid, SIGKILL);
	(void)operation_end(&operation);
	return r;
}
