/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufd/observe-question.h"

#include <errno.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/wire/json.h"

int question_new(struct json_object *request, struct question **ret)
{
	_cleanup_free_ char *text = wire_print(request, false);
	struct question *question = text ? calloc(1, sizeof(*question)) : NULL;
	int length;

	if (!question)
		return -ENOMEM;
	length = asprintf(&question->text, "%s\n", text);
	if (length < 0) {
		free(question);
		return -ENOMEM;
	}
	question->length = (size_t)length;
	question->asked_us = monotonic_us();
	*ret = question;
	return 0;
}

void question_free(struct question *question)
{
	free(question->text);
	free(question);
}

void question_end(struct question *question, int error, const char *text, size_t length)
{
	_cleanup_(wire_put) struct json_object *answer = NULL;

	if (question->text_done)
		question->text_done(question->context, error, error < 0 ? NULL : text);
	if (question->done) {
		if (error == 0)
			error = wire_parse_text(text, length, &answer);
		question->done(question->context, error, answer);
	}
	question_free(question);
}
