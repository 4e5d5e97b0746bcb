/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The daemon: reacts to releases of VFIO devices, and keeps what was scheduled. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/dmabufd/log.h"
#include "cmd/dmabufd/manager.h"
#include "lib/act/journal-sender.h"
#include "lib/base/cleanup.h"

enum { STATUS_USAGE = 2 };

static int usage(FILE *stream)
{
	(void)fputs("dmabufd [--help|--version]\n"
		    "\n"
		    "Reacts when the kernel wants a VFIO device back, and runs what was\n"
		    "scheduled. dmabufd.service runs it; see dmabufd(8).\n"
		    "\n"
		    "  --help     Print this\n"
		    "  --version  Print the version\n",
		    stream);
	return stream == stderr ? STATUS_USAGE : EXIT_SUCCESS;
}

static void cleanup_event(sd_event **event)
{
	(void)sd_event_unref(*event);
}

static void cleanup_manager(struct manager **manager)
{
	manager_free(*manager);
}

/* No message of ours lasts longer than a start: what runs tells the journal. */
static int run(void)
{
	_cleanup_(cleanup_event) sd_event *event = NULL;
	_cleanup_(cleanup_manager) struct manager *manager = NULL;
	const char *what = "out of memory";
	int r = log_open(JOURNAL_SOCKET);

	if (r >= 0)
		r = sd_event_default(&event);
	if (r >= 0)
		r = manager_new(event, NULL, &manager, &what);
	if (r < 0) {
		(void)fprintf(stderr, "dmabufd: %s: %s\n", what, strerror(-r));
		return EXIT_FAILURE;
	}
	return manager_run(manager);
}

int main(int argc, char **argv)
{
	(void)umask(0077);
	if (argc == 1) {
		int status = run();

		log_close();
		return status;
	}
	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return puts("dmabufd " DMABUFCTL_VERSION) < 0;
	if (argc == 2 && strcmp(argv[1], "--help") == 0)
		return usage(stdout);
	return usage(stderr);
}
