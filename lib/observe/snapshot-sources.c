/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/observe/joiner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare_opinions(const void *one, const void *other)
{
	const struct opinion *a = one, *b = other;

	if (a->inode != b->inode)
		return a->inode < b->inode ? -1 : 1;
	return (a->attachments > b->attachments) - (a->attachments < b->attachments);
}

/* How many buffers only one source has, or both have with other attachments. */
static size_t count_differences(struct joiner *joiner)
{
	struct opinion *first = joiner->first_opinions.items;
	struct opinion *second = joiner->second_opinions.items;
	size_t i = 0, j = 0, different = 0;

	qsort(first, joiner->first_opinions.count, sizeof(*first), compare_opinions);
	qsort(second, joiner->second_opinions.count, sizeof(*second), compare_opinions);
	while (i < joiner->first_opinions.count || j < joiner->second_opinions.count) {
		bool has_first = i < joiner->first_opinions.count;
		bool has_second = j < joiner->second_opinions.count;

		if (!has_second || (has_first && first[i].inode < second[j].inode)) {
			i++;
			different++;
		} else if (!has_first || second[j].inode < first[i].inode) {
			j++;
			different++;
		} else {
			different += compare_opinions(&first[i++], &second[j++]) != 0;
		}
	}
	return different;
}

static void add_why(char text[RECORD_WHY], const char *why)
{
	size_t length = strlen(text);

	(void)snprintf(text + length, RECORD_WHY - length, "%s%s", length > 0 ? "; " : "",
		       why);
}

/* A source that was ok becomes partial; what it lacks is told behind a semicolon. */
static void weaken(struct source_progress *progress, const char *why)
{
	if (progress->outcome != SOURCE_OK && progress->outcome != SOURCE_PARTIAL &&
	    progress->outcome != SOURCE_BLOCKED)
		return;
	if (progress->outcome == SOURCE_OK)
		progress->outcome = SOURCE_PARTIAL;
	if (progress->anonymous[0])
		add_why(progress->anonymous, why);
	add_why(progress->why, why);
}

void joiner_weaken(struct joiner *joiner, const char *why)
{
	struct source_progress *proc = &joiner->progress[SOURCE_PROC];

	weaken(proc->ended ? proc : &joiner->progress[SOURCE_BPF], why);
}

bool joiner_has_ended_well(const struct joiner *joiner, enum source source)
{
	const struct source_progress *progress = &joiner->progress[source];

	return progress->ended && progress->outcome == SOURCE_OK;
}

/*
 * proc/PID/maps names a buffer, but only fdinfo describes it. Where all buffers are
 * listed, one that is missing was made after that.
 */
static size_t count_unlisted(struct joiner *joiner)
{
	size_t unlisted = 0;

	if (joiner_has_ended_well(joiner, SOURCE_BPF) ||
	    joiner_has_ended_well(joiner, SOURCE_BUFINFO) ||
	    joiner_has_ended_well(joiner, SOURCE_SYSFS))
		return 0;
	for (size_t i = 0; i < joiner->mapped.count; i++)
		unlisted += inode_set_add(&joiner->listed, joiner->mapped.items[i]);
	return unlisted;
}

static void finish_progress(struct joiner *joiner)
{
	struct source_progress *bpf = &joiner->progress[SOURCE_BPF];
	struct source_progress *proc = &joiner->progress[SOURCE_PROC];
	struct source_progress *bufinfo = &joiner->progress[SOURCE_BUFINFO];
	size_t different, unlisted = count_unlisted(joiner);
	char why[RECORD_WHY];

	if (unlisted > 0) {
		(void)snprintf(why, sizeof(why),
			       "%zu buffer%s only mapped and not listed", unlisted,
			       unlisted == 1 ? " is" : "s are");
		weaken(proc, why);
	}
	if (joiner->unreadable.count > 0) {
		(void)snprintf(why, sizeof(why), "%zu process%s could not be read",
			       joiner->unreadable.count,
			       joiner->unreadable.count == 1 ? "" : "es");
		joiner_weaken(joiner, why);
	}
	if (joiner->cut_attachments > 0) {
		(void)snprintf(why, sizeof(why), "%llu attachments are not listed",
			       (unsigned long long)joiner->cut_attachments);
		weaken(bpf, why);
	}
	if (joiner->changed > 0) {
		(void)snprintf(why, sizeof(why),
			       "attachments of %llu buffers changed while they were read",
			       (unsigned long long)joiner->changed);
		weaken(bpf, why);
	}
	if (bufinfo->outcome != SOURCE_OK || !joiner->passes[PASS_BUFFERS])
		return;
	different = count_differences(joiner);
	if (different > 0) {
		(void)snprintf(why, sizeof(why), "%zu buffer%s differ%s from bpf",
			       different, different == 1 ? "" : "s",
			       different == 1 ? "s" : "");
		weaken(bufinfo, why);
	}
}

int joiner_finish_sources(struct joiner *joiner)
{
	finish_progress(joiner);
	for (int i = 0; i < SOURCE_COUNT; i++) {
		const struct source_progress *progress = &joiner->progress[i];
		int r = builder_source(joiner->builder, (enum source)i,
				       progress->ended ? progress->outcome
						       : SOURCE_UNUSED,
				       progress->why[0] ? progress->why : NULL);

		if (r == 0 && progress->anonymous[0])
			r = builder_source_anonymous(joiner->builder, (enum source)i,
						     progress->anonymous);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < joiner->unreadable.count; i++)
		builder_unreadable_process(joiner->builder);
	return 0;
}
