/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_NOTES_H
#define DMABUFCTL_CMD_NOTES_H

/*
 * What an answer lacks, a line each: sources that failed, how many processes could
 * not be read. verbose names every source.
 */

#include <stdbool.h>
#include <stdio.h>

#include "lib/model/snapshot.h"

/* Is there anything to print? */
bool notes_needed(const struct snapshot *snapshot, bool verbose);

void notes_print(FILE *stream, const struct snapshot *snapshot, bool verbose);

/* "3 processes", "1 process" */
void notes_print_count(FILE *stream, size_t count, const char *singular,
		       const char *plural);

/* Did any source answer? If not, an empty list says nothing. */
bool notes_anything_answered(const struct snapshot *snapshot);

#endif
