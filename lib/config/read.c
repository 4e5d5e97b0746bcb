/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ini.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/base/text.h"
#include "lib/config/config-internal.h"

/* A line of inih has 200 bytes, with its end and a NUL. */
enum { FILE_BYTES_MAX = 1 << 20, LINE_BYTES_MAX = 198, SHOWN_MAX = 64, SHOWN_TEXT = 800 };

/* A file of another kind that got here by accident has nothing but wrong lines. */
enum { COMPLAINTS_MAX = 32 };

enum place { PLACE_OUTSIDE, PLACE_IGNORED, PLACE_SECTION };

/*
 * What is being read. libinih as packaged tells its handler neither the line nor that a
 * section begins, and of wrong lines only the first: the reader that hands it the lines
 * sees to all three. What stands in a line is its business.
 */
struct source {
	const struct config_reader *reader;
	const char *path;
	const char *rest, *end; /* the lines to come */
	unsigned int line, complaints;
	enum place place; /* PLACE_SECTION: the last section of the configuration */
	bool key_expected; /* the line that inih has now is to give a key */
	int error; /* -ENOMEM */
};

/* What people wrote, fit to be shown. */
static void show(const char *text, size_t length, char shown[SHOWN_TEXT])
{
	_cleanup_free_ char *utf8 =
		text_to_utf8(text, length < SHOWN_MAX ? length : SHOWN_MAX);
	_cleanup_free_ char *safe = utf8 ? text_for_terminal(utf8) : NULL;

	(void)snprintf(shown, SHOWN_TEXT, "%s%s", safe ? safe : "?",
		       length > SHOWN_MAX ? "..." : "");
}

static void complain_about_file(const struct config_reader *reader, const char *path,
				unsigned int line, const char *message)
{
	_cleanup_free_ char *safe = text_for_terminal(path), *place = NULL;

	if (!safe)
		return;
	if (line == 0)
		reader->complain(reader->context, safe, message);
	else if (asprintf(&place, "%s:%u", safe, line) >= 0)
		reader->complain(reader->context, place, message);
}

__attribute__((format(printf, 2, 3))) static void complain(struct source *source,
							   const char *format, ...)
{
	char message[SHOWN_TEXT + 128];
	va_list arguments;

	if (source->complaints > COMPLAINTS_MAX)
		return;
	va_start(arguments, format);
	(void)vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	complain_about_file(source->reader, source->path, source->line,
			    source->complaints++ < COMPLAINTS_MAX
				    ? message
				    : "too much is wrong to name it all");
}

/* The name in "[name]", and nothing but a comment behind it. NULL: no such line. */
static const char *section_name(const char *line, char name[LINE_BYTES_MAX + 1])
{
	const char *end = strchr(line, ']');

	if (!end)
		return NULL;
	(void)snprintf(name, LINE_BYTES_MAX + 1, "%.*s", (int)(end - line - 1), line + 1);
	do
		end++;
	while (isspace((unsigned char)*end));
	return *end == '\0' || *end == ';' || *end == '#' ? name : NULL;
}

static void begin_section(struct source *source, const char *line)
{
	char buffer[LINE_BYTES_MAX + 1], shown[SHOWN_TEXT];
	const char *name = section_name(line, buffer);
	struct config_section section;

	source->place = PLACE_IGNORED;
	if (!name || config_section_parse(name, &section) < 0) {
		show(line, strlen(line), shown);
		complain(source, "unknown section %s: its keys are ignored", shown);
		return;
	}
	source->error = ARRAY_PUSH(&source->reader->config->sections, section);
	if (source->error == 0)
		source->place = PLACE_SECTION;
}

/*
 * A line without its end and without blanks in front: those would make inih take it for
 * more of the value before. Whether it could be handed to inih whole.
 */
