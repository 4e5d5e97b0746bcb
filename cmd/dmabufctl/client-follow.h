/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_CLIENT_FOLLOW_H
#define DMABUFCTL_CMD_CLIENT_FOLLOW_H

#include "cmd/dmabufctl/client.h"
#include "cmd/dmabufctl/display.h"

/*
 * One look at the object of a job, which everybody may see, or at what is on record. 0: it
 * waits or runs; 1: it has ended. What it is and how it is are in job, and its result if
 * it has one. -ENOENT: dmabufd does not know it, or does not tell us; other negative
 * errno.
 */
int client_look_at_job(const struct client *client, struct job *job);

/*
 * Watches the object of a job, by the connection that has asked for it, and shows what it
 * is at. 0: it has ended, and is in job as it ended. -EINTR: somebody has had
 * enough. -ENOENT: dmabufd knows it no more; other negative errno.
 */
int client_follow(const struct client *client, const struct display *display,
		  struct job *job);

#endif
