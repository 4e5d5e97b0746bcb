/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "cmd/dmabufd/observe-client.h"
#include "lib/wire/json.h"
#include "tests/unit/records.h"

enum { CONNECTIONS_MAX = 8, SOON_US = 10000000 };

/* An observer at the other end, each connection of which the test answers by hand. */
struct observer {
	struct tree tree;
	sd_event *event;
	struct observe_client *client;
	int listen_fd, fds[CONNECTIONS_MAX];
	sd_event_source *source;
	unsigned int connections;
};

struct outcome {
	bool done;
	int error;
	char text[256];
};

static int on_connection(sd_event_source *source, int fd, uint32_t events, void *context)
{
	struct observer *observer = context;

	(void)source;
	(void)events;
	assert_true(observer->connections < CONNECTIONS_MAX);
	observer->fds[observer->connections] =
		accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	assert_true(observer->fds[observer->connections++] >= 0);
	return 0;
}

static int set_up(void **state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct observer *observer = calloc(1, sizeof(*observer));

	assert_non_null(observer);
	tree_begin(&observer->tree);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/observe",
		       observer->tree.path);
	observer->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(
		bind(observer->listen_fd, (struct sockaddr *)&address, sizeof(address)),
		0);
	assert_int_equal(listen(observer->listen_fd, 8), 0);
	assert_true(sd_event_new(&observer->event) >= 0);
	assert_true(sd_event_add_io(observer->event, &observer->source,
				    observer->listen_fd, EPOLLIN, on_connection,
				    observer) >= 0);
	assert_int_equal(
		observe_client_new(observer->event, address.sun_path, &observer->client),
		0);
	*state = observer;
	return 0;
}

static int tear_down(void **state)
{
	struct observer *observer = *state;

	observe_client_free(observer->client);
	sd_event_source_disable_unref(observer->source);
	sd_event_unref(observer->event);
	for (unsigned int i = 0; i < observer->connections; i++)
		(void)close(observer->fds[i]);
	(void)close(observer->listen_fd);
	tree_end(&observer->tree);
	free(observer);
	return 0;
}

static void on_text(void *context, int error, const char *answer)
{
	struct outcome *outcome = context;

	assert_false(outcome->done);
	outcome->done = true;
	outcome->error = error;
	(void)snprintf(outcome->text, sizeof(outcome->text), "%s", answer ? answer : "");
}

static void on_answer(void *context, int error, struct json_object *answer)
{
	on_text(context, error, answer ? json_object_to_json_string(answer) : NULL);
	assert_int_equal(answer != NULL, error == 0);
}

static struct json_object *question(const char *verb)
{
	struct json_object *object = json_object_new_object();

	assert_non_null(object);
	assert_int_equal(wire_add_text(object, "verb", verb), 0);
	return object;
}

static void ask(struct observer *observer, const char *verb, struct outcome *outcome)
{
	*outcome = (struct outcome){ 0 };
	assert_int_equal(observe_client_ask_text(observer->client, question(verb),
						 on_text, outcome),
			 0);
	assert_false(outcome->done);
}

static void run_for(struct observer *observer, uint64_t us)
{
	uint64_t end = monotonic_us() + us;

	while (monotonic_us() < end)
		assert_true(sd_event_run(observer->event, 5000) >= 0);
}

static void run_until(struct observer *observer, const bool *done)
{
	uint64_t end = monotonic_us() + SOON_US;

	while (!*done) {
		assert_true(monotonic_us() < end);
		assert_true(sd_event_run(observer->event, 100000) >= 0);
	}
}

/* Waits for the question of a connection. */
static void assert_asked(struct observer *observer, unsigned int index, const char *verb)
{
	char text[256] = "", expected[64];
	uint64_t end = monotonic_us() + SOON_US;

	while (observer->connections <= index ||
	       recv(observer->fds[index], text, sizeof(text) - 1, 0) <= 0) {
		assert_true(monotonic_us() < end);
		assert_true(sd_event_run(observer->event, 100000) >= 0);
	}
	(void)snprintf(expected, sizeof(expected), "{\"verb\":\"%s\"}\n", verb);
	assert_string_equal(text, expected);
}

