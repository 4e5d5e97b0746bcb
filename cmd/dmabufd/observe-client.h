/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFD_OBSERVE_CLIENT_H
#define DMABUFD_OBSERVE_CLIENT_H

/*
 * Asks the observer behind run/dmabufctl/observe: one question after the other, never
 * two at a time. One that does not answer in time may be stuck in the kernel: until its
 * connection ends no other is started, and every question is answered with -EBUSY.
 */

#include <json-c/json.h>
#include <systemd/sd-event.h>

enum { OBSERVE_ANSWER_MAX = 8 * 1024 * 1024 }; /* bytes */

struct observe_client;

/*
 * The end of a question, once: error 0 and answer (borrowed; may be {"error":...} of the
 * observer), -EBUSY (an observer is stuck, or too many wait), -ETIME, -EFBIG, -EBADMSG,
 * -ECONNREFUSED and the like.
 */
typedef void observe_done(void *context, int error, struct json_object *answer);

/* The same for callers on the bus: as the observer wrote it, for it may take long to parse. */
typedef void observe_text_done(void *context, int error, const char *answer);

int observe_client_new(sd_event *event, const char *socket_path,
		       struct observe_client **ret);

/* How long an answer may take; without it 11 s, as its unit lives for 10 s. */
void observe_client_set_limit(struct observe_client *client, uint64_t limit_us);

void observe_client_free(struct observe_client *client); /* asks nobody any more */

/*
 * Takes request. done is never called from within. 0 or negative errno (then not at all).
 * The daemon's own questions come first, however many callers have theirs.
 */
int observe_client_ask(struct observe_client *client, struct json_object *request,
		       observe_done *done, void *context);
int observe_client_ask_text(struct observe_client *client, struct json_object *request,
			    observe_text_done *done, void *context);

/* Whoever asked with this context is not told any more. */
void observe_client_forget(struct observe_client *client, void *context);

#endif
