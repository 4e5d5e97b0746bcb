/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/event-text.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "cmd/dmabufctl/format.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"

#define LINE "%-26s %-11s %-12s %6s %-16s %-20s %s\n"

static const char *const source_help[EVENT_SOURCE_COUNT] = {
	[EVENTS_BPF] = "programs in the kernel",
	[EVENTS_TRACE] = "the kernel's trace events of dma-buf",
	[EVENTS_POLL] = "a look every second: what is over sooner is not seen",
};

void event_text_head(FILE *stream, enum event_source source, const char *why,
		     unsigned int unseen)
{
	const char *separator = " ";

	(void)fprintf(stream, "Source: %s (%s)", event_source_name(source),
		      source_help[source]);
	if (why)
		(void)fprintf(stream, "; %s", why);
	(void)fputs(unseen ? "; not seen:" : ".", stream);
	for (enum event_kind kind = 0; kind < EVENT_COUNT; kind++) {
		if (!(unseen & EVENT_BIT(kind)))
			continue;
		(void)fprintf(stream, "%s%s", separator, event_kind_name(kind));
		separator = ", ";
	}
	(void)fputs(unseen ? ".\n" : "\n", stream);
	(void)fprintf(stream, LINE, "TIME", "EVENT", "DEVICE", "INODE", "IMPORTER",
		      "PROCESS", "DETAILS");
}

/* What is special to this kind of event, malloc'ed; NULL: out of memory. */
static char *details(const struct event *event)
{
	_cleanup_free_ char *size = format_size(event->size),
			    *span = format_span((uint64_t)event->duration_us);
	const char *cause = event_cause_name(event->cause);
	char *text = NULL;
	int r;

	if (!size || !span)
		return NULL;
	if (event->kind == EVENT_LOST)
		r = asprintf(&text, "%" PRIu64 " events were lost", event->lost);
	else if (event->job)
		r = asprintf(&text, "%s%s%s", event->job, event->state ? " " : "",
			     event->state ? event->state : "");
	else if (event->attached)
		r = asprintf(&text, "%s, of %s", event->attached,
			     event->exporter ? event->exporter : "?");
	else if (event->kind == EVENT_EXPORT)
		r = asprintf(&text, "%s, of %s", size,
			     event->exporter ? event->exporter : "?");
	else if (event->duration_us >= 0)
		r = asprintf(&text, "%s%s%s", cause ? cause : "", cause ? ", " : "",
			     span);
	else
		r = asprintf(&text, "%s", cause ? cause : "");
	return r < 0 ? NULL : text;
}

/* Local time to the microsecond. */
static void print_moment(char text[40], int64_t us)
{
	_cleanup_free_ char *moment = us > 0 ? format_moment(us) : NULL;

	(void)snprintf(text, 40, "-");
	if (moment)
		(void)snprintf(text, 40, "%s.%06" PRId64, moment, us % 1000000);
}

static char *safe(const char *text)
{
	return text_for_terminal(text && *text ? text : "-");
}

int event_text_print(FILE *stream, const struct event *event)
{
	const struct process process = { .pid = event->pid, .comm = event->comm };
	_cleanup_free_ char *device = safe(event->device),
			    *importer = safe(event->importer), *what = details(event),
			    *shown = what ? format_sentence(what) : NULL,
			    *actor = event->pid > 0 ? format_process(&process)
						    : strdup("-");
	char moment[40], inode[24] = "-";

	if (!device || !importer || !shown || !actor)
		return -ENOMEM;
	print_moment(moment, event->time_us);
	if (event->inode)
		(void)snprintf(inode, sizeof(inode), "%" PRIu64, event->inode);
	(void)fprintf(stream, LINE, moment, event_kind_name(event->kind), device, inode,
		      importer, actor, shown);
	return 0;
}
