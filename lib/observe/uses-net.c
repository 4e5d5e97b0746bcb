/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/observe/uses.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <limits.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * The interfaces of our own network namespace. One that was moved into another, a
 * container's, is in nobody's sysfs but that namespace's: nothing is guessed about it.
 */

#define INTERFACES "sys/class/net"

static void add_word(char text[RECORD_WHY], const char *words, const char *name)
{
	size_t length = strlen(text);

	(void)snprintf(text + length, RECORD_WHY - length, "%s%s%s",
		       length > 0 ? ", " : "", words, name);
}

/* A link-local address of an interface that is down comes by itself. */
static bool format_address(const struct sockaddr *address, bool up,
			   char text[INET6_ADDRSTRLEN])
{
	const struct sockaddr_in *v4 = (const void *)address;
	const struct sockaddr_in6 *v6 = (const void *)address;

	if (!address)
		return false;
	if (address->sa_family == AF_INET)
		return inet_ntop(AF_INET, &v4->sin_addr, text, INET6_ADDRSTRLEN);
	if (address->sa_family != AF_INET6 ||
	    (!up && IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr)))
		return false;
	return inet_ntop(AF_INET6, &v6->sin6_addr, text, INET6_ADDRSTRLEN);
}

static void add_addresses(const struct uses *uses, const char *name, bool up,
			  char text[RECORD_WHY])
{
	char address[INET6_ADDRSTRLEN];

	for (const struct ifaddrs *one = uses->addresses; one; one = one->ifa_next)
		if (strcmp(one->ifa_name, name) == 0 &&
		    format_address(one->ifa_addr, up, address))
			add_word(text, "has ", address);
}

static void add_master(struct uses *uses, const char *name, char text[RECORD_WHY])
{
	_cleanup_free_ char *master = NULL;
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), INTERFACES "/%s/master", name);
	if (root_read_link_name(uses->root, uses->root->fd, path, &master) == 0)
		add_word(text, "enslaved to ", master);
}

static int look_at_interface(struct uses *uses, const char *name,
			     const struct use_devices *devices)
{
	char path[PATH_MAX], text[RECORD_WHY] = "";
	uint64_t flags = 0;
	int r;

	(void)snprintf(path, sizeof(path), INTERFACES "/%s/flags", name);
	r = root_read_number(uses->root, uses->root->fd, path, &flags);
	if (r == -ENOENT || r == -ENODEV)
		return 0; /* it is gone */
	if (flags & IFF_UP)
		add_word(text, "up", "");
	add_master(uses, name, text);
	add_addresses(uses, name, flags & IFF_UP, text);
	if (r == 0)
		r = uses->addresses_error;
	if (text[0])
		uses_put_all(uses, devices, HOST_USE_NETWORK, name, text, NULL);
	else if (r < 0)
		uses_put_all(uses, devices, HOST_USE_UNREADABLE, name, strerror(-r),
			     NULL);
	return 0;
}

int uses_find_network(struct uses *uses)
{
	int r;

	/* a captured tree has no addresses */
	if (!uses->root->captured && getifaddrs(&uses->addresses) < 0)
		uses->addresses_error = -errno;
	r = uses_for_each(uses, INTERFACES, look_at_interface);
	if (uses->addresses)
		freeifaddrs(uses->addresses);
	uses->addresses = NULL;
	return r;
}
