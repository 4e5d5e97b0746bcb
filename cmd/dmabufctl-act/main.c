/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The executor of one job. Started by systemd as dmabufctl-act@ID.service only. */

#include <stdio.h>
#include <stdlib.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/dmabufctl-act/executor.h"
#include "lib/model/job.h"

enum { STATUS_USAGE = 2 };

static int usage(void)
{
	(void)fputs("dmabufctl-act is run by dmabufctl-act@.service; use dmabufctl.\n",
		    stderr);
	return STATUS_USAGE;
}

int main(int argc, char **argv)
{
	bool undo = argc == 3 && strcmp(argv[1], "--undo") == 0;
	const char *id = argv[argc - 1];

	if (!(undo || argc == 2) || !job_id_is_valid(id))
		return usage();
	(void)umask(0077);
	return undo ? executor_clean_up(id) : executor_run(id);
}
