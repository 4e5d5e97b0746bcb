#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: an owner that was killed, stuck in its own exit behind an importer
# kernels: built
# machine: any
# timeout: 200
# depth: full
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh
. /usr/lib/dmabufctl-lab/act.sh

modprobe lab_importer
at_exit 'echo 1 >/sys/class/misc/lab-importer/release_all'
borrow_vfio "$VICTIM"

begin() {
	actor owner lab-vfio-export "$VICTIM" --comm=lab-owner \
		--buffer=0:4096 --buffer=4096:4096
	actor bad lab-attach "$(value owner pid)" "$(nth_buffer owner 1 fd)" "$EDU" never
	pid=$(value owner pid)
	inode=$(nth_buffer owner 1 inode)
}

# killed FUNCTION: the owner, which then sleeps there in its exit
killed() {
	kill -KILL "$pid"
	wait_for 10 "killed, it sleeps in $1" grep -q "$1" "/proc/$pid/stack"
	is "$(find "/proc/$pid/fd" -mindepth 1)" '' 'it has no fd any more'
}

let_go() {
	is "$(tell bad release)" 'ok release' 'the importer lets go'
	wait_for 10 'the owner is gone' test ! -e "/proc/$pid"
	wait_for 10 'nobody has the device open' sh -c \
		"dmabufctl show $VICTIM --json=short | jq -e '.devices[0].state == \"idle\"'"
	actor_end bad
	actor_end owner
	no_traces "$VICTIM"
	act 0 'it can be taken' reassign "$VICTIM" -
	act 0 'and given back' reassign "$VICTIM" vfio-pci
}

# check KIND FILTER
check() {
	dmabufctl check "$VICTIM" --json=short |
		jq -r ".obstacles[] | select(.kind == \"$1\") | $2"
}

# its own close waits for the importer
begin
killed vfio_pci_dma_buf_cleanup
is "$(dmabufctl show "$VICTIM" --json=short |
	jq -r '.devices[0] | [.state, .owners[].pid] | join(" ")')" "open $pid" \
	'devices: it is still the owner'
is "$(state_of "$inode")" revoking 'list: the revoke is under way'
# the first check of a boot can be too slow to see all
told_by_check() {
	check kernel .reason | grep -q "\\[$pid\\].* sleeps in a close .* for lab_importer"
}
wait_for 30 'check: who, where and for whom' told_by_check
is "$(check owner .pid)" "$pid" 'check: and it is the owner'
act 6 'a revoke' revoke "$VICTIM" --timeout=2s
like "$(answer .reason)" "\\[$pid\\].* sleeps in a close .* for lab_importer" \
	'the revoke names it'
act 6 'a release that would revoke' release "$VICTIM" --timeout=2s
act 5 'a release that only waits' release "$VICTIM" --steps=grace --timeout=8s
like "$(answer .reason)" "process $pid " 'the release names it'
act 6 'a reassign' reassign "$VICTIM" pci-stub --timeout=2s
is "$(driver_of "$VICTIM")" vfio-pci 'the device stays where it is'
let_go

# a revoke waits for the importer, and the release of another buffer for the revoke
begin
act 5 'a revoke that is stuck' revoke "$VICTIM" --timeout=2s
killed vfio_pci_dma_buf_release
stuck=$(answer '.stuck[0].pid')
is "$(check kernel .pid | head -n 1)" "$stuck" 'check: it is the revoke that is waited for'
is "$(dmabufctl show "$VICTIM" --json=short | jq -r '.devices[0].owners[].pid')" "$stuck" \
	'devices: its copy keeps the device open, not the dead owner'
act 6 'a second revoke' revoke "$VICTIM" --timeout=2s
like "$(answer .reason)" "\\[$stuck\\].* for lab_importer" 'which says for whom it waits'
let_go
