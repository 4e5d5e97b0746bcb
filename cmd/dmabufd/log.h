/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFD_LOG_H
#define DMABUFD_LOG_H

/* Entries for the journal. Nobody waits for it: see lib/act/journal-sender.h. */

/* Until then, entries are dropped. 0 or negative errno. */
int log_open(const char *path);
void log_close(void);

/* "NAME=value", malloc'ed; NULL: out of memory. */
char *log_field(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Takes the fields of an entry, up to a NULL. */
void log_send(char *const *fields);

#define LOG_SEND(...) log_send((char *const[]){ __VA_ARGS__, NULL })

/* One that is only a message. */
void log_print(int priority, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
