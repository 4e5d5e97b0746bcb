#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: a hot-unplug under an owner that never lets go, and what waits behind it
# kernels: sid built
# soak-kernels: built
# machine: any
# timeout: 300
# depth: full
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh
. /usr/lib/dmabufctl-lab/act.sh
. /usr/lib/dmabufctl-lab/daemon.sh

begin_owner() {
	bind_vfio "$VICTIM"
	actor owner lab-vfio-export "$VICTIM" --comm=lab-owner
	inode=$(nth_buffer owner 1 inode)
}

plug_again() {
	host plug "$1"
	wait_for 20 "$1 can be plugged again" test -e "/sys/bus/pci/devices/$2"
}

# somebody else's device, in another group
borrow_vfio "$NVME"
actor other lab-vfio-export "$NVME" --region=0 --comm=lab-other
others=$(nth_buffer other 1 inode)

daemon_begin Grace=2s
signals_begin
bind_vfio "$SPARE"
begin_owner
host unplug victim
# pciehp gives whoever pressed the button five seconds to think again
wait_for 20 'the unplug is told on the bus' signal_came DeviceReleasing "$VICTIM"
start=$(signal_ms DeviceReleasing "$VICTIM")
ok 'it is reported as an unplug, with whom it waits for' \
	said_within 30 "$MESSAGE_RELEASE_WAITS" "$VICTIM is being unplugged.*lab-owner"
ok 'the revoke is done' said_within 30 "$MESSAGE_STEP" "$VICTIM: revoke: done"
took=$(said_after "$MESSAGE_STEP" "$start")
ok "after $took ms, of which 2 s are the grace; limit 4 s" \
	test "$took" -ge 1900 -a "$took" -le 4000
is "$(state_of "$inode")" revoked 'the buffer is revoked'
host unplug spare
ok 'a release that lasts is reported every minute' \
	said_within 90 "$MESSAGE_RELEASE_LASTS" "$VICTIM"
if [ "$LAB_HOTPLUG" = pcie ]; then
	ok 'with what waits behind it' \
		said_within 70 "$MESSAGE_RELEASE_LASTS" "$VICTIM.*behind it wait.*$SPARE"
fi
is "$(state_of "$others")" live 'a device of another group keeps its buffers'
actor_end owner
wait_for 20 'the owner lets go: the first leaves' host unplugged victim
wait_for 20 'and the second' host unplugged spare
ok 'the end is reported' said_within 20 "$MESSAGE_RELEASE_ENDED" "$VICTIM"
plug_again victim "$VICTIM"
plug_again spare "$SPARE"

# a ladder that ends the owner
daemon_policy Grace=0 'Steps=revoke stop-owner kill-owner' StepTimeout=3s
begin_owner
host unplug victim
wait_for 30 'the device leaves in bounded time' host unplugged victim
not_ok 'its owner was ended' test -e "/proc/$(value owner pid)"
is "$(state_of "$others")" live 'the other device still has its buffers'
actor_end owner
plug_again victim "$VICTIM"
actor_end other
