#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: reassign: a driver that refuses, modules, a group; several devices; cancel
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
modprobe pci-stub || true

# virtio-pci takes ivshmem's vendor for its own, and then refuses its device number
act 1 'a driver that refuses' reassign "$VICTIM" virtio-pci --timeout=5s
is "$(driver_of "$VICTIM") $(cat "/sys/bus/pci/devices/$VICTIM/driver_override")" \
	'vfio-pci vfio-pci' 'the old driver is back, and its override'
like "$(answer .reason)" 'bind' 'the report says what failed'
like "$(answer '[.steps[] | select(.result == "undone") | .detail] | join("; ")')" \
	'vfio-pci has it again' 'and that the old driver is back'
no_traces "$VICTIM"

# several devices, one after the other
act 0 'two devices' reassign "$SPARE" pci-stub
actor owner lab-vfio-export "$VICTIM" --comm=lab-owner
act 0 'revoke of two' revoke "$VICTIM" "$SPARE"
is "$(answer '[.results[] | .result] | join(" ")')" 'done nothing-to-do' 'each has its result'
act 0 'restore' restore "$VICTIM"
act 0 'back to VFIO' reassign "$SPARE" vfio-pci

# cancel
(
	status=0
	dmabufctl release "$VICTIM" --steps=grace --timeout=60s --json=short >"$ACT_OUT" \
		2>"$ACT_ERR" || status=$?
	echo "$status" >"$ACTORS.status"
) &
started() {
	job=$(dmabufctl jobs --json=short |
		jq -re '.jobs[] | select(.state == "started") | .job')
}
wait_for 15 'a job has begun' started
job=$(dmabufctl jobs --json=short | jq -re '.jobs[] | select(.state == "started") | .job')
dmabufctl cancel "$job" >"$ACT_ERR" 2>&1 || true
wait_for 15 'its follower ends' test -s "$ACTORS.status"
is "$(cat "$ACTORS.status") $(answer .result)" '1 interrupted' 'cancelled: interrupted'
is "$(state_of "$(nth_buffer owner 1 inode)")" live 'the buffer is live'
no_traces "$VICTIM"
like "$(journalctl -o cat --no-pager DMABUFCTL_JOB="$job")" 'release' \
	'the journal has it by its job'
journalctl --update-catalog
like "$(journalctl -x --no-pager DMABUFCTL_JOB="$job")" 'man:dmabufctl' \
	'and explains it'
rm -f "$ACTORS.status"
actor_end owner

# what would have to be undone cannot be read: neither lost nor taken for done
undo=/run/dmabufctl/undo/$job.json
echo '{' >"$undo"
not_ok 'an undo record that cannot be read' /usr/lib/dmabufctl/dmabufctl-act --undo "$job"
ok 'it stays' test -s "$undo"
told() {
	journalctl -o cat --no-pager DMABUFCTL_JOB="$job" | grep -q 'not undone: its record'
}
wait_for 10 'and the journal says so' told
rm "$undo"

# a group: both members go
bind_vfio "$SIBLING1"
bind_vfio "$SIBLING2"
actor sibling lab-vfio-export "$SIBLING2" --comm=lab-sibling
act 0 'the sibling lets go' release "$SIBLING2" --steps=stop-owner --timeout=10s
actor_end sibling
act 0 'the group' reassign "$SIBLING1" pci-stub --group
is "$(driver_of "$SIBLING1") $(driver_of "$SIBLING2")" 'pci-stub pci-stub' 'both moved'
bind_driver "$SIBLING1" ''
bind_driver "$SIBLING2" ''
