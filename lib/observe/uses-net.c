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

#include "lib/base/text.h"
#include "lib/observe/sysfs-device.h"

/*
 * The interfaces of our own network namespace. One that was moved into another, a
 * container's, is in nobody's sysfs but that namespace's: that it is there at all, only
 * its device tells, by the directory of its interfaces or by its class.
 */

#define INTERFACES "sys/class/net"
#define DEVICES "sys/bus/pci/devices"

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

static int add_all(struct use_devices *to, const struct use_devices *from)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < from->count; i++)
		r = use_devices_add(to, from->items[i].address,
				    strlen(from->items[i].address));
	return r;
}

static int look_at_interface(struct uses *uses, const char *name,
			     const struct use_devices *devices)
{
	char path[PATH_MAX], text[RECORD_WHY] = "";
	uint64_t flags = 0;
	int r;

	r = add_all(&uses->with_interface, devices);
	if (r < 0)
		return r;
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

static bool is_among(const struct use_devices *devices, const char *address)
{
	for (size_t i = 0; i < devices->count; i++)
		if (strcmp(devices->items[i].address, address) == 0)
			return true;
	return false;
}

/* Is that directory of the device there? */
static bool has_directory(const struct uses *uses, const char *address, const char *name)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), DEVICES "/%s/%s", address, name);
	return sysfs_has_directory(uses->root, uses->root->fd, path);
}

/* Has it a driver that makes interfaces? Those that pass a device on do not. */
static bool has_network_driver(struct uses *uses, const char *address)
{
	static const char *const others[] = { "pci-stub", "uio_pci_generic", "igb_uio" };
	_cleanup_free_ char *class = NULL, *driver = NULL;
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), DEVICES "/%s", address);
	if (uses_read_attribute(uses, path, "class", &class) < 0 ||
	    !text_starts_with(class, "0x02"))
		return false;
	(void)snprintf(path, sizeof(path), DEVICES "/%s/driver", address);
	if (root_read_link_name(uses->root, uses->root->fd, path, &driver) < 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (strcmp(driver, others[i]) == 0)
			return false;
	return !has_directory(uses, address, "vfio-dev");
}

static void look_at_device(struct uses *uses, const char *address)
{
	if (!pci_address_is_kernel_name(address) ||
	    is_among(&uses->with_interface, address))
		return;
	if (has_directory(uses, address, "net"))
		uses_put(uses, address, HOST_USE_UNREADABLE, "network interface",
			 "it is in another network namespace", NULL);
	else if (has_network_driver(uses, address))
		uses_put(uses, address, HOST_USE_UNREADABLE, "network interface",
			 "none is visible: it may be in another network namespace", NULL);
}

/* What has interfaces, none of them visible. */
static int find_hidden(struct uses *uses)
{
	_cleanup_closedir_ DIR *directory = NULL;
	const struct dirent *entry;
	int r = root_open_directory(uses->root, uses->root->fd, DEVICES, &directory);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	while ((entry = readdir(directory)))
		look_at_device(uses, entry->d_name);
	return 0;
}

int uses_find_network(struct uses *uses)
{
	int r;

	/* a captured tree has no addresses */
	if (!uses->root->captured && getifaddrs(&uses->addresses) < 0)
		uses->addresses_error = -errno;
	r = uses_for_each(uses, INTERFACES, look_at_interface);
	if (r == 0)
		r = find_hidden(uses);
	if (uses->addresses)
		freeifaddrs(uses->addresses);
	uses->addresses = NULL;
	return r;
}
