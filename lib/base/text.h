/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_BASE_TEXT_H
#define DMABUFCTL_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * The whole of text as an unsigned number: no sign, no blanks, nothing behind it.
 * base is 10 or 16 (without 0x); leading zeros never mean octal.
 * 0, -EINVAL (not a number) or -ERANGE.
 */
int text_to_u64(const char *text, unsigned int base, uint64_t *ret);

/* Is it well-formed UTF-8 without an embedded NUL? */
bool text_is_utf8(const char *text, size_t length);

/*
 * A malloc'ed copy that is valid UTF-8: every byte that is not becomes U+FFFD.
 * Control characters stay (JSON escapes them itself). NULL: out of memory.
 */
char *text_to_utf8(const char *text, size_t length);

/*
 * A malloc'ed copy that is safe on a terminal and stays on one line: C0 and C1
 * control characters and DEL become \xHH (\n and \t keep their names), backslash
 * becomes \\, invalid UTF-8 becomes U+FFFD, and the invisible characters that turn
 * or hide text (bidirectional controls, line separators) become \u{HHHH}.
 * NULL: out of memory.
 */
char *text_for_terminal(const char *text);

/* The bytes as lower-case hexadecimal digits, malloc'ed. NULL: out of memory. */
char *text_to_hex(const char *text, size_t length);

bool text_starts_with(const char *text, const char *prefix);

/* Editing distance (Levenshtein), for "did you mean". Texts are short: O(n*m). */
size_t text_distance(const char *one, const char *other);

#endif
