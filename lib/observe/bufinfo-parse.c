/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/observe/bufinfo-parse.h"

#include <errno.h>
#include <string.h>

#define TITLE "\nDma-buf Objects:\n"
#define DEVICES_TITLE "\tAttached Devices:"
#define NO_NAME "<none>"

enum {
	COLUMN_DIGITS = 8, /* the kernel pads numbers to that many */
	NAME_LENGTH_MAX = 31, /* DMA_BUF_NAME_LEN and its NUL */
};

/* A part of the text; end points behind it. */
struct span {
	const char *begin;
	const char *end;
};

static bool span_is(struct span span, const char *text)
{
	size_t length = strlen(text);

	return (size_t)(span.end - span.begin) == length &&
	       memcmp(span.begin, text, length) == 0;
}

static unsigned int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned int)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned int)(c - 'a') + 10;
	return 16;
}

/* Takes least or more digits from the front of span. */
static bool take_number(struct span *span, unsigned int base, size_t least, uint64_t *ret)
{
	const char *cursor = span->begin;
	uint64_t value = 0;

	for (; cursor < span->end; cursor++) {
		unsigned int digit = digit_value(*cursor);

		if (digit >= base)
			break;
		if (__builtin_mul_overflow(value, base, &value) ||
		    __builtin_add_overflow(value, digit, &value))
			return false;
	}
	if ((size_t)(cursor - span->begin) < least)
		return false;
	span->begin = cursor;
	*ret = value;
	return true;
}

static bool take_text(struct span *span, const char *text)
{
	size_t length = strlen(text);

	if ((size_t)(span->end - span->begin) < length ||
	    memcmp(span->begin, text, length) != 0)
		return false;
	span->begin += length;
	return true;
}

static bool take_column(struct span *line, unsigned int base, uint64_t *ret)
{
	return take_number(line, base, COLUMN_DIGITS, ret) && take_text(line, "\t");
}

static bool take_exporter(struct span *line, struct bufinfo_object *object)
{
	const char *tab = memchr(line->begin, '\t', (size_t)(line->end - line->begin));

	if (!tab || tab == line->begin ||
	    memchr(line->begin, '\n', (size_t)(tab - line->begin)))
		return false;
	object->exporter = line->begin;
	object->exporter_length = (size_t)(tab - line->begin);
	line->begin = tab + 1;
	return true;
}

/* The columns before the name; where the name begins is left in ret->name. */
static bool parse_columns(struct span line, struct bufinfo_object *ret)
{
	struct bufinfo_object object = { 0 };
	uint64_t flags, mode;

	if (!take_column(&line, 10, &object.size) || !take_column(&line, 16, &flags) ||
	    !take_column(&line, 16, &mode) || !take_column(&line, 10, &object.count) ||
	    !take_exporter(&line, &object) || !take_column(&line, 10, &object.inode))
		return false;
	object.name = line.begin;
	*ret = object;
	return true;
}

/* The last line of text, which ends with a newline; without that newline. */
static struct span last_line(struct span text)
{
	struct span line = { .end = text.end - 1 };
	const char *newline = memrchr(text.begin, '\n', (size_t)(line.end - text.begin));

	line.begin = newline ? newline + 1 : text.begin;
	return line;
}

static bool ends_line(struct span text)
{
	return text.end > text.begin && text.end[-1] == '\n';
}

static bool parse_device_total(struct span line, uint64_t *ret)
{
	return take_text(&line, "Total ") && take_number(&line, 10, 1, ret) &&
	       span_is(line, " devices attached");
}

/*
 * Reads the end of an object backwards: blank line, total, devices, their title.
 * Returns where the title begins, NULL if it is not all there.
 */
static const char *find_devices(struct span text, struct bufinfo_object *object)
{
	uint64_t total, count = 0;
	struct span line;

	if (!ends_line(text))
		return NULL;
	text.end--;
	if (!ends_line(text))
		return NULL;
	line = last_line(text);
	if (!parse_device_total(line, &total))
		return NULL;
	for (text.end = line.begin; ends_line(text); text.end = line.begin, count++) {
		line = last_line(text);
		if (span_is(line, DEVICES_TITLE))
			break;
		if (line.begin == line.end || *line.begin != '\t')
			return NULL;
	}
	if (!ends_line(text) || count != total || total > UINT32_MAX)
		return NULL;
	object->devices = text.end;
	object->n_devices = (uint32_t)total;
	return line.begin;
}

