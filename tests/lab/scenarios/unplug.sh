#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: a device is unplugged under its owner: releasing, with the owner named
# kernels: sid built
# machine: any
# timeout: 120
# depth: quick
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh

# device EXPRESSION: of the victim
device() {
	dmabufctl devices --json=short |
		jq -r ".devices[] | select(.address == \"$VICTIM\") | $1"
}

bind_vfio "$VICTIM"
actor owner lab-vfio-export "$VICTIM" --comm=lab-owner
inode=$(nth_buffer owner 1 inode)
host unplug victim
wait_for 20 'the driver begins to leave' \
	test ! -e "/sys/bus/pci/devices/$VICTIM/driver"
is "$(device '[.state, .driver, .owners[0].comm, .owners[0].unit] | tojson')" \
	'["releasing",null,"lab-owner","lab-owner.service"]' \
	'an unplug waits for the owner: releasing, and who it is'
is "$(dmabufctl list --json=short | jq -r .sources.bpf)" ok 'BPF still answers'
is "$(dmabufctl list --json=short |
	jq -r ".buffers[] | select(.inode == $inode) | [.state, .device] | tojson")" \
	"[\"live\",\"$VICTIM\"]" 'its buffer is still live'
actor_end owner
wait_for 20 'the owner let go: the device leaves' host unplugged victim
is "$(device .state)" '' 'and is listed no more'
is "$(dmabufctl list --json=short | jq -c .buffers)" '[]' 'nor is its buffer'
host plug victim
wait_for 20 'it can be plugged again' test -e "/sys/bus/pci/devices/$VICTIM"
