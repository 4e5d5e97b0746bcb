/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_JOBS_RECORD_FILE_H
#define DMABUFCTL_JOBS_RECORD_FILE_H

/* One record: NAME.json in a directory, whole or not at all. For lib/jobs only. */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct json_object;

enum {
	RECORD_LIMIT = 8 << 20, /* bytes */
	RECORD_NAME = 64, /* with ".json" and the final NUL */
};

/* A directory below parent_fd; a link is none. Its fd or negative errno. */
int record_directory_open(int parent_fd, const char *name);

/*
 * Reads at most limit bytes. -ENOENT; -EBADMSG: no regular file, more than that, not
 * JSON; negative errno.
 */
int record_read(int directory_fd, const char *name, size_t limit,
		struct json_object **ret);

/*
 * Takes object; NULL counts as lack of memory. replace: what is there goes; else it is
 * -EEXIST. -EFBIG: more than RECORD_LIMIT. The record is on the disk when this is 0.
 */
int record_write(int directory_fd, const char *name, struct json_object *object,
		 mode_t mode, bool replace);

/* 0 as well when there is none. */
int record_remove(int directory_fd, const char *name);

/*
 * Removes a temporary file that a killed writer left behind more than a minute ago. Other
 * files, and those of somebody else, stay as they are.
 */
void record_tidy(int directory_fd, const char *file);

/* Takes directory_fd. Removes what writers of the record left behind that were killed. */
void record_sweep(int directory_fd, const char *name);

/* To another directory of the same file system. */
int record_move(int from_fd, int to_fd, const char *name);

/* The name in "NAME.json", in ret; false: of another form, or too long. */
bool record_name(const char *file, char *ret, size_t size);

#endif
