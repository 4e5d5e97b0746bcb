/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/format.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"

/* asprintf() as an expression. */
__attribute__((format(printf, 1, 2))) static char *print(const char *format, ...)
{
	va_list arguments;
	char *text;
	int r;

	va_start(arguments, format);
	r = vasprintf(&text, format, arguments);
	va_end(arguments);
	return r < 0 ? NULL : text;
}

char *format_size(uint64_t bytes)
{
	static const char units[] = "BKMGTPE";
	uint64_t unit = 1, tenths;
	size_t i = 0;

	while (i < sizeof(units) - 2 && bytes / unit >= 1024) {
		unit *= 1024;
		i++;
	}
	if (i == 0)
		return print("%" PRIu64 "B", bytes);
	tenths = bytes / unit * 10 + (bytes % unit * 10 + unit / 2) / unit;
	if (tenths % 10 == 0)
		return print("%" PRIu64 "%c", tenths / 10, units[i]);
	return print("%" PRIu64 ".%" PRIu64 "%c", tenths / 10, tenths % 10, units[i]);
}

char *format_process(const struct process *process)
{
	_cleanup_free_ char *comm = NULL;

	if (!process || (process->pid <= 0 && !process->comm))
		return strdup("?");
	comm = text_for_terminal(process->comm ? process->comm : "?");
	if (!comm)
		return NULL;
	if (process->pid <= 0)
		return TAKE_PTR(comm);
	return print("%s[%d]", comm, process->pid);
}

static bool is_plain(const char *text)
{
	for (; *text; text++)
		if (*text <= ' ' || *text > '~')
			return false;
	return true;
}

char *format_unit(const char *unit)
{
	return is_plain(unit) ? strdup(unit) : text_for_terminal(unit);
}

char *format_holding(const struct holder *holder)
{
	if (holder->kind == HOLDER_MAP)
		return strdup("map");
	return holder->fd < 0 ? strdup("fd") : print("fd %d", holder->fd);
}
