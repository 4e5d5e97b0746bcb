#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: release and reassign: owners that hold on, that let go, that come back
# kernels: sid experimental built
# soak-kernels: experimental built
# machine: any
# timeout: 400
# depth: full
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh
. /usr/lib/dmabufctl-lab/act.sh

device=/sys/bus/pci/devices/$VICTIM
# what must be as before after an act that did not reach its goal
facts() {
	driver_of "$VICTIM"
	cat "$device/driver_override"
	ls "$device/vfio-dev"
}

borrow_vfio "$VICTIM"
modprobe pci-stub || true

# nobody has it
act 0 'nobody has it open' release "$VICTIM"
is "$(answer .result)" nothing-to-do 'release: nothing to do'
act 0 'to another driver' reassign "$VICTIM" pci-stub
is "$(answer .result) $(driver_of "$VICTIM")" 'done pci-stub' 'reassign: the new driver has it'
act 0 'the driver it has' reassign "$VICTIM" pci-stub
is "$(answer .result)" nothing-to-do 'already there'
act 0 'no driver' reassign "$VICTIM" -
is "$(driver_of "$VICTIM")" '' 'no driver has it'
act 0 'a device without a driver' reassign "$VICTIM" vfio-pci
is "$(driver_of "$VICTIM")" vfio-pci 'it is simply bound'
act 3 'a driver that is not there' reassign "$VICTIM" lab-no-such-driver
act 2 'no driver name' reassign "$VICTIM" ../../etc
act 3 'no such device' reassign 0000:ff:1f.7 vfio-pci

# an owner that never lets go
actor owner lab-vfio-export "$VICTIM" --comm=lab-owner
inode=$(nth_buffer owner 1 inode)
before=$(facts)
act 5 'an owner that holds on' reassign "$VICTIM" pci-stub --timeout=3s
is "$(facts)" "$before" 'driver, override and vfio-dev are as before'
is "$(state_of "$inode")" live 'the buffer is live again'
is "$(answer '[.steps[] | select(.step == "unbind" and .result != "skipped")] | length')" 0 \
	'no unbind was started'
like "$(answer .reason)" "process $(value owner pid) " 'the owner is named'
act 5 'release' release "$VICTIM" --timeout=3s
is "$(state_of "$inode")" live 'release without its goal: live again'
start=$(date +%s)
act 0 'stop and kill' reassign "$VICTIM" pci-stub --timeout=5s --stop-owner --kill-owner
is "$(driver_of "$VICTIM")" pci-stub 'the device is on the new driver'
ok 'in bounded time' test $(($(date +%s) - start)) -le 40
no_traces "$VICTIM"
actor_end owner
act 0 'and back' reassign "$VICTIM" vfio-pci

# an owner that lets go by itself
actor owner lab-vfio-export "$VICTIM" --comm=lab-owner
(sleep 6 && actor_end owner) &
act 0 'an owner that lets go' release "$VICTIM" --steps=grace --timeout=20s
is "$(answer '.steps[0] | [.step, .result] | join(" ")')" 'grace done' 'grace was enough'
wait

# somebody who reopens the device as fast as he can
group=/dev/vfio/$(group_of "$VICTIM")
# shellcheck disable=SC2016 # expanded by the unit's own shell
systemd-run --quiet --collect --unit=lab-reopen \
	sh -c 'while :; do sh -c ": <$0" 2>/dev/null; done' "$group"
act_status=0
dmabufctl reassign "$VICTIM" pci-stub --timeout=10s --json=short >"$ACT_OUT" || act_status=$?
ok 'the loop still runs' systemctl -q is-active lab-reopen
systemctl stop lab-reopen
case $act_status in
0) is "$(driver_of "$VICTIM")" pci-stub 'reopening loop: claimed, and moved' ;;
5) is "$(driver_of "$VICTIM")" vfio-pci 'reopening loop: no claim, nothing unbound' ;;
*) fail 'reopening loop' "status $act_status: $(cat "$ACT_OUT")" ;;
esac
no_traces "$VICTIM"
