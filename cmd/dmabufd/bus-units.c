/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls to systemd that nobody waits for; a polkit rule lets dmabufd make them. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/dmabufd/manager-bus.h"
#include "lib/base/cleanup.h"

#define SYSTEMD "org.freedesktop.systemd1"
#define SYSTEMD_PATH "/org/freedesktop/systemd1"
#define SYSTEMD_MANAGER SYSTEMD ".Manager"

enum { LIMIT_US = 30000000 };

struct unit_call {
	void (*done)(void *context, int result);
	void *context;
	int (*read)(sd_bus_message *reply); /* the result, of what is no error */
};

/* What libsystemd has no errno for. */
static int error_of(sd_bus_message *reply)
{
	const sd_bus_error *error = sd_bus_message_get_error(reply);
	int number = sd_bus_message_get_errno(reply);

	if (sd_bus_error_has_name(error, SYSTEMD ".NoSuchUnit"))
		return -ENOENT;
	if (sd_bus_error_has_name(error, SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED))
		return -EACCES;
	return number > 0 ? -number : -EIO;
}

static int on_answer(sd_bus_message *reply, void *context, sd_bus_error *error)
{
	struct unit_call *call = context;
	int result = sd_bus_message_is_method_error(reply, NULL) ? error_of(reply)
								 : call->read(reply);

	(void)error;
	call->done(call->context, result);
	return 0;
}

static int read_nothing(sd_bus_message *reply)
{
	(void)reply;
	return 0;
}

/* Active, or on its way: as lib/act/unit.h has it. */
static int read_active(sd_bus_message *reply)
{
	const char *state;
	int r = sd_bus_message_enter_container(reply, 'a', "(ssssssouso)");

	if (r >= 0)
		r = sd_bus_message_enter_container(reply, 'r', "ssssssouso");
	if (r == 0)
		return -EBADMSG;
	if (r > 0)
		r = sd_bus_message_skip(reply, "sss");
	if (r >= 0)
		r = sd_bus_message_read(reply, "s", &state);
	if (r < 0)
		return r;
	return strcmp(state, "inactive") != 0 && strcmp(state, "failed") != 0;
}

static int new_call(struct manager *manager, const char *method, const char *types,
		    const char *job_id, sd_bus_message **ret)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
	char unit[JOB_UNIT_TEXT];
	int r = job_id_is_valid(job_id) ? 0 : -EINVAL;

	if (r == 0)
		r = sd_bus_message_new_method_call(manager->bus, &message, SYSTEMD,
						   SYSTEMD_PATH, SYSTEMD_MANAGER, method);
	if (r < 0)
		return r;
	job_unit_name(job_id, unit);
	r = strcmp(types, "as") == 0
		    ? sd_bus_message_append(message, "as", 1, unit)
		    : sd_bus_message_append(message, "ss", unit, "replace");
	if (r < 0)
		return r;
	*ret = TAKE_PTR(message);
	return 0;
}

/* The slot owns the call: it goes with the answer, or with the bus. */
static int send_call(struct manager *manager, sd_bus_message *message,
		     const struct unit_call *call)
{
	struct unit_call *copy = malloc(sizeof(*copy));
	_cleanup_(sd_bus_slot_unrefp) sd_bus_slot *slot = NULL;
	int r;

	if (!copy)
		return -ENOMEM;
	*copy = *call;
	r = sd_bus_call_async(manager->bus, &slot, message, on_answer, copy, LIMIT_US);
	if (r < 0) {
		free(copy);
		return r;
	}
	(void)sd_bus_slot_set_destroy_callback(slot, free);
	r = sd_bus_slot_set_floating(slot, 1);
	return r < 0 ? r : 0;
}

static int ask(struct manager *manager, const char *method, const char *types,
	       const char *job_id, const struct unit_call *call)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
	int r = new_call(manager, method, types, job_id, &message);

	return r < 0 ? r : send_call(manager, message, call);
}

int manager_bus_start_unit(struct manager *manager, const char *job_id,
			   void (*done)(void *context, int error), void *context)
{
	const struct unit_call call = { done, context, read_nothing };

	return ask(manager, "StartUnit", "ss", job_id, &call);
}

int manager_bus_stop_unit(struct manager *manager, const char *job_id,
			  void (*done)(void *context, int error), void *context)
{
	const struct unit_call call = { done, context, read_nothing };

	return ask(manager, "StopUnit", "ss", job_id, &call);
}

int manager_bus_unit_is_active(struct manager *manager, const char *job_id,
			       void (*done)(void *context, int active), void *context)
{
	const struct unit_call call = { done, context, read_active };

	return ask(manager, "ListUnitsByNames", "as", job_id, &call);
}
