/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/act-progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/dmabufctl/format.h"

static void print_sentence(FILE *stream, const char *sentence)
{
	char *text = format_sentence(sentence);

	(void)fputs(text ? text : "?", stream);
	free(text);
}

static const char *gerund(enum act_verb verb)
{
	static const char *const words[] = {
		[ACT_REVOKE] = "revoking",
		[ACT_RESTORE] = "restoring",
		[ACT_RELEASE] = "releasing",
		[ACT_REASSIGN] = "reassigning",
	};

	return words[verb];
}

/* " (8 s left)"; a limit that is over, or none, says nothing. */
static void print_time_left(FILE *stream, const struct job_progress *progress,
			    int64_t now_us)
{
	int64_t left;

	if (progress->timeout_us > (uint64_t)INT64_MAX / 2)
		return;
	left = progress->since_us + (int64_t)progress->timeout_us - now_us;
	if (left > 0)
		(void)fprintf(stream, " (%" PRId64 " s left)", (left + 999999) / 1000000);
}

static void print_progress(FILE *stream, const struct job *job, int64_t now_us)
{
	const struct job_progress *progress = &job->progress;

	(void)fprintf(stream, "%s ", gerund(job->wish.verb));
	print_sentence(stream, job->wish.device);
	if (!progress->known)
		return;
	(void)fprintf(stream, ": %s", step_kind_name(progress->step));
	/* the time first: a narrow terminal cuts the end */
	print_time_left(stream, progress, now_us);
	if (*progress->awaited) {
		(void)fputs(": ", stream);
		print_sentence(stream, progress->awaited);
	}
}

char *act_progress_text(const struct job *job, int64_t now_us)
{
	char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	if (!stream)
		return NULL;
	print_progress(stream, job, now_us);
	if (fclose(stream) == 0)
		return text;
	free(text);
	return NULL;
}
