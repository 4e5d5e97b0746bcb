/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_MODEL_RESULT_H
#define DMABUFCTL_MODEL_RESULT_H

/* What came of an act. Owns all it points to; texts are copied in. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/array.h"
#include "lib/model/act.h"
#include "lib/model/snapshot.h"

enum act_outcome {
	OUTCOME_DONE,
	OUTCOME_PARTIAL, /* some buffers, not all */
	OUTCOME_TIMED_OUT,
	OUTCOME_REFUSED,
	OUTCOME_FAILED,
	OUTCOME_UNSUPPORTED,
	OUTCOME_NOTHING_TO_DO,
	OUTCOME_INTERRUPTED,
};

enum step_outcome {
	STEP_DONE,
	STEP_TIMED_OUT,
	STEP_FAILED,
	STEP_REFUSED,
	STEP_SKIPPED,
	STEP_UNDONE,
};

struct step_result {
	enum step_kind step;
	enum step_outcome outcome;
	int64_t duration_us; /* inside its kernel calls; -1: not measured */
	const char *detail; /* NULL: nothing to add */
};

struct buffer_result {
	uint64_t inode;
	enum buffer_state before, after;
	enum evidence verified; /* of after: kernel, inferred or none */
	const char *detail; /* importers that do not come back ...; NULL: nothing */
};

/* A step that the kernel has not come back from. */
struct stuck {
	enum step_kind step;
	pid_t pid; /* the disposable process that sleeps there */
	const char *function; /* kernel function; NULL: could not be read */
	const char *importer; /* NULL: unknown */
	uint64_t inode; /* buffer; 0: unknown */
	int64_t since_us; /* CLOCK_REALTIME */
	/* all of it in words, with what will end it; NULL: hidden from who asks */
	const char *reason;
};

/* A list has an end; how much there would be more is told in a note. */
enum { RESULT_NOTES_MAX = 1000, RESULT_BUFFERS_MAX = 20000 };

struct left_out {
	size_t count;
	char note[64];
};

struct result {
	const char *job; /* NULL: there was none (a dry run, nothing to do) */
	const char *device;
	enum act_verb verb;
	enum act_outcome outcome;
	enum revoke_method method; /* METHOD_AUTO: none was used */
	const char *reason; /* of refused, failed, unsupported, nothing-to-do; or NULL */
	const char *remedy; /* or NULL */
	ARRAY(struct step_result) steps;
	ARRAY(struct buffer_result) buffers;
	ARRAY(struct stuck) stuck;
	ARRAY(const char *) notes;
	struct left_out notes_left_out, buffers_left_out;
	struct pool *pool;
};

/* Interrupted, until it is ended. job may be NULL. NULL: out of memory. */
struct result *result_new(const char *job, const char *device, enum act_verb verb);
void result_free(struct result *result); /* NULL is allowed */

/*
 * Each appends or sets a copy, with a formatted text (format NULL: none). Buffers and notes
 * beyond their maximum are counted only. 0 or -ENOMEM.
 */
int result_step(struct result *result, enum step_kind step, enum step_outcome outcome,
		int64_t duration_us, const char *format, ...)
	__attribute__((format(printf, 5, 6)));
int result_buffer(struct result *result, const struct buffer_result *buffer);
int result_stuck(struct result *result, const struct stuck *stuck);
int result_note(struct result *result, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* A note of a result that was written before: it has been counted. 0 or -ENOMEM. */
int result_note_again(struct result *result, const char *note);
int result_end(struct result *result, enum act_outcome outcome, const char *remedy,
	       const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Words of the JSON contract, and back: the value of a word, or -EINVAL. */
const char *act_outcome_name(enum act_outcome outcome);
const char *step_outcome_name(enum step_outcome outcome);
int act_outcome_parse(const char *word);
int step_outcome_parse(const char *word);

#endif
