#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: a group of three devices: one moves, or all of them
# kernels: sid experimental built
# soak-kernels: experimental built
# machine: any
# timeout: 300
# depth: full
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh
. /usr/lib/dmabufctl-lab/act.sh

host_driver=uio_pci_generic
[ "$LAB_KERNEL" != built ] || host_driver=lab_host

# drivers: of the three
drivers() {
	echo "$(driver_of "$SIBLING1") $(driver_of "$SIBLING2") $(driver_of "$SIBLING3")"
}

# steps STEP: how each step of that name ended
steps() {
	answer "[.steps[] | select(.step == \"$1\") | .result] | join(\" \")"
}

borrow_vfio "$SIBLING1"
borrow_vfio "$SIBLING2"
borrow_vfio "$SIBLING3"
modprobe "$host_driver"
actor tenant lab-vfio-export "$SIBLING2" --comm=lab-tenant
inode=$(nth_buffer tenant 1 inode)
act 6 'one of a group that is in use' reassign "$SIBLING1" "$host_driver"
pid=$(value tenant pid)
like "$(answer .reason)" "$SIBLING2 .*lab-tenant.$pid. \(lab-tenant.service\)" \
	'the member, and its owner, are named'
like "$(answer .remedy)" '--group' 'and what can be done'
is "$(drivers)" 'vfio-pci vfio-pci vfio-pci' 'nothing was moved'
act 5 'all of a group that is in use' reassign "$SIBLING1" "$host_driver" --group \
	--timeout=2s
like "$(answer .reason)" "process $(value tenant pid) " 'the owner is named'
is "$(drivers) $(state_of "$inode")" 'vfio-pci vfio-pci vfio-pci live' \
	'all are as they were'
no_traces "$SIBLING2"

act 0 'no driver for one of them' reassign "$SIBLING1" -
like "$(answer '.steps[] | select(.step == "claim") | [.result, .detail] | join(": ")')" \
	"^skipped: unprotected: $SIBLING2 " 'without a claim, which is told'
is "$(drivers)" ' vfio-pci vfio-pci' 'it has none, and the others have theirs'
is "$(state_of "$inode")" live 'the tenant has noticed nothing'
is "$(tell tenant command-read | cut -d= -f1)" 'ok command-read value' \
	'and can use its device'
act 0 'a VFIO driver for one without' reassign "$SIBLING1" vfio-pci
actor_end tenant

act 0 'all of the group' reassign "$SIBLING1" "$host_driver" --group
is "$(drivers)" "$host_driver $host_driver $host_driver" 'all three have moved'
is "$(steps claim) / $(steps unbind) / $(steps bind)" \
	'done done done / done done done / done done done' 'each was claimed, and read back'
act 6 'one of a group that the host drives' check "$SIBLING1"
act 0 'and back' reassign "$SIBLING2" vfio-pci --group
is "$(drivers)" 'vfio-pci vfio-pci vfio-pci' 'all three are back'
for member in "$SIBLING1" "$SIBLING2" "$SIBLING3"; do
	no_traces "$member"
done
actor tenant lab-vfio-export "$SIBLING3" --comm=lab-tenant
pass 'the group can be opened again'
actor_end tenant