static void say(struct observer *observer, unsigned int index, const char *text)
{
	assert_int_equal(send(observer->fds[index], text, strlen(text), MSG_NOSIGNAL),
			 strlen(text));
}

static void hang_up(struct observer *observer, unsigned int index)
{
	assert_int_equal(shutdown(observer->fds[index], SHUT_RDWR), 0);
}

static void the_answer_is_what_was_written(void **state)
{
	struct observer *observer = *state;
	struct outcome text, object = { 0 };

	ask(observer, "list", &text);
	assert_asked(observer, 0, "list");
	say(observer, 0, "{\"buffers\":");
	run_for(observer, 20000);
	assert_false(text.done);
	say(observer, 0, "[]}\n");
	hang_up(observer, 0);
	run_until(observer, &text.done);
	assert_int_equal(text.error, 0);
	assert_string_equal(text.text, "{\"buffers\":[]}");
	assert_int_equal(observe_client_ask(observer->client, question("devices"),
					    on_answer, &object),
			 0);
	assert_asked(observer, 1, "devices");
	say(observer, 1, "{\"devices\":1}\n");
	hang_up(observer, 1);
	run_until(observer, &object.done);
	assert_string_equal(object.text, "{ \"devices\": 1 }");
}

static void one_is_asked_after_the_other(void **state)
{
	struct observer *observer = *state;
	struct outcome first, second;

	ask(observer, "list", &first);
	ask(observer, "status", &second);
	assert_asked(observer, 0, "list");
	run_for(observer, 50000);
	assert_int_equal(observer->connections, 1);
	say(observer, 0, "{}\n");
	hang_up(observer, 0);
	assert_asked(observer, 1, "status");
	assert_true(first.done);
	assert_false(second.done);
	say(observer, 1, "{}\n");
	hang_up(observer, 1);
	run_until(observer, &second.done);
	assert_int_equal(second.error, 0);
}

static void our_own_questions_come_first(void **state)
{
	struct observer *observer = *state;
	struct outcome current, caller, own = { 0 };

	ask(observer, "list", &current);
	assert_asked(observer, 0, "list");
	ask(observer, "status", &caller);
	assert_int_equal(observe_client_ask(observer->client, question("releases"),
					    on_answer, &own),
			 0);
	say(observer, 0, "{}\n");
	hang_up(observer, 0);
	assert_asked(observer, 1, "releases");
	say(observer, 1, "{}\n");
	hang_up(observer, 1);
	assert_asked(observer, 2, "status");
	assert_true(own.done);
	assert_false(caller.done);
}

static void what_is_no_whole_answer_is_none(void **state)
{
	/* the last one could be all of it, and nobody knows */
	static const char *const answers[] = { "",     "\n",  "{\"buffers\":[",
					       "[]\n", "{\n", "{}" };
	struct observer *observer = *state;
	struct outcome outcome;

	for (unsigned int i = 0; i < ARRAY_SIZE(answers); i++) {
		ask(observer, "list", &outcome);
		assert_asked(observer, i, "list");
		say(observer, i, answers[i]);
		hang_up(observer, i);
		run_until(observer, &outcome.done);
		assert_int_equal(outcome.error, -EBADMSG);
	}
	/* what looks like one is parsed only for those who want it parsed */
	outcome = (struct outcome){ 0 };
	assert_int_equal(observe_client_ask(observer->client, question("list"), on_answer,
					    &outcome),
			 0);
	assert_asked(observer, ARRAY_SIZE(answers), "list");
	say(observer, ARRAY_SIZE(answers), "{no}\n");
	hang_up(observer, ARRAY_SIZE(answers));
	run_until(observer, &outcome.done);
	assert_int_equal(outcome.error, -EBADMSG);
}

