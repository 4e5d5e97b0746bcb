/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_OBSERVE_NODE_H
#define DMABUFCTL_OBSERVE_NODE_H

/* Devices behind device nodes. See device_of_node() in observers.h too. */

#include <stdbool.h>
#include "lib/observe/record.h"
#include "lib/observe/root.h"

/* The same for sys/class/CLASS/NAME. 0 or negative errno. */
int device_of_class_node(const struct root *root, const char *class, const char *name,
			 char ret_device[RECORD_DEVICE_NAME]);

/* May devices behind nodes of this class (subsystem) import buffers? */
bool node_class_imports(const char *subsystem);

#endif
