/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufd/observe-client.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "cmd/dmabufd/observe-question.h"
#include "lib/base/array.h"
#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/wire/json.h"

enum {
	/* its unit lives for 10 s (RuntimeMaxSec=): who does not end then, cannot */
	ANSWER_US = 11000000,
	TURN_US = 30000000, /* nobody waits any more for what comes later */
	WAITING_MAX = 64,
	CHUNK = 64 * 1024,
};

struct observe_client {
	sd_event *event;
	struct sockaddr_un address;
	uint64_t limit_us; /* of an answer */
	struct question *waiting; /* our own first, then in their order */
	size_t n_waiting; /* of callers */
	struct question *current; /* NULL: nobody is asked, or it is stuck */
	sd_event_source *turn; /* the next one is asked, from the event loop */
	int fd; /* the connection of the current one, or of one that is stuck */
	sd_event_source *io, *timer;
	size_t sent;
	ARRAY(char) answer; /* with a NUL behind it */
};

static bool is_stuck(const struct observe_client *client)
{
	return client->fd >= 0 && !client->current;
}

static void drop_answer(struct observe_client *client)
{
	free(client->answer.items);
	client->answer.items = NULL;
	client->answer.count = client->answer.capacity = 0;
}

static void disconnect(struct observe_client *client)
{
	client->io = sd_event_source_disable_unref(client->io);
	client->timer = sd_event_source_disable_unref(client->timer);
	cleanup_close(&client->fd);
	client->fd = -EBADF;
	drop_answer(client);
}

static void next_turn(struct observe_client *client)
{
	(void)sd_event_source_set_enabled(client->turn, SD_EVENT_ONESHOT);
}

/* The answer of the current question, and room for the next one. */
static void finish(struct observe_client *client, int error)
{
	struct question *question = TAKE_PTR(client->current);
	_cleanup_free_ char *text = TAKE_PTR(client->answer.items);
	size_t length = client->answer.count;

	disconnect(client);
	next_turn(client);
	question_end(question, error, text, length);
}

/* 0: go on; 1: that was all; negative errno. */
static int receive(struct observe_client *client)
{
	char chunk[CHUNK];
	ssize_t n = recv(client->fd, chunk, sizeof(chunk), 0);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (n == 0)
		return 1;
	/* an observer that is too late is only listened to until it ends */
	if (is_stuck(client))
		return 0;
	/* the final newline does not count */
	if (client->answer.count + (size_t)n > OBSERVE_ANSWER_MAX + 1)
		return -EFBIG;
	while (client->answer.capacity < client->answer.count + (size_t)n + 1) {
		int r = array_reserve((void **)&client->answer.items,
				      client->answer.capacity, &client->answer.capacity,
				      sizeof(char));

		if (r < 0)
			return r;
	}
	memcpy(client->answer.items + client->answer.count, chunk, (size_t)n);
	client->answer.count += (size_t)n;
	return 0;
}

/* One whole line of JSON; an observer that was killed leaves a part of it. */
static int check_answer(struct observe_client *client)
{
	char *text = client->answer.items;
	size_t length = client->answer.count;

	if (length == 0 || text[--length] != '\n')
		return -EBADMSG;
	if (length < 2 || text[0] != '{' || text[length - 1] != '}' ||
	    memchr(text, '\0', length))
		return -EBADMSG;
	text[length] = '\0';
	client->answer.count = length;
	return 0;
}

static int send_question(struct observe_client *client)
{
	const struct question *question = client->current;
	ssize_t n = send(client->fd, question->text + client->sent,
			 question->length - client->sent, MSG_NOSIGNAL);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	client->sent += (size_t)n;
	if (client->sent < question->length)
		return 0;
	return sd_event_source_set_io_events(client->io, EPOLLIN);
}

