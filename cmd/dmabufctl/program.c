/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/program.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

static int redirect(posix_spawn_file_actions_t *actions, int from, int to)
{
	return from < 0 ? 0 : posix_spawn_file_actions_adddup2(actions, from, to);
}

/* We ignore SIGPIPE; others rely on it. */
static int set_signals(posix_spawnattr_t *attributes)
{
	sigset_t signals;
	int r;

	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGPIPE);
	r = posix_spawnattr_setsigdefault(attributes, &signals);
	if (r != 0)
		return r;
	return posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGDEF);
}

int program_start(char *const *words, int input, int output, pid_t *ret)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int r;

	r = posix_spawn_file_actions_init(&actions);
	if (r != 0)
		return -r;
	r = posix_spawnattr_init(&attributes);
	if (r != 0) {
		(void)posix_spawn_file_actions_destroy(&actions);
		return -r;
	}
	r = redirect(&actions, input, STDIN_FILENO);
	if (r == 0)
		r = redirect(&actions, output, STDOUT_FILENO);
	if (r == 0)
		r = set_signals(&attributes);
	if (r == 0)
		r = posix_spawnp(ret, words[0], &actions, &attributes, words, environ);
	(void)posix_spawnattr_destroy(&attributes);
	(void)posix_spawn_file_actions_destroy(&actions);
	return -r;
}

int program_wait(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
