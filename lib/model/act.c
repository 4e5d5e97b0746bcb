/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/model/act.h"

#include "lib/model/words.h"

bool step_is_rung(enum step_kind step)
{
	return step <= STEP_KILL_OWNER;
}

static const char *const act_verb_names[] = {
	[ACT_REVOKE] = "revoke",
	[ACT_RESTORE] = "restore",
	[ACT_RELEASE] = "release",
	[ACT_REASSIGN] = "reassign",
};

static const char *const revoke_method_names[] = {
	[METHOD_AUTO] = "auto",		  [METHOD_MEMORY] = "memory",
	[METHOD_LOW_POWER] = "low-power", [METHOD_RESET] = "reset",
	[METHOD_BUFFER] = "buffer",
};

static const char *const step_kind_names[] = {
	[STEP_GRACE] = "grace",
	[STEP_DETACH] = "detach",
	[STEP_REVOKE] = "revoke",
	[STEP_FREEZE_OWNER] = "freeze-owner",
	[STEP_ASK] = "ask",
	[STEP_STOP_OWNER] = "stop-owner",
	[STEP_KILL_OWNER] = "kill-owner",
	[STEP_LOAD_MODULE] = "load-module",
	[STEP_CLAIM] = "claim",
	[STEP_SET_OVERRIDE] = "set-override",
	[STEP_UNBIND] = "unbind",
	[STEP_BIND] = "bind",
	[STEP_THAW] = "thaw",
	[STEP_RESTORE] = "restore",
	[STEP_RESTORE_OVERRIDE] = "restore-override",
	[STEP_RESTORE_DRIVER] = "restore-driver",
};

WORDS(act_verb)
WORDS(revoke_method)
WORDS(step_kind)
