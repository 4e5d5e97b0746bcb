/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/plan-text.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/dmabufctl/colour.h"
#include "cmd/dmabufctl/format.h"

enum { PART_WIDTH = 7, LIMIT_WIDTH = 8 };

static void print_taken(FILE *stream, char *text)
{
	(void)fputs(text ? text : "?", stream);
	free(text);
}

static int longest_step(const plan_step_array *steps, int width)
{
	for (size_t i = 0; i < steps->count; i++) {
		int length = (int)strlen(step_kind_name(steps->items[i].kind));

		if (length > width)
			width = length;
	}
	return width;
}

static bool is_of_other(const struct plan *plan, const struct plan_step *step)
{
	return step->device && strcmp(step->device, plan->device) != 0;
}

/* Padded only where something follows. */
static void print_limit(FILE *stream, const struct plan *plan,
			const struct plan_step *step)
{
	bool more = step->unit || step->detail || is_of_other(plan, step);
	char *text = format_span(step->timeout_us);

	(void)fprintf(stream, "%-*s", more ? LIMIT_WIDTH : 0, text ? text : "?");
	free(text);
}

/* Of whom, where that is not plain: "0000:03:00.1: wait for qemu[812] to let go" */
static void print_detail(FILE *stream, const struct plan *plan,
			 const struct plan_step *step)
{
	const char *separator = "  ";

	if (is_of_other(plan, step)) {
		(void)fputs(separator, stream);
		print_taken(stream, format_sentence(step->device));
		separator = ": ";
	}
	if (step->unit && !(step->detail && strstr(step->detail, step->unit))) {
		(void)fputs(separator, stream);
		print_taken(stream, format_unit(step->unit));
		separator = ": ";
	}
	if (!step->detail)
		return;
	(void)fputs(separator, stream);
	print_taken(stream, format_sentence(step->detail));
}

static void print_step(FILE *stream, const struct plan *plan, const char *part, int width,
		       const struct plan_step *step)
{
	(void)fprintf(stream, "  %-*s %-*s  ", PART_WIDTH, part, width,
		      step_kind_name(step->kind));
	if (step->skipped) {
		(void)fputs("skipped: ", stream);
		print_taken(stream, format_sentence(step->skipped));
	} else {
		print_limit(stream, plan, step);
		print_detail(stream, plan, step);
	}
	(void)fputc('\n', stream);
}

static void print_part(FILE *stream, const struct plan *plan, const char *part, int width,
		       const plan_step_array *steps)
{
	for (size_t i = 0; i < steps->count; i++)
		print_step(stream, plan, i == 0 ? part : "", width, &steps->items[i]);
}

static void print_parts(FILE *stream, const struct plan *plan)
{
	int width = longest_step(
		&plan->undo, longest_step(&plan->move, longest_step(&plan->ladder, 0)));

	print_part(stream, plan, "ladder", width, &plan->ladder);
	print_part(stream, plan, "move", width, &plan->move);
	print_part(stream, plan, "undo", width, &plan->undo);
}

static void print_refusals(FILE *stream, const struct plan *plan)
{
	for (size_t i = 0; i < plan->refusals.count; i++) {
		const struct refusal *refusal = &plan->refusals.items[i];

		(void)fprintf(stream, "  %-*s ", PART_WIDTH,
			      refusal->forced ? "forced" : "refused");
		print_taken(stream, format_sentence(refusal->reason));
		(void)fprintf(stream, " (%s)\n", obstacle_kind_name(refusal->kind));
		if (refusal->forced)
			continue;
		(void)fprintf(stream, "  %-*s -> ", PART_WIDTH, "");
		print_taken(stream, format_sentence(refusal->remedy));
		(void)fputc('\n', stream);
	}
}

static void print_notes(FILE *stream, const struct plan *plan, bool colour)
{
	for (size_t i = 0; i < plan->notes.count; i++) {
		(void)fprintf(stream, "%s  %-*s ", colour_switch(colour, TEXT_WEAK),
			      PART_WIDTH, "note");
		print_taken(stream, format_sentence(plan->notes.items[i]));
		(void)fprintf(stream, "%s\n", colour_switch(colour, TEXT_PLAIN));
	}
}

static bool is_unsupported(const struct plan *plan)
{
	for (size_t i = 0; i < plan->refusals.count; i++)
		if (!plan->refusals.items[i].forced)
			return plan->refusals.items[i].unsupported;
	return false;
}

/* "revoke of 0000:03:00.0 (memory): at most 10 s" */
static void print_headline(FILE *stream, const struct plan *plan, bool colour)
{
	bool refused = plan_is_refused(plan);

	(void)fprintf(stream, "%s of ", act_verb_name(plan->verb));
	print_taken(stream, format_sentence(plan->device));
	if (plan->driver)
		(void)fprintf(stream, " to %s",
			      strcmp(plan->driver, "-") == 0 ? "no driver"
							     : plan->driver);
	if (plan->method != METHOD_AUTO)
		(void)fprintf(stream, " (%s)", revoke_method_name(plan->method));
	(void)fprintf(stream, ": %s",
		      colour_switch(colour, refused ? TEXT_BAD : TEXT_PLAIN));
	if (refused) {
		(void)fputs(is_unsupported(plan) ? "not supported" : "refused", stream);
	} else if (plan->nothing_to_do) {
		(void)fputs("nothing to do: ", stream);
		print_taken(stream, format_sentence(plan->nothing_to_do));
	} else if (plan_total_us(plan) == UINT64_MAX) {
		(void)fputs("without a limit", stream);
	} else {
		(void)fputs("at most ", stream);
		print_taken(stream, format_span(plan_total_us(plan)));
	}
	(void)fprintf(stream, "%s\n", refused ? colour_switch(colour, TEXT_PLAIN) : "");
}

void plan_text_print(FILE *stream, const struct plan *plan, bool colour, bool brief)
{
	print_headline(stream, plan, colour);
	if (brief)
		return;
	print_parts(stream, plan);
	print_refusals(stream, plan);
	print_notes(stream, plan, colour);
}

static void print_short(FILE *stream, const plan_step_array *steps, size_t *printed)
{
	for (size_t i = 0; i < steps->count; i++) {
		const struct plan_step *step = &steps->items[i];

		(void)fprintf(stream, "%s%s (", (*printed)++ ? ", " : "",
			      step_kind_name(step->kind));
		print_taken(stream, step->skipped ? strdup("skipped")
						  : format_span(step->timeout_us));
		(void)fputc(')', stream);
	}
}

char *plan_text_steps(const struct plan *plan)
{
	size_t length, printed = 0;
	char *text = NULL;
	FILE *stream = open_memstream(&text, &length);

	if (!stream)
		return NULL;
	print_short(stream, &plan->ladder, &printed);
	print_short(stream, &plan->move, &printed);
	if (fclose(stream) == 0)
		return text;
	free(text);
	return NULL;
}
