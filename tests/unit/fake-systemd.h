/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_TESTS_FAKE_SYSTEMD_H
#define DMABUFCTL_TESTS_FAKE_SYSTEMD_H

/*
 * A manager with one unit, vm.service, at the other end of a socket. It answers as
 * systemd 252 does; each test says how it is.
 */

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <systemd/sd-bus.h>

#include "lib/base/cleanup.h"

#define FAKE_UNIT "vm.service"
#define FAKE_INVOCATION "00112233445566778899aabbccddeeff"
#define FAKE_PATH "/org/freedesktop/systemd1/unit/vm_2eservice"
#define FAKE_JOB "/org/freedesktop/systemd1/job/7"

struct fake {
	bool gone; /* it is not loaded any more */
	bool other_invocation; /* it was started again */
	bool mute; /* it never answers a call */
	bool gone_after_stop;
	unsigned int delay_ms; /* before each answer */
	unsigned int refusals; /* of Freeze and Thaw, that many times ... */
	const char *refusal; /* ... with this error */
	const char *freezer; /* FreezerState; Freeze and Thaw change it ... */
	bool freezer_sticks; /* ... unless it sticks */
	const char *active; /* ActiveState */
	const char *job_result; /* of a start; NULL: it does not end */
	bool ends_early; /* the job's end is told before its name */
	bool subscribed;
	char calls[512]; /* what was called, other than to be asked */
	pthread_t thread;
	sd_bus *server, *client;
};

static inline void fake_log(struct fake *fake, const char *call)
{
	size_t length = strlen(fake->calls);

	(void)snprintf(fake->calls + length, sizeof(fake->calls) - length, "%s%s",
		       length ? " " : "", call);
}

static inline bool fake_is_unit(const struct fake *fake, const char *path)
{
	_cleanup_free_ char *pinned = NULL;

	if (fake->gone)
		return false;
	if (strcmp(path, FAKE_PATH) == 0)
		return true;
	return !fake->other_invocation &&
	       sd_bus_path_encode("/org/freedesktop/systemd1/unit", FAKE_INVOCATION,
				  &pinned) >= 0 &&
	       strcmp(path, pinned) == 0;
}

static inline int fake_refuse(sd_bus_message *message, const char *name)
{
	return sd_bus_reply_method_errorf(message, name, "as the test has it");
}

static inline int fake_answer_names(sd_bus_message *message, const char *property)
{
	if (strcmp(property, "RequiredBy") == 0)
		return sd_bus_reply_method_return(message, "v", "as", 2, "web.service",
						  "db.service");
	if (strcmp(property, "BoundBy") == 0)
		return sd_bus_reply_method_return(message, "v", "as", 1, "web.service");
	if (strcmp(property, "ConsistsOf") == 0)
		return sd_bus_reply_method_return(message, "v", "as", 1, "part.service");
	return sd_bus_reply_method_return(message, "v", "as", 0);
}

static inline int fake_answer_invocation(const struct fake *fake, sd_bus_message *message)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	unsigned char id[16];
	int r = sd_bus_message_new_method_return(message, &reply);

	for (size_t i = 0; i < sizeof(id); i++)
		id[i] = (unsigned char)(fake->other_invocation ? i : i * 0x11);
	if (r >= 0)
		r = sd_bus_message_open_container(reply, 'v', "ay");
	if (r >= 0)
		r = sd_bus_message_append_array(reply, 'y', id, sizeof(id));
	if (r >= 0)
		r = sd_bus_message_close_container(reply);
	return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

static inline int fake_get(const struct fake *fake, sd_bus_message *message)
{
	const char *interface, *name, *text;

	if (sd_bus_message_read(message, "ss", &interface, &name) < 0)
		return -EINVAL;
	if (strcmp(name, "InvocationID") == 0)
		return fake_answer_invocation(fake, message);
	if (strcmp(name, "CanFreeze") == 0)
		return sd_bus_reply_method_return(message, "v", "b", 1);
	text = strcmp(name, "Id") == 0		   ? FAKE_UNIT
	       : strcmp(name, "FreezerState") == 0 ? fake->freezer
	       : strcmp(name, "ActiveState") == 0  ? fake->active
	       : strcmp(name, "Restart") == 0	   ? "on-failure"
	       : strcmp(name, "ControlGroup") == 0 ? ""
						   : NULL;
	return text ? sd_bus_reply_method_return(message, "v", "s", text)
		    : fake_answer_names(message, name);
}

static inline int fake_move_freezer(struct fake *fake, sd_bus_message *message,
				    const char *state)
{
	if (fake->refusals > 0) {
		fake->refusals--;
		return fake_refuse(message, fake->refusal);
	}
	if (!fake->freezer_sticks)
		fake->freezer = state;
	return sd_bus_reply_method_return(message, "");
}

/* With the name of a sender, as it comes from a bus. */
static inline int fake_remove_job(struct fake *fake, uint32_t id, const char *path,
				  const char *result)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *signal = NULL;
	int r = sd_bus_message_new_signal(
		fake->server, &signal, "/org/freedesktop/systemd1",
		"org.freedesktop.systemd1.Manager", "JobRemoved");

	if (r >= 0)
		r = sd_bus_message_append(signal, "uoss", id, path, FAKE_UNIT, result);
	if (r >= 0)
		r = sd_bus_message_set_sender(signal, ":1.0");
	return r < 0 ? r : sd_bus_send(fake->server, signal, NULL);
}

