/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/model/unit-name.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"

/* Engines name the scope of a container by its ID: docker-ID.scope. */
static const char *const container_prefixes[] = {
	"docker-", "libpod-", "crio-", "cri-containerd-", "containerd-", "lxc-", "lxc.",
};

static int hex_value(char digit)
{
	if (!isxdigit((unsigned char)digit))
		return -1;
	return isdigit((unsigned char)digit) ? digit - '0'
					     : tolower((unsigned char)digit) - 'a' + 10;
}

/* The text up to its suffix, with \xHH made bytes again: systemd.unit(5). */
static void unescape(const char *text, size_t length, char *ret, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < length && used + 1 < size; i++) {
		int high = -1, low = -1;

		if (i + 3 < length && text[i] == '\\' && text[i + 1] == 'x') {
			high = hex_value(text[i + 2]);
			low = hex_value(text[i + 3]);
		}
		if (high < 0 || low < 0) {
			ret[used++] = text[i];
			continue;
		}
		ret[used++] = (char)(high << 4 | low);
		i += 3;
	}
	ret[used] = '\0';
}

/* Is it PREFIX...SUFFIX? Then what is between, unescaped. */
static bool take_between(const char *unit, const char *prefix, const char *suffix,
			 char *ret, size_t size)
{
	size_t length = strlen(unit), before = strlen(prefix), behind = strlen(suffix);

	if (length <= before + behind || strncmp(unit, prefix, before) != 0 ||
	    strcmp(unit + length - behind, suffix) != 0)
		return false;
	unescape(unit + before, length - before - behind, ret, size);
	return true;
}

/* libvirt names a machine DRIVER-ID-NAME, for example qemu-1-web. */
static bool take_libvirt_name(struct unit_tenant *tenant)
{
	const char *rest = tenant->name;
	size_t digits;

	if (strncmp(rest, "qemu-", strlen("qemu-")) != 0)
		return false;
	rest += strlen("qemu-");
	digits = strspn(rest, "0123456789");
	if (digits == 0 || rest[digits] != '-' || rest[digits + 1] == '\0')
		return false;
	memmove(tenant->name, rest + digits + 1, strlen(rest + digits + 1) + 1);
	return true;
}

void unit_tenant(const char *unit, struct unit_tenant *ret)
{
	*ret = (struct unit_tenant){ .kind = UNIT_TENANT_SERVICE };
	if (take_between(unit, "machine-", ".scope", ret->name, sizeof(ret->name))) {
		ret->kind = take_libvirt_name(ret) ? UNIT_TENANT_LIBVIRT
						   : UNIT_TENANT_MACHINE;
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(container_prefixes); i++) {
		if (!take_between(unit, container_prefixes[i], ".scope", ret->name,
				  sizeof(ret->name)))
			continue;
		ret->kind = UNIT_TENANT_CONTAINER;
		return;
	}
	if (strncmp(unit, "session-", strlen("session-")) == 0 ||
	    strncmp(unit, "user@", strlen("user@")) == 0)
		ret->kind = UNIT_TENANT_USER;
}

/* Names without ".service" and without what follows '@'. */
static const char *const essential_services[] = {
	"dbus",		  "dbus-broker",  "dbus-daemon", "ssh",
	"sshd",		  "docker",	  "containerd",	 "crio",
	"cri-docker",	  "podman",	  "lxc",	 "lxcfs",
	"lxc-net",	  "lxc-monitord", "lxd",	 "incus",
	"incusd",	  "kubelet",	  "k3s",	 "k3s-agent",
	"rke2-server",	  "rke2-agent",	  "libvirtd",	 "libvirt-guests",
	"virtqemud",	  "virtlxcd",	  "virtxend",	 "virtvboxd",
	"virtproxyd",	  "virtlogd",	  "virtlockd",	 "virtnodedevd",
	"virtnetworkd",	  "virtstoraged", "virtsecretd", "virtnwfilterd",
	"virtinterfaced", "dmabufd",
};

static const char *const essential_prefixes[] = {
	"init.scope", "systemd-", "sshd-", "snap.lxd.", "snap.docker.", "dmabufctl-",
};

bool unit_is_essential(const char *unit)
{
	const char *end = strrchr(unit, '.');
	size_t length = strcspn(unit, "@");

	if (end && (size_t)(end - unit) < length)
		length = (size_t)(end - unit);
	for (size_t i = 0; i < ARRAY_SIZE(essential_services); i++)
		if (strlen(essential_services[i]) == length &&
		    strncmp(unit, essential_services[i], length) == 0)
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(essential_prefixes); i++)
		if (text_starts_with(unit, essential_prefixes[i]))
			return true;
	return false;
}
