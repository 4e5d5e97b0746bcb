/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_ERROR_H
#define DMABUFCTL_CMD_ERROR_H

/*
 * The one place where an error becomes words: what failed, on what, why; and what to
 * do about it. Messages may contain text of users: it is made safe here.
 */

#include <stdbool.h>

#include "lib/model/exit-status.h"

struct options;

/* An error that is told later, once it is known how. Zeroed: none. */
struct error {
	enum exit_status status;
	char *message;
	char *hint; /* NULL: nothing to advise */
};

/* The first error stays, later ones are dropped. hint may be NULL. */
void error_set(struct error *error, enum exit_status status, const char *hint,
	       const char *format, ...) __attribute__((format(printf, 4, 5)));
void error_done(struct error *error);

/*
 * Tell it: as a line (and one for the hint) on stderr, or as the JSON object of an
 * error on stdout. Returns the status.
 */
int error_tell(const struct options *options, const struct error *error);

/* Both in one. Returns status. */
int error_report(const struct options *options, enum exit_status status, const char *hint,
		 const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Lack of memory, which needs no words of its own. Returns STATUS_FAILED. */
int error_memory(const struct options *options);

#endif
