/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/suggest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"

enum { LONGEST_TYPED = 64 };

void suggest_offer(struct suggestion *suggestion, const char *word)
{
	size_t distance;

	if (strlen(suggestion->typed) > LONGEST_TYPED)
		return;
	if (*suggestion->typed && text_starts_with(word, suggestion->typed))
		distance = 0;
	else
		distance = text_distance(suggestion->typed, word);
	if (suggestion->best && distance >= suggestion->distance)
		return;
	suggestion->best = word;
	suggestion->distance = distance;
}

char *suggest_hint(const struct suggestion *suggestion, const char *prefix,
		   const char *fallback)
{
	char *hint;

	if (!suggestion->best || suggestion->distance > strlen(suggestion->typed) / 2 + 1)
		return strdup(fallback);
	if (asprintf(&hint, "Did you mean '%s%s'?", prefix, suggestion->best) < 0)
		return NULL;
	return hint;
}
