/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/act/journal-sender.h"

#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"

/* A value of several lines says how long it is: no line of it becomes a field. */
static void print_field(FILE *stream, const char *field, size_t length)
{
	const char *value = memchr(field, '=', length);
	uint64_t size;

	if (!value)
		return;
	value++;
	if (!memchr(field, '\n', length)) {
		(void)fprintf(stream, "%.*s\n", (int)length, field);
		return;
	}
	size = length - (size_t)(value - field);
	(void)fprintf(stream, "%.*s\n", (int)(value - 1 - field), field);
	(void)fwrite(&(uint64_t){ htole64(size) }, sizeof(size), 1, stream);
	(void)fwrite(value, 1, size, stream);
	(void)fputc('\n', stream);
}

static char *entry_text(const struct iovec *fields, size_t count, size_t *ret_length)
{
	char *text = NULL;
	FILE *stream = open_memstream(&text, ret_length);

	if (!stream)
		return NULL;
	for (size_t i = 0; i < count; i++)
		print_field(stream, fields[i].iov_base, fields[i].iov_len);
	(void)fprintf(stream, "SYSLOG_IDENTIFIER=%s\n", program_invocation_short_name);
	if (fclose(stream) == 0)
		return text;
	free(text);
	return NULL;
}

/* Connected, so that it can be waited for until there is room. */
static int reach(const struct journal_sender *sender)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", sender->path);
	if (connect(sender->socket, (const struct sockaddr *)&address, sizeof(address)) <
	    0)
		return -errno;
	return 0;
}

int journal_sender_open(const char *path, uint64_t patience_ms,
			struct journal_sender *ret)
{
	struct journal_sender sender = { .path = path, .patience_ms = patience_ms };

	if (strlen(path) >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
		return -ENAMETOOLONG;
	sender.socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (sender.socket < 0)
		return -errno;
	(void)reach(&sender);
	*ret = sender;
	return 0;
}

/* Somebody else may take the room: each time costs at least a millisecond of patience. */
static void wait_for_room(struct journal_sender *sender)
{
	struct pollfd room = { .fd = sender->socket, .events = POLLOUT };
	uint64_t start = monotonic_ms(), waited;

	(void)poll(&room, 1, (int)sender->patience_ms);
	waited = monotonic_ms() - start + 1;
	sender->patience_ms -=
		waited < sender->patience_ms ? waited : sender->patience_ms;
}

static int try(const struct journal_sender *sender, const char *text, size_t length)
{
	return send(sender->socket, text, length, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static int put(struct journal_sender *sender, const struct iovec *fields, size_t count)
{
	_cleanup_free_ char *text = NULL;
	size_t length;
	int r;

	text = entry_text(fields, count, &length);
	if (!text)
		return -ENOMEM;
	r = try(sender, text, length);
	/* its socket was made anew, or is there by now */
	if ((r == -ECONNREFUSED || r == -ENOTCONN) && reach(sender) == 0)
		r = try(sender, text, length);
	while (r == -EAGAIN && sender->patience_ms > 0) {
		wait_for_room(sender);
		r = try(sender, text, length);
	}
	return r;
}

static void tell_lost(struct journal_sender *sender)
{
	char message[64], priority[] = "PRIORITY=4";
	int length = snprintf(message, sizeof(message), "MESSAGE=%zu entries were lost",
			      sender->lost);
	const struct iovec fields[] = { { message, (size_t)length },
					{ priority, sizeof(priority) - 1 } };

	if (put(sender, fields, ARRAY_SIZE(fields)) == 0)
		sender->lost = 0;
}

void journal_sender_put(struct journal_sender *sender, const struct iovec *fields,
			size_t count)
{
	if (sender->socket < 0)
		return;
	if (put(sender, fields, count) < 0)
		sender->lost++;
	else if (sender->lost > 0)
		tell_lost(sender);
}

void journal_sender_close(struct journal_sender *sender)
{
	cleanup_close(&sender->socket);
	sender->socket = -EBADF;
}
