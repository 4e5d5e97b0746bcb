/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/model/question.h"

#include <errno.h>
#include <string.h>

#include "lib/base/cleanup.h"

int question_verb_parse(const char *word)
{
	static const char *const words[] = {
		[QUESTION_LIST] = "list",     [QUESTION_DEVICES] = "devices",
		[QUESTION_CHECK] = "check",   [QUESTION_RELEASES] = "releases",
		[QUESTION_STATUS] = "status",
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcmp(words[i], word) == 0)
			return (int)i;
	return -EINVAL;
}
