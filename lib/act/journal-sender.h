/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_ACT_JOURNAL_SENDER_H
#define DMABUFCTL_ACT_JOURNAL_SENDER_H

/*
 * Sends entries in the native protocol of the journal, because sd_journal_sendv() waits for
 * a journal that is stuck, without limit. Here all calls together wait as long as there is
 * patience; what does not get through is counted, and told when there is room again.
 */

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#define JOURNAL_SOCKET "/run/systemd/journal/socket"

struct journal_sender {
	int socket; /* -EBADF: there is none, and entries are dropped */
	const char *path;
	uint64_t patience_ms; /* what is left for waiting until there is room */
	size_t lost;
};

#define JOURNAL_SENDER_NONE                                                              \
	{                                                                                \
		.socket = -EBADF                                                         \
	}

/* path is borrowed; the journal need not be there yet. 0 or negative errno. */
int journal_sender_open(const char *path, uint64_t patience_ms,
			struct journal_sender *ret);

/* One entry of fields "NAME=value"; that it is of this program is added. */
void journal_sender_put(struct journal_sender *sender, const struct iovec *fields,
			size_t count);

void journal_sender_close(struct journal_sender *sender);

#endif
