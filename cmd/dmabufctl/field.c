/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/field.h"

#include <inttypes.h>
#include <stdlib.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"

enum { KEY_WIDTH = 18 };

static void print_key(FILE *stream, const char *key)
{
	int printed = fprintf(stream, "%s:", key);

	(void)fprintf(stream, "%*s", printed < KEY_WIDTH ? KEY_WIDTH - printed : 1, "");
}

void field_take(FILE *stream, const char *key, char *text)
{
	print_key(stream, key);
	(void)fprintf(stream, "%s\n", text ? text : "?");
	free(text);
}

void field_text(FILE *stream, const char *key, const char *text)
{
	field_take(stream, key, text_for_terminal(text ? text : "-"));
}

void field_unsigned(FILE *stream, const char *key, uint64_t number)
{
	print_key(stream, key);
	(void)fprintf(stream, "%" PRIu64 "\n", number);
}

void field_number(FILE *stream, const char *key, int64_t number)
{
	if (number < 0)
		field_text(stream, key, NULL);
	else
		field_unsigned(stream, key, (uint64_t)number);
}

void field_detail(FILE *stream, const char *key, const char *value, const char *detail)
{
	_cleanup_free_ char *safe = text_for_terminal(value ? value : "-");
	_cleanup_free_ char *safe_detail = text_for_terminal(detail ? detail : "");

	print_key(stream, key);
	if (!detail || !*detail)
		(void)fprintf(stream, "%s\n", safe ? safe : "?");
	else
		(void)fprintf(stream, "%s (%s)\n", safe ? safe : "?",
			      safe_detail ? safe_detail : "?");
}
