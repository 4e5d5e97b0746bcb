#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: check names who and what stands in the way of taking a device back
# kernels: all
# soak-kernels: built
# machine: any
# timeout: 180
# depth: quick
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh

# check DEVICE...: its answer in $ACTORS/check.json, its exit status on stdout
check() {
	check_status=0
	dmabufctl check "$@" --json=short >"$ACTORS/check.json" || check_status=$?
	echo $check_status
}

# obstacles EXPRESSION [KIND]: of each obstacle (of that kind), one a line
obstacles() {
	jq -r ".obstacles[] | select(\"${2-}\" == \"\" or .kind == \"${2-}\") | $1" \
		"$ACTORS/check.json"
}

# kinds: of all obstacles
kinds() {
	obstacles .kind | sort -u | tr '\n' ' '
}

# notes EXPRESSION KIND
notes() {
	jq -r ".notes[] | select(.kind == \"$2\") | $1" "$ACTORS/check.json"
}

borrow_vfio "$VICTIM"
is "$(check "$VICTIM")" 0 'nobody has it: ready'
is "$(jq -c '[.device, .ready, .obstacles]' "$ACTORS/check.json")" \
	"[\"$VICTIM\",true,[]]" 'and nothing stands in the way'
is "$(jq -r 'keys_unsorted | join(" ")' "$ACTORS/check.json")" \
	'device ready obstacles notes plan sources' 'the keys are those of the contract'
is "$(check 0000:ff:1f.7)" 3 'no such device: exit status 3'

# an owner that does nothing
actor owner lab-vfio-export "$VICTIM" --no-dma-buf --map-bar --comm=lab-owner
is "$(check "$VICTIM")" 6 'an owner: not ready'
is "$(kinds)" 'owner ' 'he is the only obstacle'
is "$(obstacles '[.pid, .comm, .unit, .bounded] | tojson' owner)" \
	"[$(value owner pid),\"lab-owner\",\"lab-owner.service\",false]" \
	'the owner with pid, comm and unit, unbounded'
like "$(obstacles .remedy owner)" 'lab-owner.service' 'the remedy names his unit'
is "$(notes .pid legacy-mapping)" "$(value owner pid)" \
	'his mapping of the BAR may be P2P that no revoke reaches: a note'
dmabufctl check "$VICTIM" | sed 's/^/# /' || true
is "$(check --all)" 6 '--all finds it, too'
is "$(jq -r '.checks[] | select(.ready | not) | .device' "$ACTORS/check.json")" \
	"$VICTIM" 'as the only one that is not ready'

# --wait: until he lets go, or not
begin=$(date +%s%N)
status=0
dmabufctl check "$VICTIM" --wait --timeout=1s >/dev/null 2>&1 || status=$?
is "$status" 5 '--wait --timeout: exit status 5 when time is over'
took=$((($(date +%s%N) - begin) / 1000000))
ok "and not before ($took ms)" test "$took" -ge 1000
dmabufctl check "$VICTIM" --wait --timeout=60s --json=short >"$ACTORS/waited.json" &
waiting=$!
# it has looked once, and has a pidfd of whom it waits for
wait_for 20 '--wait watches the owner' sh -c \
	"cat /proc/$waiting/fdinfo/* | grep -q '^Pid:[[:space:]]*$(value owner pid)\$'"
sleep 3
ok 'and is still there after some more looks' kill -0 $waiting
begin=$(date +%s%N)
actor_end owner
status=0
wait $waiting || status=$?
took=$((($(date +%s%N) - begin) / 1000000))
is "$status $(jq -r .ready "$ACTORS/waited.json")" '0 true' \
	'--wait: ready as soon as he let go'
ok "within 10 s ($took ms)" test "$took" -le 10000

# an unbind that hangs
actor owner lab-vfio-export "$VICTIM" --no-dma-buf --comm=lab-owner
(echo "$VICTIM" >/sys/bus/pci/drivers/vfio-pci/unbind) &
wait_for 10 'the driver begins to leave' \
	test ! -e "/sys/bus/pci/devices/$VICTIM/driver"
