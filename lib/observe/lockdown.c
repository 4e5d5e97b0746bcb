/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/observe/observers.h"

#include <string.h>

#include "lib/base/cleanup.h"

/* "none [integrity] confidentiality": the mode in force stands in brackets. */
bool kernel_is_locked_down(const struct root *root)
{
	_cleanup_free_ char *modes = NULL;

	if (root_read_line(root, root->fd, "sys/kernel/security/lockdown", &modes) < 0)
		return false;
	return !strstr(modes, "[none]");
}
