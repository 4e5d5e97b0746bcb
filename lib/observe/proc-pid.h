/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_OBSERVE_PROC_PID_H
#define DMABUFCTL_OBSERVE_PROC_PID_H

/* Processes as directories below proc: what everybody needs who walks over them. */

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lib/observe/record.h"
#include "lib/observe/root.h"

/* To be zeroed before use; free(items) ends it. */
struct pid_list {
	pid_t *items;
	size_t count;
	size_t capacity;
};

/* Adds all processes behind after (0: all), sorted by number. 0 or -ENOMEM. */
int proc_list_pids(DIR *proc, pid_t after, struct pid_list *list);

/*
 * Reads a short text of the process whose directory is dir_fd. Returns its length, 0 if
 * it has none; text is NUL-terminated.
 */
size_t proc_read_short(const struct root *root, int dir_fd, const char *path, char *text,
		       size_t size);

/* Its name; empty if it has none to read. */
void proc_read_comm(const struct root *root, int dir_fd, char comm[RECORD_COMM]);

/*
 * The user whose process it is by its real, effective, saved and file system uid; else
 * RECORD_UID_UNKNOWN. From its status, which takes no lock.
 */
__u32 proc_read_uid(const struct root *root, int dir_fd);

/* Kernel threads and zombies run no program. Not being allowed to know is not no. */
bool proc_runs_program(int dir_fd);

/*
 * Where the main thread of a program has ended and others go on, proc/PID looks empty
 * and proc/PID/task/TID does not. An O_PATH fd of one that lives, or -ENOENT.
 */
int proc_open_living_task(const struct root *root, int dir_fd);

#endif
