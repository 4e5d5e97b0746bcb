/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_OBSERVE_NAMESPACES_H
#define DMABUFCTL_OBSERVE_NAMESPACES_H

/* Are we where the kernel began? Elsewhere pids and rights mean something else. */

#include "lib/model/snapshot.h"
#include "lib/observe/root.h"

/* Unknown of a captured tree, which has no self. */
enum tristate namespace_pid_is_initial(const struct root *root);
enum tristate namespace_user_is_initial(const struct root *root);

#endif
