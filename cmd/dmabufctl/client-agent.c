/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/client-agent.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "cmd/dmabufctl/program.h"
#include "lib/base/cleanup.h"

enum { READY_MS = 5000 };

/* notify_fd is the one fd besides 0-2 that the agent gets; it closes it when it is ready. */
static int start(int notify_fd, pid_t *ret)
{
	char number[16];
	const char *words[] = { "pkttyagent", "--notify-fd", number, "--fallback", NULL };

	(void)snprintf(number, sizeof(number), "%d", notify_fd);
	if (fcntl(notify_fd, F_SETFD, 0) < 0)
		return -errno;
	return program_start((char *const *)words, -1, -1, ret);
}

void agent_begin(struct agent *agent)
{
	_cleanup_close_ int reading = -EBADF, writing = -EBADF;
	struct pollfd ready = { .events = POLLIN };
	int pipes[2];

	if (agent->pid > 0 || !isatty(STDIN_FILENO) || pipe2(pipes, O_CLOEXEC) < 0)
		return;
	reading = pipes[0];
	writing = pipes[1];
	if (start(writing, &agent->pid) < 0) {
		agent->pid = 0;
		return;
	}
	(void)close(TAKE_FD(writing));
	ready.fd = reading;
	(void)poll(&ready, 1, READY_MS);
}

/* A stopped one hears nothing else. It puts the terminal back as it was. */
void agent_end(struct agent *agent)
{
	if (agent->pid <= 0)
		return;
	(void)kill(agent->pid, SIGTERM);
	(void)kill(agent->pid, SIGCONT);
	(void)program_wait(agent->pid);
	agent->pid = 0;
}
