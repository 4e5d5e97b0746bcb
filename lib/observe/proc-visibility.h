/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_OBSERVE_PROC_VISIBILITY_H
#define DMABUFCTL_OBSERVE_PROC_VISIBILITY_H

#include <stdbool.h>

#include "lib/observe/root.h"

/* Does the text of /proc/self/mountinfo say that proc hides processes of others? */
bool mountinfo_hides_processes(const char *mountinfo);

/*
 * Why other processes of the host cannot even be seen in the live /proc; NULL if they
 * can.
 */
const char *proc_hidden_why(const struct root *root);

#endif
