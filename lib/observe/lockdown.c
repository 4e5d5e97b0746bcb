/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/observe/observers.h"

#include <string.h>

#include "lib/base/cleanup.h"

#define LOCKDOWN "sys/kernel/security/lockdown"

/* "none [integrity] confidentiality": the mode in force stands in brackets. */
bool kernel_is_locked_down(const struct root *root)
{
	_cleanup_free_ char *modes = NULL;

	if (root_read_line(root, root->fd, LOCKDOWN, &modes) < 0)
		return false;
	return !strstr(modes, "[none]");
}

bool kernel_is_confidential(const struct root *root)
{
	_cleanup_free_ char *modes = NULL;

	return root_read_line(root, root->fd, LOCKDOWN, &modes) == 0 &&
	       strstr(modes, "[confidentiality]");
}
