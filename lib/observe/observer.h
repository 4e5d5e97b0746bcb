/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_OBSERVE_OBSERVER_H
#define DMABUFCTL_OBSERVE_OBSERVER_H

/*
 * Looks at the whole host once. Everything that touches the kernel runs in one
 * disposable process at a time; the caller only waits for its pipe, holds no
 * reference to a kernel object, and gets an answer when the deadline is over even if
 * that process can no longer be killed.
 */

#include <stdbool.h>

#include "lib/model/snapshot.h"

enum observe_devices {
	OBSERVE_DEVICES_REFERENCED, /* those that buffers, owners or users name */
	OBSERVE_DEVICES_ALL, /* every PCI device */
};

struct observe_request {
	unsigned int sources; /* SOURCE_BIT() mask; 0: what is safe and works */
	bool cross_check; /* also read bufinfo and compare */
	enum observe_devices devices;
	bool circumstances; /* also what is around them: tasks, settings, the log */
	bool uses; /* with circumstances: also what the host does with them */
	bool features; /* also what the kernel can do, where that takes another look */
	const char *root; /* captured tree; NULL: the live system */
	unsigned int deadline_ms; /* 0: OBSERVE_DEADLINE_MS */
};

enum { OBSERVE_DEADLINE_MS = 5000 };

/*
 * Returns within the deadline plus 1 s (the details of what was found get 500 ms of
 * their own, and a process 100 ms to die) with
 * a snapshot in which every source says how it fared. Negative errno only when
 * nothing could be begun: no such root, no memory, no process.
 */
int observe(const struct observe_request *request, struct snapshot **ret);

#endif
