/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_OBSERVE_WAITER_H
#define DMABUFCTL_OBSERVE_WAITER_H

/*
 * Sleeps until it is worth to look at devices again: when a process in their way has
 * ended, the kernel has said that some device changed, or mounts have. An owner that
 * closes its file tells nobody, so it is never long (lib/base/backoff.h). What cannot be
 * watched is left out: then only time tells.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct waiter;

/*
 * live: what is looked at is this system, not a captured tree. output: whoever reads
 * there is waited for as well; wake: who waits is needed for something else when it
 * becomes readable; -EBADF: neither (see waiter_sleep()). 0 or -ENOMEM.
 */
int waiter_new(bool live, int output, int wake, struct waiter **ret);
void waiter_free(struct waiter *waiter); /* NULL is allowed */
void cleanup_waiter(struct waiter **waiter); /* for _cleanup_() */

/* A look has just found that these processes matter. 0 or -ENOMEM. */
int waiter_looked(struct waiter *waiter, const pid_t *pids, size_t count);

/*
 * Until the next look is due, but not beyond deadline_ms (of monotonic_ms(); UINT64_MAX:
 * none). 0; -ETIME when it was over already; -EPIPE when nobody reads the output any
 * more, as when an ssh that asked for it was interrupted; -EINTR when wake is readable;
 * another negative errno.
 */
int waiter_sleep(struct waiter *waiter, uint64_t deadline_ms);

#endif
