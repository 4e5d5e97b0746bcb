/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFD_POLKIT_H
#define DMABUFD_POLKIT_H

/*
 * May a caller do that? polkit is asked without waiting. It answers a daemon that is not
 * root only because the user dmabufd owns the actions (org.dmabufctl1.policy).
 */

#include <systemd/sd-bus.h>

enum polkit_action {
	POLKIT_READ,
	POLKIT_REVOKE,
	POLKIT_REASSIGN,
	POLKIT_SCHEDULE,
	POLKIT_MANAGE,
	POLKIT_ACTIONS,
};

enum polkit_answer {
	POLKIT_NO,
	POLKIT_CHALLENGE, /* not without a password, for which nobody may be asked */
	POLKIT_YES, /* as who it is: in an active session, by a rule */
	POLKIT_YES_ADMIN, /* a password was given for it */
};

struct polkit_check;

/* answer, or negative errno: polkit could not say. */
typedef void polkit_done(void *context, int answer);

/*
 * Asks about the sender of message, who may be asked for a password only when the message
 * allows it. device: for rules and the log of polkit; NULL: none. done is never called
 * from within. 0 or negative errno.
 */
int polkit_ask(sd_bus_message *message, enum polkit_action action, const char *device,
	       polkit_done *done, void *context, struct polkit_check **ret);

/* Before the answer: takes a password dialogue away. After it: frees. NULL is allowed. */
void polkit_end(struct polkit_check *check);

#endif
