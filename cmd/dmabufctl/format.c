/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/format.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/base/time-span.h"

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

/* Nothing but ASCII from first on: what text_for_terminal() changes is the backslash. */
static bool is_plain(const char *text, char first)
{
	for (; *text; text++)
		if (*text < first || *text > '~')
			return false;
	return true;
}

char *format_unit(const char *unit)
{
	return is_plain(unit, '!') ? strdup(unit) : text_for_terminal(unit);
}

char *format_sentence(const char *sentence)
{
	return is_plain(sentence, ' ') ? strdup(sentence) : text_for_terminal(sentence);
}

/* "5 min ago"; empty for the future, and for what is long ago. */
static void print_age(char text[32], int64_t seconds)
{
	if (seconds < 0 || seconds >= 100 * 86400)
		text[0] = '\0';
	else if (seconds < 60)
		(void)snprintf(text, 32, " (%d s ago)", (int)seconds);
	else if (seconds < 3600)
		(void)snprintf(text, 32, " (%d min ago)", (int)(seconds / 60));
	else if (seconds < 2 * 86400)
		(void)snprintf(text, 32, " (%d h ago)", (int)(seconds / 3600));
	else
		(void)snprintf(text, 32, " (%d days ago)", (int)(seconds / 86400));
}

char *format_moment(int64_t us)
{
	time_t seconds = (time_t)(us / 1000000);
	char moment[32];
	struct tm tm;

	if (!localtime_r(&seconds, &tm) ||
	    strftime(moment, sizeof(moment), "%Y-%m-%d %H:%M:%S", &tm) == 0)
		return strdup("?");
	return strdup(moment);
}

char *format_since(int64_t since_us, int64_t now_us)
{
	_cleanup_free_ char *moment = format_moment(since_us);
	char age[32];

	if (!moment)
		return NULL;
	print_age(age, now_us / 1000000 - since_us / 1000000);
	return print("%s%s", moment, age);
}

/* Below a second: one digit behind the point. */
static char *format_short_span(uint64_t us)
{
	uint64_t tenths = (us + 50) / 100;

	if (tenths % 10 == 0)
		return print("%" PRIu64 " ms", tenths / 10);
	return print("%" PRIu64 ".%" PRIu64 " ms", tenths / 10, tenths % 10);
}

char *format_span(uint64_t us)
{
	uint64_t seconds = us / 1000000, minutes = seconds / 60, tenths;

	if (us == TIME_SPAN_INFINITE)
		return strdup("no limit");
	if (us < 1000000)
		return format_short_span(us);
	if (minutes >= 60)
		return print(minutes % 60 ? "%" PRIu64 " h %" PRIu64 " min"
					  : "%" PRIu64 " h",
			     minutes / 60, minutes % 60);
	if (minutes > 0)
		return print(seconds % 60 ? "%" PRIu64 " min %" PRIu64 " s"
					  : "%" PRIu64 " min",
			     minutes, seconds % 60);
	tenths = us / 100000 % 10;
	return tenths ? print("%" PRIu64 ".%" PRIu64 " s", seconds, tenths)
		      : print("%" PRIu64 " s", seconds);
}

char *format_holding(const struct holder *holder)
{
	if (holder->kind == HOLDER_MAP)
		return strdup("map");
	return holder->fd < 0 ? strdup("fd") : print("fd %d", holder->fd);
}