static int on_io(sd_event_source *source, int fd, uint32_t events, void *context)
{
	struct observe_client *client = context;
	int r = 0;

	(void)source;
	(void)fd;
	if (events & EPOLLOUT && client->current)
		r = send_question(client);
	if (r >= 0 && events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		r = receive(client);
	if (r == 0)
		return 0;
	if (client->current) {
		finish(client, r < 0 ? r : check_answer(client));
	} else {
		disconnect(client);
		next_turn(client);
	}
	return 0;
}

/* The connection stays: as long as it does, so does the observer. */
static int on_late(sd_event_source *source, uint64_t usec, void *context)
{
	struct observe_client *client = context;

	(void)source;
	(void)usec;
	drop_answer(client);
	(void)sd_event_source_set_io_events(client->io, EPOLLIN);
	next_turn(client);
	question_end(TAKE_PTR(client->current), -ETIME, NULL, 0);
	return 0;
}

/* Does not wait: a socket of this kind is connected at once, or not at all. */
static int ask_current(struct observe_client *client)
{
	_cleanup_close_ int fd =
		socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int r;

	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&client->address,
		    sizeof(client->address)) < 0)
		return errno == EAGAIN ? -EBUSY : -errno;
	r = sd_event_add_io(client->event, &client->io, fd, EPOLLIN | EPOLLOUT, on_io,
			    client);
	if (r >= 0)
		r = sd_event_add_time_relative(client->event, &client->timer,
					       CLOCK_MONOTONIC, client->limit_us, 0,
					       on_late, client);
	if (r < 0)
		return r;
	client->fd = TAKE_FD(fd);
	client->sent = 0;
	return 0;
}

static struct question *take_first(struct observe_client *client)
{
	struct question *question = client->waiting;

	client->waiting = question->next;
	client->n_waiting -= question->text_done != NULL;
	return question;
}

static void begin(struct observe_client *client)
{
	int r = -ETIME;

	client->current = take_first(client);
	if (monotonic_us() - client->current->asked_us < TURN_US)
		r = ask_current(client);
	if (r < 0)
		finish(client, r);
}

static int on_turn(sd_event_source *source, void *context)
{
	struct observe_client *client = context;

	(void)source;
	if (client->current || !client->waiting)
		return 0;
	if (is_stuck(client)) {
		next_turn(client);
		question_end(take_first(client), -EBUSY, NULL, 0);
	} else {
		begin(client);
	}
	return 0;
}

int observe_client_new(sd_event *event, const char *socket_path,
		       struct observe_client **ret)
{
	struct observe_client *client;
	int r;

	if (strlen(socket_path) >= sizeof(client->address.sun_path))
		return -ENAMETOOLONG;
	client = calloc(1, sizeof(*client));
	if (!client)
		return -ENOMEM;
	client->fd = -EBADF;
	client->limit_us = ANSWER_US;
	client->event = sd_event_ref(event);
	client->address.sun_family = AF_UNIX;
	strcpy(client->address.sun_path, socket_path);
	r = sd_event_add_defer(event, &client->turn, on_turn, client);
	if (r < 0) {
		observe_client_free(client);
		return r;
	}
	*ret = client;
	return 0;
}

void observe_client_set_limit(struct observe_client *client, uint64_t limit_us)
{
	client->limit_us = limit_us;
}

void observe_client_free(struct observe_client *client)
{
	if (!client)
		return;
	disconnect(client);
	if (client->current)
		question_free(client->current);
	while (client->waiting)
		question_free(take_first(client));
	sd_event_source_disable_unref(client->turn);
	sd_event_unref(client->event);
	free(client);
}

static int enqueue(struct observe_client *client, struct json_object *request,
		   observe_done *done, observe_text_done *text_done, void *context)
{
	_cleanup_(wire_put) struct json_object *taken = request;
	struct question **place = &client->waiting, *question;
	bool full = text_done && client->n_waiting == WAITING_MAX;
	int r = full ? -EBUSY : question_new(taken, &question);

	if (r < 0)
		return r;
	question->done = done;
	question->text_done = text_done;
	question->context = context;
	while (*place && (text_done || !(*place)->text_done))
		place = &(*place)->next;
	question->next = *place;
	*place = question;
	client->n_waiting += text_done != NULL;
	next_turn(client);
	return 0;
}

int observe_client_ask(struct observe_client *client, struct json_object *request,
		       observe_done *done, void *context)
{
	return enqueue(client, request, done, NULL, context);
}

int observe_client_ask_text(struct observe_client *client, struct json_object *request,
			    observe_text_done *done, void *context)
{
	return enqueue(client, request, NULL, done, context);
}

void observe_client_forget(struct observe_client *client, void *context)
{
	struct question **place = &client->waiting;

	/* the one that is asked ends as it does: there is nobody else to be asked before */
	if (client->current && client->current->context == context) {
		client->current->done = NULL;
		client->current->text_done = NULL;
	}
	while (*place) {
		struct question *question = *place;

		if (question->context != context) {
			place = &question->next;
			continue;
		}
		*place = question->next;
		client->n_waiting -= question->text_done != NULL;
		question_free(question);
	}
}
