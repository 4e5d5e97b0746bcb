#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: revoke and restore by each method, on a physical and a virtual function
# kernels: sid experimental built
# soak-kernels: experimental built
# machine: any
# timeout: 300
# depth: full
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh
. /usr/lib/dmabufctl-lab/act.sh

# --- a physical function --------------------------------------------------------------

borrow_vfio "$VICTIM"
act 0 'nobody has it open' revoke "$VICTIM"
is "$(answer .result)" nothing-to-do 'nothing to do, and that is no failure'
actor owner lab-vfio-export "$VICTIM" --comm=lab-owner --buffer=0:4096 --buffer=4096:4096
first=$(nth_buffer owner 1 inode)
second=$(nth_buffer owner 2 inode)

for method in memory low-power; do
	act 0 "$method" revoke "$VICTIM" --method="$method"
	is "$(answer '[.result, .method, .device] | join(" ")')" "done $method $VICTIM" \
		"$method: done"
	is "$(answer '[.buffers[] | [.before, .after, .verified]] | map(join(" ")) |
		join(", ")')" 'live revoked kernel, live revoked kernel' \
		"$method: both buffers, read back from the kernel"
	is "$(state_of "$first") $(state_of "$second")" 'revoked revoked' \
		"$method: list says so"
	act 0 "$method again" revoke "$VICTIM" --method="$method"
	is "$(state_of "$first")" revoked "$method: twice is once"
	act 0 "restore of $method" restore "$VICTIM"
	is "$(answer '[.result, .method] | join(" ")')" "done $method" \
		"restore undoes it by its method"
	is "$(state_of "$first") $(state_of "$second")" 'live live' "restore: live again"
done

act 0 'auto' revoke "$VICTIM"
is "$(answer .method)" memory 'auto is memory on a physical function'
act 0 'restore' restore "$VICTIM"
act 6 'restore without a record' restore "$VICTIM"
like "$(answer '.reason // .error.message')" 'record' 'refused, and says why'
act 6 'reset of an open device' revoke "$VICTIM" --method=reset
is "$(state_of "$first")" live 'reset without --force: nothing was done'
act 7 'one buffer alone' revoke "$VICTIM" --method=buffer
like "$(answer '.reason // .error.message')" 'kernel' 'no kernel can do that yet'
act 6 'a buffer by its inode' revoke "$first"
like "$(answer '.reason // .error.message')" 'all' 'it would be all of the device'
is "$(answer '[.buffers[] | [.inode, .before, .after] | join(" ")] | sort | join(", ")')" \
	"$(printf '%s live live\n' "$first" "$second" | sort | paste -sd, | sed 's/,/, /')" \
	'each of them is listed'
like "$(answer .remedy)" '[-]-all-of-device' 'and how to ask for all of them'
is "$(state_of "$first") $(state_of "$second")" 'live live' 'nothing was done'
act 0 'all of the device' revoke "$first" --all-of-device
is "$(state_of "$second")" revoked 'all of them were revoked'
act 0 'restore' restore "$VICTIM"

# the owner is in low power itself
is "$(tell owner low-power enter)" 'ok low-power' 'the owner enters low power'
act 0 'the owner in low power' revoke "$VICTIM" --method=low-power
like "$(answer '.notes | join(" ")')" 'owner itself' 'it is revoked, but not by us'
act 6 'restore of what is not ours' restore "$VICTIM"
is "$(tell owner low-power exit)" 'ok low-power' 'the owner leaves low power'
is "$(state_of "$first")" live 'and that restores it'

# the owner puts the memory bit back
act 0 'revoke' revoke "$VICTIM"
is "$(tell owner memory on)" 'ok memory' 'the owner enables memory'
is "$(state_of "$first")" live 'which undoes the revoke'
actor_end owner

# --- a virtual function ---------------------------------------------------------------

if [ -z "$NVME" ] || ! modprobe nvme; then
	skip 'a virtual function' 'this machine has no NVMe, or this kernel no driver'
	exit 0
fi
physical=/sys/bus/pci/devices/$NVME
wait_for 10 'the nvme driver has its device' test -e "$physical/driver"
at_exit "echo 0 >$physical/sriov_numvfs"
echo 0 >"$physical/sriov_drivers_autoprobe"
echo 1 >"$physical/sriov_numvfs"
virtual=$(basename "$(readlink "$physical/virtfn0")")
bind_vfio "$virtual"
actor virtual lab-vfio-export "$virtual" --region=0 --comm=lab-virtual
inode=$(nth_buffer virtual 1 inode)
act 0 'auto on a virtual function' revoke "$virtual"
is "$(answer '[.result, .method] | join(" ")')" 'done low-power' 'auto is low-power there'
is "$(state_of "$inode")" revoked 'and it sticks'
act 0 'restore' restore "$virtual"
is "$(state_of "$inode")" live 'restored'
act 1 'memory on a virtual function' revoke "$virtual" --method=memory
like "$(answer .reason)" 'did not stick' 'a pulse is not called a revoke'
is "$(answer '.buffers[0].after')" live 'the buffer is told to be live'
actor_end virtual
