/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/observe/release-log.h"

#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/observe/observers.h"

enum {
	RECORD_BYTES_MAX = 8192, /* CONSOLE_EXT_LOG_MAX: the longest of any kernel */
	LIMIT_US = 500000, /* who writes without end must not keep us reading */
};

/*
 * The log has a clock of its own, local_clock(). Like this one it stands still in a
 * suspend and is not corrected by NTP, which in a hundred days makes minutes.
 */
#define LOG_CLOCK CLOCK_MONOTONIC_RAW

static int64_t clock_us(clockid_t clock)
{
	struct timespec now;

	(void)clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Each read() gives one record. EPIPE: the next ones were overwritten, those after not. */
static void read_log(int fd, struct release_log *log)
{
	int64_t limit_us = clock_us(LOG_CLOCK) + LIMIT_US;
	char record[RECORD_BYTES_MAX + 1];

	while (clock_us(LOG_CLOCK) < limit_us) {
		ssize_t length = read(fd, record, RECORD_BYTES_MAX);

		if (length < 0 && (errno == EPIPE || errno == EINTR))
			continue;
		if (length <= 0)
			return;
		record[length] = '\0';
		if (release_log_add(log, record) < 0)
			return;
	}
}

static void put_release(struct sink *sink, const struct release_log_entry *entry,
			int64_t offset_us)
{
	struct record_release record = { .since_us = entry->since_us + offset_us };

	record_init(&record.header, RECORD_RELEASE, SOURCE_PROC, sizeof(record));
	RECORD_TEXT(record.device, entry->device);
	sink_put(sink, &record.header);
}

void observe_release_log(const struct root *root, struct sink *sink)
{
	_cleanup_(release_log_free) struct release_log log = { 0 };
	int64_t offset_us = clock_us(CLOCK_REALTIME) - clock_us(LOG_CLOCK);
	_cleanup_close_ int fd = -EBADF;

	if (root->captured)
		return;
	fd = root_open_at(root, root->fd, "dev/kmsg", O_RDONLY | O_NONBLOCK);
	if (fd < 0)
		return;
	read_log(fd, &log);
	for (size_t i = 0; i < log.entries.count; i++)
		put_release(sink, &log.entries.items[i], offset_us);
}
