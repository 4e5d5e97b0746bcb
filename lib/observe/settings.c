/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/observe/observers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/model/pci-address.h"
#include "lib/observe/libvirt-domain.h"

#define DRIVERCTL "etc/driverctl.d"

enum {
	FILES_MAX = 1000, /* of one directory */
	DOMAIN_MAX = 4 * 1024 * 1024, /* bytes */
};

struct settings {
	const struct root *root;
	struct sink *sink;
	bool running; /* the domains at hand */
};

/* Calls look() for every file of a directory, which need not exist. */
static int for_each_file(struct settings *settings, const char *path,
			 int (*look)(struct settings *settings, int directory,
				     const char *name))
{
	_cleanup_closedir_ DIR *directory = NULL;
	const struct root *root = settings->root;
	const struct dirent *entry;
	unsigned int count = 0;
	int result = 0;
	int r = root_open_directory(root, root->fd, path, &directory);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	while ((entry = readdir(directory))) {
		if (entry->d_name[0] == '.')
			continue;
		if (++count > FILES_MAX)
			return -E2BIG;
		r = look(settings, dirfd(directory), entry->d_name);
		if (r < 0 && r != -ENOENT)
			result = r;
	}
	return result;
}

/*
 * driverctl writes "BUS-DEVICE" with the driver's name, and takes an empty file for no
 * override. "none" is a driver's name to it: the device shall have none.
 */
static int look_at_override(struct settings *settings, int directory, const char *name)
{
	struct record_saved_override record = { 0 };
	_cleanup_free_ char *driver = NULL;
	int r;

	if (!text_starts_with(name, "pci-") ||
	    !pci_address_is_kernel_name(name + strlen("pci-")))
		return 0;
	r = root_read_line(settings->root, directory, name, &driver);
	if (r < 0 || !*driver)
		return r;
	record_init(&record.header, RECORD_SAVED_OVERRIDE, SOURCE_PROC, sizeof(record));
	RECORD_TEXT(record.device, name + strlen("pci-"));
	RECORD_TEXT(record.driver, driver);
	sink_put(settings->sink, &record.header);
	return 0;
}

static void put_domain(struct settings *settings, const struct libvirt_domain *domain)
{
	struct record_libvirt record = { .running = settings->running };

	record_init(&record.header, RECORD_LIBVIRT, SOURCE_PROC, sizeof(record));
	RECORD_TEXT(record.domain, domain->name);
	for (size_t i = 0; i < domain->n_devices; i++) {
		record.managed = domain->devices[i].managed;
		RECORD_TEXT(record.device, domain->devices[i].name);
		sink_put(settings->sink, &record.header);
	}
}

static int look_at_domain(struct settings *settings, int directory, const char *name)
{
	struct libvirt_domain domain = { 0 };
	_cleanup_free_ char *text = NULL;
	size_t length = strlen(name);
	int r;

	if (length <= strlen(".xml") || strcmp(name + length - strlen(".xml"), ".xml"))
		return 0;
	r = root_read(settings->root, directory, name, DOMAIN_MAX, &text, &length);
	if (r < 0)
		return r;
	r = libvirt_domain_parse(text, length, &domain);
	/* What is no domain to us is none to libvirt, unless it is running already. */
	if (r == -EBADMSG && !settings->running)
		return 0;
	if (r == 0)
		put_domain(settings, &domain);
	libvirt_domain_free(&domain);
	return r;
}

static int read_settings(struct settings *settings)
{
	int overrides = for_each_file(settings, DRIVERCTL, look_at_override);
	int configured = for_each_file(settings, "etc/libvirt/qemu", look_at_domain);
	int running;

	settings->running = true;
	running = for_each_file(settings, "run/libvirt/qemu", look_at_domain);
	return overrides < 0 || configured < 0 || running < 0 ? -EIO : 0;
}

void observe_settings(const struct root *root, struct sink *sink)
{
	struct settings settings = { .root = root, .sink = sink };

	if (read_settings(&settings) == 0)
		sink_pass(sink, SOURCE_PROC, PASS_SETTINGS);
	sink_flush(sink);
}
