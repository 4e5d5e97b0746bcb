/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufd/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/act/journal-sender.h"
#include "lib/base/cleanup.h"

enum { FIELDS_MAX = 16 };

/* One for the process, as the journal is. */
static struct journal_sender journal = JOURNAL_SENDER_NONE;

int log_open(const char *path)
{
	return journal_sender_open(path, 0, &journal);
}

void log_close(void)
{
	journal_sender_close(&journal);
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

void log_send(char *const *fields)
{
	struct iovec items[FIELDS_MAX];
	size_t count = 0;

	for (char *const *field = fields; *field && count < FIELDS_MAX; field++)
		items[count++] = (struct iovec){ *field, strlen(*field) };
	journal_sender_put(&journal, items, count);
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
