/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* Longest form of one input byte: "\u{1234}" and the like, rounded up. */
enum { ESCAPE_MAX = 12 };

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

int text_to_u64(const char *text, unsigned int base, uint64_t *ret)
{
	uint64_t value = 0;

	if (!*text)
		return -EINVAL;
	for (; *text; text++) {
		unsigned int digit = (unsigned int)digit_value(*text);

		if (digit >= base)
			return -EINVAL;
		if (__builtin_mul_overflow(value, base, &value) ||
		    __builtin_add_overflow(value, digit, &value))
			return -ERANGE;
	}
	*ret = value;
	return 0;
}

/* Bytes of a sequence that begins with lead, and the least code point it may hold. */
static size_t sequence_length(unsigned char lead, uint32_t *ret_minimum)
{
	if (lead >= 0xc2 && lead <= 0xdf) {
		*ret_minimum = 0x80;
		return 2;
	}
	if (lead >= 0xe0 && lead <= 0xef) {
		*ret_minimum = 0x800;
		return 3;
	}
	if (lead >= 0xf0 && lead <= 0xf4) {
		*ret_minimum = 0x10000;
		return 4;
	}
	return 0;
}

/* The bytes of the well-formed character at text, 0 if there is none. */
static size_t decode(const char *text, size_t length, uint32_t *ret_code)
{
	const unsigned char *bytes = (const unsigned char *)text;
	uint32_t code, minimum = 0;
	size_t size, i;

	if (bytes[0] < 0x80) {
		*ret_code = bytes[0];
		return 1;
	}
	size = sequence_length(bytes[0], &minimum);
	if (size == 0 || size > length)
		return 0;
	code = bytes[0] & (0x7fu >> size);
	for (i = 1; i < size; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (bytes[i] & 0x3f);
	}
	if (code < minimum || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	*ret_code = code;
	return size;
}

bool text_is_utf8(const char *text, size_t length)
{
	while (length > 0) {
		uint32_t code;
		size_t size = decode(text, length, &code);

		if (size == 0 || code == 0)
			return false;
		text += size;
		length -= size;
	}
	return true;
}

char *text_to_utf8(const char *text, size_t length)
{
	char *copy = malloc(length * strlen(REPLACEMENT) + 1);
	char *out = copy;

	if (!copy)
		return NULL;
	while (length > 0) {
		uint32_t code;
		size_t size = decode(text, length, &code);

		if (size == 0 || code == 0) {
			out = mempcpy(out, REPLACEMENT, strlen(REPLACEMENT));
			size = 1;
		} else {
			out = mempcpy(out, text, size);
		}
		text += size;
		length -= size;
	}
	*out = '\0';
	return copy;
}

static bool is_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code <= 0x9f);
}

/* Characters that are not seen but change how the others are seen. */
static bool is_deceptive(uint32_t code)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{ 0x00ad, 0x00ad }, /* soft hyphen */
		{ 0x061c, 0x061c }, /* Arabic letter mark */
		{ 0x200b, 0x200b }, /* zero width space */
		{ 0x200e, 0x200f }, /* direction marks */
		{ 0x2028, 0x202e }, /* separators, embeddings, overrides */
		{ 0x2060, 0x206f }, /* joiners, isolates */
		{ 0xfeff, 0xfeff }, /* byte order mark */
		{ 0xfff9, 0xfffb }, /* interlinear annotation */
		{ 0xe0000, 0xe007f }, /* tags */
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ranges); i++)
		if (code >= ranges[i].first && code <= ranges[i].last)
			return true;
	return false;
}

/* Writes one character as a terminal may see it, and says where it ends. */
static char *put_visible(char *out, const char *text, size_t size, uint32_t code)
{
	if (code == '\n')
		return mempcpy(out, "\\n", 2);
	if (code == '\t')
		return mempcpy(out, "\\t", 2);
	if (code == '\\')
		return mempcpy(out, "\\\\", 2);
	if (is_control(code))
		return out + snprintf(out, ESCAPE_MAX, "\\x%02x", code);
	if (is_deceptive(code))
		return out + snprintf(out, ESCAPE_MAX, "\\u{%04X}", code);
	return mempcpy(out, text, size);
}

char *text_for_terminal(const char *text)
{
	size_t length = strlen(text);
	char *copy = malloc(length * ESCAPE_MAX + 1);
	char *out = copy;

	if (!copy)
		return NULL;
	while (length > 0) {
		uint32_t code;
		size_t size = decode(text, length, &code);

		if (size == 0) {
			out = mempcpy(out, REPLACEMENT, strlen(REPLACEMENT));
			size = 1;
		} else {
			out = put_visible(out, text, size, code);
		}
		text += size;
		length -= size;
	}
	*out = '\0';
	return copy;
}

char *text_to_hex(const char *text, size_t length)
{
	static const char digits[] = "0123456789abcdef";
	char *hex = malloc(length * 2 + 1);
	size_t i;

	if (!hex)
		return NULL;
	for (i = 0; i < length; i++) {
		hex[2 * i] = digits[(unsigned char)text[i] >> 4];
		hex[2 * i + 1] = digits[(unsigned char)text[i] & 0xf];
	}
	hex[2 * length] = '\0';
	return hex;
}

bool text_starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

static size_t least(size_t a, size_t b, size_t c)
{
	size_t smaller = a < b ? a : b;

	return smaller < c ? smaller : c;
}

size_t text_distance(const char *one, const char *other)
{
	enum { WORD_MAX = 64 };
	size_t n = strlen(one), m = strlen(other), i, j;
	size_t row[WORD_MAX + 1];

	/* Nobody meant a word that long: it is as far away as can be. */
	if (n > WORD_MAX || m > WORD_MAX)
		return n > m ? n : m;
	for (j = 0; j <= m; j++)
		row[j] = j;
	for (i = 1; i <= n; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (j = 1; j <= m; j++) {
			size_t above = row[j];
			size_t changed = diagonal + (one[i - 1] != other[j - 1]);

			row[j] = least(above + 1, row[j - 1] + 1, changed);
			diagonal = above;
		}
	}
	return row[m];
}
