/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_HELP_H
#define DMABUFCTL_CMD_HELP_H

struct options;
struct verb;

/* Both print to stdout and return an exit status. */

/* About one verb; NULL: the overview. */
int help_print(const struct options *options, const struct verb *verb);

int version_print(const struct options *options);

#endif
