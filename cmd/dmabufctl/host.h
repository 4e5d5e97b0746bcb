/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_HOST_H
#define DMABUFCTL_CMD_HOST_H

/*
 * -H: runs the same verb on another host by ssh and takes its JSON. Nothing it says
 * is trusted. All return an exit status, and have told what went wrong.
 */

struct json_object;
struct options;

/* Free the answer with json_object_put(). An error of the other side is passed on. */
int host_ask(const struct options *options, struct json_object **ret);

/*
 * For verbs whose answer may come with other statuses (a STATUS_BIT() mask) than
 * STATUS_DONE: which one it was is in *ret_status.
 */
int host_ask_status(const struct options *options, unsigned int statuses,
		    struct json_object **ret, int *ret_status);

/* For an answer that is JSON but not what was asked for. */
int host_nonsense(const struct options *options);

#endif
