/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/observe/proc-pid.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/array.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/observe/sink.h"

static int compare_pids(const void *one, const void *other)
{
	pid_t a = *(const pid_t *)one, b = *(const pid_t *)other;

	return (a > b) - (a < b);
}

int proc_list_pids(DIR *proc, pid_t after, struct pid_list *list)
{
	const struct dirent *entry;
	uint64_t pid;

	while ((entry = readdir(proc))) {
		if (text_to_u64(entry->d_name, 10, &pid) < 0 || pid > INT32_MAX ||
		    (pid_t)pid <= after)
			continue;
		if (ARRAY_PUSH(list, (pid_t)pid) < 0)
			return -ENOMEM;
	}
	if (list->count > 0)
		qsort(list->items, list->count, sizeof(*list->items), compare_pids);
	return 0;
}

size_t proc_read_short(const struct root *root, int dir_fd, const char *path, char *text,
		       size_t size)
{
	_cleanup_close_ int fd = root_open_at(root, dir_fd, path, O_RDONLY);
	ssize_t length = fd < 0 ? 0 : read(fd, text, size - 1);

	if (length < 0)
		length = 0;
	text[length] = '\0';
	return (size_t)length;
}

void proc_read_comm(const struct root *root, int dir_fd, char comm[RECORD_COMM])
{
	char text[64];
	size_t length = proc_read_short(root, dir_fd, "comm", text, sizeof(text));

	/* A comm may hold newlines; the last one is the kernel's. */
	if (length > 0 && text[length - 1] == '\n')
		length--;
	record_bytes(comm, RECORD_COMM, text, length);
}

/* The name of a process, which comes before it, has its newlines escaped (proc(5)). */
__u32 proc_read_uid(const struct root *root, int dir_fd)
{
	unsigned int real, effective, saved, of_files;
	const char *line;
	char text[2048];

	(void)proc_read_short(root, dir_fd, "status", text, sizeof(text));
	line = strstr(text, "\nUid:");
	if (!line || sscanf(line, "\nUid: %u %u %u %u\n", &real, &effective, &saved,
			    &of_files) != 4)
		return RECORD_UID_UNKNOWN;
	return real == effective && real == saved && real == of_files
		       ? real
		       : RECORD_UID_UNKNOWN;
}

bool proc_runs_program(int dir_fd)
{
	char target[8];

	return readlinkat(dir_fd, "exe", target, sizeof(target)) >= 0 || errno != ENOENT;
}

int proc_open_living_task(const struct root *root, int dir_fd)
{
	_cleanup_closedir_ DIR *tasks = NULL;
	const struct dirent *entry;

	if (root_open_directory(root, dir_fd, "task", &tasks) < 0)
		return -ENOENT;
	while ((entry = readdir(tasks))) {
		_cleanup_close_ int fd = -EBADF;

		if (entry->d_name[0] == '.')
			continue;
		fd = root_open_at(root, dirfd(tasks), entry->d_name,
				  O_PATH | O_DIRECTORY);
		if (fd >= 0 && proc_runs_program(fd))
			return TAKE_FD(fd);
	}
	return -ENOENT;
}
