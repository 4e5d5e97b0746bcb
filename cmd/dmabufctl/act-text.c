/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/act-text.h"

#include <inttypes.h>
#include <string.h>

#include "cmd/dmabufctl/colour.h"
#include "cmd/dmabufctl/format.h"
#include "lib/base/cleanup.h"

enum { KEY_WIDTH = 7 };

static void print_taken(FILE *stream, char *text)
{
	(void)fputs(text ? text : "?", stream);
	free(text);
}

static void print_sentence(FILE *stream, const char *sentence)
{
	print_taken(stream, format_sentence(sentence));
}

static void print_key(FILE *stream, const char *key)
{
	(void)fprintf(stream, "  %-*s ", KEY_WIDTH, key);
}

static void print_line(FILE *stream, const char *key, const char *sentence)
{
	print_key(stream, key);
	print_sentence(stream, sentence);
	(void)fputc('\n', stream);
}

/* Is the buffer as the verb wants it? */
static bool is_as_wanted(enum act_verb verb, const struct buffer_result *buffer)
{
	if (verb == ACT_RESTORE)
		return buffer->after == BUFFER_STATE_LIVE;
	return buffer->after == BUFFER_STATE_REVOKED ||
	       buffer->after == BUFFER_STATE_ORPHANED;
}

static const char *verification(enum evidence weakest)
{
	switch (weakest) {
	case EVIDENCE_KERNEL:
		return "verified by the kernel";
	case EVIDENCE_NONE:
		return "not verified";
	default:
		return "inferred, not read from the kernel";
	}
}

/* ", 3 of 3 buffers, verified by the kernel": the weakest of the claims counts. */
static void print_buffer_count(FILE *stream, const struct result *result)
{
	enum evidence weakest = EVIDENCE_KERNEL;
	size_t count = 0;

	if (result->verb != ACT_REVOKE && result->verb != ACT_RESTORE)
		return;
	if (result->buffers.count == 0)
		return;
	for (size_t i = 0; i < result->buffers.count; i++) {
		const struct buffer_result *buffer = &result->buffers.items[i];

		if (!is_as_wanted(result->verb, buffer))
			continue;
		count++;
		if (buffer->verified < weakest)
			weakest = buffer->verified;
	}
	(void)fprintf(stream, ", %zu of %zu %s", count, result->buffers.count,
		      result->buffers.count == 1 ? "buffer" : "buffers");
	if (count > 0)
		(void)fprintf(stream, ", %s", verification(weakest));
}

static const char *participle(enum act_verb verb)
{
	static const char *const words[] = {
		[ACT_REVOKE] = "revoked",
		[ACT_RESTORE] = "restored",
		[ACT_RELEASE] = "released",
		[ACT_REASSIGN] = "reassigned",
	};

	return words[verb];
}

static void print_success(FILE *stream, const struct result *result,
			  const struct act_style *style)
{
	const char *driver = style->driver;

	(void)fputs(participle(result->verb), stream);
	if (result->method != METHOD_AUTO)
		(void)fprintf(stream, " (%s)", revoke_method_name(result->method));
	if (result->verb == ACT_REASSIGN && driver)
		(void)fprintf(stream, ", %s%s",
			      strcmp(driver, "-") == 0 ? "no driver has it" : "now of ",
			      strcmp(driver, "-") == 0 ? "" : driver);
	print_buffer_count(stream, result);
}

static const char *headword(enum act_outcome outcome)
{
	static const char *const words[] = {
		[OUTCOME_PARTIAL] = "done in part",
		[OUTCOME_TIMED_OUT] = "timed out",
		[OUTCOME_REFUSED] = "refused",
		[OUTCOME_FAILED] = "failed",
		[OUTCOME_UNSUPPORTED] = "not supported",
		[OUTCOME_NOTHING_TO_DO] = "nothing to do",
		[OUTCOME_INTERRUPTED] = "interrupted",
	};

	return words[outcome];
}

static enum text_style style_of(enum act_outcome outcome)
{
	switch (outcome) {
	case OUTCOME_DONE:
		return TEXT_GOOD;
	case OUTCOME_NOTHING_TO_DO:
		return TEXT_PLAIN;
	default:
		return TEXT_BAD;
	}
}

static void print_failure(FILE *stream, const struct result *result)
{
	if (result->outcome != OUTCOME_NOTHING_TO_DO)
		(void)fprintf(stream, "%s ", act_verb_name(result->verb));
	(void)fputs(headword(result->outcome), stream);
	if (result->outcome != OUTCOME_REFUSED)
		print_buffer_count(stream, result);
}