static bool is_fence(struct span line)
{
	return line.begin < line.end && *line.begin == '\t' &&
	       memmem(line.begin, (size_t)(line.end - line.begin), " fence:", 7);
}

/*
 * The name ends before the first fence. One that itself looks like a fence from its
 * second line on is cut there: the text cannot tell.
 */
static struct span find_name(struct span text)
{
	struct span name = { .begin = text.begin, .end = text.end };
	const char *newline = memchr(text.begin, '\n', (size_t)(text.end - text.begin));

	while (newline) {
		struct span line = { .begin = newline + 1, .end = text.end };
		const char *next;

		next = memchr(line.begin, '\n', (size_t)(line.end - line.begin));
		if (next)
			line.end = next;
		if (line.begin == text.end || is_fence(line)) {
			name.end = newline;
			break;
		}
		newline = next;
	}
	return name;
}

/* Completes the object whose name and all that follows it is text. */
static void finish_object(struct span text, struct bufinfo_object *object)
{
	const char *title = find_devices(text, object);
	const char *newline;
	struct span name;

	object->devices_known = title != NULL;
	if (title)
		text.end = title;
	name = find_name(text);
	newline = memchr(name.begin, '\n', (size_t)(name.end - name.begin));
	if (name.end - name.begin > NAME_LENGTH_MAX && newline)
		name.end = newline;
	if (!span_is(name, NO_NAME))
		object->name_length = (size_t)(name.end - name.begin);
}

/* Takes the last line and the blank one before it from the end of text. */
static bool take_totals(struct span *text, struct bufinfo_totals *totals)
{
	struct span line;

	if (!ends_line(*text))
		return false;
	line = last_line(*text);
	if (line.begin - text->begin < 1 || line.begin[-1] != '\n')
		return false;
	text->end = line.begin - 1;
	return take_text(&line, "Total ") &&
	       take_number(&line, 10, 1, &totals->announced_objects) &&
	       take_text(&line, " objects, ") &&
	       take_number(&line, 10, 1, &totals->announced_bytes) &&
	       span_is(line, " bytes");
}

static void count_object(const struct bufinfo_object *object,
			 struct bufinfo_totals *totals)
{
	totals->objects++;
	totals->bytes += object->size;
	totals->unclear += !object->devices_known;
}

/* The first object line behind the line text begins in; NULL if there is none. */
static const char *find_object(struct span text, struct bufinfo_object *ret)
{
	const char *newline = text.begin;

	while ((newline = memchr(newline, '\n', (size_t)(text.end - newline)))) {
		struct span line = { .begin = ++newline, .end = text.end };

		if (parse_columns(line, ret))
			return newline;
	}
	return NULL;
}

static void parse_objects(struct span text, bufinfo_object_function function, void *data,
			  struct bufinfo_totals *totals)
{
	struct bufinfo_object object, next;
	const char *line = find_object(text, &object);

	while (line) {
		struct span tail = { .begin = object.name, .end = text.end };

		line = find_object(tail, &next);
		if (line)
			tail.end = line;
		finish_object(tail, &object);
		count_object(&object, totals);
		function(&object, data);
		object = next;
	}
}

int bufinfo_parse(const char *text, size_t length, bufinfo_object_function function,
		  void *data, struct bufinfo_totals *ret)
{
	struct span rest = { .begin = text, .end = text + length };
	struct bufinfo_totals totals = { 0 };
	struct span before;

	if (!take_text(&rest, TITLE))
		return -EBADMSG;
	before = rest;
	totals.complete = take_totals(&rest, &totals);
	if (!totals.complete)
		rest = before;
	parse_objects(rest, function, data, &totals);
	*ret = totals;
	return 0;
}

const char *bufinfo_next_device(const char *line, const char **ret_name,
				size_t *ret_length)
{
	const char *newline = rawmemchr(line, '\n');

	*ret_name = line + 1;
	*ret_length = (size_t)(newline - line - 1);
	return newline + 1;
}
