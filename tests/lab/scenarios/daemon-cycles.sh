#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: devices come, are owned and are taken away, again and again: nothing leaks
# kernels: sid
# machine: any
# timeout: 3600
# depth: full
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh
. /usr/lib/dmabufctl-lab/act.sh
. /usr/lib/dmabufctl-lab/daemon.sh

cycles=10
[ "$LAB_DEPTH" != soak ] || cycles=100
# until then it has done everything once
warm=3
growth_limit=256 # KiB

unplugging=
at_exit plug_again

pid_of_daemon() {
	systemctl show -P MainPID dmabufd
}

resident() {
	awk '/^VmRSS:/ { print $2 }' "/proc/$pid/status"
}

# only its socket is there while nobody asks
units_are_gone() {
	[ "$(systemctl list-units --all --plain --no-legend 'dmabufctl-*' |
		awk '{ print $1 }')" = dmabufctl-observe.socket ]
}

device_is_there() {
	[ -e "/sys/bus/pci/devices/$VICTIM" ]
}

device_is_gone() {
	host unplugged victim
}

plug_again() {
	[ -n "$unplugging" ] || return 0
	actor_end owner
	poll 30 device_is_gone && host plug victim
}

jobs_of() {
	dmabufctl jobs --all --json=short | jq -c "[.jobs[] | select(.on == \"release\" and
		.created >= \"$began\")] | $1"
}

unplug_cycle() {
	unplugging=yes
	host unplug victim
	wait_for 60 "cycle $1: the unplug goes through" device_is_gone || tell_and_end
	host plug victim
	unplugging=
	wait_for 30 "cycle $1: it is plugged again" device_is_there
}

unbind_cycle() {
	unbind_begin "$VICTIM"
	wait_for 60 "cycle $1: the unbind goes through" unbind_has_ended ||
		tell_and_end
}

# cycle N
cycle() {
	bind_vfio "$VICTIM"
	actor owner lab-vfio-export "$VICTIM" --comm=lab-owner
	if [ $(($1 % 2)) = 0 ]; then
		unplug_cycle "$1"
	else
		unbind_cycle "$1"
	fi
	actor_end owner
	poll 60 units_are_gone || true
}

daemon_begin Grace=0 Steps=stop-owner StepTimeout=20s
began=$(date --utc '+%Y-%m-%dT%H:%M:%SZ')
pid=$(pid_of_daemon)
for n in $(seq "$cycles"); do
	cycle "$n"
	[ "$n" = "$warm" ] || continue
	fds=$(fds_of "$pid")
	memory=$(resident)
done

wait_for 60 'no unit is left, running or failed' units_are_gone
is "$(pid_of_daemon)" "$pid" 'it is the same daemon'
is "$(fds_of "$pid")" "$fds" 'with as many fds as before'
ok "and $memory KiB, which are $(resident) by now, of at most $growth_limit more" \
	test $(($(resident) - memory)) -le "$growth_limit"
not_ok 'no observer is left' pgrep -x dmabufctl-obser
not_ok 'and no executor' pgrep -x dmabufctl-act
is "$(ls "$REQUESTS")" '' 'no job is armed'
is "$(jobs_of length)" "$cycles" 'each release has had its job'
is "$(jobs_of '[.[].result.result] | unique | join(" ")')" '"done"' 'and each is done'
no_traces "$VICTIM"
