/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFD_WATCH_H
#define DMABUFD_WATCH_H

/*
 * What the kernel says of devices: the netlink group of the kernel for vfio-dev (its
 * "remove" comes before the kernel waits for the owner, kernel-facts 3.4), that of udev
 * for PCI devices. Texts live for the call.
 */

#include <systemd/sd-event.h>

struct watch;

struct watch_events {
	void (*vfio_added)(void *context, const char *address);
	void (*vfio_removed)(void *context, const char *address); /* a release begins */
	void (*bound)(void *context, const char *address); /* some driver has it now */
	void (*unbound)(void *context, const char *address); /* an unbind has ended */
	void (*added)(void *context, const char *address);
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

#endif
