/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/act-host.h"

#include <string.h>

#include "cmd/dmabufctl/error.h"
#include "cmd/dmabufctl/options.h"
#include "lib/act/unit.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/observe/namespaces.h"

enum { CGROUP_LIMIT = 64 * 1024 };

int act_host_check(const struct options *options, const struct root *root)
{
	const char *hint = "Run it on the host itself; -H reaches others for looking.";

	if (namespace_pid_is_initial(root) == TRISTATE_NO)
		return error_report(options, STATUS_UNSUPPORTED, hint,
				    "this is not the initial PID namespace: acting "
				    "needs to see every process");
	if (namespace_user_is_initial(root) == TRISTATE_NO)
		return error_report(options, STATUS_UNSUPPORTED, hint,
				    "this is not the initial user namespace: acting "
				    "needs the rights of the host");
	if (!systemd_is_running())
		return error_report(options, STATUS_UNSUPPORTED,
				    "Looking, check and --dry-run work without it.",
				    "acting needs systemd as PID 1: every act runs in "
				    "a unit of its own");
	return STATUS_DONE;
}

void act_host_cgroup(const struct root *root, char ret[WISH_CGROUP_TEXT])
{
	_cleanup_free_ char *text = NULL;
	char *rest, *line;

	ret[0] = '\0';
	if (root->captured ||
	    root_read(root, root->fd, "proc/self/cgroup", CGROUP_LIMIT, &text, NULL) < 0)
		return;
	rest = text;
	while ((line = strsep(&rest, "\n"))) {
		const char *path = line + strlen("0::");

		if (text_starts_with(line, "0::") && strlen(path) < WISH_CGROUP_TEXT)
			strcpy(ret, path);
	}
}