begin=$(date +%s%N)
is "$(check "$VICTIM")" 6 'an unbind that hangs: not ready'
took=$((($(date +%s%N) - begin) / 1000000))
ok "within 3 s ($took ms)" test "$took" -le 3000
is "$(obstacles .pid release)" $! 'the release: the process that is blocked in it'
like "$(obstacles .reason release)" 'unbind.*vfio_unregister_group_dev' \
	'in which path and function'
like "$(obstacles .reason release)" 'reboot' 'and that a reboot would hang'
like "$(obstacles .since release)" '^20[0-9]{2}-.*Z$' 'and since when'
is "$(obstacles .pid owner)" "$(value owner pid)" 'and whom it waits for'
dmabufctl check "$VICTIM" | sed 's/^/# /' || true
actor_end owner
wait
is "$(check "$VICTIM")" 0 'he let go: ready'

# the interface without containers
bind_vfio "$VICTIM"
if [ -n "$(vfio_cdev_of "$VICTIM")" ] && [ -e /dev/iommu ]; then
	actor owner lab-vfio-export "$VICTIM" --cdev --no-dma-buf --map-bar --comm=lab-owner
	is "$(check "$VICTIM")" 6 'an owner by iommufd: not ready'
	like "$(obstacles .reason owner)" '1 mapping' 'who has mapped the BAR'
	is "$(notes .kind legacy-mapping)" '' 'but has no container: no note'
	actor_end owner
elif [ "$LAB_KERNEL" = built ]; then
	fail 'an owner by iommufd' 'no node of its character device'
else
	skip 'an owner by iommufd' 'this kernel has no iommufd'
fi

# what the host itself uses
modprobe nvme
wait_for 10 'a block device' test -b /dev/nvme0n1
is "$(check "$NVME")" 0 'a device of the host that nothing uses: ready'
mkfs.ext4 -q /dev/nvme0n1
mkdir -p "$ACTORS/mount"
mount /dev/nvme0n1 "$ACTORS/mount"
is "$(check "$NVME")" 6 'a mounted file system: not ready'
like "$(obstacles .reason host-use)" "nvme0n1.*$ACTORS/mount" \
	'which one, and where'
like "$(obstacles .remedy host-use)" "umount $ACTORS/mount" 'and what to do'
dmabufctl check "$NVME" | sed 's/^/# /' || true
umount "$ACTORS/mount"
is "$(check "$NVME")" 0 'not mounted any more: ready'

physical=/sys/bus/pci/devices/$NVME
at_exit "echo 0 >$physical/sriov_numvfs"
echo 0 >"$physical/sriov_drivers_autoprobe"
echo 1 >"$physical/sriov_numvfs"
virtual=$(basename "$(readlink "$physical/virtfn0")")
bind_vfio "$virtual"
actor tenant lab-vfio-export "$virtual" --no-dma-buf --comm=lab-tenant
is "$(check "$NVME")" 6 'a virtual function in use: not ready'
is "$(obstacles '[.device, .pid, .unit] | tojson' virtual-function)" \
	"[\"$virtual\",$(value tenant pid),\"lab-tenant.service\"]" \
	'which one, and who has it'
actor_end tenant

# another member of the group that the host drives; the built kernel has a driver of ours
host_driver=uio_pci_generic
[ "$LAB_KERNEL" != built ] || host_driver=lab_host
at_exit "bind_driver $SIBLING2 ''"
ok "$host_driver takes a device" bind_driver "$SIBLING2" "$host_driver"
borrow_vfio "$SIBLING1"
is "$(check "$SIBLING1")" 6 'a host driver in its group: not ready'
is "$(obstacles .device group-member)" "$SIBLING2" 'which member'
like "$(obstacles .reason group-member)" "$host_driver" 'and which driver'
