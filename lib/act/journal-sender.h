/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_ACT_JOURNAL_SENDER_H
#define DMABUFCTL_ACT_JOURNAL_SENDER_H

/*
 * Sends entries from a disposable process, because whoever writes to a journal that is
 * stuck waits for it without limit. All calls together wait for it 1 s at most, and the
 * end 1 s more; what does not get through is counted, and told when there is room again.
 */

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "lib/act/journal-entry.h"
#include "lib/base/child.h"

/* As sd_journal_sendv(). */
typedef int journal_send_function(const struct iovec *fields, int count);

struct journal_sender {
	struct child child;
	int socket; /* our end; -EBADF: there is none, and entries are dropped */
	uint64_t patience_ms; /* what is left for waiting until there is room */
	size_t lost;
};

#define JOURNAL_SENDER_NONE                                                              \
	{                                                                                \
		.child = CHILD_NONE, .socket = -EBADF                                    \
	}

/* Before the caller has written to the journal itself. 0 or negative errno. */
int journal_sender_start(journal_send_function *send, struct journal_sender *ret);

void journal_sender_put(struct journal_sender *sender,
			const struct journal_fields *fields);

/* Waits until everything is sent, 1 s at most. */
void journal_sender_end(struct journal_sender *sender);

#endif
