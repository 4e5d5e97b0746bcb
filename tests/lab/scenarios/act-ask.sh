#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: ask: the unbind begins while the owner holds on, and what comes of it
# kernels: sid experimental built
# soak-kernels: experimental built
# machine: any
# timeout: 300
# depth: full
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh
. /usr/lib/dmabufctl-lab/act.sh

device=/sys/bus/pci/devices/$VICTIM
steps() {
	answer '[.steps[] | [.step, .result] | join(" ")] | join(", ")'
}
# the driver link goes when the unbind begins, long before the owner lets go
lets_go_when_asked() {
	poll 30 test ! -e "$device/driver" || true
	actor_end owner
}

borrow_vfio "$VICTIM"
modprobe pci-stub || true

actor owner lab-vfio-export "$VICTIM" --comm=lab-owner
lets_go_when_asked &
act 0 'asked, it lets go' reassign "$VICTIM" pci-stub --steps=ask --timeout=30s
wait
is "$(driver_of "$VICTIM")" pci-stub 'the new driver has it'
is "$(steps)" 'ask done, claim skipped, set-override done, unbind skipped, bind done' \
	'nothing is claimed or unbound once more'
no_traces "$VICTIM"
bind_vfio "$VICTIM"

# what comes behind ask can still go wrong, and is undone
actor owner lab-vfio-export "$VICTIM" --comm=lab-owner
lets_go_when_asked &
act 1 'a driver that refuses' reassign "$VICTIM" virtio-pci --steps=ask --timeout=30s
wait
like "$(steps)" '^ask done,.* bind failed,' 'it was asked, and refused by the new one'
is "$(driver_of "$VICTIM") $(cat "$device/driver_override")" 'vfio-pci vfio-pci' \
	'the old driver is back, and its override'
no_traces "$VICTIM"

# ask was not needed: the owner let go before, in the grace or even before that
actor owner lab-vfio-export "$VICTIM" --comm=lab-owner
(poll 30 sh -c 'ls /run/dmabufctl/*.lock && dmabufctl jobs --json=short |
	jq -e ".jobs[] | select(.state == \"started\")"' && actor_end owner) >/dev/null &
act 0 'let go before' reassign "$VICTIM" pci-stub --steps=grace,ask --timeout=40s
wait
is "$(steps | sed 's/^grace done, //')" 'claim done, set-override done, unbind done, bind done' \
	'then it is claimed and unbound as ever'
no_traces "$VICTIM"
bind_vfio "$VICTIM"

# a later rung ends the owner, and the unbind with it
actor owner lab-vfio-export "$VICTIM" --comm=lab-owner
act 0 'ask, then stop' release "$VICTIM" --steps=ask,stop-owner,kill-owner --timeout=3s
is "$(driver_of "$VICTIM")" '' 'its driver has let go'
is "$(answer '[.steps[] | select(.step == "ask") | .result] | join(" ")')" 'timed-out done' \
	'the unbind is told when it begins to wait, and when it is done'
actor_end owner
no_traces "$VICTIM"
bind_vfio "$VICTIM"

# an owner that never lets go
actor owner lab-vfio-export "$VICTIM" --comm=lab-owner
act 5 'an owner that holds on' reassign "$VICTIM" pci-stub --steps=ask --timeout=3s
like "$(answer .reason)" 'unbind .* waits' 'the report says that the unbind waits'
like "$(answer .reason)" "process $(value owner pid) " 'and for whom'
is "$(steps)" 'ask timed-out, restore-driver failed' 'nothing else was sent'
is "$(driver_of "$VICTIM") $(cat "$device/driver_override")" ' vfio-pci' 'the device is leaving'
not_ok 'whoever may still act on it holds the lock' \
	flock --nonblock "/run/dmabufctl/$VICTIM.lock" true
actor_end owner
wait_for 15 'the unbind goes through' flock --nonblock "/run/dmabufctl/$VICTIM.lock" true
is "$(driver_of "$VICTIM")" '' 'and nobody binds it'
no_traces "$VICTIM"
bind_vfio "$VICTIM"
