/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_MODEL_UNIT_NAME_H
#define DMABUFCTL_MODEL_UNIT_NAME_H

/* Whose systemd unit is it? By the names that their makers give, see unit-name.c. */

#include <stdbool.h>

enum unit_tenant_kind {
	UNIT_TENANT_SERVICE, /* a plain service or scope */
	UNIT_TENANT_LIBVIRT, /* a virtual machine of libvirt */
	UNIT_TENANT_MACHINE, /* another machine of systemd-machined */
	UNIT_TENANT_CONTAINER,
	UNIT_TENANT_USER, /* a session, or a user's own manager */
};

struct unit_tenant {
	enum unit_tenant_kind kind;
	char name[256]; /* of the virtual machine, machine or container; else "" */
};

void unit_tenant(const char *unit, struct unit_tenant *ret);

/* One that the host, or all its machines or containers, cannot do without. */
bool unit_is_essential(const char *unit);

#endif