/* Another job of the unit ends first. */
static inline int fake_end_job(struct fake *fake)
{
	int r;

	if (!fake->job_result)
		return 0;
	r = fake_remove_job(fake, 6, "/org/freedesktop/systemd1/job/6", "canceled");
	return r < 0 ? r : fake_remove_job(fake, 7, FAKE_JOB, fake->job_result);
}

static inline int fake_start(struct fake *fake, sd_bus_message *message)
{
	int r = fake->ends_early ? fake_end_job(fake) : 0;

	if (r >= 0)
		r = sd_bus_reply_method_return(message, "o", FAKE_JOB);
	if (r >= 0 && !fake->ends_early)
		r = fake_end_job(fake);
	return r;
}

static inline int fake_subscribe(struct fake *fake, sd_bus_message *message)
{
	if (fake->subscribed)
		return fake_refuse(message, "org.freedesktop.systemd1.AlreadySubscribed");
	fake->subscribed = true;
	return sd_bus_reply_method_return(message, "");
}

static inline int fake_of_manager(struct fake *fake, sd_bus_message *message,
				  const char *method)
{
	const char *unit;

	if (strcmp(method, "Subscribe") == 0)
		return fake_subscribe(fake, message);
	if (sd_bus_message_read(message, "s", &unit) < 0)
		return -EINVAL;
	if (fake->gone || strcmp(unit, FAKE_UNIT) != 0)
		return fake_refuse(message, "org.freedesktop.systemd1.NoSuchUnit");
	if (strcmp(method, "GetUnit") == 0)
		return sd_bus_reply_method_return(message, "o", FAKE_PATH);
	return fake_start(fake, message);
}

static inline int fake_of_unit(struct fake *fake, sd_bus_message *message,
			       const char *method)
{
	const char *text = NULL;
	char call[64];
	int number = 0;

	if (strcmp(method, "Kill") == 0)
		(void)sd_bus_message_read(message, "si", &text, &number);
	else if (strcmp(method, "Stop") == 0)
		(void)sd_bus_message_read(message, "s", &text);
	(void)snprintf(call, sizeof(call), "%s(%s,%d)", method, text ? text : "", number);
	fake_log(fake, call);
	if (strcmp(method, "Freeze") == 0)
		return fake_move_freezer(fake, message, "frozen");
	if (strcmp(method, "Thaw") == 0)
		return fake_move_freezer(fake, message, "running");
	if (strcmp(method, "Stop") == 0) {
		fake->gone = fake->gone_after_stop;
		return sd_bus_reply_method_return(message, "o", FAKE_JOB);
	}
	return sd_bus_reply_method_return(message, "");
}

static inline int fake_on_message(sd_bus_message *message, void *context,
				  sd_bus_error *error)
{
	struct fake *fake = context;
	const char *path = sd_bus_message_get_path(message);
	const char *method = sd_bus_message_get_member(message);
	const struct timespec delay = { .tv_nsec = fake->delay_ms * 1000000L };

	(void)error;
	if (!sd_bus_message_is_method_call(message, NULL, NULL) || fake->mute)
		return 1;
	(void)nanosleep(&delay, NULL);
	if (strcmp(path, "/org/freedesktop/systemd1") == 0)
		(void)fake_of_manager(fake, message, method);
	else if (!fake_is_unit(fake, path))
		(void)fake_refuse(message,
				  "org.freedesktop.systemd1.NoUnitForInvocationID");
	else if (strcmp(method, "Get") == 0)
		(void)fake_get(fake, message);
	else
		(void)fake_of_unit(fake, message, method);
	return 1;
}

/* Until the client has closed the socket. */
static inline void *fake_serve(void *context)
{
	struct fake *fake = context;
	int r;

	do {
		r = sd_bus_process(fake->server, NULL);
		if (r == 0)
			r = sd_bus_wait(fake->server, UINT64_MAX);
	} while (r >= 0);
	return NULL;
}

static inline int fake_begin(struct fake *fake)
{
	static const sd_id128_t id = { .bytes = { 1 } };
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) < 0)
		return -errno;
	if (sd_bus_new(&fake->server) < 0 || sd_bus_new(&fake->client) < 0 ||
	    sd_bus_set_fd(fake->server, fds[0], fds[0]) < 0 ||
	    sd_bus_set_fd(fake->client, fds[1], fds[1]) < 0 ||
	    sd_bus_set_server(fake->server, 1, id) < 0 ||
	    sd_bus_add_filter(fake->server, NULL, fake_on_message, fake) < 0 ||
	    sd_bus_start(fake->server) < 0 || sd_bus_start(fake->client) < 0)
		return -EIO;
	return -pthread_create(&fake->thread, NULL, fake_serve, fake);
}

static inline void fake_end(struct fake *fake)
{
	fake->client = sd_bus_close_unref(fake->client);
	(void)pthread_join(fake->thread, NULL);
	fake->server = sd_bus_close_unref(fake->server);
}

#endif
