/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufd/manager-bus.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <systemd/sd-daemon.h>

#include "cmd/dmabufd/bus-act.h"
#include "cmd/dmabufd/bus-call.h"
#include "cmd/dmabufd/bus-options.h"
#include "cmd/dmabufd/bus-read.h"
#include "lib/base/cleanup.h"

/* A scheduled release is authorised as one, besides the scheduling: see actions_of(). */
static const struct {
	const char *name;
	enum bus_method method;
	unsigned int actions;
} methods[] = {
	{ "List", BUS_LIST, BUS_ACTION(POLKIT_READ) },
	{ "Devices", BUS_DEVICES, BUS_ACTION(POLKIT_READ) },
	{ "Check", BUS_CHECK, BUS_ACTION(POLKIT_READ) },
	{ "Status", BUS_STATUS, BUS_ACTION(POLKIT_READ) },
	{ "Revoke", BUS_REVOKE, BUS_ACTION(POLKIT_REVOKE) },
	{ "Restore", BUS_RESTORE, BUS_ACTION(POLKIT_REVOKE) },
	{ "Release", BUS_RELEASE, BUS_ACTION(POLKIT_REASSIGN) },
	{ "Reassign", BUS_REASSIGN, BUS_ACTION(POLKIT_REASSIGN) },
	{ "Schedule", BUS_SCHEDULE,
	  BUS_ACTION(POLKIT_SCHEDULE) | BUS_ACTION(POLKIT_REASSIGN) },
};

/* By the member that the vtable has matched. */
static size_t method_of(sd_bus_message *message)
{
	size_t i = 0;

	while (strcmp(methods[i].name, sd_bus_message_get_member(message)) != 0)
		i++;
	return i;
}

static int on_question(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	_cleanup_(bus_call_free) struct bus_call *call = NULL;
	size_t i = method_of(message);
	int r = bus_call_new(userdata, message, error, &call);

	if (r >= 0)
		r = bus_read_question(message, methods[i].method, &call->question, error);
	return r < 0 ? r
		     : bus_call_start(TAKE_PTR(call), methods[i].actions, bus_read_run);
}

/* What is to be done later by itself is authorised step by step. */
static unsigned int actions_of(size_t method, const struct wish *wish)
{
	unsigned int actions = methods[method].actions;
	bool revokes = wish->n_steps == 0; /* as the default ladder does */

	for (size_t i = 0; i < wish->n_steps; i++)
		revokes |= wish->steps[i] == STEP_REVOKE;
	if (methods[method].method == BUS_SCHEDULE && revokes)
		actions |= BUS_ACTION(POLKIT_REVOKE);
	return actions;
}

static int on_act(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	_cleanup_(bus_call_free) struct bus_call *call = NULL;
	size_t i = method_of(message);
	unsigned int actions;
	int r = bus_call_new(userdata, message, error, &call);

	if (r >= 0)
		r = bus_read_job(message, methods[i].method, &call->job, error);
	if (r < 0)
		return r;
	actions = actions_of(i, &call->job.wish);
	return bus_call_start(TAKE_PTR(call), actions, bus_act_run);
}

static int on_jobs(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	_cleanup_(bus_call_free) struct bus_call *call = NULL;
	struct bus_jobs_filter filter;
	int r = bus_call_new(userdata, message, error, &call);

	if (r >= 0)
		r = bus_read_jobs_filter(message, &filter, error);
	if (r < 0)
		return r;
	strcpy(call->job.id, filter.job);
	strcpy(call->job.wish.device, filter.device);
	call->ended_too = filter.all;
	return bus_call_start(TAKE_PTR(call), BUS_ACTION(POLKIT_READ), bus_read_jobs_run);
}

static int on_cancel(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	_cleanup_(bus_call_free) struct bus_call *call = NULL;
	const char *path;
	int r = bus_call_new(userdata, message, error, &call);

	if (r >= 0)
		r = sd_bus_message_read(message, "o", &path);
	if (r < 0)
		return r;
	if (bus_job_id(path, call->job.id) < 0)
		return sd_bus_error_set(error, BUS_ERROR_NO_SUCH_JOB,
					"that is not the object of a job");
	return bus_call_start(TAKE_PTR(call), BUS_ACTION(POLKIT_SCHEDULE),
			      bus_act_cancel_run);
}

static int on_reload(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct bus_call *call;
	int r = bus_call_new(userdata, message, error, &call);

	return r < 0 ? r
		     : bus_call_start(call, BUS_ACTION(POLKIT_MANAGE),
				      bus_act_reload_run);
}

#define METHOD(name, in, in_names, out, out_names, handler)                              \
	SD_BUS_METHOD_WITH_NAMES(name, in, in_names, out, out_names, handler,            \
				 SD_BUS_VTABLE_UNPRIVILEGED)

