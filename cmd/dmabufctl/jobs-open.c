/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/jobs-open.h"

#include <string.h>

#include "cmd/dmabufctl/error.h"
#include "cmd/dmabufctl/options.h"
#include "lib/observe/root.h"

int jobs_cannot_open(const struct options *options, int error)
{
	return error_report(options, STATUS_FAILED,
			    "'systemd-tmpfiles --create dmabufctl.conf' makes its "
			    "directories.",
			    "failed to open the jobs in /var/lib/dmabufctl: %s",
			    strerror(-error));
}

int jobs_open(const struct options *options, struct job_store *ret)
{
	struct root root;
	int r = root_open(options->root, &root);

	if (r == 0) {
		r = job_store_open(root.fd, ret);
		root_close(&root);
	}
	return r < 0 ? jobs_cannot_open(options, r) : STATUS_DONE;
}

void job_drop_unfinished(struct job *job)
{
	if (job_has_ended(job))
		return;
	result_free(job->result);
	job->result = NULL;
}