/* "0000:03:00.0: revoked (memory), 3 of 3 buffers, verified by the kernel" */
static void print_headline(FILE *stream, const struct result *result,
			   const struct act_style *style)
{
	enum text_style colour = style_of(result->outcome);

	if (result->device) {
		print_sentence(stream, result->device);
		(void)fputs(": ", stream);
	}
	(void)fputs(colour_switch(style->colour, colour), stream);
	if (result->outcome == OUTCOME_DONE) {
		print_success(stream, result, style);
	} else {
		print_failure(stream, result);
	}
	(void)fputs(colour_switch(style->colour, TEXT_PLAIN), stream);
	if (result->outcome != OUTCOME_DONE && result->reason) {
		(void)fputs(": ", stream);
		print_sentence(stream, result->reason);
	}
	(void)fputc('\n', stream);
}

static int step_width(const struct result *result)
{
	int width = 0;

	for (size_t i = 0; i < result->steps.count; i++) {
		int length = (int)strlen(step_kind_name(result->steps.items[i].step));

		if (length > width)
			width = length;
	}
	return width;
}

/* "step    revoke  done       3.1 ms  through qemu[812]" */
static void print_steps(FILE *stream, const struct result *result)
{
	int width = step_width(result);

	for (size_t i = 0; i < result->steps.count; i++) {
		const struct step_result *step = &result->steps.items[i];
		_cleanup_free_ char *span = NULL;

		if (step->duration_us >= 0)
			span = format_span((uint64_t)step->duration_us);
		print_key(stream, i == 0 ? "steps" : "");
		(void)fprintf(stream, "%-*s  %-9s  %*s", width,
			      step_kind_name(step->step),
			      step_outcome_name(step->outcome), 8, span ? span : "-");
		if (step->detail) {
			(void)fputs("  ", stream);
			print_sentence(stream, step->detail);
		}
		(void)fputc('\n', stream);
	}
}

/* A buffer that is gone has no state; nor have those that VFIO did not export. */
static const char *state_word(enum buffer_state state)
{
	const char *word = buffer_state_name(state);

	return word ? word : "-";
}

/* "buffers 7  live -> revoked (kernel)" */
static void print_buffers(FILE *stream, const struct result *result)
{
	for (size_t i = 0; i < result->buffers.count; i++) {
		const struct buffer_result *buffer = &result->buffers.items[i];

		print_key(stream, i == 0 ? "buffers" : "");
		(void)fprintf(stream, "%" PRIu64 "  %s", buffer->inode,
			      state_word(buffer->before));
		if (buffer->after != buffer->before)
			(void)fprintf(stream, " -> %s", state_word(buffer->after));
		else if (result->outcome != OUTCOME_REFUSED)
			(void)fputs(" still", stream);
		(void)fprintf(stream, " (%s)", evidence_name(buffer->verified));
		if (buffer->detail) {
			(void)fputs("  ", stream);
			print_sentence(stream, buffer->detail);
		}
		(void)fputc('\n', stream);
	}
}

/* Who sleeps where, since when, on whom; then why, and what will end it. */
static void print_stuck(FILE *stream, const struct stuck *stuck,
			const struct act_style *style)
{
	print_key(stream, "stuck");
	(void)fprintf(stream, "%s", step_kind_name(stuck->step));
	if (stuck->pid > 0)
		(void)fprintf(stream, ": process %d sleeps", stuck->pid);
	if (stuck->function) {
		(void)fputs(" in ", stream);
		print_sentence(stream, stuck->function);
	}
	if (stuck->since_us > 0) {
		(void)fputs(", since ", stream);
		print_taken(stream, format_since(stuck->since_us, style->now_us));
	}
	(void)fputc('\n', stream);
	if (stuck->importer || stuck->inode > 0) {
		print_key(stream, "");
		(void)fputs("importer ", stream);
		print_sentence(stream, stuck->importer ? stuck->importer : "unknown");
		if (stuck->inode > 0)
			(void)fprintf(stream, ", buffer %" PRIu64, stuck->inode);
		(void)fputc('\n', stream);
	}
	if (stuck->reason)
		print_line(stream, "", stuck->reason);
}

static void print_notes(FILE *stream, const struct result *result,
			const struct act_style *style)
{
	for (size_t i = 0; i < result->notes.count; i++) {
		(void)fputs(colour_switch(style->colour, TEXT_WEAK), stream);
		print_key(stream, "note");
		print_sentence(stream, result->notes.items[i]);
		(void)fprintf(stream, "%s\n", colour_switch(style->colour, TEXT_PLAIN));
	}
}

static void print_remedy(FILE *stream, const struct result *result)
{
	if (!result->remedy)
		return;
	print_key(stream, "");
	(void)fputs("-> ", stream);
	print_sentence(stream, result->remedy);
	(void)fputc('\n', stream);
}

void act_text_result(FILE *stream, const struct result *result,
		     const struct act_style *style)
{
	print_headline(stream, result, style);
	if (!style->brief) {
		print_steps(stream, result);
		print_buffers(stream, result);
	}
	for (size_t i = 0; i < result->stuck.count; i++)
		print_stuck(stream, &result->stuck.items[i], style);
	if (style->brief)
		return;
	print_remedy(stream, result);
	print_notes(stream, result, style);
	if (result->job)
		print_line(stream, "job", result->job);
}
