#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: iommufd loses its mapping by a revoke, for good: a device reads through it
# kernels: built
# machine: any
# timeout: 150
# depth: full
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh
. /usr/lib/dmabufctl-lab/act.sh

borrow_vfio "$VICTIM"
borrow_vfio "$EDU"
actor owner lab-vfio-export "$VICTIM" --cdev --map-bar --comm=lab-owner
actor importer lab-iommufd-import "$(value owner pid)" "$(nth_buffer owner 1 fd)" \
	--edu="$EDU" --iova=0x1000000 --comm=lab-importer
inode=$(nth_buffer owner 1 inode)

mark=0x6c616221

attachment() {
	dmabufctl show "$inode" --json=short | jq -r ".buffers[0].attachments[] | $1"
}

is "$(tell owner poke-bar $mark)" 'ok poke-bar' 'the owner writes to its BAR'
is "$(tell importer dma-read)" "ok dma-read value=$mark" \
	'another device reads it through iommufd'
is "$(attachment '[.importer, .restorable] | tojson')" '["iommufd",false]' \
	'list: what iommufd has mapped does not come back'
act 0 'the plan of a revoke' revoke "$VICTIM" --dry-run
like "$(answer '.plan.notes[]')" "iommufd .*does not come back to buffer $inode" \
	'the plan says so'
act 0 'the plan of a release' release "$VICTIM" --dry-run
like "$(answer '.plan.ladder[] | select(.step == "revoke") | .skipped')" 'SIGBUS|for good' \
	'where the revoke is left out'

act 0 'revoke' revoke "$VICTIM"
is "$(answer '.buffers[0] | [.inode, .after, .verified] | join(" ")')" \
	"$inode revoked kernel" 'revoked, as the kernel says'
read_elsewhere() {
	tell importer dma-read | grep '^ok ' | grep -qv "$mark"
}
ok 'the device does not read it any more' read_elsewhere
like "$(tell importer map-again)" '^error map-again: ' 'it cannot be mapped again now'

act 0 'restore' restore "$VICTIM"
like "$(answer '.notes[]')" "iommufd .*does not come back to buffer $inode" \
	'restore says who does not come back'
is "$(state_of "$inode")" live 'the buffer is live again'
is "$(tell owner touch-bar)" "ok touch-bar value=$mark" 'the owner has its BAR back'
ok 'the mapping of iommufd has not come back' read_elsewhere
like "$(tell importer unmap)" '^ok unmap' 'its user gives up the old one'
like "$(tell importer map-again)" '^ok map-again' 'and maps it again'
is "$(tell importer dma-read)" "ok dma-read value=$mark" 'then the device reads it again'
no_traces "$VICTIM"
