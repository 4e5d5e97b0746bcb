/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/act/journal-sender.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"

enum {
	PATIENCE_MS = 1000,
	END_MS = 1000,
	ENTRY_BYTES_MAX = 64 * 1024, /* the texts of an entry are far from that */
};

/* One entry: its fields, each with its final NUL. What was cut off is left out. */
static void send_entry(journal_send_function *send, char *bytes, size_t length)
{
	struct iovec fields[JOURNAL_FIELDS_MAX];
	size_t count = 0;
	char *end;

	while (count < JOURNAL_FIELDS_MAX && (end = memchr(bytes, '\0', length))) {
		size_t field = (size_t)(end - bytes);

		fields[count++] = (struct iovec){ bytes, field };
		bytes += field + 1;
		length -= field + 1;
	}
	(void)send(fields, (int)count);
}

/* Until the other end is closed, and everything before that is sent. */
static void work(int output, void *context)
{
	static char bytes[ENTRY_BYTES_MAX];
	journal_send_function *const *send = context;
	ssize_t n;

	(void)output;
	while ((n = recv(CHILD_KEPT, bytes, sizeof(bytes), 0)) != 0)
		if (n > 0)
			send_entry(*send, bytes, (size_t)n);
		else if (errno != EINTR)
			return;
}

int journal_sender_start(journal_send_function *send, struct journal_sender *ret)
{
	struct journal_sender sender = JOURNAL_SENDER_NONE;
	int ends[2], r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	r = child_spawn_keeping(work, &send, &ends[1], 1, &sender.child);
	cleanup_close(&ends[1]);
	if (r < 0) {
		cleanup_close(&ends[0]);
		return r;
	}
	sender.socket = ends[0];
	sender.patience_ms = PATIENCE_MS;
	*ret = sender;
	return 0;
}

/* Many entries at once are more than fit: waits for room as long as there is patience. */
static void wait_for_room(struct journal_sender *sender)
{
	struct pollfd room = { .fd = sender->socket, .events = POLLOUT };
	uint64_t start = monotonic_ms(), waited;

	if (sender->patience_ms == 0)
		return;
	(void)poll(&room, 1, (int)sender->patience_ms);
	waited = monotonic_ms() - start;
	sender->patience_ms -=
		waited < sender->patience_ms ? waited : sender->patience_ms;
}

static int put(struct journal_sender *sender, const struct iovec *fields, size_t count)
{
	const struct msghdr message = {
		.msg_iov = (struct iovec *)fields,
		.msg_iovlen = count,
	};
	const int flags = MSG_DONTWAIT | MSG_NOSIGNAL;

	if (sendmsg(sender->socket, &message, flags) >= 0)
		return 0;
	if (errno != EAGAIN)
		return -errno;
	wait_for_room(sender);
	return sendmsg(sender->socket, &message, flags) < 0 ? -errno : 0;
}

static void tell_lost(struct journal_sender *sender)
{
	char message[64], priority[] = "PRIORITY=4";
	struct iovec fields[] = { { message, 0 }, { priority, sizeof(priority) } };
	int length = snprintf(message, sizeof(message), "MESSAGE=%zu entries were lost",
			      sender->lost);

	fields[0].iov_len = (size_t)length + 1;
	if (put(sender, fields, ARRAY_SIZE(fields)) == 0)
		sender->lost = 0;
}

void journal_sender_put(struct journal_sender *sender,
			const struct journal_fields *fields)
{
	struct iovec items[JOURNAL_FIELDS_MAX];

	if (sender->socket < 0)
		return;
	for (size_t i = 0; i < fields->count; i++) {
		items[i] = fields->items[i];
		items[i].iov_len++; /* with its NUL */
	}
	if (put(sender, items, fields->count) < 0)
		sender->lost++;
	else if (sender->lost > 0)
		tell_lost(sender);
}

void journal_sender_end(struct journal_sender *sender)
{
	struct pollfd ended = { .fd = sender->child.pidfd, .events = POLLIN };

	if (sender->socket < 0)
		return;
	cleanup_close(&sender->socket);
	(void)poll(&ended, 1, END_MS);
	(void)child_end(&sender->child);
	*sender = (struct journal_sender)JOURNAL_SENDER_NONE;
}
