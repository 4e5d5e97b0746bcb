/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CONFIG_FILES_H
#define DMABUFCTL_CONFIG_FILES_H

/* Which files make up the configuration, in the order in which they are read. */

#include "lib/base/array.h"

struct config_file {
	char *path; /* "etc/dmabufctl/dmabufctl.conf" */
	int error; /* why what is there cannot be read, as far as is known; 0: nothing */
};

struct config_files {
	struct config_file *items;
	size_t count, capacity;
};

/*
 * Below root_fd: the first dmabufctl.conf there is, then the drop-ins, those that an
 * earlier directory masks left out. A directory of drop-ins that cannot be read is an
 * entry with an error. 0 or -ENOMEM.
 */
int config_files_find(int root_fd, struct config_files *ret);
void config_files_done(struct config_files *files); /* also for _cleanup_() */

/*
 * A regular file, open for reading; no link leads out of root_fd, and nothing is waited
 * for. -ENODATA: a link to /dev/null, which masks; -EISDIR; -ENXIO: nothing that could be
 * read as a file; -ENOENT: a link that leads nowhere; or another negative errno.
 */
int config_file_open(int root_fd, const char *path);

#endif
