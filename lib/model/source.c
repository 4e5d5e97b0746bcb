/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/model/source.h"

#include <errno.h>
#include <string.h>

#include "lib/base/cleanup.h"

static const char *const source_names[] = {
	[SOURCE_BPF] = "bpf",
	[SOURCE_BUFINFO] = "bufinfo",
	[SOURCE_SYSFS] = "sysfs",
	[SOURCE_PROC] = "proc",
};

static const char *const outcome_names[] = {
	[SOURCE_UNUSED] = "unused",   [SOURCE_OK] = "ok",
	[SOURCE_MISSING] = "missing", [SOURCE_REFUSED] = "refused",
	[SOURCE_BLOCKED] = "blocked", [SOURCE_PARTIAL] = "partial",
};

const char *source_name(enum source source)
{
	return source_names[source];
}

int source_parse(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(source_names); i++)
		if (strcmp(source_names[i], name) == 0)
			return (int)i;
	return -EINVAL;
}

int source_parse_words(char *words, unsigned int *ret, const char **ret_wrong)
{
	char *rest = words, *word;
	unsigned int sources = 0;
	int source;

	while ((word = strsep(&rest, ","))) {
		source = source_parse(word);
		if (source < 0) {
			*ret_wrong = word;
			return -EINVAL;
		}
		sources |= SOURCE_BIT(source);
	}
	*ret = sources;
	return 0;
}

const char *source_outcome_name(enum source_outcome outcome)
{
	return outcome_names[outcome];
}
