/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufd/polkit.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"

#define POLKIT "org.freedesktop.PolicyKit1"
#define POLKIT_PATH "/org/freedesktop/PolicyKit1/Authority"
#define POLKIT_AUTHORITY POLKIT ".Authority"

enum {
	POLKIT_ALLOW_USER_INTERACTION = 1,
	/* A rule is quick, somebody with a password is not. */
	RULE_US = 25000000,
	PASSWORD_US = 120000000,
};

struct polkit_check {
	sd_bus_message *message; /* of the caller */
	enum polkit_action action;
	char *device; /* NULL: none */
	bool interactive; /* the caller is asked for a password now */
	sd_bus_slot *slot; /* the question under way */
	polkit_done *done;
	void *context;
};

static const char *action_name(enum polkit_action action)
{
	static const char *const names[POLKIT_ACTIONS] = {
		[POLKIT_READ] = "org.dmabufctl1.read",
		[POLKIT_REVOKE] = "org.dmabufctl1.revoke",
		[POLKIT_REASSIGN] = "org.dmabufctl1.reassign",
		[POLKIT_SCHEDULE] = "org.dmabufctl1.schedule",
		[POLKIT_MANAGE] = "org.dmabufctl1.manage",
	};

	return names[action];
}

/* One caller's messages have different numbers, and each of them one question at a time. */
static int cancellation_id(sd_bus_message *message, char **ret)
{
	uint64_t cookie;
	int r = sd_bus_message_get_cookie(message, &cookie);

	if (r < 0)
		return r;
	if (asprintf(ret, "%s/%" PRIu64, sd_bus_message_get_sender(message), cookie) < 0)
		return -ENOMEM;
	return 0;
}

static int append_details(sd_bus_message *question, const char *device)
{
	if (!device)
		return sd_bus_message_append(question, "a{ss}", 0);
	return sd_bus_message_append(question, "a{ss}", 1, "device", device);
}

static int append_question(const struct polkit_check *check, sd_bus_message *question)
{
	_cleanup_free_ char *id = NULL;
	uint32_t flags = check->interactive ? POLKIT_ALLOW_USER_INTERACTION : 0;
	int r = cancellation_id(check->message, &id);

	if (r >= 0)
		r = sd_bus_message_append(question, "(sa{sv})s", "system-bus-name", 1,
					  "name", "s",
					  sd_bus_message_get_sender(check->message),
					  action_name(check->action));
	if (r >= 0)
		r = append_details(question, check->device);
	if (r >= 0)
		r = sd_bus_message_append(question, "us", flags, id);
	return r;
}

static int on_answer(sd_bus_message *reply, void *context, sd_bus_error *error);

static int send_question(struct polkit_check *check)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *question = NULL;
	sd_bus *bus = sd_bus_message_get_bus(check->message);
	int r = sd_bus_message_new_method_call(bus, &question, POLKIT, POLKIT_PATH,
					       POLKIT_AUTHORITY, "CheckAuthorization");

	if (r >= 0)
		r = append_question(check, question);
	if (r >= 0)
		r = sd_bus_call_async(bus, &check->slot, question, on_answer, check,
				      check->interactive ? PASSWORD_US : RULE_US);
	return r < 0 ? r : 0;
}

/* Is one of the details that of a password which was given before? */
static int read_details(sd_bus_message *reply, bool *ret_temporary)
{
	const char *key, *value;
	int r = sd_bus_message_enter_container(reply, 'a', "{ss}");

	if (r < 0)
		return r;
	while ((r = sd_bus_message_read(reply, "{ss}", &key, &value)) > 0)
		if (strcmp(key, "polkit.temporary_authorization_id") == 0)
			*ret_temporary = true;
	return r;
}

/* enum polkit_answer, or negative errno. */
static int read_answer(const struct polkit_check *check, sd_bus_message *reply)
{
	int authorized, challenge, r;
	bool temporary = false;

	if (sd_bus_message_is_method_error(reply, NULL))
		return -sd_bus_message_get_errno(reply);
	r = sd_bus_message_enter_container(reply, 'r', "bba{ss}");
	if (r >= 0)
		r = sd_bus_message_read(reply, "bb", &authorized, &challenge);
	if (r >= 0)
		r = read_details(reply, &temporary);
	if (r < 0)
		return r;
	if (authorized)
		return check->interactive || temporary ? POLKIT_YES_ADMIN : POLKIT_YES;
	return challenge ? POLKIT_CHALLENGE : POLKIT_NO;
}

/*
 * Without a password first: who is let in like that is let in as who it is, and whoever
 * gave one as an administrator.
 */
static int on_answer(sd_bus_message *reply, void *context, sd_bus_error *error)
{
	struct polkit_check *check = context;
	int answer = read_answer(check, reply);

	(void)error;
	check->slot = sd_bus_slot_unref(check->slot);
	if (answer == POLKIT_CHALLENGE && !check->interactive &&
	    sd_bus_message_get_allow_interactive_authorization(check->message) > 0) {
		check->interactive = true;
		answer = send_question(check);
		if (answer == 0)
			return 0;
	}
	check->done(check->context, answer);
	return 0;
}

static void free_check(struct polkit_check *check)
{
	sd_bus_slot_unref(check->slot);
	sd_bus_message_unref(check->message);
	free(check->device);
	free(check);
}

int polkit_ask(sd_bus_message *message, enum polkit_action action, const char *device,
	       polkit_done *done, void *context, struct polkit_check **ret)
{
	struct polkit_check *check = calloc(1, sizeof(*check));
	int r = 0;

	if (!check)
		return -ENOMEM;
	check->message = sd_bus_message_ref(message);
	check->action = action;
	check->done = done;
	check->context = context;
	if (device) {
		check->device = strdup(device);
		r = check->device ? 0 : -ENOMEM;
	}
	if (r == 0)
		r = send_question(check);
	if (r < 0) {
		free_check(check);
		return r;
	}
	*ret = check;
	return 0;
}

/* What polkit answers to that nobody needs to know. */
static void cancel(const struct polkit_check *check)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *cancellation = NULL;
	_cleanup_free_ char *id = NULL;
	sd_bus *bus = sd_bus_message_get_bus(check->message);

	if (cancellation_id(check->message, &id) < 0 ||
	    sd_bus_message_new_method_call(bus, &cancellation, POLKIT, POLKIT_PATH,
					   POLKIT_AUTHORITY,
					   "CancelCheckAuthorization") < 0 ||
	    sd_bus_message_append(cancellation, "s", id) < 0 ||
	    sd_bus_message_set_expect_reply(cancellation, 0) < 0)
		return;
	(void)sd_bus_send(bus, cancellation, NULL);
}

void polkit_end(struct polkit_check *check)
{
	if (!check)
		return;
	if (check->slot)
		cancel(check);
	free_check(check);
}
