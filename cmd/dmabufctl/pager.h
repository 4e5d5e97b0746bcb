/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_PAGER_H
#define DMABUFCTL_CMD_PAGER_H

#include <stddef.h>

/*
 * Shows text in the user's pager and waits for its end: $SYSTEMD_PAGER, $PAGER, less.
 * Words are split at blanks and run as they are, never by a shell, and less is told
 * to run no commands: it shows text of others, as root. 0, or negative errno when
 * there is none or none is wanted: print it yourself then.
 */
int pager_show(const char *text, size_t length);

#endif
