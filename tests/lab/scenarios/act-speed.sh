#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: how long the step of a revoke takes, to the least program that does it
# kernels: sid experimental built
# machine: any
# timeout: 240
# depth: soak
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh
. /usr/lib/dmabufctl-lab/act.sh

RUNS=${LAB_RUNS:-5}

borrow_vfio "$VICTIM"
actor owner lab-vfio-export "$VICTIM" --comm=lab-owner
pid=$(value owner pid)
for fd in "/proc/$pid/fd/"*; do
	case $(readlink "$fd") in
	'anon_inode:[vfio-device]') device_fd=${fd##*/} ;;
	esac
done

# least: the shortest of the runs, in microseconds
least() {
	sort -n | head -n 1
}

minimal=$(
	i=0
	while [ "$i" -lt "$RUNS" ]; do
		lab-revoke "$pid" "$device_fd" off
		lab-revoke "$pid" "$device_fd" on >/dev/null
		i=$((i + 1))
	done | least
)
ours=$(
	i=0
	while [ "$i" -lt "$RUNS" ]; do
		dmabufctl revoke "$VICTIM" --json=short |
			jq '.steps[] | select(.step == "revoke") | .duration_ms * 1000 | floor'
		dmabufctl restore "$VICTIM" >/dev/null
		i=$((i + 1))
	done | least
)
ok "revoke: $ours us to $minimal us, ratio $((ours * 100 / minimal))/100, at most 200/100" \
	test "$ours" -le $((minimal * 2))
