/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/options-sources.h"

#include <errno.h>
#include <string.h>

#include "cmd/dmabufctl/error.h"
#include "cmd/dmabufctl/options.h"
#include "cmd/dmabufctl/verbs.h"
#include "lib/base/cleanup.h"
#include "lib/model/source.h"

static int parse_event_sources(struct options *options, char *words)
{
	unsigned int sources = 0;
	char *word;

	while ((word = strsep(&words, ","))) {
		int source = event_source_parse(word);

		if (source < 0)
			return source;
		sources |= EVENT_SOURCE_BIT(source);
	}
	options->event_sources = sources;
	return 0;
}

/* Those of monitor are others; which verb it is is not known yet. */
int parse_sources(struct options *options, const char *value, struct error *error)
{
	_cleanup_free_ char *copy = strdup(value), *again = strdup(value);
	const char *wrong;
	int r;

	if (!copy || !again)
		return -ENOMEM;
	options->sources = options->event_sources = 0;
	r = source_parse_words(copy, &options->sources, &wrong);
	if (parse_event_sources(options, again) == 0)
		return 0;
	if (r < 0)
		error_set(error, STATUS_USAGE,
			  "Sources are bpf, bufinfo, sysfs and proc.",
			  "unknown source '%s'", wrong);
	return r;
}

int options_check_sources(const struct options *options, struct error *error)
{
	bool monitors = options->verb->id == VERB_MONITOR;
	unsigned int sources = monitors ? options->event_sources : options->sources;

	if (sources || !(options->event_sources | options->sources))
		return 0;
	error_set(error, STATUS_USAGE,
		  monitors ? "Sources of monitor are bpf, trace and poll."
			   : "Sources are bpf, bufinfo, sysfs and proc.",
		  "'%s' has no such source", options->verb->name);
	return -EINVAL;
}
