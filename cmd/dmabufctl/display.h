/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_DISPLAY_H
#define DMABUFCTL_CMD_DISPLAY_H

/* What a job is at, in a line on standard error that is written anew. */

#include <signal.h>
#include <stdbool.h>

#include "lib/model/job.h"

struct options;

/*
 * Ctrl-C and its like, from display_begin() until display_done(), end the display and
 * nothing else: signal_fd becomes readable.
 */
struct display {
	bool progress; /* false: nothing is written */
	int signal_fd; /* -EBADF: not begun */
	sigset_t signals; /* as they were blocked before */
};

/* Is there somebody who reads it? */
bool display_is_wanted(const struct options *options);

/* 0 or negative errno. */
int display_begin(bool progress, struct display *ret);
void display_done(struct display *display); /* also for _cleanup_() */

void display_show(const struct display *display, const struct job *job);
void display_clear(const struct display *display);

/* Has somebody had enough? 0 or -EINTR. */
int display_interrupted(const struct display *display);

#endif
