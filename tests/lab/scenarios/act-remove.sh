#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: a device that is called safe to remove can be removed
# kernels: sid experimental built
# soak-kernels: experimental built
# machine: any
# timeout: 120
# depth: full
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh
. /usr/lib/dmabufctl-lab/act.sh

gone() {
	! [ -e "/sys/bus/pci/devices/$VICTIM" ]
}

borrow_vfio "$VICTIM"
actor owner lab-vfio-export "$VICTIM" --comm=lab-owner
act 5 'no driver, but an owner' reassign "$VICTIM" - --timeout=2s
unlike "$(cat "$ACT_OUT")" 'safe to remove' 'that is not called safe to remove'
actor holder lab-hold "$(value owner pid)" "$(nth_buffer owner 1 fd)"
actor_end owner
text=$(dmabufctl reassign "$VICTIM" -)
printf '%s\n' "$text"
like "$text" "$VICTIM is safe to remove" 'what nobody can use is safe to remove'
at_exit 'gone && host plug victim'
host unplug victim
wait_for 20 'and is removed at once' gone
actor_end holder
host plug victim
wait_for 20 'it is back' test -e "/sys/bus/pci/devices/$VICTIM"
act 0 'to another driver' reassign "$VICTIM" pci-stub
unlike "$(cat "$ACT_OUT")" 'safe to remove' 'what has a driver is not called safe'
