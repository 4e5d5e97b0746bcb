#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: check of a device that shares its memory: importers, holders, orphans
# kernels: sid experimental built
# machine: any
# timeout: 150
# depth: quick
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh

# check: of the victim, its answer in $ACTORS/check.json, its exit status on stdout
check() {
	check_status=0
	dmabufctl check "$VICTIM" --json=short >"$ACTORS/check.json" || check_status=$?
	echo $check_status
}

# findings obstacles|notes KIND EXPRESSION
findings() {
	jq -r ".$1[] | select(.kind == \"$2\") | $3" "$ACTORS/check.json"
}

borrow_vfio "$VICTIM"
actor owner lab-vfio-export "$VICTIM" --comm=lab-owner --buffer=0:4096 --buffer=4096:4096
inode=$(nth_buffer owner 1 inode)

# a process that holds a live buffer, which the owner has closed
actor holder lab-hold "$(value owner pid)" "$(nth_buffer owner 1 fd)" --comm=lab-holder
tell owner close-buffer "$(nth_buffer owner 1 fd)" >/dev/null
is "$(check)" 6 'a live buffer that another process holds: not ready'
is "$(findings obstacles holder '[.pid, .unit, .inode, .bounded] | tojson')" \
	"[$(value holder pid),\"lab-holder.service\",$inode,true]" \
	'the holder with pid, unit and buffer; it ends with the owner'
is "$(findings obstacles attachment .importer)" '' 'nobody is attached'

if [ -e /dev/iommu ]; then
	actor peer lab-iommufd-import "$(value owner pid)" "$(nth_buffer owner 2 fd)" \
		--comm=lab-peer
	is "$(check)" 6 'an importer that can be revoked: not ready, for its owner'
	is "$(findings obstacles attachment .importer)" '' 'and not for the importer'
	is "$(findings notes tenant-mapping '[.importer, .inode] | tojson' | sort -u)" \
		"[\"iommufd\",$(nth_buffer owner 2 inode)]" \
		'whose mapping a revoke would end for good: a note'
	like "$(findings notes tenant-mapping .reason)" lab-peer 'with its user'
	actor_end peer
fi

if modprobe lab_importer 2>/dev/null; then
	at_exit 'echo 1 >/sys/class/misc/lab-importer/release_all'
	actor never lab-attach "$(value owner pid)" "$(nth_buffer owner 2 fd)" "$EDU" \
		never --comm=lab-never
	is "$(check)" 6 'an importer that nothing is known of: not ready'
	is "$(findings obstacles attachment '[.importer, .device, .bounded] | tojson')" \
		"[\"lab_importer\",\"$EDU\",false]" 'importer and device are named'
	echo 'memory off' >"$ACTORS/owner/in"
	wait_for 10 'a revoke waits for it' grep -q vfio_pci_dma_buf_move \
		"/proc/$(value owner pid)/stack"
	begin=$(date +%s%N)
	is "$(check)" 6 'a revoke that is stuck: not ready'
	took=$((($(date +%s%N) - begin) / 1000000))
	ok "within 3 s ($took ms)" test "$took" -le 3000
	is "$(findings obstacles kernel .pid)" "$(value owner pid)" \
		'the process that is stuck in it'
	like "$(findings obstacles kernel .reason)" vfio_pci_dma_buf_move 'and where'
	is "$(findings obstacles kernel .importer)" lab_importer 'and which importer'
	dmabufctl check "$VICTIM" | sed 's/^/# /' || true
	tell never release >/dev/null
	actor_end never
fi

actor_end owner
is "$(check)" 0 'the owner let go, a holder did not: ready'
is "$(findings notes orphaned-buffer '[.pid, .unit, .inode] | tojson')" \
	"[$(value holder pid),\"lab-holder.service\",$inode]" \
	'who holds the orphan is a note, no obstacle'
dmabufctl check "$VICTIM" | sed 's/^/# /'
