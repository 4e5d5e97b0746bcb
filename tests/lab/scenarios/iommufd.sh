#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: iommufd imports a VFIO buffer; the device is opened by its cdev
# kernels: built
# machine: any
# timeout: 90
# depth: quick
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh

borrow_vfio "$VICTIM"
actor owner lab-vfio-export "$VICTIM" --cdev --map-bar --comm=lab-owner
actor importer lab-iommufd-import "$(value owner pid)" "$(nth_buffer owner 1 fd)" \
	--comm=lab-importer
inode=$(nth_buffer owner 1 inode)
attachment() {
	dmabufctl show "$inode" --json=short | jq -r ".buffers[0].attachments[] | $1"
}
is "$(attachment '[.device, .importer, .bus, .driver, .peer2peer] | tojson')" \
	'["iommu","iommufd",null,null,true]' 'the attachment of iommufd'
is "$(attachment '[.users[].comm] | sort | join(" ")')" 'lab-importer lab-owner' \
	'those who have /dev/iommu open are named'
is "$(dmabufctl show "$VICTIM" --json=short |
	jq -r '.devices[0] | [.state, .owners[0].comm, .owners[0].maps] | tojson')" \
	'["open","lab-owner",1]' 'the owner by cdev is found'
is "$(dmabufctl show "$VICTIM" --json=short --sources=bufinfo,proc |
	jq -r '.devices[0] | [.state, .owners[0].comm, .owners[0].maps] | tojson')" \
	'["open","lab-owner",1]' 'and without BPF'
dmabufctl list | sed 's/^/# /'
