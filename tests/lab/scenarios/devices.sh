#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: devices bound to VFIO, idle and open, with their owner
# kernels: all
# soak-kernels: built
# machine: any
# timeout: 90
# depth: quick
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh

# device EXPRESSION: of the victim
device() {
	dmabufctl devices --json=short |
		jq -r ".devices[] | select(.address == \"$VICTIM\") | $1"
}

is "$(device .address)" '' 'a device without a driver is nothing of VFIO'
borrow_vfio "$VICTIM"
is "$(device '[.driver, .driver_override, .function, .state] | tojson')" \
	'["vfio-pci","vfio-pci","physical","idle"]' 'bound to vfio-pci: idle'
is "$(device .iommu_group)" \
	"$(basename "$(readlink "/sys/bus/pci/devices/$VICTIM/iommu_group")")" \
	'its IOMMU group'
is "$(device 'keys_unsorted | join(" ")')" \
	'address name driver driver_override iommu_group function state owners exports imports mdevs bus parent mdev_type' \
	'the keys are those of the contract'

actor owner lab-vfio-export "$VICTIM" --no-dma-buf --map-bar --comm=lab-owner
is "$(device .state)" open 'somebody has it: open'
is "$(device '.owners[] | [.pid, .comm, .unit, (.fds | tojson)] | tojson')" \
	"[$(value owner pid),\"lab-owner\",\"lab-owner.service\",\"[$(value owner device_fd)]\"]" \
	'its owner with pid, comm, unit and fd'
is "$(device '.owners[0].maps')" 1 'and his mapping of the BAR'
is "$(dmabufctl devices --unit=lab-owner.service --json=short |
	jq -r '.devices[].address')" "$VICTIM" '--unit finds what a unit has'
is "$(dmabufctl devices --sources=bufinfo,proc --json=short |
	jq -r ".devices[] | select(.address == \"$VICTIM\") | .owners[0].comm")" lab-owner \
	'the owner is found without BPF too'
dmabufctl devices | sed 's/^/# /'
dmabufctl show "$VICTIM" | sed 's/^/# /'

# the driver is to leave: it waits for the owner, and the device looks bare
(echo "$VICTIM" >/sys/bus/pci/drivers/vfio-pci/unbind) &
wait_for 10 'the driver link is gone' test ! -e "/sys/bus/pci/devices/$VICTIM/driver"
is "$(device .state)" releasing 'an unbind waits for the owner: releasing'
is "$(device '.owners[0].comm')" lab-owner 'and the owner is still named'
actor_end owner
wait
is "$(dmabufctl show "$VICTIM" --json=short | jq -r '.devices[0].state')" unbound \
	'the owner let go: unbound'

is "$(dmabufctl status --json=short | jq -r '.sources | keys_unsorted | join(" ")')" \
	'bpf bufinfo sysfs proc' 'status tells of every source'
is "$(dmabufctl status --json=short | jq -r .kernel)" "$(uname -r)" 'and the kernel'
actor plain lab-dmabuf-make --kind="$PLAIN" --count=1 --comm=lab-plain
is "$(dmabufctl show "$(nth_buffer plain 1 inode)" --json=short |
	jq -r '.buffers[0].holders[0].comm')" lab-plain 'show tells who holds a buffer'
