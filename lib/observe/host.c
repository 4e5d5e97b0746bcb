/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/observe/observers.h"

#include <stdint.h>

#include "lib/base/cleanup.h"

#define SYSCTL "proc/sys/kernel/"

/* -1: this kernel has none, or it cannot be read. */
static __s32 read_sysctl(const struct root *root, const char *path)
{
	uint64_t value;

	if (root_read_number(root, root->fd, path, &value) < 0)
		return -1;
	return value > INT32_MAX ? INT32_MAX : (__s32)value;
}

void observe_host(const struct root *root, struct sink *sink)
{
	_cleanup_free_ char *kernel = NULL;
	struct record_host record = {
		.hung_task_panic = read_sysctl(root, SYSCTL "hung_task_panic"),
		.hung_task_seconds = read_sysctl(root, SYSCTL "hung_task_timeout_secs"),
	};

	record_init(&record.header, RECORD_HOST, SOURCE_PROC, sizeof(record));
	if (root_read_line(root, root->fd, SYSCTL "osrelease", &kernel) == 0)
		RECORD_TEXT(record.kernel, kernel);
	sink_put(sink, &record.header);
}
