/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_OPTIONS_SOURCES_H
#define DMABUFCTL_CMD_OPTIONS_SOURCES_H

/* --sources: those of a look, and those of monitor. 0 or -EINVAL with error set. */

struct error;
struct options;

int parse_sources(struct options *options, const char *value, struct error *error);

/* Has the verb, now that it is known, any of the sources that were given? */
int options_check_sources(const struct options *options, struct error *error);

#endif
