/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ini.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/base/text.h"
#include "lib/config/config-internal.h"

enum { FILE_BYTES_MAX = 1 << 20, LINE_BYTES_MAX = 198, WORD_SHOWN = 64 };

/*
 * What is being read. libinih as packaged does not tell its handler the line: the reader
 * that gives it its lines counts them.
 */
struct source {
	struct config_reader *reader;
	const char *path;
	char *rest; /* the lines to come; NULL: no more */
	unsigned int line;
	bool in_section; /* the last section of the configuration is of this file */
	char section[128]; /* its name; the one that is not understood too */
	bool understood;
	int error; /* -ENOMEM */
};

static void source_complain(const struct source *source, const char *message)
{
	_cleanup_free_ char *place = NULL;

	if (asprintf(&place, "%s:%u", source->path, source->line) < 0)
		place = NULL;
	else
		source->reader->complain(source->reader->context, place, message);
}

static void complain_at(const struct source *source, const char *why, const char *what)
{
	_cleanup_free_ char *shown = text_for_terminal(what), *message = NULL;

	if (!shown || asprintf(&message, "%s: '%.*s'", why, WORD_SHOWN, shown) < 0)
		message = NULL;
	else
		source_complain(source, message);
}

/* As fgets(): one line with its end. A line that inih would cut becomes an empty one. */
static char *next_line(char *buffer, int size, void *stream)
{
	struct source *source = stream;

	char *line = strsep(&source->rest, "\n");
	size_t length = line ? strlen(line) : 0;

	if (!line || (!source->rest && length == 0))
		return NULL;
	source->line++;
	if (length > 0 && line[length - 1] == '\r')
		line[--length] = '\0';
	if (length > LINE_BYTES_MAX || length + 2 > (size_t)size) {
		complain_at(source, "line too long", line);
		line += length;
	}
	/* to inih a blank in front would go on with the value before */
	line += strspn(line, " \t");
	(void)snprintf(buffer, (size_t)size, "%s\n", line);
	return buffer;
}

/* Once for each section, by the first key in it. */
static int begin_section(struct source *source, const char *name)
{
	struct config_section section;

	(void)snprintf(source->section, sizeof(source->section), "%s", name);
	source->in_section = true;
	source->understood = config_section_parse(name, &section) == 0;
	if (!source->understood) {
		complain_at(source, "unknown section", name);
		return 0;
	}
	return ARRAY_PUSH(&source->reader->config->sections, section);
}

static int take(struct source *source, const char *name, const char *value)
{
	struct config *config = source->reader->config;
	int key = config_key_parse(name), r;

	if (key < 0) {
		complain_at(source, "unknown key", name);
		return 0;
	}
	r = config_value_parse(&config->sections.items[config->sections.count - 1],
			       (enum config_key)key, value);
	if (r == -EINVAL) {
		complain_at(source, "not a value of this key", value);
		return 0;
	}
	return r;
}

/* inih wants non-zero for success. */
static int on_key(void *context, const char *section, const char *name, const char *value)
{
	struct source *source = context;
	int r = 0;

	if (!source->in_section || strcmp(source->section, section) != 0)
		r = begin_section(source, section);
	if (r == 0 && source->understood)
		r = take(source, name, value ? value : "");
	if (r < 0)
		source->error = r;
	return 1;
}

static int parse(struct config_reader *reader, const char *path, char *text)
{
	struct source source = { .reader = reader, .path = path, .rest = text };
	int line = ini_parse_stream(next_line, &source, on_key, &source);

	if (line == -2 || source.error < 0)
		return -ENOMEM;
	if (line > 0) {
		source.line = (unsigned int)line;
		source_complain(&source, "neither a section nor a key=value line");
	}
	return 0;
}

int config_read_file(struct config_reader *reader, const struct config_file *file)
{
	_cleanup_free_ char *text = NULL;
	size_t length;
	int r = file->fd < 0 ? file->fd
			     : file_read_fd(file->fd, FILE_BYTES_MAX, &text, &length);

	if (r == 0 && strlen(text) != length)
		r = -EINVAL; /* a NUL would hide the rest */
	if (r < 0) {
		reader->complain(reader->context, file->path, strerror(-r));
		return r;
	}
	return parse(reader, file->path, text);
}
