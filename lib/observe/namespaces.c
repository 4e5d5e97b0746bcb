/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/observe/namespaces.h"

#include <string.h>

#include "lib/base/cleanup.h"

/* Inodes of the initial namespaces: include/linux/proc_ns.h, PROC_*_INIT_INO. */
static const char initial_pid[] = "pid:[4026531836]";
static const char initial_user[] = "user:[4026531837]";

static enum tristate is_initial(const struct root *root, const char *path,
				const char *initial)
{
	_cleanup_free_ char *target = NULL;

	if (root->captured || root_read_link(root, root->fd, path, &target) < 0)
		return TRISTATE_UNKNOWN;
	return strcmp(target, initial) == 0 ? TRISTATE_YES : TRISTATE_NO;
}

enum tristate namespace_pid_is_initial(const struct root *root)
{
	return is_initial(root, "proc/self/ns/pid", initial_pid);
}

enum tristate namespace_user_is_initial(const struct root *root)
{
	return is_initial(root, "proc/self/ns/user", initial_user);
}
