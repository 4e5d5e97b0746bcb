/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/check-text.h"

#include <inttypes.h>
#include <string.h>

#include "cmd/dmabufctl/colour.h"
#include "cmd/dmabufctl/format.h"
#include "cmd/dmabufctl/plan-text.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"

enum { MAX_WAITED_FOR = 6 }; /* named in one line */

/* The columns of one device: "  KIND  text". */
struct layout {
	FILE *stream;
	const struct check_style *style;
	int kind_width;
};

static void print_kind(const struct layout *layout, const char *kind)
{
	(void)fprintf(layout->stream, "  %-*s  ", layout->kind_width, kind);
}

static void print_taken(FILE *stream, char *text)
{
	(void)fputs(text ? text : "?", stream);
	free(text);
}

static void print_since(const struct layout *layout, const struct finding *finding)
{
	if (finding->since_us <= 0)
		return;
	(void)fputs(", since ", layout->stream);
	print_taken(layout->stream,
		    format_since(finding->since_us, layout->style->now_us));
}

/* "unbounded, in vm.scope, since 2026-11-21 06:12:17 (5 min ago)" */
static void print_circumstances(const struct layout *layout,
				const struct finding *finding)
{
	FILE *stream = layout->stream;

	(void)fputs(finding->bounded ? "bounded" : "unbounded", stream);
	/* reasons may name it */
	if (finding->unit && !strstr(finding->reason, finding->unit)) {
		(void)fputs(", in ", stream);
		print_taken(stream, format_unit(finding->unit));
	}
	print_since(layout, finding);
}

static void print_obstacle(const struct layout *layout, const struct finding *finding)
{
	FILE *stream = layout->stream;

	print_kind(layout, obstacle_kind_name((enum obstacle_kind)finding->kind));
	print_taken(stream, format_sentence(finding->reason));
	(void)fputc('\n', stream);
	print_kind(layout, "");
	print_circumstances(layout, finding);
	(void)fputc('\n', stream);
	print_kind(layout, "");
	(void)fputs("-> ", stream);
	print_taken(stream, format_sentence(finding->remedy));
	(void)fputc('\n', stream);
}

/* Weaker than obstacles; the word is what the manual page has it under. */
static void print_note(const struct layout *layout, const struct finding *finding)
{
	FILE *stream = layout->stream;

	(void)fputs(colour_switch(layout->style->colour, TEXT_WEAK), stream);
	print_kind(layout, "note");
	print_taken(stream, format_sentence(finding->reason));
	(void)fprintf(stream, " (%s", note_kind_name((enum note_kind)finding->kind));
	print_since(layout, finding);
	(void)fprintf(stream, ")%s\n", colour_switch(layout->style->colour, TEXT_PLAIN));
}

static int kind_width(const struct readiness *readiness)
{
	size_t width = strlen("note");

	for (size_t i = 0; i < readiness->n_obstacles; i++) {
		enum obstacle_kind kind =
			(enum obstacle_kind)readiness->obstacles[i].kind;
		size_t length = strlen(obstacle_kind_name(kind));

		if (length > width)
			width = length;
	}
	return (int)width;
}

/* "0000:03:00.0 GH100: not ready, 2 obstacles" */
static void print_verdict(FILE *stream, const struct readiness *readiness,
			  const char *name, bool colour)
{
	_cleanup_free_ char *address = text_for_terminal(readiness->device);
	_cleanup_free_ char *safe_name = name ? text_for_terminal(name) : NULL;
	bool ready = readiness->n_obstacles == 0;

	(void)fprintf(stream, "%s%s%s: %s%s%s", address ? address : "?", name ? " " : "",
		      safe_name ? safe_name : "",
		      colour_switch(colour, ready ? TEXT_GOOD : TEXT_BAD),
		      ready ? "ready" : "not ready", colour_switch(colour, TEXT_PLAIN));
	if (!ready)
		(void)fprintf(stream, ", %zu %s", readiness->n_obstacles,
			      readiness->n_obstacles == 1 ? "obstacle" : "obstacles");
	(void)fputc('\n', stream);
}

void check_text_device(FILE *stream, const struct readiness *readiness, const char *name,
		       const struct check_style *style)
{
	const struct layout layout = { stream, style, kind_width(readiness) };

	print_verdict(stream, readiness, name, style->colour);
	if (style->brief)
		return;
	for (size_t i = 0; i < readiness->n_obstacles; i++)
		print_obstacle(&layout, &readiness->obstacles[i]);
	for (size_t i = 0; i < readiness->n_notes; i++)
		print_note(&layout, &readiness->notes[i]);
}

static const struct refusal *first_refusal(const struct plan *plan)
{
	for (size_t i = 0; i < plan->refusals.count; i++)
		if (!plan->refusals.items[i].forced)
			return &plan->refusals.items[i];
	return NULL;
}

/* "  plan  dmabufctl release 0000:03:00.0: grace (10 s), revoke (10 s)" */
void check_text_plan(FILE *stream, const struct readiness *readiness,
		     const struct plan *plan, const struct check_style *style)
{
	const struct layout layout = { stream, style, kind_width(readiness) };
	const struct refusal *refusal = plan ? first_refusal(plan) : NULL;

	if (!plan || style->brief || readiness->n_obstacles == 0 ||
	    (plan->nothing_to_do && !refusal))
		return;
	print_kind(&layout, "plan");
	(void)fputs("dmabufctl release ", stream);
	print_taken(stream, text_for_terminal(plan->device));
	if (refusal) {
		(void)fputs(" is refused: ", stream);
		print_taken(stream, format_sentence(refusal->reason));
	} else {
		(void)fputs(": ", stream);
		print_taken(stream, plan_text_steps(plan));
	}
	(void)fputc('\n', stream);
}

/* "owner qemu[812]", "group-member 0000:03:00.1", "attachment 12", "libvirt" */
static void print_waited_for(FILE *stream, const struct finding *finding)
{
	const struct process process = { .pid = finding->pid, .comm = finding->comm };

	(void)fputs(obstacle_kind_name((enum obstacle_kind)finding->kind), stream);
	if (finding->pid > 0) {
		(void)fputc(' ', stream);
		print_taken(stream, format_process(&process));
	} else if (finding->device) {
		(void)fputc(' ', stream);
		print_taken(stream, text_for_terminal(finding->device));
	} else if (finding->inode > 0) {
		(void)fprintf(stream, " %" PRIu64, finding->inode);
	}
}

static void print_all_waited_for(FILE *stream, const struct checks *checks)
{
	size_t printed = 0, all = 0;

	for (size_t i = 0; i < checks->count; i++) {
		const struct readiness *readiness = checks->items[i];

		all += readiness->n_obstacles;
		for (size_t j = 0; j < readiness->n_obstacles; j++) {
			if (printed == MAX_WAITED_FOR)
				break;
			(void)fputs(printed++ ? ", " : "", stream);
			print_waited_for(stream, &readiness->obstacles[j]);
		}
	}
	if (all > printed)
		(void)fprintf(stream, " and %zu more", all - printed);
}

char *check_text_waiting(const struct checks *checks)
{
	size_t length;
	char *text = NULL;
	FILE *stream = open_memstream(&text, &length);

	if (!stream)
		return NULL;
	print_all_waited_for(stream, checks);
	if (fclose(stream) == 0)
		return text;
	free(text);
	return NULL;
}
