/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_FIELD_H
#define DMABUFCTL_CMD_FIELD_H

/* "Key:   value" lines, with the values below each other. */

#include <stdint.h>
#include <stdio.h>

/* Any text; it is made safe. NULL shows as a dash. */
void field_text(FILE *stream, const char *key, const char *text);

/* Text that is safe already; takes it. NULL: out of memory, shows as a question mark. */
void field_take(FILE *stream, const char *key, char *text);

void field_unsigned(FILE *stream, const char *key, uint64_t number);

/* A negative number shows as a dash. */
void field_number(FILE *stream, const char *key, int64_t number);

/* "value (detail)"; without a detail the value alone. Both are made safe. */
void field_detail(FILE *stream, const char *key, const char *value, const char *detail);

#endif
