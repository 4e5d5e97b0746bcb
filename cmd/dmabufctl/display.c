/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/display.h"

#include <errno.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cmd/dmabufctl/act-progress.h"
#include "cmd/dmabufctl/options.h"
#include "lib/base/cleanup.h"
#include "lib/base/file.h"

enum { DEFAULT_WIDTH = 80 };

bool display_is_wanted(const struct options *options)
{
	return options->json == JSON_OFF && !options->quiet && isatty(STDERR_FILENO);
}

static void display_signals(sigset_t *ret)
{
	(void)sigemptyset(ret);
	(void)sigaddset(ret, SIGINT);
	(void)sigaddset(ret, SIGTERM);
	(void)sigaddset(ret, SIGHUP);
	(void)sigaddset(ret, SIGQUIT);
}

int display_begin(bool progress, struct display *ret)
{
	struct display display = { .progress = progress };
	sigset_t signals;

	display_signals(&signals);
	display.signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (display.signal_fd < 0)
		return -errno;
	(void)sigprocmask(SIG_BLOCK, &signals, &display.signals);
	*ret = display;
	return 0;
}

void display_done(struct display *display)
{
	if (display->signal_fd < 0)
		return;
	cleanup_close(&display->signal_fd);
	display->signal_fd = -EBADF;
	(void)sigprocmask(SIG_SETMASK, &display->signals, NULL);
}

void display_clear(const struct display *display)
{
	if (display->progress)
		(void)fputs("\r\033[K", stderr);
}

/* Cut to the terminal: a line that wraps cannot be taken back. */
void display_show(const struct display *display, const struct job *job)
{
	_cleanup_free_ char *text = NULL;
	struct winsize size = { 0 };
	int width;

	if (!display->progress)
		return;
	text = act_progress_text(job, realtime_us());
	(void)ioctl(STDERR_FILENO, TIOCGWINSZ, &size);
	width = size.ws_col ? size.ws_col : DEFAULT_WIDTH;
	display_clear(display);
	(void)fprintf(stderr, "%.*s", width - 1, text ? text : "");
	(void)fflush(stderr);
}

int display_interrupted(const struct display *display)
{
	struct signalfd_siginfo info;
	bool interrupted = false;

	/* all of them, or they come again once they may */
	while (read(display->signal_fd, &info, sizeof(info)) > 0)
		interrupted = true;
	return interrupted ? -EINTR : 0;
}
