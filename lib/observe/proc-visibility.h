/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_OBSERVE_PROC_VISIBILITY_H
#define DMABUFCTL_OBSERVE_PROC_VISIBILITY_H

#include <stdbool.h>

#include "lib/observe/root.h"

/* Does the text of /proc/self/mountinfo say that proc hides processes of others? */
bool mountinfo_hides_processes(const char *mountinfo);

/* Are the process numbers of the live /proc those of the whole host? */
bool pid_namespace_is_initial(const struct root *root);

/*
 * Why other processes of the host cannot even be seen in the live /proc; NULL if they
 * can.
 */
const char *proc_hidden_why(const struct root *root);

#endif
