#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: removal in sysfs, of virtual functions, and unload of the driver, with dmabufd
# kernels: sid
# machine: any
# timeout: 200
# depth: full
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh
. /usr/lib/dmabufctl-lab/act.sh
. /usr/lib/dmabufctl-lab/daemon.sh

# write_begin VALUE FILE: in the background; its process is WRITER
write_begin() {
	sh -c "exec echo $1 >$2" &
	WRITER=$!
}

write_has_ended() {
	[ ! -e "/proc/$WRITER" ]
}

owner_begins() {
	bind_vfio "$1"
	shift
	actor owner lab-vfio-export "$@" --comm=lab-owner
	owner=$(value owner pid)
}

acts_so_far() {
	since_allowed --output=cat "MESSAGE_ID=$MESSAGE_JOB_STARTED" | wc -l
}

acts_came() {
	[ "$(acts_so_far)" -gt "$begun" ]
}

daemon_begin Grace=3s 'Steps=revoke stop-owner kill-owner' StepTimeout=3s
signals_begin

at_exit 'echo 1 >/sys/bus/pci/rescan'
owner_begins "$VICTIM" "$VICTIM"
write_begin 1 "/sys/bus/pci/devices/$VICTIM/remove"
ok 'a removal in sysfs is told as an unplug, with whom it waits for' \
	said_within 20 "$MESSAGE_RELEASE_WAITS" "$VICTIM is being unplugged.*lab-owner"
wait_for 30 'it ends in bounded time' write_has_ended
not_ok 'the device is gone' test -e "/sys/bus/pci/devices/$VICTIM"
not_ok 'and so is its owner' test -e "/proc/$owner"
actor_end owner
wait_for 20 'the act has ended' no_act
echo 1 >/sys/bus/pci/rescan
wait_for 20 'it is found again' test -e "/sys/bus/pci/devices/$VICTIM"

physical=/sys/bus/pci/devices/$NVME
at_exit "echo 0 >$physical/sriov_numvfs"
echo 0 >"$physical/sriov_drivers_autoprobe"
echo 1 >"$physical/sriov_numvfs"
virtual=$(basename "$(readlink "$physical/virtfn0")")
owner_begins "$virtual" "$virtual" --region=0
write_begin 0 "$physical/sriov_numvfs"
ok 'so is a virtual function that is taken away' \
	said_within 20 "$MESSAGE_RELEASE_WAITS" "$virtual is being unplugged.*lab-owner"
wait_for 30 'that ends in bounded time' write_has_ended || { dmabufctl check "$virtual" 2>&1 | sed 's,^,# ,'; tell_and_end; }
is "$(cat "$physical/sriov_numvfs")" 0 'there is no virtual function'
not_ok 'nor its owner' test -e "/proc/$owner"
actor_end owner
wait_for 20 'the act has ended' no_act

# whoever has a device open holds the module as well: there is nothing to react to
owner_begins "$SPARE" "$SPARE"
inode=$(nth_buffer owner 1 inode)
not_ok 'the driver of a device that is open cannot be unloaded' rmmod vfio_pci
is "$(state_of "$inode")" live 'nothing has begun'
actor_end owner
begun=$(acts_so_far)
ok 'one that nobody has open can' rmmod vfio_pci
wait_for 20 'that is told on the bus' signal_came DeviceReleasing "$SPARE"
not_ok 'and is worth no act' poll 6 acts_came
modprobe vfio-pci
no_traces "$VICTIM"
