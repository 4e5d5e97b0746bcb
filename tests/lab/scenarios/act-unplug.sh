#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: the device is unplugged in the middle of an act
# kernels: sid experimental built
# soak-kernels: experimental
# machine: any
# timeout: 300
# depth: full
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh
. /usr/lib/dmabufctl-lab/act.sh

device=/sys/bus/pci/devices/$VICTIM
at_exit 'host plug victim'

# unplugging: the kernel has begun to take the device away
unplugging() {
	! [ -e "$device/driver" ]
}

gone() {
	! [ -e "$device" ]
}

step_begun() {
	dmabufctl jobs --json=short | jq -e '.jobs[] | select(.state == "started")' >/dev/null
}

bind_vfio "$VICTIM"
actor owner lab-vfio-export "$VICTIM" --comm=lab-owner
act_background reassign "$VICTIM" pci-stub --steps=grace --timeout=60s
wait_for 10 'reassign waits for the owner' step_begun
host unplug victim
wait_for 20 'the unplug waits for the owner too' unplugging
actor_end owner
wait_for 30 'the device is gone' gone
wait_for 70 'reassign has ended' test -s "$ACT_STATUS"
unlike "$(cat "$ACT_STATUS")" '^0$' 'reassign of a device that is gone is no success'
like "$(answer .result)" 'failed|timed-out|refused' 'and is told'
no_traces "$VICTIM"
host plug victim
wait_for 20 'the device is back' test -e "$device"
act 0 'a second run completes' reassign "$VICTIM" pci-stub
is "$(driver_of "$VICTIM")" pci-stub 'on the new driver'

modprobe lab_importer 2>/dev/null || {
	skip 'unplug in the middle of a revoke' 'this kernel has no importer that hangs'
	exit 0
}
act 0 'back to VFIO' reassign "$VICTIM" vfio-pci
actor owner lab-vfio-export "$VICTIM" --comm=lab-owner
actor bad lab-attach "$(value owner pid)" "$(nth_buffer owner 1 fd)" "$EDU" never
act_background revoke "$VICTIM" --timeout=60s
wait_for 30 'the revoke is under way' sh -c "dmabufctl list --state=revoking | grep -q revoking"
host unplug victim
wait_for 20 'the unplug has begun' unplugging
is "$(tell bad release)" 'ok release' 'the importer lets go'
wait_for 40 'the revoke has ended' test -s "$ACT_STATUS"
actor_end bad
actor_end owner
wait_for 30 'the device is gone' gone
no_traces "$VICTIM"
host plug victim
wait_for 20 'the device is back' test -e "$device"
