/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cmd/dmabufctl/options.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/wire/error-json.h"
#include "lib/wire/json.h"

static const char no_memory[] = "out of memory";

__attribute__((format(printf, 4, 0))) static void
error_set_va(struct error *error, enum exit_status status, const char *hint,
	     const char *format, va_list arguments)
{
	if (error->status != STATUS_DONE)
		return;
	error->status = status;
	if (vasprintf(&error->message, format, arguments) < 0)
		error->message = NULL;
	error->hint = hint ? strdup(hint) : NULL;
}

void error_set(struct error *error, enum exit_status status, const char *hint,
	       const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	error_set_va(error, status, hint, format, arguments);
	va_end(arguments);
}

void error_done(struct error *error)
{
	free(error->message);
	free(error->hint);
	*error = (struct error){ 0 };
}

/* What a user typed may be anything. */
static void tell_line(const char *prefix, const char *text)
{
	_cleanup_free_ char *safe = text_for_terminal(text);

	(void)fprintf(stderr, "%s%s\n", prefix, safe ? safe : no_memory);
}

static void tell_text(const struct error *error)
{
	tell_line("dmabufctl: ", error->message ? error->message : no_memory);
	if (error->hint)
		tell_line("Hint: ", error->hint);
}

static int tell_json(const struct error *error, bool pretty)
{
	_cleanup_(wire_put) struct json_object *object = wire_error(
		error->status, error->message ? error->message : no_memory, error->hint);
	_cleanup_free_ char *text = NULL;

	if (!object)
		return -ENOMEM;
	text = wire_print(object, pretty);
	if (!text)
		return -ENOMEM;
	return puts(text) < 0 || fflush(stdout) < 0 ? -EIO : 0;
}

int error_tell(const struct options *options, const struct error *error)
{
	if (options->json == JSON_OFF ||
	    tell_json(error, options->json == JSON_PRETTY) < 0)
		tell_text(error);
	return error->status;
}

int error_report(const struct options *options, enum exit_status status, const char *hint,
		 const char *format, ...)
{
	_cleanup_(error_done) struct error error = { 0 };
	va_list arguments;

	va_start(arguments, format);
	error_set_va(&error, status, hint, format, arguments);
	va_end(arguments);
	return error_tell(options, &error);
}

int error_memory(const struct options *options)
{
	return error_report(options, STATUS_FAILED, NULL, "%s", no_memory);
}
