/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/act/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/act/unit-bus.h"
#include "lib/act/unit-cgroup.h"
#include "lib/base/array.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"

enum { NAMES_MAX = 1024 };

/* The kinds of units that have a control group. */
static const struct {
	const char *suffix, *interface;
} kinds[] = {
	{ ".service", SYSTEMD ".Service" }, { ".scope", SYSTEMD ".Scope" },
	{ ".slice", SYSTEMD ".Slice" },	    { ".socket", SYSTEMD ".Socket" },
	{ ".mount", SYSTEMD ".Mount" },	    { ".swap", SYSTEMD ".Swap" },
};

/* Every dependency along which systemd.unit(5) says that a stop goes. */
static const char *const stopped_with[] = {
	"RequiredBy", "BoundBy", "RequisiteOf", "ConsistsOf", "PropagatesStopTo",
};

/* NULL: of a kind that has no control group. */
static const char *interface_of(const char *unit)
{
	const char *suffix = strrchr(unit, '.');

	for (size_t i = 0; suffix && i < ARRAY_SIZE(kinds); i++)
		if (strcmp(suffix, kinds[i].suffix) == 0)
			return kinds[i].interface;
	return NULL;
}

static int get_bool(const struct manager *manager, const char *path, const char *name,
		    bool *ret)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	int value, r = manager_property(manager, path, UNIT, name, "b", &reply);

	if (r >= 0)
		r = sd_bus_message_read(reply, "b", &value);
	if (r < 0)
		return r;
	*ret = value;
	return 0;
}

static int get_invocation(const struct manager *manager, const char *path, char **ret)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	const void *bytes;
	size_t length;
	char *hex;
	int r = manager_property(manager, path, UNIT, "InvocationID", "ay", &reply);

	if (r >= 0)
		r = sd_bus_message_read_array(reply, 'y', &bytes, &length);
	if (r < 0)
		return r;
	hex = text_to_hex(bytes, length);
	if (!hex)
		return -ENOMEM;
	*ret = hex;
	return 0;
}

/* Appends name to a NULL-terminated list that may be NULL. */
static int add_name(char ***list, const char *name)
{
	size_t count = 0;
	char **grown;

	for (; *list && (*list)[count]; count++)
		if (strcmp((*list)[count], name) == 0)
			return 0;
	if (count == NAMES_MAX)
		return -E2BIG;
	grown = reallocarray(*list, count + 2, sizeof(**list));
	if (!grown)
		return -ENOMEM;
	*list = grown;
	grown[count + 1] = NULL;
	grown[count] = strdup(name);
	return grown[count] ? 0 : -ENOMEM;
}

static int add_names(const struct manager *manager, const char *path,
		     const char *property, char ***list)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	const char *name;
	int r = manager_property(manager, path, UNIT, property, "as", &reply);

	if (r >= 0)
		r = sd_bus_message_enter_container(reply, 'a', "s");
	while (r >= 0) {
		r = sd_bus_message_read(reply, "s", &name);
		if (r == 0)
			break;
		if (r > 0)
			r = add_name(list, name);
	}
	return r;
}

static int get_dependents(const struct manager *manager, const char *path, char ***list)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(stopped_with); i++)
		r = add_names(manager, path, stopped_with[i], list);
	return r;
}

/* Of services alone. */
static int get_restarts(const struct manager *manager, const char *path, bool *ret)
{
	_cleanup_free_ char *restart = NULL;
	int r = manager_text(manager, path, SYSTEMD ".Service", "Restart", &restart);

	if (r < 0)
		return r;
	*ret = strcmp(restart, "no") != 0;
	return 0;
}

static int get_cgroup(const struct manager *manager, const char *path,
		      struct unit_facts *facts)
{
	const char *interface = interface_of(facts->name);
	int r = 0;

	if (!interface) {
		facts->cgroup = strdup("");
		return facts->cgroup ? 0 : -ENOMEM;
	}
	if (strcmp(interface, SYSTEMD ".Service") == 0)
		r = get_restarts(manager, path, &facts->restarts);
	if (r >= 0)
		r = manager_text(manager, path, interface, "ControlGroup",
				 &facts->cgroup);
	if (r < 0 || *facts->cgroup == '\0')
		return r;
	return unit_cgroup_processes("/sys/fs/cgroup", facts->cgroup, &facts->processes,
				     &facts->n_processes);
}

/* All of one invocation: should the unit be started anew meanwhile, it is -ESTALE. */
static int fill(const struct manager *manager, const char *unit, struct unit_facts *facts)
{
	_cleanup_free_ char *by_name = NULL, *pinned = NULL;
	const char *path;
	int r = manager_unit(manager, unit, &by_name);

	if (r >= 0)
		r = get_invocation(manager, by_name, &facts->invocation);
	if (r >= 0 && *facts->invocation)
		r = manager_invocation(facts->invocation, &pinned);
	path = pinned ? pinned : by_name;
	if (r >= 0)
		r = manager_text(manager, path, UNIT, "Id", &facts->name);
	if (r >= 0)
		r = get_bool(manager, path, "CanFreeze", &facts->can_freeze);
	if (r >= 0)
		r = get_dependents(manager, path, &facts->required_by);
	if (r >= 0)
		r = get_cgroup(manager, path, facts);
	return r;
}

int unit_facts_get(struct sd_bus *bus, const char *unit, uint64_t limit_us,
		   struct unit_facts_list *list)
{
	struct manager manager = manager_within(bus, limit_us);
	struct unit_facts_list one = { 0 };
	int r = ARRAY_PUSH(&one, (struct unit_facts){ 0 });

	if (r == 0)
		r = fill(&manager, unit, &one.items[0]);
	if (r >= 0)
		r = ARRAY_PUSH(list, one.items[0]);
	if (r >= 0)
		one.count = 0; /* it lives on in the list */
	unit_facts_list_done(&one);
	return r < 0 ? r : 0;
}
