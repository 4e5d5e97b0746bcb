/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufd/log.h"

#include <endian.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "lib/base/cleanup.h"

/* One for the process, as the journal is. */
static struct {
	int fd;
	struct sockaddr_un address;
	size_t lost;
} journal = { .fd = -EBADF };

int log_open(const char *path)
{
	if (strlen(path) >= sizeof(journal.address.sun_path))
		return -ENAMETOOLONG;
	journal.address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	strcpy(journal.address.sun_path, path);
	journal.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return journal.fd < 0 ? -errno : 0;
}

void log_close(void)
{
	cleanup_close(&journal.fd);
	journal.fd = -EBADF;
}

char *log_field(const char *format, ...)
{
	va_list arguments;
	char *field;
	int length;

	va_start(arguments, format);
	length = vasprintf(&field, format, arguments);
	va_end(arguments);
	return length < 0 ? NULL : field;
}

/* A value of several lines says how long it is: no line of it becomes a field. */
static void put_field(FILE *stream, const char *field)
{
	const char *value = strchr(field, '=');
	uint64_t length;

	if (!value)
		return;
	if (!strchr(field, '\n')) {
		(void)fprintf(stream, "%s\n", field);
		return;
	}
	length = htole64(strlen(value + 1));
	(void)fprintf(stream, "%.*s\n", (int)(value - field), field);
	(void)fwrite(&length, sizeof(length), 1, stream);
	(void)fprintf(stream, "%s\n", value + 1);
}

static int send_entry(char *const *fields)
{
	_cleanup_free_ char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	if (!stream)
		return -ENOMEM;
	for (; *fields; fields++)
		put_field(stream, *fields);
	put_field(stream, "SYSLOG_IDENTIFIER=dmabufd");
	if (fclose(stream) != 0)
		return -ENOMEM;
	if (sendto(journal.fd, text, length, MSG_DONTWAIT | MSG_NOSIGNAL,
		   (const struct sockaddr *)&journal.address,
		   sizeof(journal.address)) < 0)
		return -errno;
	return 0;
}

static void tell_lost(void)
{
	_cleanup_free_ char *message =
		log_field("MESSAGE=%zu entries were lost", journal.lost);
	char priority[] = "PRIORITY=4";
	char *const fields[] = { priority, message, NULL };

	if (message && send_entry(fields) == 0)
		journal.lost = 0;
}

void log_send(char *const *fields)
{
	if (journal.fd >= 0 && send_entry(fields) < 0)
		journal.lost++;
	else if (journal.lost > 0)
		tell_lost();
	for (; *fields; fields++)
		free(*fields);
}

void log_print(int priority, const char *format, ...)
{
	_cleanup_free_ char *message = NULL;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vasprintf(&message, format, arguments);
	va_end(arguments);
	if (length < 0)
		message = NULL;
	else
		LOG_SEND(log_field("PRIORITY=%d", priority),
			 log_field("MESSAGE=%s", message));
}
