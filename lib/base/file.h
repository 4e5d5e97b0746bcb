/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_BASE_FILE_H
#define DMABUFCTL_BASE_FILE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Reads all of fd, up to limit bytes, into a malloc'ed, NUL-terminated buffer.
 * May sleep as long as the file behind fd does. 0 or negative errno; -EFBIG when
 * there is more than limit. ret_length may be NULL.
 */
int file_read_fd(int fd, size_t limit, char **ret_text, size_t *ret_length);

/*
 * A CLOCK_MONOTONIC time stamp in milliseconds, or in microseconds.
 */
uint64_t monotonic_ms(void);
uint64_t monotonic_us(void);

/* CLOCK_REALTIME in microseconds: now, and when this host was booted. */
int64_t realtime_us(void);
int64_t realtime_boot_us(void);

#endif
