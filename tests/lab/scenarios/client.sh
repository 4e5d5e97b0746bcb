#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: a user without root looks and acts through dmabufd, as far as polkit lets
# kernels: sid
# machine: any
# timeout: 200
# depth: full
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh
. /usr/lib/dmabufctl-lab/act.sh
. /usr/lib/dmabufctl-lab/daemon.sh

USER_NAME=lab-user
RULES=/etc/polkit-1/rules.d/10-lab.rules
useradd --system --no-create-home "$USER_NAME"
at_exit "rm -f $RULES; userdel $USER_NAME"

# A login without a session, as by cron.
as_user() {
	setpriv --reuid="$USER_NAME" --regid="$USER_NAME" --clear-groups "$@"
}

# user_act STATUS DESC VERB ARGUMENT...: act() of the user
user_act() {
	user_wanted=$1
	user_desc=$2
	shift 2
	user_status=0
	as_user dmabufctl "$@" --json=short >"$ACT_OUT" 2>"$ACT_ERR" </dev/null ||
		user_status=$?
	is "$user_status" "$user_wanted" "$user_desc: exit $user_wanted"
	[ "$user_status" = "$user_wanted" ] || note "$(cut -c1-1000 "$ACT_OUT" "$ACT_ERR")"
}

# refused VERB ARGUMENT...: by polkit, and says so
refused() {
	user_act 4 "the user: $*" "$@"
	like "$(answer .error.message)" '^only root, and whom polkit lets, can ' \
		"$1: the error says who may"
}

# all_jobs: every job there is or was
all_jobs() {
	dmabufctl jobs --all --json=short
}

# bare: the JSON of standard input without what is not told of the processes of others
BARE='walk(if type == "object"
	then del(.pid, .comm, .unit, .reason, .remedy, .detail, .notes, .since) else . end)
	| del(.sources)'
bare() {
	jq -c "$BARE"
}

user_act 4 'a daemon that is masked' list
like "$(answer .error.message)" '^only root can .* there is no dmabufd to ask' \
	'leaves only root, and says so'
daemon_allowed

borrow_vfio "$VICTIM"
actor owner lab-vfio-export "$VICTIM" --comm=lab-owner
inode=$(nth_buffer owner 1 inode)
before=$(all_jobs)

refused list
refused check "$VICTIM"
refused jobs
refused revoke "$VICTIM"
refused restore "$VICTIM"
refused release "$VICTIM"
refused reassign "$VICTIM" -
refused schedule "$VICTIM" --on=release
refused cancel 0abc1
status=0
as_user dmabufctl revoke "$VICTIM" >"$ACT_OUT" 2>"$ACT_ERR" || status=$?
is "$status $(wc -l <"$ACT_OUT")" '4 0' 'as text too, with nothing on standard output'
like "$(tail -n 1 "$ACT_ERR")" '^Hint: .*org\.dmabufctl1\.revoke' 'the hint names the action'
is "$(all_jobs)" "$before" 'none of that has left a job'
is "$(state_of "$inode")" live 'and nothing was done'

cat >"$RULES" <<END
polkit.addRule(function (action, subject) {
	if ((action.id == "org.dmabufctl1.read" || action.id == "org.dmabufctl1.revoke") &&
	    subject.user == "$USER_NAME")
		return polkit.Result.YES;
});
END
wait_for 30 'polkit has read the rule: the user may look' as_user dmabufctl jobs
user_act 0 'the user lists' list
is "$(bare <"$ACT_OUT")" "$(dmabufctl list --json=short | bare)" \
	"root's list, but for the names of others"
is "$(answer ".buffers[] | select(.inode == $inode) | .holders[0] | [.pid, .comm, .unit] |
	tojson")" '[null,null,null]' 'the process of root has no name'
user_act 0 'the user lists devices' devices
is "$(bare <"$ACT_OUT")" "$(dmabufctl devices --json=short | bare)" "root's devices"
user_act 6 'a device that is open is not ready' check "$VICTIM"
is "$(bare <"$ACT_OUT")" "$({ dmabufctl check "$VICTIM" --json=short || true; } | bare)" \
	"root's check"
user_act 3 'a device that is not there' revoke 0000:1f:1f.7

user_act 0 'the user revokes' revoke "$VICTIM"
is "$(answer .result)" 'done' 'it is done'
is "$(state_of "$inode")" revoked 'the buffer is revoked'
job=$(answer .job)
is "$(all_jobs | jq -c ".jobs[] | select(.job == \"$job\") | .result")" "$(answer tojson)" \
	'the answer is the result of the job'
user_act 0 'and restores' restore "$VICTIM"
is "$(state_of "$inode")" live 'the buffer is live again'

after=$(all_jobs)
refused release "$VICTIM"
refused schedule "$VICTIM" --on=release
is "$(all_jobs)" "$after" 'what the rule does not grant has left no job'
is "$(as_user dmabufctl jobs --all --json=short | jq -c '[.jobs[] | [.job, .state, .created]]')" \
	"$(all_jobs | jq -c '[.jobs[] | [.job, .state, .created]]')" \
	'the user sees the same jobs'
actor_end owner
no_traces "$VICTIM"
