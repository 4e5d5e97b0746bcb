/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_ELSEWHERE_H
#define DMABUFCTL_CMD_ELSEWHERE_H

/*
 * Somebody else looks for us: dmabufctl on another host (-H), or dmabufd, since we are not
 * root. They answer in the same JSON, of which nothing is trusted.
 */

#include <stdbool.h>

struct json_object;
struct options;

bool is_elsewhere(const struct options *options);

/* As host_ask() of host.h, and client_ask() of client-look.h. */
int elsewhere_ask(const struct options *options, struct json_object **ret);

/* For an answer that is JSON but not what was asked for. Returns the exit status. */
int elsewhere_nonsense(const struct options *options);

#endif
