/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_OBSERVE_WATCH_H
#define DMABUFCTL_OBSERVE_WATCH_H

/*
 * What the kernel says of devices. All of it comes from the kernel's own netlink group,
 * and so in the order in which it happened: the "remove" of vfio-dev, which precedes the
 * wait for the owner (kernel-facts 3.4), before the "unbind" that ends it. That of udev
 * would be another socket, and later by its rules. Texts live for the call.
 */

#include <systemd/sd-event.h>

#include "lib/model/pci-address.h"

struct watch;

struct watch_events {
	void (*vfio_changed)(void *context); /* a VFIO device came, or is going */
	void (*vfio_removed)(void *context, const char *address); /* a release begins */
	void (*unbound)(void *context, const char *address); /* an unbind has ended */
	void (*removed)(void *context, const char *address); /* it is unplugged */
	void (*lost)(void *context); /* ENOBUFS: nobody knows what; look at everything */
};

/* 0 or negative errno. events and context outlive the watch. */
int watch_new(sd_event *event, const struct watch_events *events, void *context,
	      struct watch **ret);
void watch_free(struct watch *watch); /* NULL is allowed */

/*
 * The PCI device that a path of sysfs is of or below ("/devices/pci0000:00/.../
 * 0000:03:00.0/vfio-dev/vfio0"), of an mdev its parent. Pure. 0 or -EINVAL; ret is
 * PCI_ADDRESS_TEXT long.
 */
int watch_address(const char *devpath, char *ret);

enum watch_kind {
	WATCH_NOTHING, /* none of our business */
	WATCH_VFIO_CHANGED, /* and it is no release of a PCI device */
	WATCH_VFIO_REMOVED,
	WATCH_UNBOUND,
	WATCH_REMOVED,
};

/* What a uevent means; of the last three ret_address is filled in. Pure; NULL: missing. */
enum watch_kind watch_meaning(const char *subsystem, const char *action,
			      const char *devpath, char ret_address[PCI_ADDRESS_TEXT]);

#endif
