/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_OBSERVE_ROOT_H
#define DMABUFCTL_OBSERVE_ROOT_H

/*
 * Every path the observers read comes from here: the live system, or a captured tree
 * with the same layout (DIR/proc, DIR/sys), in which no link can lead outside.
 * All paths are relative: "proc/42/fd", "sys/bus/pci/devices".
 */

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct root {
	int fd; /* of "/" or of the captured tree */
	bool captured;
};

/* directory NULL: the live system. 0 or negative errno. Close with root_close(). */
int root_open(const char *directory, struct root *ret);
void root_close(struct root *root);

/*
 * These may sleep as long as the file behind path does. dir_fd is root->fd, or a
 * directory opened below it; below such a directory of a captured tree no link is
 * followed that leads out of it (-EXDEV). -ELOOP and the like are passed on.
 */
int root_open_at(const struct root *root, int dir_fd, const char *path, int flags);

/* A directory, to be read with readdir(). 0 or negative errno. */
int root_open_directory(const struct root *root, int dir_fd, const char *path, DIR **ret);

/* The link's target, malloc'ed and NUL-terminated. 0 or negative errno. */
int root_read_link(const struct root *root, int dir_fd, const char *path, char **ret);

/* The last component of the link's target, malloc'ed. 0 or negative errno. */
int root_read_link_name(const struct root *root, int dir_fd, const char *path,
			char **ret);

/* A whole file, malloc'ed, at most limit bytes; see file_read_fd(). */
int root_read(const struct root *root, int dir_fd, const char *path, size_t limit,
	      char **ret_text, size_t *ret_length);

/* The first line of a small attribute, without its newline, malloc'ed. */
int root_read_line(const struct root *root, int dir_fd, const char *path, char **ret);

/* A small attribute that is one number, decimal or 0x-hexadecimal. */
int root_read_number(const struct root *root, int dir_fd, const char *path,
		     uint64_t *ret);

#endif
