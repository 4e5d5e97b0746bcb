/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/client.h"

#include <errno.h>

#include "cmd/dmabufctl/client-error.h"
#include "cmd/dmabufctl/options.h"
#include "lib/base/cleanup.h"
#include "lib/model/bus-names.h"

/*
 * Before it answers the daemon asks the bus, polkit and the observer; the last of them
 * may have another question before ours. Whoever types a password is slower.
 */
#define ANSWER_US UINT64_C(70000000)
#define PASSWORD_US UINT64_C(360000000)
#define BUS_US UINT64_C(10000000)

int client_open(const struct options *options, struct client *ret)
{
	struct client client = { .options = options };
	int r = sd_bus_open_system_with_description(&client.bus, "dmabufctl");

	/* of the calls that are made without us */
	if (r >= 0)
		r = sd_bus_set_method_call_timeout(client.bus, BUS_US);
	*ret = client;
	return r < 0 ? client_no_bus(options, r) : STATUS_DONE;
}

/* Nothing is under way: a flush could wait for a bus that does not read. */
void client_done(struct client *client)
{
	agent_end(&client->agent);
	client->bus = sd_bus_close_unref(client->bus);
}

int client_new_call(const struct client *client, const char *method, sd_bus_message **ret)
{
	int r = sd_bus_message_new_method_call(client->bus, ret, BUS_NAME, BUS_PATH,
					       BUS_MANAGER, method);

	return r < 0 ? r : 0;
}

int client_call_quietly(const struct client *client, sd_bus_message *call,
			sd_bus_error *error, sd_bus_message **ret)
{
	int r = sd_bus_call(client->bus, call, ANSWER_US, error, ret);

	return r < 0 ? r : 0;
}

static int copy_call(const struct client *client, sd_bus_message *call,
		     sd_bus_message **ret)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *copy = NULL;
	int r = client_new_call(client, sd_bus_message_get_member(call), &copy);

	if (r >= 0)
		r = sd_bus_message_rewind(call, 1);
	if (r >= 0)
		r = sd_bus_message_copy(copy, call, 1);
	if (r >= 0)
		r = sd_bus_message_set_allow_interactive_authorization(copy, 1);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(copy);
	return 0;
}

/* A message is sent once, with what it allows. */
static int call_interactively(struct client *client, sd_bus_message *call,
			      sd_bus_error *error, sd_bus_message **ret)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *copy = NULL;
	int r = copy_call(client, call, &copy);

	if (r < 0)
		return r;
	agent_begin(&client->agent);
	r = sd_bus_call(client->bus, copy, PASSWORD_US, error, ret);
	agent_end(&client->agent);
	return r < 0 ? r : 0;
}

int client_call(struct client *client, sd_bus_message *call, sd_bus_error *error,
		sd_bus_message **ret)
{
	int r = client_call_quietly(client, call, error, ret);

	if (r == 0 || client->options->no_ask_password ||
	    !sd_bus_error_has_name(error,
				   SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED))
		return r;
	sd_bus_error_free(error);
	return call_interactively(client, call, error, ret);
}
