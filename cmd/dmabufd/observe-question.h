/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFD_OBSERVE_QUESTION_H
#define DMABUFD_OBSERVE_QUESTION_H

/* A question for the observer, from whoever asks it to its end; see observe-client.h. */

#include <stddef.h>
#include <stdint.h>

#include "cmd/dmabufd/observe-client.h"

struct question {
	struct question *next;
	char *text; /* a line */
	size_t length;
	uint64_t asked_us;
	/* both NULL: whoever asked is not interested any more */
	observe_done *done;
	observe_text_done *text_done;
	void *context;
};

/* 0 or -ENOMEM. */
int question_new(struct json_object *request, struct question **ret);
void question_free(struct question *question);

/* Tells whoever asked, and frees it. error 0: text has length bytes and a NUL behind. */
void question_end(struct question *question, int error, const char *text, size_t length);

#endif