static bool take_line(struct source *source, size_t most, char *buffer)
{
	static const char mark[] = "\xef\xbb\xbf";
	const char *line = source->rest;
	const char *end = memchr(line, '\n', (size_t)(source->end - line));
	size_t length;

	if (!end)
		end = source->end;
	source->rest = end == source->end ? end : end + 1;
	source->line++;
	if (source->line == 1 && end - line >= 3 && memcmp(line, mark, 3) == 0)
		line += 3;
	while (line < end && isspace((unsigned char)*line))
		line++;
	while (end > line && isspace((unsigned char)end[-1]))
		end--;
	length = (size_t)(end - line);
	/* keys behind a section that is not understood are not of the one before */
	if (length > 0 && *line == '[')
		source->place = PLACE_IGNORED;
	if (length > most || memchr(line, '\0', length)) {
		complain(source, length > most ? "line too long: ignored"
					       : "line with a NUL byte: ignored");
		return false;
	}
	memcpy(buffer, line, length);
	buffer[length] = '\0';
	return true;
}

/* Called as fgets() would be. */
static char *next_line(char *buffer, int size, void *stream)
{
	char line[LINE_BYTES_MAX + 1] = "";
	struct source *source = stream;
	size_t most;

	assert(size > 2);
	most = (size_t)size - 2;
	if (source->key_expected)
		complain(source, "neither a section nor a key: ignored");
	source->key_expected = false;
	if (source->error < 0 || source->rest == source->end)
		return NULL;
	if (!take_line(source, most < LINE_BYTES_MAX ? most : LINE_BYTES_MAX, line))
		line[0] = '\0';
	if (line[0] == '[')
		begin_section(source, line);
	else
		source->key_expected = line[0] && !strchr(";#", line[0]);
	(void)snprintf(buffer, (size_t)size, "%s\n", line);
	return buffer;
}

static int take_key(struct source *source, const char *name, const char *value)
{
	struct config *config = source->reader->config;
	struct config_section *section =
		&config->sections.items[config->sections.count - 1];
	int key = config_key_parse(name), r;
	char shown[SHOWN_TEXT];

	if (key < 0) {
		show(name, strlen(name), shown);
		complain(source, "unknown key: '%s'", shown);
		return 0;
	}
	r = config_value_parse(config, section, (enum config_key)key, value);
	if (r != -EINVAL)
		return r;
	show(value, strlen(value), shown);
	complain(source, "%s= takes %s, not '%s': ignored", name,
		 config_key_expects((enum config_key)key), shown);
	return 0;
}

static int on_key(void *context, const char *section, const char *name, const char *value)
{
	struct source *source = context;

	(void)section; /* cut after 49 bytes */
	source->key_expected = false;
	if (source->place == PLACE_OUTSIDE)
		complain(source, "a key before the first section: ignored");
	else if (source->place == PLACE_SECTION && source->error == 0)
		source->error = take_key(source, name, value);
	return 1; /* to inih non-zero is success */
}

static int parse(const struct config_reader *reader, const char *path, const char *text,
		 size_t length)
{
	struct source source = {
		.reader = reader,
		.path = path,
		.rest = text,
		.end = text + length,
	};

	/* a wrong line, which it returns, has been complained about */
	if (ini_parse_stream(next_line, &source, on_key, &source) == -2)
		return -ENOMEM;
	return source.error;
}

static const char *words_of(int error)
{
	switch (error) {
	case -ENOENT:
		return "the link leads nowhere";
	case -ENXIO:
		return "not a regular file";
	case -E2BIG:
		return "too many drop-ins";
	}
	return strerror(-error);
}

static int read_text(int root_fd, const char *path, char **ret_text, size_t *ret_length)
{
	_cleanup_close_ int fd = config_file_open(root_fd, path);

	return fd < 0 ? fd : file_read_fd(fd, FILE_BYTES_MAX, ret_text, ret_length);
}

int config_read_file(const struct config_reader *reader, const struct config_file *file)
{
	_cleanup_free_ char *text = NULL;
	size_t length = 0;
	int r = file->error;

	if (r == 0)
		r = read_text(reader->root_fd, file->path, &text, &length);
	if (r == -ENODATA)
		return 0;
	if (r < 0) {
		complain_about_file(reader, file->path, 0, words_of(r));
		return r;
	}
	return parse(reader, file->path, text, length);
}
