/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_MODEL_ACT_H
#define DMABUFCTL_MODEL_ACT_H

/* The words of acting: what may be asked for, by which means, in which steps. */

#include <stdbool.h>
#include <stdint.h>

enum act_verb { ACT_REVOKE, ACT_RESTORE, ACT_RELEASE, ACT_REASSIGN };

enum revoke_method {
	METHOD_AUTO, /* memory on a physical function, low-power on a virtual one */
	METHOD_MEMORY, /* clear the memory bit of PCI_COMMAND; a pulse on a VF */
	METHOD_LOW_POWER, /* LOW_POWER_ENTRY; sticks on both */
	METHOD_RESET, /* VFIO_DEVICE_RESET; a pulse that wipes the device */
	METHOD_BUFFER, /* one buffer alone: no kernel up to 7.3 can */
};

/* Rungs of a ladder, steps of a move, and what undoes them; in the order of a plan. */
enum step_kind {
	STEP_GRACE, /* wait for the owner to let go */
	STEP_DETACH, /* run DetachCommand= */
	STEP_REVOKE,
	STEP_FREEZE_OWNER,
	STEP_ASK, /* start the unbind while the owner holds on: no way back */
	STEP_STOP_OWNER,
	STEP_KILL_OWNER,
	STEP_LOAD_MODULE,
	STEP_CLAIM, /* keep the VFIO group open until the driver is gone */
	STEP_SET_OVERRIDE,
	STEP_UNBIND,
	STEP_BIND,
	STEP_THAW,
	STEP_RESTORE,
	STEP_RESTORE_OVERRIDE,
	STEP_RESTORE_DRIVER,
	STEP_COUNT,
};

/* May it be a word of --steps= and Steps=? The rungs of a ladder. */
bool step_is_rung(enum step_kind step);

/* Words of the JSON contract and of the command line; parse: value or -EINVAL. */
const char *act_verb_name(enum act_verb verb);
const char *revoke_method_name(enum revoke_method method);
const char *step_kind_name(enum step_kind step);
int act_verb_parse(const char *word);
int revoke_method_parse(const char *word);
int step_kind_parse(const char *word);

#endif
