#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: the owner exits, execs, or its pid is somebody else's, between plan and act
# kernels: sid experimental built
# soak-kernels: experimental built
# machine: any
# timeout: 300
# depth: full
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh
. /usr/lib/dmabufctl-lab/act.sh

borrow_vfio "$VICTIM"
borrow_vfio "$SPARE"
trace=/run/dmabufctl/lab-strace # where the unit may write
at_exit "rm -f $trace"

# hold WHERE: the executor is to stop there
hold() {
	rm -f "$trace"
	strace="/usr/bin/strace -q -o $trace"
	case $1 in
	plan) # it has seen the owner and written down what it is about to do
		run_act_by "$strace -P /run/dmabufctl/revoked -e trace=renameat" \
			"-e inject=renameat:signal=STOP:when=1"
		;;
	identity) # it has read who that is, for the last time before it asks for the fd
		run_act_by "$strace -P /proc/$(value owner pid)/stat -e trace=read" \
			"-e inject=read:signal=STOP:when=3"
		;;
	esac
}

held() {
	grep -qs 'stopped by SIGSTOP' "$trace"
}

let_go() {
	kill -CONT "$(pgrep -ox dmabufctl-act)"
}

# changed WHERE STATUS RESULT DESC CHANGE ARGUMENT...: a revoke, the change in the middle
changed() {
	where=$1
	wanted=$2
	result=$3
	desc="$4, $where"
	shift 4
	actor owner lab-vfio-export "$VICTIM" --comm=lab-owner
	inode=$(nth_buffer owner 1 inode)
	hold "$where"
	act_background revoke "$VICTIM" --timeout=20s
	wait_for 20 "$desc: the executor is held" held || {
		cat "$ACT_OUT" "$ACT_ERR"
		return 1
	}
	"$@"
	let_go
	wait_for 40 "$desc: the revoke has ended" test -s "$ACT_STATUS"
	is "$(cat "$ACT_STATUS") $(answer .result)" "$wanted $result" "$desc: $result"
	no_traces "$VICTIM"
}

ended() {
	if [ "$1" = "done" ]; then
		like "$(answer '.steps[-1].detail')" 'has let go' "$desc: and says why"
	else
		like "$(answer .reason)" 'no longer the one' "$desc: and says why"
	fi
	is "$(ls /run/dmabufctl/revoked)" '' "$desc: nothing is on record for restore"
}

execs() {
	pid=$(value owner pid)
	is "$(tell owner exec "$@")" 'ok exec' "$desc: the owner execs"
	wait_for 10 "$desc: it is another program" sh -c \
		"readlink /proc/$pid/exe | grep -q '/sleep$'"
}

# replaced ADDRESS: another process has the pid of the owner, its fds the same numbers
replaced() {
	pid=$(value owner pid)
	fd=$(value owner device_fd)
	actor_end owner
	actor other lab-as-pid "$pid" lab-vfio-export "$1" --comm=lab-other
	is "$(value other pid) $(value other device_fd)" "$pid $fd" \
		"$desc: pid and fd are those of another owner"
	other_fds=$(fds_of "$pid")
}

other_is_untouched() {
	is "$(state_of "$(nth_buffer other 1 inode)")" live "$desc: its buffer is live"
	like "$(tell other command-read)" '0x0[01]0[37]$' "$desc: its memory is enabled"
	is "$(fds_of "$pid")" "$other_fds" "$desc: it has the fds it had"
	actor_end other
}

# each takes some ten seconds: every day those that see the most
places=identity
[ "$LAB_DEPTH" != soak ] || places='plan identity'

for where in $places; do
	changed "$where" 0 'done' 'exit' actor_end owner
	ended 'done'
done

changed identity 0 'done' 'exec with its fds' execs keep
is "$(state_of "$inode")" revoked "$desc: it is the owner still, and is revoked"
run_act_by
act 0 "$desc: restore" restore "$VICTIM"
is "$(state_of "$inode")" live "$desc: live again"
actor_end owner
if [ "$LAB_DEPTH" = soak ]; then
	changed plan 0 'done' 'exec' execs
	ended 'done'
	actor_end owner
fi

places=plan
[ "$LAB_DEPTH" != soak ] || places='plan identity'

for where in $places; do
	changed "$where" 0 'done' 'the pid of an owner of another device' replaced "$SPARE"
	ended 'done'
	other_is_untouched
	changed "$where" 1 failed 'the pid of the next owner' replaced "$VICTIM"
	ended failed
	other_is_untouched
done
