/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/model/filter.h"

#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"

/* The bits of comma-separated words. */
static int parse_words(const char *words, int (*parse)(const char *word),
		       unsigned int *ret)
{
	_cleanup_free_ char *copy = strdup(words);
	char *rest = copy, *word;
	unsigned int bits = 0;
	int value;

	if (!copy)
		return -ENOMEM;
	while ((word = strsep(&rest, ","))) {
		value = parse(word);
		if (value < 0)
			return -EINVAL;
		bits |= 1u << value;
	}
	*ret = bits;
	return 0;
}

static int parse_state_or_none(const char *word)
{
	return strcmp(word, "none") == 0 ? (int)BUFFER_STATE_NONE
					 : buffer_state_parse(word);
}

int filter_parse_revocable(const char *words, unsigned int *ret)
{
	return parse_words(words, verdict_parse, ret);
}

int filter_parse_state(const char *words, unsigned int *ret)
{
	return parse_words(words, parse_state_or_none, ret);
}

int filter_parse_pid(const char *text, pid_t *ret)
{
	uint64_t number;

	if (text_to_u64(text, 10, &number) < 0 || number == 0 || number > INT_MAX)
		return -EINVAL;
	*ret = (pid_t)number;
	return 0;
}

static bool pattern_matches(const char *pattern, const char *text)
{
	return !pattern || fnmatch(pattern, text ? text : "", 0) == 0;
}

static bool device_matches(const char *device, const struct buffer *buffer)
{
	if (!device || (buffer->device && strcmp(buffer->device, device) == 0))
		return true;
	for (size_t i = 0; i < buffer->n_attachments; i++)
		if (strcmp(buffer->attachments[i].device, device) == 0)
			return true;
	return false;
}

static bool pid_matches(pid_t pid, const struct buffer *buffer)
{
	if (pid == 0)
		return true;
	for (size_t i = 0; i < buffer->n_holders; i++)
		if (buffer->holders[i].process && buffer->holders[i].process->pid == pid)
			return true;
	return false;
}

bool filter_is_empty(const struct filter *filter)
{
	return !filter->exporter && !filter->name && !filter->device &&
	       filter->pid == 0 && filter->revocable == 0 && filter->state == 0;
}

bool filter_matches(const struct filter *filter, const struct buffer *buffer)
{
	if (filter->revocable && !(filter->revocable & 1u << buffer->revocable))
		return false;
	if (filter->state && !(filter->state & 1u << buffer->state))
		return false;
	return pattern_matches(filter->exporter, buffer->exporter) &&
	       pattern_matches(filter->name, buffer->name) &&
	       device_matches(filter->device, buffer) && pid_matches(filter->pid, buffer);
}
