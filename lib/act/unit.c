/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/act/unit.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <systemd/sd-bus.h>

#include "lib/act/unit-cgroup.h"
#include "lib/base/array.h"
#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/base/text.h"

#define SYSTEMD "org.freedesktop.systemd1"
#define MANAGER_PATH "/org/freedesktop/systemd1"
#define MANAGER SYSTEMD ".Manager"
#define UNIT SYSTEMD ".Unit"

bool systemd_is_running(void)
{
	return access("/run/systemd/system", F_OK) == 0;
}

int unit_bus_open(struct sd_bus **ret)
{
	return systemd_is_running() ? sd_bus_open_system(ret) : -EOPNOTSUPP;
}

/* What the bus says went wrong, as an errno of unit.h. */
static int error_of(const sd_bus_error *error, int r)
{
	if (sd_bus_error_has_name(error, SYSTEMD ".NoSuchUnit"))
		return -ENOENT;
	if (sd_bus_error_has_names(error, SD_BUS_ERROR_NO_REPLY, SD_BUS_ERROR_TIMEOUT))
		return -ETIME;
	return r == -ETIMEDOUT ? -ETIME : r;
}

/* Calls a method of the manager with what has been appended to message. */
static int call(struct sd_bus *bus, sd_bus_message *message, uint64_t limit_us,
		sd_bus_message **ret_reply)
{
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	int r = sd_bus_call(bus, message, limit_us, &error, ret_reply);

	return r < 0 ? error_of(&error, r) : 0;
}

static int new_call(struct sd_bus *bus, const char *method, sd_bus_message **ret)
{
	return sd_bus_message_new_method_call(bus, ret, SYSTEMD, MANAGER_PATH, MANAGER,
					      method);
}

/* The object path of a unit, malloc'ed. -ENOENT: it is not loaded. */
static int unit_path(struct sd_bus *bus, const char *unit, uint64_t limit_us, char **ret)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL, *reply = NULL;
	const char *path;
	int r = new_call(bus, "GetUnit", &message);

	if (r >= 0)
		r = sd_bus_message_append(message, "s", unit);
	if (r >= 0)
		r = call(bus, message, limit_us, &reply);
	if (r >= 0)
		r = sd_bus_message_read(reply, "o", &path);
	if (r < 0)
		return r;
	*ret = strdup(path);
	return *ret ? 0 : -ENOMEM;
}

static int get_property(struct sd_bus *bus, const char *path, const char *interface,
			const char *name, const char *type, uint64_t limit_us,
			sd_bus_message **ret)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL, *reply = NULL;
	int r = sd_bus_message_new_method_call(bus, &message, SYSTEMD, path,
					       "org.freedesktop.DBus.Properties", "Get");

	if (r >= 0)
		r = sd_bus_message_append(message, "ss", interface, name);
	if (r >= 0)
		r = call(bus, message, limit_us, &reply);
	if (r >= 0)
		r = sd_bus_message_enter_container(reply, 'v', type);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(reply);
	return 0;
}

static int get_text(struct sd_bus *bus, const char *path, const char *interface,
		    const char *name, uint64_t limit_us, char **ret)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	const char *text;
	int r = get_property(bus, path, interface, name, "s", limit_us, &reply);

	if (r >= 0)
		r = sd_bus_message_read(reply, "s", &text);
	if (r < 0)
		return r;
	*ret = strdup(text);
	return *ret ? 0 : -ENOMEM;
}

static int get_bool(struct sd_bus *bus, const char *path, const char *name,
		    uint64_t limit_us, bool *ret)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	int value, r = get_property(bus, path, UNIT, name, "b", limit_us, &reply);

	if (r >= 0)
		r = sd_bus_message_read(reply, "b", &value);
	if (r < 0)
		return r;
	*ret = value;
	return 0;
}

static int get_invocation(struct sd_bus *bus, const char *path, uint64_t limit_us,
			  char **ret)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	const void *bytes;
	size_t length;
	int r = get_property(bus, path, UNIT, "InvocationID", "ay", limit_us, &reply);

	if (r >= 0)
		r = sd_bus_message_read_array(reply, 'y', &bytes, &length);
	if (r < 0)
		return r;
	*ret = text_to_hex(bytes, length);
	return *ret ? 0 : -ENOMEM;
}

