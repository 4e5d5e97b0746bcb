#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: an unplug that hangs, and a second one behind it: who waits for whom
# kernels: all
# machine: any
# timeout: 150
# depth: quick
# order: last
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh

# check DEVICE: its answer in $ACTORS/check.json, how long it took on stdout (ms)
check() {
	check_begin=$(date +%s%N)
	dmabufctl check "$1" --json=short >"$ACTORS/check.json" || true
	echo $((($(date +%s%N) - check_begin) / 1000000))
}

# obstacles KIND EXPRESSION
obstacles() {
	jq -r ".obstacles[] | select(.kind == \"$1\") | $2" "$ACTORS/check.json"
}

bind_vfio "$VICTIM"
bind_vfio "$SPARE"
actor owner lab-vfio-export "$VICTIM" --no-dma-buf --comm=lab-owner
host unplug victim
wait_for 20 'the driver of the first begins to leave' \
	test ! -e "/sys/bus/pci/devices/$VICTIM/driver"
took=$(check "$VICTIM")
ok "check of the first returns within 3 s ($took ms)" test "$took" -le 3000
like "$(obstacles release .comm)" 'kworker|irq/' 'the kernel task that is blocked in it'
like "$(obstacles release .reason)" 'unplug.*vfio_unregister_group_dev' 'and where'
is "$(obstacles owner .pid)" "$(value owner pid)" 'and for whom it waits'

host unplug spare
# pciehp has a task for each slot; acpiphp does one after the other, and the second
# unplug is nothing yet but a request
if [ "$LAB_HOTPLUG" = pcie ]; then
	wait_for 30 'a task waits for the first unplug' sh -c \
		"grep -l pciehp_unconfigure_device /proc/[0-9]*/stack 2>/dev/null |
			xargs grep -L vfio_unregister_group_dev | grep -q ."
fi
took=$(check "$SPARE")
ok "check of the second returns within 3 s ($took ms)" test "$took" -le 3000
like "$(obstacles release .reason)" "$VICTIM" 'it waits behind the first, by name'
like "$(obstacles release .comm)" 'kworker|irq/' 'and the task that is blocked'
took=$(check "$VICTIM")
ok "check of the first still returns within 3 s ($took ms)" test "$took" -le 3000
[ "$LAB_HOTPLUG" != pcie ] || like "$(obstacles release .reason)" 'irq/[0-9]+-pciehp.*irq/' \
	'it names what waits behind it'
dmabufctl check "$VICTIM" "$SPARE" | sed 's/^/# /' || true
actor_end owner
wait_for 20 'the owner let go: the first leaves' host unplugged victim
wait_for 20 'and the second' host unplugged spare
host plug victim
host plug spare
wait_for 20 'both can be plugged again' test -e "/sys/bus/pci/devices/$VICTIM" -a \
	-e "/sys/bus/pci/devices/$SPARE"
