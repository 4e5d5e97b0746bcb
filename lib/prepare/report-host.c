/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/prepare/report-host.h"

#include <string.h>

#include "lib/judge/judge.h"
#include "lib/observe/namespaces.h"
#include "lib/observe/root.h"

int report_host(const char *directory, const struct snapshot *snapshot,
		struct report *report, char **ret_kernel)
{
	struct root root;
	int r = root_open(directory, &root);

	if (r < 0)
		return r;
	if (root_read_line(&root, root.fd, "proc/sys/kernel/osrelease", ret_kernel) == 0)
		report->kernel = *ret_kernel;
	report->initial_pid_namespace = namespace_pid_is_initial(&root);
	report->initial_user_namespace = namespace_user_is_initial(&root);
	root_close(&root);
	memcpy(report->sources, snapshot->sources, sizeof(report->sources));
	report->features = snapshot->features;
	report->n_bugs = judge_known_bugs(snapshot, report->bugs, &report->bugs_known);
	return 0;
}
