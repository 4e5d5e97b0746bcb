/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_BASE_CLEANUP_H
#define DMABUFCTL_BASE_CLEANUP_H

/*
 * Owned locals release themselves when they go out of scope. An owner that gives
 * its value away takes it out with TAKE_PTR() or TAKE_FD() in the same statement.
 */

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(function) __attribute__((cleanup(function)))

static inline void cleanup_free(void *pointer)
{
	free(*(void **)pointer);
}

/* Closes without disturbing errno, so that it can run on an error path. */
static inline void cleanup_close(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		(void)close(*fd);
	errno = saved;
}

static inline void cleanup_closedir(DIR **directory)
{
	if (*directory)
		(void)closedir(*directory);
}

static inline void cleanup_fclose(FILE **file)
{
	if (*file)
		(void)fclose(*file);
}

#define _cleanup_free_ _cleanup_(cleanup_free)
#define _cleanup_close_ _cleanup_(cleanup_close)
#define _cleanup_closedir_ _cleanup_(cleanup_closedir)
#define _cleanup_fclose_ _cleanup_(cleanup_fclose)

#define TAKE_PTR(pointer)                                                                \
	({                                                                               \
		__typeof__(pointer) taken_ = (pointer);                                  \
		(pointer) = NULL;                                                        \
		taken_;                                                                  \
	})

#define TAKE_FD(fd)                                                                      \
	({                                                                               \
		int taken_ = (fd);                                                       \
		(fd) = -EBADF;                                                           \
		taken_;                                                                  \
	})

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#endif
