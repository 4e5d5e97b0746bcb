/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/model/result.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/pool.h"
#include "lib/model/words.h"

static const char *own(struct result *result, const char *text)
{
	return text ? pool_copy(result->pool, text, strlen(text)) : NULL;
}

struct result *result_new(const char *job, const char *device, enum act_verb verb)
{
	struct result *result = calloc(1, sizeof(*result));

	if (!result)
		return NULL;
	result->verb = verb;
	result->outcome = OUTCOME_INTERRUPTED;
	result->pool = pool_new();
	if (result->pool) {
		result->job = own(result, job);
		result->device = own(result, device);
	}
	if (result->device && (result->job || !job))
		return result;
	result_free(result);
	return NULL;
}

void result_free(struct result *result)
{
	if (!result)
		return;
	free(result->steps.items);
	free(result->buffers.items);
	free(result->stuck.items);
	free(result->notes.items);
	pool_free(result->pool);
	free(result);
}

/* 0 or -ENOMEM; format NULL gives no text. */
static int own_formatted(struct result *result, const char **ret, const char *format,
			 va_list arguments) __attribute__((format(printf, 3, 0)));

static int own_formatted(struct result *result, const char **ret, const char *format,
			 va_list arguments)
{
	*ret = format ? pool_vformat(result->pool, format, arguments) : NULL;
	return *ret || !format ? 0 : -ENOMEM;
}

int result_step(struct result *result, enum step_kind step, enum step_outcome outcome,
		int64_t duration_us, const char *format, ...)
{
	struct step_result item = { step, outcome, duration_us, NULL };
	va_list arguments;
	int r;

	va_start(arguments, format);
	r = own_formatted(result, &item.detail, format, arguments);
	va_end(arguments);
	return r < 0 ? r : ARRAY_PUSH(&result->steps, item);
}

/* The note has its place from the first time on. */
static int leave_out(struct result *result, struct left_out *left, const char *of)
{
	const char *note = left->note;
	int r = left->count == 0 ? ARRAY_PUSH(&result->notes, note) : 0;

	if (r < 0)
		return r;
	left->count++;
	(void)snprintf(left->note, sizeof(left->note), "... and %zu more %s%s",
		       left->count, of, left->count == 1 ? "" : "s");
	return 0;
}

int result_buffer(struct result *result, const struct buffer_result *buffer)
{
	struct buffer_result item = *buffer;

	if (result->buffers.count >= RESULT_BUFFERS_MAX)
		return leave_out(result, &result->buffers_left_out, "buffer");
	item.detail = own(result, buffer->detail);
	if (buffer->detail && !item.detail)
		return -ENOMEM;
	return ARRAY_PUSH(&result->buffers, item);
}

int result_stuck(struct result *result, const struct stuck *stuck)
{
	struct stuck item = *stuck;

	item.function = own(result, stuck->function);
	item.importer = own(result, stuck->importer);
	item.reason = own(result, stuck->reason);
	if ((stuck->reason && !item.reason) || (stuck->function && !item.function) ||
	    (stuck->importer && !item.importer))
		return -ENOMEM;
	return ARRAY_PUSH(&result->stuck, item);
}

int result_note(struct result *result, const char *format, ...)
{
	const char *note;
	va_list arguments;
	int r;

	if (result->notes.count >= RESULT_NOTES_MAX)
		return leave_out(result, &result->notes_left_out, "note");
	va_start(arguments, format);
	r = own_formatted(result, &note, format, arguments);
	va_end(arguments);
	return r < 0 ? r : ARRAY_PUSH(&result->notes, note);
}

int result_note_again(struct result *result, const char *note)
{
	note = own(result, note);
	return note ? ARRAY_PUSH(&result->notes, note) : -ENOMEM;
}

int result_end(struct result *result, enum act_outcome outcome, const char *remedy,
	       const char *format, ...)
{
	va_list arguments;
	int r;

	result->outcome = outcome;
	result->remedy = own(result, remedy);
	if (remedy && !result->remedy)
		return -ENOMEM;
	va_start(arguments, format);
	r = own_formatted(result, &result->reason, format, arguments);
	va_end(arguments);
	return r;
}

static const char *const act_outcome_names[] = {
	[OUTCOME_DONE] = "done",
	[OUTCOME_PARTIAL] = "partial",
	[OUTCOME_TIMED_OUT] = "timed-out",
	[OUTCOME_REFUSED] = "refused",
	[OUTCOME_FAILED] = "failed",
	[OUTCOME_UNSUPPORTED] = "unsupported",
	[OUTCOME_NOTHING_TO_DO] = "nothing-to-do",
	[OUTCOME_INTERRUPTED] = "interrupted",
};

static const char *const step_outcome_names[] = {
	[STEP_DONE] = "done",	    [STEP_TIMED_OUT] = "timed-out",
	[STEP_FAILED] = "failed",   [STEP_REFUSED] = "refused",
	[STEP_SKIPPED] = "skipped", [STEP_UNDONE] = "undone",
};

WORDS(act_outcome)
WORDS(step_outcome)
