/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_OBSERVE_LIBVIRT_DOMAIN_H
#define DMABUFCTL_OBSERVE_LIBVIRT_DOMAIN_H

/* The host's devices that a domain of libvirt takes (libvirt.org/formatdomain.html). */

#include <stdbool.h>
#include <stddef.h>

#include "lib/observe/record.h"

struct libvirt_device {
	char name[RECORD_DEVICE_NAME]; /* PCI address, or UUID of a mediated device */
	bool managed; /* libvirt gives it to VFIO, and back to its driver */
};

struct libvirt_domain {
	char name[64];
	struct libvirt_device *devices;
	size_t n_devices;
};

/*
 * Parses a domain (etc/libvirt/qemu) or the status of a running one (run/libvirt/qemu).
 * 0, -EBADMSG if it is no such XML, -ENOTSUP if it has a document type (its entities
 * could grow without limit; libvirt writes none), or -ENOMEM.
 */
int libvirt_domain_parse(const char *text, size_t length, struct libvirt_domain *ret);

void libvirt_domain_free(struct libvirt_domain *domain);

#endif
