/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_MODEL_WORDS_H
#define DMABUFCTL_MODEL_WORDS_H

/* Enumerations and their words in JSON; for the files of the model only. */

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "lib/base/cleanup.h"

static inline int word_parse(const char *const *words, size_t count, const char *word)
{
	for (size_t i = 0; i < count; i++)
		if (words[i] && strcmp(words[i], word) == 0)
			return (int)i;
	return -EINVAL;
}

/* name() gives the word of a value, parse() the value of a word or -EINVAL. */
#define WORDS(type)                                                                      \
	const char *type##_name(enum type value)                                         \
	{                                                                                \
		return type##_names[value];                                              \
	}                                                                                \
	int type##_parse(const char *word)                                               \
	{                                                                                \
		return word_parse(type##_names, ARRAY_SIZE(type##_names), word);         \
	}

#endif