/* Appends the names in property; list is a NULL-terminated strv that may be NULL. */
static int add_names(struct sd_bus *bus, const char *path, const char *property,
		     uint64_t limit_us, char ***list)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	size_t count = 0;
	char **names, **grown;
	int r = get_property(bus, path, UNIT, property, "as", limit_us, &reply);

	if (r >= 0)
		r = sd_bus_message_read_strv(reply, &names);
	if (r < 0 || !names)
		return r;
	while (*list && (*list)[count])
		count++;
	for (char **name = names; *name; name++) {
		grown = reallocarray(*list, count + 2, sizeof(**list));
		if (!grown) {
			r = -ENOMEM;
			break;
		}
		*list = grown;
		(*list)[count++] = strdup(*name);
		(*list)[count] = NULL;
	}
	for (char **name = names; *name; name++)
		free(*name);
	free(names);
	return r;
}

static const char *interface_of(const char *unit)
{
	const char *dot = strrchr(unit, '.');

	return dot && strcmp(dot, ".scope") == 0 ? SYSTEMD ".Scope" : SYSTEMD ".Service";
}

/* Scopes have no Restart=. */
static int get_restarts(struct sd_bus *bus, const char *unit, const char *path,
			uint64_t limit_us, bool *ret)
{
	_cleanup_free_ char *restart = NULL;
	int r;

	if (strcmp(interface_of(unit), SYSTEMD ".Service") != 0)
		return 0;
	r = get_text(bus, path, SYSTEMD ".Service", "Restart", limit_us, &restart);
	if (r < 0)
		return r;
	*ret = strcmp(restart, "no") != 0;
	return 0;
}

static int fill(struct sd_bus *bus, const char *unit, uint64_t limit_us,
		struct unit_facts *facts)
{
	_cleanup_free_ char *path = NULL;
	int r = unit_path(bus, unit, limit_us, &path);

	if (r >= 0)
		r = get_text(bus, path, UNIT, "Id", limit_us, &facts->name);
	if (r >= 0)
		r = get_invocation(bus, path, limit_us, &facts->invocation);
	if (r >= 0)
		r = get_text(bus, path, interface_of(unit), "ControlGroup", limit_us,
			     &facts->cgroup);
	if (r >= 0)
		r = get_bool(bus, path, "CanFreeze", limit_us, &facts->can_freeze);
	if (r >= 0)
		r = get_restarts(bus, unit, path, limit_us, &facts->restarts);
	if (r >= 0)
		r = add_names(bus, path, "RequiredBy", limit_us, &facts->required_by);
	if (r >= 0)
		r = add_names(bus, path, "BoundBy", limit_us, &facts->required_by);
	if (r >= 0 && *facts->cgroup)
		r = unit_cgroup_processes("/sys/fs/cgroup", facts->cgroup,
					  &facts->processes, &facts->n_processes);
	return r;
}

int unit_facts_get(struct sd_bus *bus, const char *unit, uint64_t limit_us,
		   struct unit_facts_list *list)
{
	struct unit_facts_list one = { 0 };
	int r = ARRAY_PUSH(&one, (struct unit_facts){ 0 });

	if (r == 0)
		r = fill(bus, unit, limit_us, &one.items[0]);
	if (r >= 0)
		r = ARRAY_PUSH(list, one.items[0]);
	if (r >= 0)
		one.count = 0; /* it lives on in the list */
	unit_facts_list_done(&one);
	return r < 0 ? r : 0;
}

/* A unit of that name that was started again is another one. */
static int check_invocation(struct sd_bus *bus, const char *unit, const char *invocation,
			    uint64_t limit_us)
{
	_cleanup_free_ char *path = NULL, *now = NULL;
	int r = unit_path(bus, unit, limit_us, &path);

	if (r >= 0)
		r = get_invocation(bus, path, limit_us, &now);
	if (r < 0)
		return r;
	return strcmp(now, invocation) == 0 ? 0 : -ESTALE;
}

static int call_on_unit(struct sd_bus *bus, const char *method, const char *unit,
			const char *invocation, uint64_t limit_us)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL, *reply = NULL;
	int r = check_invocation(bus, unit, invocation, limit_us);

	if (r >= 0)
		r = new_call(bus, method, &message);
	if (r >= 0)
		r = sd_bus_message_append(message, "s", unit);
	if (r >= 0)
		r = call(bus, message, limit_us, &reply);
	return r < 0 ? r : 0;
}

int unit_freeze(struct sd_bus *bus, const char *unit, const char *invocation,
		uint64_t limit_us)
{
	return call_on_unit(bus, "FreezeUnit", unit, invocation, limit_us);
}