/* Who may call what polkit decides; unprivileged means that sd-bus does not. */
/* clang-format off */
static const sd_bus_vtable vtable[] = {
	SD_BUS_VTABLE_START(0),
	METHOD("List", "a{sv}", SD_BUS_PARAM(options),
	       "s", SD_BUS_PARAM(json), on_question),
	METHOD("Devices", "a{sv}", SD_BUS_PARAM(options),
	       "s", SD_BUS_PARAM(json), on_question),
	METHOD("Check", "sa{sv}", SD_BUS_PARAM(device) SD_BUS_PARAM(options),
	       "s", SD_BUS_PARAM(json), on_question),
	METHOD("Status", "a{sv}", SD_BUS_PARAM(options),
	       "s", SD_BUS_PARAM(json), on_question),
	METHOD("Jobs", "a{sv}", SD_BUS_PARAM(options),
	       "s", SD_BUS_PARAM(json), on_jobs),
	METHOD("Revoke", "sa{sv}", SD_BUS_PARAM(device) SD_BUS_PARAM(options),
	       "o", SD_BUS_PARAM(job), on_act),
	METHOD("Restore", "sa{sv}", SD_BUS_PARAM(device) SD_BUS_PARAM(options),
	       "o", SD_BUS_PARAM(job), on_act),
	METHOD("Release", "sa{sv}", SD_BUS_PARAM(device) SD_BUS_PARAM(options),
	       "o", SD_BUS_PARAM(job), on_act),
	METHOD("Reassign", "ssa{sv}",
	       SD_BUS_PARAM(device) SD_BUS_PARAM(driver) SD_BUS_PARAM(options),
	       "o", SD_BUS_PARAM(job), on_act),
	METHOD("Schedule", "ssa{sv}",
	       SD_BUS_PARAM(device) SD_BUS_PARAM(on) SD_BUS_PARAM(options),
	       "o", SD_BUS_PARAM(job), on_act),
	METHOD("Cancel", "o", SD_BUS_PARAM(job), "", "", on_cancel),
	METHOD("Reload", "", "", "", "", on_reload),
	SD_BUS_SIGNAL_WITH_NAMES("JobNew", "so",
				 SD_BUS_PARAM(id) SD_BUS_PARAM(job), 0),
	SD_BUS_SIGNAL_WITH_NAMES("JobRemoved", "sos",
				 SD_BUS_PARAM(id) SD_BUS_PARAM(job) SD_BUS_PARAM(state), 0),
	SD_BUS_SIGNAL_WITH_NAMES("DeviceReleasing", "ss",
				 SD_BUS_PARAM(device) SD_BUS_PARAM(kind), 0),
	SD_BUS_SIGNAL_WITH_NAMES("BufferRevoked", "st",
				 SD_BUS_PARAM(device) SD_BUS_PARAM(inode), 0),
	SD_BUS_VTABLE_END
};
/* clang-format on */

/* Without its name the daemon is of no use to anybody: systemd starts it again. */
static int on_name(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	struct manager_bus *bus = userdata;
	const sd_bus_error *refusal = sd_bus_message_get_error(reply);
	uint32_t result = 0;

	(void)error;
	if (!refusal && sd_bus_message_read(reply, "u", &result) >= 0 && result == 1)
		return 0;
	(void)fprintf(
		stderr, SD_ERR "The bus does not give us the name " BUS_NAME ": %s\n",
		refusal && refusal->message ? refusal->message : "somebody else has it");
	return sd_event_exit(bus->manager->event, EXIT_FAILURE);
}

int manager_bus_take_name(struct manager *manager)
{
	return sd_bus_request_name_async(manager->bus, NULL, BUS_NAME, 0, on_name,
					 manager->bus_objects);
}

static int on_name_dropped(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	struct manager_bus *bus = userdata;

	(void)reply;
	(void)error;
	manager_name_dropped(bus->manager);
	return 0;
}

int manager_bus_drop_name(struct manager *manager)
{
	return sd_bus_release_name_async(manager->bus, NULL, BUS_NAME, on_name_dropped,
					 manager->bus_objects);
}

bool manager_bus_is_busy(const struct manager *manager)
{
	return manager->bus_objects && manager->bus_objects->calls;
}

/* Calls are dispatched by the event loop, and not before. */
static int publish(struct manager_bus *bus)
{
	struct manager *manager = bus->manager;
	int r = sd_bus_attach_event(manager->bus, manager->event,
				    SD_EVENT_PRIORITY_NORMAL);

	if (r >= 0)
		r = sd_bus_set_exit_on_disconnect(manager->bus, 1);
	if (r >= 0)
		r = sd_bus_add_object_vtable(manager->bus, NULL, BUS_PATH, BUS_MANAGER,
					     vtable, bus);
	if (r >= 0)
		r = bus_job_publish(bus);
	if (r >= 0)
		r = manager_bus_take_name(manager);
	return r < 0 ? r : 0;
}

int manager_bus_open(struct manager *manager)
{
	int r;

	manager->bus_objects = calloc(1, sizeof(*manager->bus_objects));
	if (!manager->bus_objects)
		return -ENOMEM;
	manager->bus_objects->manager = manager;
	r = sd_bus_open_system_with_description(&manager->bus, "dmabufd");
	if (r >= 0)
		r = publish(manager->bus_objects);
	if (r < 0)
		manager_bus_close(manager);
	return r < 0 ? r : 0;
}

/* The calls first: they hold on to the bus by their messages. */
void manager_bus_close(struct manager *manager)
{
	struct manager_bus *bus = manager->bus_objects;

	while (bus && bus->calls)
		bus_call_end(bus->calls);
	manager->bus = sd_bus_flush_close_unref(manager->bus);
	free(TAKE_PTR(manager->bus_objects));
}

void manager_bus_releasing(struct manager *manager, const char *address,
			   enum release_kind kind)
{
	(void)sd_bus_emit_signal(manager->bus, BUS_PATH, BUS_MANAGER, "DeviceReleasing",
				 "ss", address, release_kind_name(kind));
}

void manager_bus_revoked(struct manager *manager, const char *address, uint64_t inode)
{
	(void)sd_bus_emit_signal(manager->bus, BUS_PATH, BUS_MANAGER, "BufferRevoked",
				 "st", address, inode);
}
