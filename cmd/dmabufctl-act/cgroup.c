/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl-act/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"

enum { CGROUP_BYTES_MAX = 64 * 1024 };

static int read_file(const char *path, char **ret)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : file_read_fd(fd, CGROUP_BYTES_MAX, ret, NULL);
}

/* "0::/system.slice/..." is the line of the one hierarchy there is. */
static const char *own_path(char *text)
{
	char *line;

	while ((line = strsep(&text, "\n")))
		if (strncmp(line, "0::/", 4) == 0)
			return line + 3;
	return NULL;
}

void cgroup_kill_others(void)
{
	_cleanup_free_ char *own = NULL, *path = NULL, *text = NULL;
	const char *group;
	char *rest, *line;

	if (read_file("/proc/self/cgroup", &own) < 0)
		return;
	group = own_path(own);
	/* never the root of a host where we are in no unit at all */
	if (!group || !strstr(group, "/dmabufctl-act@") ||
	    asprintf(&path, "/sys/fs/cgroup%s/cgroup.procs", group) < 0 ||
	    read_file(path, &text) < 0)
		return;
	rest = text;
	while ((line = strsep(&rest, "\n"))) {
		pid_t pid = (pid_t)atoi(line);

		if (pid > 1 && pid != getpid())
			(void)kill(pid, SIGKILL);
	}
}
