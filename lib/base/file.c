/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/base/file.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/cleanup.h"

enum { FIRST_READ = 16 * 1024 };

/* Room for one more byte and the final NUL; never for more than limit + 2. */
static int make_room(char **text, size_t length, size_t *capacity, size_t limit)
{
	size_t wanted = *capacity ? *capacity * 2 : FIRST_READ;
	char *grown;

	if (*capacity - length >= 2)
		return 0;
	if (wanted > limit + 2)
		wanted = limit + 2;
	grown = realloc(*text, wanted);
	if (!grown)
		return -ENOMEM;
	*text = grown;
	*capacity = wanted;
	return 0;
}

int file_read_fd(int fd, size_t limit, char **ret_text, size_t *ret_length)
{
	_cleanup_free_ char *text = NULL;
	size_t length = 0, capacity = 0;

	for (;;) {
		int r = make_room(&text, length, &capacity, limit);
		ssize_t n;

		if (r < 0)
			return r;
		n = read(fd, text + length, capacity - length - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		length += (size_t)n;
		if (length > limit)
			return -EFBIG;
	}
	text[length] = '\0';
	*ret_text = TAKE_PTR(text);
	if (ret_length)
		*ret_length = length;
	return 0;
}

uint64_t monotonic_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

uint64_t monotonic_ms(void)
{
	return monotonic_us() / 1000;
}

static int64_t clock_us(clockid_t clock)
{
	struct timespec now;

	(void)clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t realtime_us(void)
{
	return clock_us(CLOCK_REALTIME);
}

int64_t realtime_boot_us(void)
{
	return clock_us(CLOCK_REALTIME) - clock_us(CLOCK_BOOTTIME);
}
