/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_OBSERVE_RELEASE_LOG_H
#define DMABUFCTL_OBSERVE_RELEASE_LOG_H

/*
 * What VFIO says in the kernel's log while a driver waits for the owner of a device.
 * The format of a record is that of Documentation/ABI/testing/dev-kmsg. Only what the
 * kernel itself has said counts: whoever writes to /dev/kmsg cannot forge facility 0.
 */

#include <stddef.h>
#include <stdint.h>

#include "lib/base/array.h"
#include "lib/model/pci-address.h"

struct release_log_entry {
	char device[PCI_ADDRESS_TEXT];
	int64_t since_us; /* of the log's own clock */
};

struct release_log {
	ARRAY(struct release_log_entry) entries; /* one a device */
};

void release_log_free(struct release_log *log);

/*
 * Takes one or more whole records, NUL-terminated: each a line, and lines with a blank
 * in front that belong to it. Later records must come later. 0 or -ENOMEM.
 */
int release_log_add(struct release_log *log, const char *text);

#endif
