/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/observe/watch.h"

#include <errno.h>
#include <libudev.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"

enum {
	/* sriov_numvfs=0 of a big card alone sends some thousand messages */
	RECEIVE_BUFFER = 16 * 1024 * 1024,
	MESSAGES_A_TURN = 256, /* then others have theirs */
};

struct watch {
	struct udev *udev;
	struct udev_monitor *monitor;
	sd_event_source *source;
	const struct watch_events *events;
	void *context;
};

/* "pci0000:00": what PCI devices are below. */
static bool is_host_bridge(const char *component)
{
	unsigned int domain, bus;
	int length = 0;

	return sscanf(component, "pci%x:%x%n", &domain, &bus, &length) == 2 &&
	       component[length] == '\0';
}

/*
 * The last of an unbroken row of PCI devices below a host bridge, which a path may have
 * more than one of (VMD). *ret_rest: what is behind it, "" or "/...".
 */
static int find_address(const char *devpath, char *ret, const char **ret_rest)
{
	const char *rest = devpath;
	bool in_row = false, found = false;

	if (!text_starts_with(devpath, "/devices/"))
		return -EINVAL;
	while (*rest == '/') {
		const char *name = rest + 1;
		size_t length = strcspn(name, "/");
		char component[PCI_ADDRESS_TEXT] = "";
		bool is_device;

		rest = name + length;
		if (length < sizeof(component))
			memcpy(component, name, length);
		is_device = in_row && pci_address_is_kernel_name(component);
		in_row = is_device || is_host_bridge(component);
		if (!is_device)
			continue;
		(void)snprintf(ret, PCI_ADDRESS_TEXT, "%s", component);
		*ret_rest = rest;
		found = true;
	}
	return found ? 0 : -EINVAL;
}

int watch_address(const char *devpath, char *ret)
{
	char address[PCI_ADDRESS_TEXT];
	const char *rest;

	if (find_address(devpath, address, &rest) < 0)
		return -EINVAL;
	(void)snprintf(ret, PCI_ADDRESS_TEXT, "%s", address);
	return 0;
}

/* Of its own; that of an mdev is below the mdev, whose parent stays where it is. */
static bool is_own_vfio(const char *rest)
{
	static const char directory[] = "/vfio-dev/";

	return text_starts_with(rest, directory) &&
	       !strchr(rest + sizeof(directory) - 1, '/');
}

enum watch_kind watch_meaning(const char *subsystem, const char *action,
			      const char *devpath, char ret_address[PCI_ADDRESS_TEXT])
{
	const char *rest = NULL;
	bool is_pci, is_removal;

	if (!subsystem || !action || !devpath)
		return WATCH_NOTHING;
	is_pci = find_address(devpath, ret_address, &rest) == 0;
	is_removal = strcmp(action, "remove") == 0;
	if (strcmp(subsystem, "vfio-dev") == 0) {
		if (!is_removal && strcmp(action, "add") != 0)
			return WATCH_NOTHING;
		return is_removal && is_pci && is_own_vfio(rest) ? WATCH_VFIO_REMOVED
								 : WATCH_VFIO_CHANGED;
	}
	if (strcmp(subsystem, "pci") != 0 || !is_pci || *rest != '\0')
		return WATCH_NOTHING;
	if (is_removal)
		return WATCH_REMOVED;
	return strcmp(action, "unbind") == 0 ? WATCH_UNBOUND : WATCH_NOTHING;
}

static void tell(const struct watch *watch, struct udev_device *device)
{
	const struct watch_events *events = watch->events;
	char address[PCI_ADDRESS_TEXT];

	switch (watch_meaning(udev_device_get_subsystem(device),
			      udev_device_get_action(device),
			      udev_device_get_devpath(device), address)) {
	case WATCH_NOTHING:
		return;
	case WATCH_VFIO_REMOVED:
		events->vfio_removed(watch->context, address);
		events->vfio_changed(watch->context);
		return;
	case WATCH_VFIO_CHANGED:
		events->vfio_changed(watch->context);
		return;
	case WATCH_UNBOUND:
		events->unbound(watch->context, address);
		return;
	case WATCH_REMOVED:
		events->removed(watch->context, address);
		return;
	}
}

static int on_message(sd_event_source *source, int fd, uint32_t revents, void *context)
{
	struct watch *watch = context;

	(void)source;
	(void)fd;
	(void)revents;
	for (int i = 0; i < MESSAGES_A_TURN; i++) {
		struct udev_device *device;

		errno = 0;
		device = udev_monitor_receive_device(watch->monitor);
		if (!device) {
			if (errno == ENOBUFS)
				watch->events->lost(watch->context);
			return 0;
		}
		tell(watch, device);
		(void)udev_device_unref(device);
	}
	return 0;
}

static int listen_to(struct watch *watch)
{
	static const char *const subsystems[] = { "vfio-dev", "pci" };
	int r = 0;

	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(subsystems); i++)
		r = udev_monitor_filter_add_match_subsystem_devtype(watch->monitor,
								    subsystems[i], NULL);
	if (r < 0)
		return r;
	/* Without privileges it gets what net.core.rmem_max allows. */
	(void)udev_monitor_set_receive_buffer_size(watch->monitor, RECEIVE_BUFFER);
	return udev_monitor_enable_receiving(watch->monitor);
}

int watch_new(sd_event *event, const struct watch_events *events, void *context,
	      struct watch **ret)
{
	struct watch *watch = calloc(1, sizeof(*watch));
	int r = -ENOMEM;

	if (!watch)
		return -ENOMEM;
	watch->events = events;
	watch->context = context;
	watch->udev = udev_new();
	if (watch->udev)
		watch->monitor = udev_monitor_new_from_netlink(watch->udev, "kernel");
	if (watch->monitor)
		r = listen_to(watch);
	if (r >= 0)
		r = sd_event_add_io(event, &watch->source,
				    udev_monitor_get_fd(watch->monitor), EPOLLIN,
				    on_message, watch);
	/* What begins is heard of before anything else is done. */
	if (r >= 0)
		r = sd_event_source_set_priority(watch->source,
						 SD_EVENT_PRIORITY_IMPORTANT);
	if (r < 0) {
		watch_free(watch);
		return r;
	}
	*ret = watch;
	return 0;
}

void watch_free(struct watch *watch)
{
	if (!watch)
		return;
	(void)sd_event_source_disable_unref(watch->source);
	(void)udev_monitor_unref(watch->monitor);
	(void)udev_unref(watch->udev);
	free(watch);
}
