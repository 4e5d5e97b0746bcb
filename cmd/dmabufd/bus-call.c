/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufd/bus-call.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include <systemd/sd-login.h>

#include "cmd/dmabufd/bus-calendar.h"
#include "cmd/dmabufd/observe-client.h"
#include "lib/base/cleanup.h"
#include "lib/wire/json.h"

#define DBUS "org.freedesktop.DBus"
#define DBUS_PATH "/org/freedesktop/DBus"

enum { WHO_US = 10000000 };

#define TOO_MANY "too many calls are under way; wait for their answers"

static int check_limits(const struct manager_bus *bus, const char *sender,
			sd_bus_error *error)
{
	unsigned int all = 0, own = 0;

	for (const struct bus_call *call = bus->calls; call; call = call->next) {
		all++;
		own += strcmp(sd_bus_message_get_sender(call->message), sender) == 0;
	}
	if (all < BUS_CALLS_MAX && own < BUS_CALLS_OF_ONE_MAX)
		return 0;
	return sd_bus_error_set(error, SD_BUS_ERROR_LIMITS_EXCEEDED, TOO_MANY);
}

int bus_call_new(struct manager_bus *bus, sd_bus_message *message, sd_bus_error *error,
		 struct bus_call **ret)
{
	const char *sender = sd_bus_message_get_sender(message);
	struct bus_call *call;
	int r;

	if (!sender || strlen(sender) >= BUS_SENDER_TEXT)
		return sd_bus_error_set(error, BUS_ERROR_NOT_PERMITTED,
					"the caller has no name on the bus");
	r = check_limits(bus, sender, error);
	if (r < 0)
		return r;
	call = calloc(1, sizeof(*call));
	if (!call)
		return -ENOMEM;
	call->bus = bus;
	call->uid = UINT32_MAX;
	call->message = sd_bus_message_ref(message);
	*ret = call;
	return 0;
}

static void release(struct bus_call *call)
{
	sd_bus_slot_unref(call->gone);
	sd_bus_slot_unref(call->who);
	polkit_end(call->check);
	bus_calendar_end(call->calendar);
	sd_bus_message_unref(call->message);
	(void)json_object_put(call->question);
	result_free(call->job.result);
	free(call);
}

void bus_call_free(struct bus_call **call)
{
	if (*call)
		release(*call);
}

void bus_call_end(struct bus_call *call)
{
	struct manager *manager = call->bus->manager;
	struct bus_call **place = &call->bus->calls;

	while (*place && *place != call)
		place = &(*place)->next;
	if (*place)
		*place = call->next;
	observe_client_forget(manager->observe, call);
	release(call);
	manager_check_idle(manager);
}

void bus_call_fail(struct bus_call *call, const char *name, const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0)
		text = NULL;
	(void)sd_bus_reply_method_errorf(call->message, name, "%s",
					 text ? text : "out of memory");
}

void bus_call_fail_errno(struct bus_call *call, int error)
{
	(void)sd_bus_reply_method_errno(call->message, error, NULL);
}

void bus_call_go_on(struct bus_call *call, bus_call_run *run)
{
	int r = run(call);

	if (r < 0)
		bus_call_fail_errno(call, r);
	if (r <= 0)
		bus_call_end(call);
}

static void refuse(struct bus_call *call, int answer)
{
	if (answer == POLKIT_CHALLENGE)
		bus_call_fail(call, SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED,
			      "the password of an administrator is needed");
	else if (answer == POLKIT_NO)
		bus_call_fail(call, BUS_ERROR_NOT_PERMITTED, "not permitted by polkit");
	else
		bus_call_fail(call, BUS_ERROR_NOT_PERMITTED,
			      "not permitted: polkit could not be asked: %s",
			      strerror(-answer));
	bus_call_end(call);
}

static void authorise(struct bus_call *call);

static void on_authorised(void *context, int answer)
{
	struct bus_call *call = context;

	polkit_end(TAKE_PTR(call->check));
	if (answer != POLKIT_YES && answer != POLKIT_YES_ADMIN) {
		refuse(call, answer);
		return;
	}
	call->hide = call->hide || answer == POLKIT_YES;
	call->actions &= call->actions - 1; /* the lowest one is done */
	authorise(call);
}

static bool may_be_asked(const struct bus_call *call)
{
	return sd_bus_message_get_allow_interactive_authorization(call->message) > 0;
}

/*
 * A user may have many connections; and whoever may be asked for a password may leave the
 * dialogue open.
 */
static bool is_one_too_many(const struct bus_call *call)
{
	unsigned int own = 0, dialogues = 0;

	for (const struct bus_call *other = call->bus->calls; other;
	     other = other->next) {
		own += other->uid == call->uid;
		dialogues += other->check && may_be_asked(other);
	}
	return own > BUS_CALLS_OF_ONE_MAX ||
	       (dialogues >= BUS_DIALOGUES_MAX && may_be_asked(call));
}

