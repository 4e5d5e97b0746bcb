#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: the executor is killed before each of its steps: nothing stays half done
# kernels: sid
# machine: any
# timeout: 1800
# depth: full
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh
. /usr/lib/dmabufctl-lab/act.sh

device=/sys/bus/pci/devices/$VICTIM
every=4 # of the points where a record is replaced
[ "$LAB_DEPTH" != soak ] || every=1
modprobe pci-stub || true

# kill_at N: the executor dies when it replaces a record for the Nth time
kill_at() {
	run_act_by /usr/bin/strace -qq -o /dev/null -e trace=renameat,renameat2,rename \
		-e "inject=renameat,renameat2,rename:signal=KILL:when=$1"
}

check_device() {
	ok "$1: the lock is free" flock --nonblock "/run/dmabufctl/$VICTIM.lock" true
	is "$(find /run/dmabufctl/undo -type f)" '' "$1: no undo is left over"
	is "$(find /var/lib/dmabufctl/jobs -type f -name '[!.]*')" '' "$1: no job is left over"
	is "$(driver_of "$VICTIM") $(cat "$device/driver_override")" 'vfio-pci vfio-pci' \
		"$1: driver and override are as before"
}

check_owner() {
	is "$(systemctl show -p FreezerState --value lab-owner)" running \
		"$1: the owner is not frozen"
	is "$(fds_of "$(value owner pid)")" "$fds" "$1: nobody keeps a copy of its fd"
	# a revoke on its own account may have happened: restore is the way back
	[ "$(state_of "$inode")" = live ] || dmabufctl restore "$VICTIM" -q || true
	is "$(state_of "$inode")" live "$1: the buffer is live"
}

# killed DESC END OWNED VERB ARGUMENT...: at each point; END is the status of a run that is
# not killed, OWNED says whether somebody has the device open
killed() {
	killed_desc=$1
	killed_end=$2
	killed_owned=$3
	shift 3
	n=1
	while [ "$n" -lt 60 ]; do
		kill_at "$n"
		status=0
		dmabufctl "$@" --json=short >"$ACT_OUT" 2>"$ACT_ERR" || status=$?
		[ "$status" != "$killed_end" ] || break
		is "$(answer .result)" interrupted "$killed_desc killed at $n: interrupted"
		wait_for 30 "$killed_desc killed at $n: its unit has ended" no_act
		check_device "$killed_desc killed at $n"
		if "$killed_owned"; then
			check_owner "$killed_desc killed at $n"
		fi
		n=$((n + every))
	done
	run_act_by
	is "$status" "$killed_end" "$killed_desc: the run that is not killed"
	ok "$killed_desc: killed at $((n / every)) points" test "$n" -gt "$every"
}

borrow_vfio "$VICTIM"
actor owner lab-vfio-export "$VICTIM" --comm=lab-owner
inode=$(nth_buffer owner 1 inode)
fds=$(fds_of "$(value owner pid)")
killed release 5 true release "$VICTIM" --steps=revoke --timeout=2s
check_owner 'release, not killed'
killed 'revoke --freeze' 0 true revoke "$VICTIM" --freeze
is "$(systemctl show -p FreezerState --value lab-owner)" frozen \
	'revoke --freeze, not killed: it stays frozen'
act 0 'restore' restore "$VICTIM"
check_owner 'restored'
actor_end owner

killed reassign 0 false reassign "$VICTIM" pci-stub --timeout=5s
is "$(driver_of "$VICTIM")" pci-stub 'reassign, not killed: it is on the new driver'
