/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/judge/readiness-internal.h"
#include "lib/model/unit-name.h"

bool source_is_left_out(const struct check *check, enum source source)
{
	return check->snapshot->left_out & SOURCE_BIT(source);
}

const char *unseen_remedy(const struct check *check, enum source source)
{
	if (!source_is_left_out(check, source))
		return "'dmabufctl status' says what could not be read, and why";
	return source == SOURCE_PROC ? "ask without --sources, or with proc among them"
				     : "ask without --sources, or with bpf and bufinfo "
				       "among them";
}

static bool is_bare_word(const char *name)
{
	static const char bare[] = "0123456789abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ_.:@%+=/,-";

	return name[strspn(name, bare)] == '\0';
}

/* Nothing but these ends or changes a word between single quotes, or on its way there. */
static bool is_quotable(const char *name)
{
	for (const char *at = name; *at; at++)
		if ((unsigned char)*at < ' ' || *at == '\'' || *at == '\x7f')
			return false;
	return text_is_utf8(name, strlen(name));
}

const char *shell_word(const char *name, struct shell_word *room)
{
	int length;

	if (!name || *name == '\0' || *name == '-' || !is_quotable(name))
		return NULL;
	length = snprintf(room->text, sizeof(room->text),
			  is_bare_word(name) ? "%s" : "'%s'", name);
	return (size_t)length < sizeof(room->text) ? room->text : NULL;
}

/* Stopped on its own, without taking the system or a user's other work along. */
static bool is_stoppable(const char *unit)
{
	const char *suffix = strrchr(unit, '.');

	return suffix &&
	       (strcmp(suffix, ".service") == 0 || strcmp(suffix, ".scope") == 0);
}

/* The command before the name, and what to do where no name can be given. */
static const struct {
	const char *command;
	const char *otherwise;
} remedies[] = {
	[UNIT_TENANT_SERVICE] = { "systemctl stop ",
				  "end it, or make it close the device" },
	[UNIT_TENANT_LIBVIRT] = { "virsh detach-device, or virsh shutdown ",
				  "virsh detach-device, or virsh shutdown, of its "
				  "domain" },
	[UNIT_TENANT_MACHINE] = { "machinectl poweroff ",
				  "machinectl poweroff, of its machine" },
	[UNIT_TENANT_CONTAINER] = { "stop the container ", "stop its container" },
	[UNIT_TENANT_USER] = { NULL,
			       "a process of a user's session: have its user end it" },
};

const char *process_remedy(const struct process *process, struct process_text *room)
{
	struct unit_tenant tenant = { .kind = UNIT_TENANT_SERVICE };
	const char *name = NULL;
	struct shell_word word;

	if (process && process->unit)
		unit_tenant(process->unit, &tenant);
	if (tenant.kind != UNIT_TENANT_SERVICE)
		name = tenant.name;
	else if (process && process->unit && unit_is_essential(process->unit))
		return "do not stop it, the host needs it: make it close the device, or "
		       "have whoever it serves do so";
	else if (process && process->unit && is_stoppable(process->unit))
		name = process->unit;
	name = remedies[tenant.kind].command ? shell_word(name, &word) : NULL;
	if (!name)
		return remedies[tenant.kind].otherwise;
	(void)snprintf(room->text, sizeof(room->text), "%s%s",
		       remedies[tenant.kind].command, name);
	return room->text;
}