/* root is asked for nothing. */
static void authorise(struct bus_call *call)
{
	const char *device = *call->job.wish.device ? call->job.wish.device : NULL;
	enum polkit_action action = 0;
	int r;

	if (call->uid == 0 || call->actions == 0) {
		bus_call_go_on(call, call->run);
		return;
	}
	while (!(call->actions & BUS_ACTION(action)))
		action++;
	r = polkit_ask(call->message, action, device, on_authorised, call, &call->check);
	if (r < 0)
		refuse(call, r);
}

/* Their own unit must never be stopped for them. */
static void learn_cgroup(struct bus_call *call, pid_t pid)
{
	_cleanup_free_ char *cgroup = NULL;

	if (sd_pid_get_cgroup(pid, &cgroup) >= 0 && strlen(cgroup) < WISH_CGROUP_TEXT)
		strcpy(call->cgroup, cgroup);
}

/* Positioned behind the key. */
static int read_credential(sd_bus_message *reply, const char *key, uint32_t *uid,
			   uint32_t *pid)
{
	if (strcmp(key, "UnixUserID") == 0)
		return sd_bus_message_read(reply, "v", "u", uid);
	if (strcmp(key, "ProcessID") == 0)
		return sd_bus_message_read(reply, "v", "u", pid);
	return sd_bus_message_skip(reply, "v");
}

static int read_credentials(sd_bus_message *reply, uint32_t *uid, uint32_t *pid)
{
	const char *key;
	int r = sd_bus_message_enter_container(reply, 'a', "{sv}");

	while (r >= 0 && (r = sd_bus_message_enter_container(reply, 'e', "sv")) > 0) {
		r = sd_bus_message_read(reply, "s", &key);
		if (r >= 0)
			r = read_credential(reply, key, uid, pid);
		if (r >= 0)
			r = sd_bus_message_exit_container(reply);
	}
	return r;
}

static int on_who(sd_bus_message *reply, void *context, sd_bus_error *error)
{
	struct bus_call *call = context;
	uint32_t uid = UINT32_MAX, pid = 0;

	(void)error;
	call->who = sd_bus_slot_unref(call->who);
	if (sd_bus_message_is_method_error(reply, NULL) ||
	    read_credentials(reply, &uid, &pid) < 0 || uid == UINT32_MAX) {
		bus_call_fail(call, BUS_ERROR_NOT_PERMITTED,
			      "the bus does not say who the caller is");
		bus_call_end(call);
		return 0;
	}
	call->uid = uid;
	if (uid != 0 && is_one_too_many(call)) {
		bus_call_fail(call, SD_BUS_ERROR_LIMITS_EXCEEDED, TOO_MANY);
		bus_call_end(call);
		return 0;
	}
	if (pid > 0)
		learn_cgroup(call, (pid_t)pid);
	authorise(call);
	return 0;
}

/* The match is for the caller's name alone, and for its end. */
static int on_gone(sd_bus_message *signal, void *context, sd_bus_error *error)
{
	(void)signal;
	(void)error;
	bus_call_end(context);
	return 0;
}

/* A match that the bus refuses is missed only by a password dialogue. */
static int on_watched(sd_bus_message *reply, void *context, sd_bus_error *error)
{
	(void)reply;
	(void)context;
	(void)error;
	return 0;
}

static int watch_caller(struct bus_call *call, const char *sender)
{
	_cleanup_free_ char *rule = NULL;

	if (asprintf(&rule,
		     "type='signal',sender='" DBUS "',path='" DBUS_PATH
		     "',interface='" DBUS "',member='NameOwnerChanged',arg0='%s',arg2=''",
		     sender) < 0)
		return -ENOMEM;
	return sd_bus_add_match_async(call->bus->manager->bus, &call->gone, rule, on_gone,
				      on_watched, call);
}

/*
 * sd_bus_query_sender_creds() would wait for the bus. It answers in order: whoever leaves
 * before the match is there is not known any more when it is asked who it is.
 */
int bus_call_start(struct bus_call *call, unsigned int actions, bus_call_run *run_it)
{
	const char *sender = sd_bus_message_get_sender(call->message);
	sd_bus *bus = call->bus->manager->bus;
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *question = NULL;
	int r = watch_caller(call, sender);

	call->actions = actions;
	call->run = run_it;
	if (r >= 0)
		r = sd_bus_message_new_method_call(bus, &question, DBUS, DBUS_PATH, DBUS,
						   "GetConnectionCredentials");
	if (r >= 0)
		r = sd_bus_message_append(question, "s", sender);
	if (r >= 0)
		r = sd_bus_call_async(bus, &call->who, question, on_who, call, WHO_US);
	if (r < 0) {
		release(call);
		return r;
	}
	call->next = call->bus->calls;
	call->bus->calls = call;
	return 1;
}