static void there_is_no_observer(void **state)
{
	struct observer *observer = *state;
	struct observe_client *client;
	struct outcome outcome = { 0 };

	assert_int_equal(observe_client_new(observer->event, "/nowhere/observe", &client),
			 0);
	assert_int_equal(
		observe_client_ask_text(client, question("list"), on_text, &outcome), 0);
	assert_false(outcome.done);
	run_until(observer, &outcome.done);
	assert_int_equal(outcome.error, -ENOENT);
	observe_client_free(client);
}

static void no_second_one_is_sent_after_one_that_is_stuck(void **state)
{
	struct observer *observer = *state;
	struct outcome stuck, waiting, later;

	observe_client_set_limit(observer->client, 50000);
	ask(observer, "list", &stuck);
	ask(observer, "devices", &waiting);
	assert_asked(observer, 0, "list");
	say(observer, 0, "{\"buffers\":");
	run_until(observer, &waiting.done);
	assert_int_equal(stuck.error, -ETIME);
	assert_int_equal(waiting.error, -EBUSY);
	ask(observer, "status", &later);
	run_until(observer, &later.done);
	assert_int_equal(later.error, -EBUSY);
	assert_int_equal(observer->connections, 1);
	/* it comes back: what it says is too late, but the next one is asked */
	say(observer, 0, "[]}\n");
	hang_up(observer, 0);
	run_for(observer, 20000);
	observe_client_set_limit(observer->client, SOON_US);
	ask(observer, "status", &later);
	assert_asked(observer, 1, "status");
	say(observer, 1, "{}\n");
	hang_up(observer, 1);
	run_until(observer, &later.done);
	assert_int_equal(later.error, 0);
}

static void an_answer_has_its_limit(void **state)
{
	struct observer *observer = *state;
	_cleanup_free_ char *much = malloc(1 << 20);
	struct outcome outcome;
	uint64_t end = monotonic_us() + SOON_US;

	assert_non_null(much);
	memset(much, '{', 1 << 20);
	ask(observer, "list", &outcome);
	assert_asked(observer, 0, "list");
	while (!outcome.done) {
		assert_true(monotonic_us() < end);
		(void)send(observer->fds[0], much, 1 << 20, MSG_NOSIGNAL);
		assert_true(sd_event_run(observer->event, 1000) >= 0);
	}
	assert_int_equal(outcome.error, -EFBIG);
}

static void who_does_not_want_to_know_is_not_told(void **state)
{
	struct observer *observer = *state;
	struct outcome first, second, third;

	ask(observer, "list", &first);
	ask(observer, "status", &second);
	ask(observer, "devices", &third);
	assert_asked(observer, 0, "list");
	observe_client_forget(observer->client, &first);
	observe_client_forget(observer->client, &second);
	say(observer, 0, "{}\n");
	hang_up(observer, 0);
	assert_asked(observer, 1, "devices");
	say(observer, 1, "{}\n");
	hang_up(observer, 1);
	run_until(observer, &third.done);
	assert_false(first.done);
	assert_false(second.done);
}

static void too_many_do_not_wait(void **state)
{
	static struct outcome outcomes[200], own;
	struct observer *observer = *state;
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(outcomes); i++)
		r = observe_client_ask_text(observer->client, question("list"), on_text,
					    &outcomes[i]);
	assert_int_equal(r, -EBUSY);
	assert_false(outcomes[0].done);
	assert_int_equal(observe_client_ask(observer->client, question("releases"),
					    on_answer, &own),
			 0);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(the_answer_is_what_was_written),
		TEST(one_is_asked_after_the_other),
		TEST(our_own_questions_come_first),
		TEST(what_is_no_whole_answer_is_none),
		TEST(there_is_no_observer),
		TEST(no_second_one_is_sent_after_one_that_is_stuck),
		TEST(an_answer_has_its_limit),
		TEST(who_does_not_want_to_know_is_not_told),
		TEST(too_many_do_not_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
