/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/notes.h"

#include "lib/base/cleanup.h"
#include "lib/base/text.h"

void notes_print_count(FILE *stream, size_t count, const char *singular,
		       const char *plural)
{
	(void)fprintf(stream, "%zu %s", count, count == 1 ? singular : plural);
}

static bool answered(const struct snapshot *snapshot, enum source source)
{
	enum source_outcome outcome = snapshot->sources[source].outcome;

	return outcome == SOURCE_OK || outcome == SOURCE_PARTIAL;
}

/*
 * Is the answer weaker for how this source fared? bpf alone tells everything; without
 * it bufinfo has the buffers and proc the holders, and sysfs stats are a spare.
 */
static bool weakens(const struct snapshot *snapshot, enum source source)
{
	switch (snapshot->sources[source].outcome) {
	case SOURCE_UNUSED:
	case SOURCE_OK:
		return false;
	case SOURCE_PARTIAL:
		/* said in other words already */
		return source != SOURCE_PROC || snapshot->unreadable_processes == 0;
	case SOURCE_BLOCKED:
		return true;
	case SOURCE_REFUSED:
	case SOURCE_MISSING:
		break;
	}
	if (source == SOURCE_SYSFS)
		return false;
	return source == SOURCE_BPF || !answered(snapshot, SOURCE_BPF);
}

static void print_source(FILE *stream, const struct snapshot *snapshot,
			 enum source source)
{
	const struct source_status *status = &snapshot->sources[source];
	_cleanup_free_ char *why = text_for_terminal(status->why ? status->why : "");

	(void)fprintf(stream, "%s: %s%s%s\n", source_name(source),
		      source_outcome_name(status->outcome), status->why ? ": " : "",
		      why ? why : "");
}

bool notes_needed(const struct snapshot *snapshot, bool verbose)
{
	bool needed = verbose || snapshot->unreadable_processes > 0;

	for (enum source source = 0; source < SOURCE_COUNT; source++)
		needed |= weakens(snapshot, source);
	return needed;
}

void notes_print(FILE *stream, const struct snapshot *snapshot, bool verbose)
{
	if (snapshot->unreadable_processes > 0) {
		notes_print_count(stream, snapshot->unreadable_processes, "process",
				  "processes");
		(void)fputs(" could not be read.\n", stream);
	}
	for (enum source source = 0; source < SOURCE_COUNT; source++)
		if (verbose || weakens(snapshot, source))
			print_source(stream, snapshot, source);
}

bool notes_anything_answered(const struct snapshot *snapshot)
{
	for (enum source source = 0; source < SOURCE_COUNT; source++)
		if (answered(snapshot, source))
			return true;
	return false;
}
