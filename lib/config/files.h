/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CONFIG_FILES_H
#define DMABUFCTL_CONFIG_FILES_H

/* Which files make up the configuration, in the order in which they are read. */

#include "lib/base/array.h"

struct config_file {
	char *path; /* "etc/dmabufctl/dmabufctl.conf" */
	int fd; /* a regular file, open for reading; or negative errno */
};

struct config_files {
	struct config_file *items;
	size_t count, capacity;
};

/*
 * Below root_fd: the first dmabufctl.conf there is, then the drop-ins. A name that is
 * masked, by an earlier directory or by a link to /dev/null, is not among them.
 * 0 or -ENOMEM.
 */
int config_files_find(int root_fd, struct config_files *ret);
void config_files_done(struct config_files *files); /* also for _cleanup_() */

#endif
