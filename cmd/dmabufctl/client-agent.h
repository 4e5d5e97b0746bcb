/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_CLIENT_AGENT_H
#define DMABUFCTL_CMD_CLIENT_AGENT_H

/* Who asks for the password that polkit wants: pkttyagent(1), on our terminal. */

#include <sys/types.h>

/* Zeroed: none runs. */
struct agent {
	pid_t pid;
};

/*
 * Starts it and waits until polkit knows of it, 5 s at most. Not without a terminal, and
 * not where it is not installed: then that of a desktop may ask, or nobody.
 */
void agent_begin(struct agent *agent);
void agent_end(struct agent *agent);

#endif
