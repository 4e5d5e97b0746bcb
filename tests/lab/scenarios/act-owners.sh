#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: two processes in two units have the device open
# kernels: sid experimental built
# soak-kernels: experimental built
# machine: any
# timeout: 200
# depth: full
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh
. /usr/lib/dmabufctl-lab/act.sh

frozen() {
	systemctl show -p FreezerState --value "$1"
}

borrow_vfio "$VICTIM"
modprobe pci-stub || true
actor first lab-vfio-export "$VICTIM" --comm=lab-first
actor second lab-hold "$(value first pid)" "$(value first device_fd)" --comm=lab-second
inode=$(nth_buffer first 1 inode)
act 0 'two owners: revoke --freeze' revoke "$VICTIM" --freeze
is "$(frozen lab-first) $(frozen lab-second)" 'frozen frozen' 'both are frozen'
is "$(state_of "$inode")" revoked 'and the buffer is revoked'
act 0 'two owners: restore' restore "$VICTIM"
is "$(frozen lab-first) $(frozen lab-second)" 'running running' 'both are thawed'
act 5 'two owners that hold on' reassign "$VICTIM" pci-stub --timeout=2s
like "$(answer .reason)" "process $(value first pid) .*lab-first.service" \
	'one of them is named'
like "$(answer .reason)" "process $(value second pid) .*lab-second.service" \
	'and so is the other'
is "$(state_of "$inode") $(driver_of "$VICTIM")" 'live vfio-pci' 'all is as before'
act 0 'two owners: stop' reassign "$VICTIM" pci-stub --timeout=4s --stop-owner \
	--steps=revoke
is "$(answer '[.steps[] | select(.step == "stop-owner") | .result] | join(" ")')" \
	'done done' 'both are told to stop, the first not waited for'
not_ok 'neither runs' systemctl -q is-active lab-first lab-second
is "$(driver_of "$VICTIM")" pci-stub 'the device is on the new driver'
no_traces "$VICTIM"
