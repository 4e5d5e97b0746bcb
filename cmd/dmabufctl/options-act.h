/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_OPTIONS_ACT_H
#define DMABUFCTL_CMD_OPTIONS_ACT_H

/* The values of options that only the verbs that act have. */

struct error;
struct options;

/* All: 0, or -EINVAL with error set. */
int parse_method(struct options *options, const char *value, struct error *error);
int parse_steps(struct options *options, const char *value, struct error *error);
int parse_on(struct options *options, const char *value, struct error *error);

#endif
