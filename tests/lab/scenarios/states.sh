#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: a VFIO buffer from live to orphaned: known with BPF, inferred without
# kernels: sid experimental built
# machine: any
# timeout: 180
# depth: quick
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh

# state INODE STATE WHEN: what list says of it, from the kernel and inferred
state() {
	is "$(dmabufctl list --json=short | jq -r ".buffers[] | select(.inode == $1) |
		[.state, .state_evidence] | join(\" \")")" "$2 kernel" "$3: $2"
	is "$(dmabufctl list --json=short --sources=bufinfo,proc |
		jq -r ".buffers[] | select(.inode == $1) |
		[.state, .state_evidence] | join(\" \")")" "$2 inferred" \
		"$3: $2, inferred without BPF"
}

borrow_vfio "$VICTIM"
actor owner lab-vfio-export "$VICTIM" --comm=lab-owner
inode=$(nth_buffer owner 1 inode)
state "$inode" live 'exported'
is "$(tell owner memory off)" 'ok memory' 'the owner clears the memory bit'
state "$inode" revoked 'memory off'
is "$(tell owner memory on)" 'ok memory' 'and sets it'
state "$inode" live 'memory on'
is "$(tell owner low-power enter)" 'ok low-power' 'the owner enters low power'
wait_for 10 'the device is suspended' grep -q suspended \
	"/sys/bus/pci/devices/$VICTIM/power/runtime_status"
state "$inode" revoked 'low power'
is "$(tell owner low-power exit)" 'ok low-power' 'and leaves it'
state "$inode" live 'out of low power'

# an importing process that kept the fd is no owner: of what only he has, who knows
actor holder lab-hold "$(value owner pid)" "$(nth_buffer owner 1 fd)" --comm=lab-holder
tell owner close-buffer "$(nth_buffer owner 1 fd)" >/dev/null
is "$(dmabufctl list --json=short --sources=bufinfo,proc |
	jq -r ".buffers[] | select(.inode == $inode) | .state")" unknown \
	'held by another process alone: unknown without BPF, no guess'
actor_end owner
wait_for 10 'nobody has the device open' grep -q suspended \
	"/sys/bus/pci/devices/$VICTIM/power/runtime_status"
state "$inode" orphaned 'the owner closed the device'
is "$(dmabufctl list --json=short | jq -r ".buffers[] | select(.inode == $inode) |
	[.revocable, .reason] | join(\": \")")" \
	'yes: its device was closed: revoked for good' 'an orphan needs no revoke'
actor_end holder

# a virtual function has no memory bit of its own
modprobe nvme
physical=/sys/bus/pci/devices/$NVME
wait_for 10 'the nvme driver has its device' test -e "$physical/driver"
at_exit "echo 0 >$physical/sriov_numvfs"
echo 0 >"$physical/sriov_drivers_autoprobe"
echo 1 >"$physical/sriov_numvfs"
virtual=$(basename "$(readlink "$physical/virtfn0")")
bind_vfio "$virtual"
actor virtual lab-vfio-export "$virtual" --region=0 --comm=lab-virtual
inode=$(nth_buffer virtual 1 inode)
state "$inode" live 'virtual function'
is "$(tell virtual memory off)" 'ok memory' 'its memory bit is cleared'
state "$inode" live 'virtual function, memory off'
is "$(tell virtual low-power enter)" 'ok low-power' 'it enters low power'
wait_for 10 'it is suspended' grep -q suspended \
	"/sys/bus/pci/devices/$virtual/power/runtime_status"
state "$inode" revoked 'virtual function, low power'
actor_end virtual
