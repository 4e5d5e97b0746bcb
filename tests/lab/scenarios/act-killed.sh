#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: the executor is killed before each of its steps: nothing stays half done
# kernels: sid
# machine: any
# timeout: 900
# depth: full
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh
. /usr/lib/dmabufctl-lab/act.sh

device=/sys/bus/pci/devices/$VICTIM
drop_in=/run/systemd/system/dmabufctl-act@.service.d
every=${LAB_EVERY:-3} # CI: each third point
modprobe pci-stub || true
at_exit "rm -rf $drop_in; systemctl daemon-reload"

# kill_at N: the executor dies when it replaces a record for the Nth time
kill_at() {
	mkdir -p "$drop_in"
	cat >"$drop_in/kill.conf" <<-END
		[Service]
		SystemCallFilter=@debug
		ExecStart=
		ExecStart=/usr/bin/strace -qq -o /dev/null -e trace=renameat,renameat2,rename \
			-e inject=renameat,renameat2,rename:signal=KILL:when=$1 \
			/usr/lib/dmabufctl/dmabufctl-act %i
	END
	systemctl daemon-reload
}

live_on() {
	rm -rf "$drop_in"
	systemctl daemon-reload
}

count_fds() {
	find "/proc/$(value owner pid)/fd" -mindepth 1 | wc -l
}

# as before, or as the report says
check_after() {
	ok "$1: the lock is free" flock --nonblock "/run/dmabufctl/$VICTIM.lock" true
	is "$(find /run/dmabufctl/undo -type f)" '' "$1: no undo is left over"
	is "$(find /var/lib/dmabufctl/jobs -type f -name '[!.]*')" '' "$1: no job is left over"
	is "$(systemctl show -p FreezerState --value lab-owner)" running \
		"$1: the owner is not frozen"
	is "$(driver_of "$VICTIM")" vfio-pci "$1: the old driver has it"
	is "$(cat "$device/driver_override")" vfio-pci "$1: the override is as before"
	is "$(count_fds)" "$fds" "$1: the owner has its fds"
	is "$(state_of "$(nth_buffer owner 1 inode)")" live "$1: the buffer is live"
}

borrow_vfio "$VICTIM"
actor owner lab-vfio-export "$VICTIM" --comm=lab-owner
fds=$(count_fds)
n=1
while :; do
	kill_at "$n"
	status=0
	dmabufctl release "$VICTIM" --steps=freeze-owner,revoke --timeout=2s \
		--json=short >"$ACT_OUT" 2>"$ACT_ERR" || status=$?
	[ "$status" != 5 ] || break # it was never killed: there are no more points
	poll 30 sh -c "! systemctl -q is-active 'dmabufctl-act@*'" || true
	is "$(answer .result)" interrupted "release killed at $n: told as interrupted"
	check_after "release killed at $n"
	n=$((n + every))
	[ "$n" -lt 60 ] || break
done
ok "release: killed at $((n / every)) points" test "$n" -gt "$every"
live_on
check_after 'release, not killed'
actor_end owner

n=1
while :; do
	kill_at "$n"
	status=0
	dmabufctl reassign "$VICTIM" pci-stub --timeout=5s --json=short \
		>"$ACT_OUT" 2>"$ACT_ERR" || status=$?
	[ "$status" != 0 ] || break
	poll 30 sh -c "! systemctl -q is-active 'dmabufctl-act@*'" || true
	ok "reassign killed at $n: the lock is free" \
		flock --nonblock "/run/dmabufctl/$VICTIM.lock" true
	is "$(driver_of "$VICTIM") $(cat "$device/driver_override")" 'vfio-pci vfio-pci' \
		"reassign killed at $n: driver and override are as before"
	n=$((n + every))
	[ "$n" -lt 60 ] || break
done
ok "reassign: killed at $((n / every)) points" test "$n" -gt "$every"
live_on
is "$(driver_of "$VICTIM")" pci-stub 'a run that is not killed completes'