int unit_thaw(struct sd_bus *bus, const char *unit, const char *invocation,
	      uint64_t limit_us)
{
	return call_on_unit(bus, "ThawUnit", unit, invocation, limit_us);
}

static int kill_unit(struct sd_bus *bus, const char *unit, uint64_t limit_us)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL, *reply = NULL;
	int r = new_call(bus, "KillUnit", &message);

	if (r >= 0)
		r = sd_bus_message_append(message, "ssi", unit, "all", SIGKILL);
	return r < 0 ? r : call(bus, message, limit_us, &reply);
}

/* A stop job comes first in both cases: a unit that is only killed may be restarted. */
int unit_stop(struct sd_bus *bus, const char *unit, const char *invocation, bool kill,
	      uint64_t limit_us)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL, *reply = NULL;
	int r = check_invocation(bus, unit, invocation, limit_us);

	if (r >= 0)
		r = new_call(bus, "StopUnit", &message);
	if (r >= 0)
		r = sd_bus_message_append(message, "ss", unit, "replace");
	if (r >= 0)
		r = call(bus, message, limit_us, &reply);
	if (r >= 0 && kill)
		r = kill_unit(bus, unit, limit_us);
	return r < 0 ? r : 0;
}

struct start {
	const char *job; /* its object path */
	bool ended;
	char result[32];
};

static int on_job_removed(sd_bus_message *message, void *context, sd_bus_error *error)
{
	struct start *start = context;
	const char *path, *unit, *result;
	uint32_t id;

	(void)error;
	if (sd_bus_message_read(message, "uoss", &id, &path, &unit, &result) >= 0 &&
	    start->job && strcmp(path, start->job) == 0) {
		start->ended = true;
		(void)snprintf(start->result, sizeof(start->result), "%s", result);
	}
	return 0;
}

/* systemd tells the end of jobs only to those who asked for it. */
static int subscribe(struct sd_bus *bus, struct start *start, uint64_t limit_us,
		     sd_bus_slot **ret_slot)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL, *reply = NULL;
	int r = sd_bus_match_signal(bus, ret_slot, SYSTEMD, MANAGER_PATH, MANAGER,
				    "JobRemoved", on_job_removed, start);

	if (r >= 0)
		r = new_call(bus, "Subscribe", &message);
	if (r >= 0)
		r = call(bus, message, limit_us, &reply);
	return r;
}

static int wait_for_end(struct sd_bus *bus, const struct start *start,
			uint64_t deadline_ms)
{
	while (!start->ended) {
		uint64_t now = monotonic_ms();
		int r = sd_bus_process(bus, NULL);

		if (r > 0)
			continue;
		if (r == 0 && now >= deadline_ms)
			return -ETIME;
		if (r == 0)
			r = sd_bus_wait(bus, (deadline_ms - now) * 1000);
		if (r < 0 && r != -EINTR)
			return r;
	}
	return strcmp(start->result, "done") == 0 ? 0 : -ENOEXEC;
}

int unit_start(struct sd_bus *bus, const char *unit, bool wait, uint64_t limit_us)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL, *reply = NULL;
	_cleanup_(sd_bus_slot_unrefp) sd_bus_slot *slot = NULL;
	uint64_t deadline_ms = monotonic_ms() + limit_us / 1000;
	struct start start = { 0 };
	int r = wait ? subscribe(bus, &start, limit_us, &slot) : 0;

	if (r >= 0)
		r = new_call(bus, "StartUnit", &message);
	if (r >= 0)
		r = sd_bus_message_append(message, "ss", unit, "replace");
	if (r >= 0)
		r = call(bus, message, limit_us, &reply);
	if (r >= 0 && wait)
		r = sd_bus_message_read(reply, "o", &start.job);
	if (r < 0 || !wait)
		return r < 0 ? r : 0;
	return wait_for_end(bus, &start, deadline_ms);
}

int unit_is_active(struct sd_bus *bus, const char *unit, uint64_t limit_us)
{
	_cleanup_free_ char *path = NULL, *state = NULL;
	int r = unit_path(bus, unit, limit_us, &path);

	if (r == -ENOENT)
		return 0;
	if (r >= 0)
		r = get_text(bus, path, UNIT, "ActiveState", limit_us, &state);
	if (r < 0)
		return r;
	return strcmp(state, "inactive") != 0 && strcmp(state, "failed") != 0;
}
