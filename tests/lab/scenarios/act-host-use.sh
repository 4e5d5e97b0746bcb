#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: what the host or a virtual function uses is not taken; modules are loaded
# kernels: sid experimental built
# soak-kernels: experimental built
# machine: any
# timeout: 300
# depth: full
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh
. /usr/lib/dmabufctl-lab/act.sh

physical=/sys/bus/pci/devices/$NVME

# words: all that the last act said
words() {
	answer '[.reason, .remedy, .error.message, .notes[]?] | map(select(.)) | join("; ")'
}

# disk: the name of the NVMe's name space, which may change when it comes back
disk() {
	find /dev -name 'nvme*n*' -type b -printf '%f\n' | head -n 1
}

disk_is_there() {
	[ -b "/dev/$(disk)" ]
}

# vfio-pci only takes functions away while it may also give them
enable_sriov=/sys/module/vfio_pci/parameters/enable_sriov
at_exit "echo 0 >$physical/sriov_numvfs; echo 0 >$enable_sriov; bind_driver $NVME ''"
# a host that has not used VFIO yet, as far as that can be had
modprobe --quiet --remove vfio_pci vfio_iommu_type1 || true
modprobe nvme
wait_for 20 'the NVMe has its name space' disk_is_there

# --- what is built on it --------------------------------------------------------------

# refused DESC REGEX: the device is not taken, and the use is named
refused() {
	act 6 "$1" reassign "$NVME" vfio-pci
	like "$(words)" "$2" "$1: it is named"
	is "$(driver_of "$NVME")" nvme "$1: nothing was moved"
}

exec 7<"/dev/$(disk)"
refused 'a process has it open' "$(disk).*\[$$\]"
exec 7<&-

if modprobe dm_mod 2>/dev/null; then
	dmsetup create lab-linear --table "0 2048 linear /dev/$(disk) 0"
	at_exit 'dmsetup remove lab-linear 2>/dev/null'
	stacked='dm-[0-9]+ \(lab-linear\)'
else
	loop=$(losetup --find --show "/dev/$(disk)")
	at_exit "losetup --detach $loop 2>/dev/null"
	stacked=${loop#/dev/}
fi
refused 'a block device is built on it' "$(disk) .*$stacked"
act 0 'the plan with --force' reassign "$NVME" vfio-pci --force --dry-run
like "$(answer '[.plan.refused[] | select(.forced) | .reason] | join("; ")')" "$stacked" \
	'names what it overrides'
is "$(driver_of "$NVME")" nvme 'and does nothing'
act 0 '--force' reassign "$NVME" vfio-pci --force
like "$(words)" "Forced: .*$stacked" 'says what was overridden'
is "$(driver_of "$NVME")" vfio-pci 'and does it'
if [ -n "${loop-}" ]; then
	losetup --detach "$loop"
else
	dmsetup remove lab-linear
fi

# --- modules --------------------------------------------------------------------------

other=vgem
[ "$LAB_KERNEL" != built ] || other=lab_importer
act 1 'a module without a PCI driver' reassign "$NVME" "$other"
like "$(answer .reason)" 'load-module.*no such driver' 'the step and the reason are told'
is "$(driver_of "$NVME") $(cat "$physical/driver_override")" 'vfio-pci vfio-pci' \
	'and the device has kept its own'
if modprobe -r nvme 2>/dev/null; then
	not_ok 'no such driver is registered' test -e /sys/bus/pci/drivers/nvme
	act 0 'a driver that has to be loaded' reassign "$NVME" nvme
	is "$(answer '.steps[] | select(.step == "load-module") |
		[.result, .detail] | join(" ")')" 'done modprobe@nvme.service' \
		'systemd has loaded it'
else
	act 0 'a driver that is built in' reassign "$NVME" nvme
fi
is "$(driver_of "$NVME")" nvme 'the device is on it'
wait_for 20 'and works' disk_is_there

# --- a physical function --------------------------------------------------------------

# function_is_named DESC: by the last refusal
function_is_named() {
	like "$(words)" "$virtual" "$1: the virtual function is named"
	like "$(words)" "$(value tenant pid).*lab-tenant.service" "$1: and its owner"
}

# enable_function: one virtual function, on vfio-pci
enable_function() {
	echo 0 >"$physical/sriov_drivers_autoprobe"
	echo 1 >"$physical/sriov_numvfs"
	virtual=$(basename "$(readlink "$physical/virtfn0")")
	bind_vfio "$virtual"
}

enable_function
actor tenant lab-vfio-export "$virtual" --no-dma-buf --comm=lab-tenant
act 6 'a physical function of the host' reassign "$NVME" vfio-pci
function_is_named 'on its host driver'
is "$(driver_of "$NVME") $(driver_of "$virtual")" 'nvme vfio-pci' 'nothing was moved'
actor_end tenant
echo 0 >"$physical/sriov_numvfs"

act 0 'to vfio-pci' reassign "$NVME" vfio-pci
actor owner lab-vfio-export "$NVME" --region=0 --no-dma-buf --vf-token --comm=lab-owner
echo 1 >"$enable_sriov"
enable_function
actor tenant lab-vfio-export "$virtual" --no-dma-buf --vf-token --comm=lab-tenant
act 6 'a physical function on vfio-pci' reassign "$NVME" nvme --stop-owner
function_is_named 'on vfio-pci'
act 6 'a reset by force' revoke "$NVME" --method=reset --force
like "$(words)" "$virtual.*in use" 'the virtual function is named'
is "$(tell tenant command-read | cut -d= -f1)" 'ok command-read value' 'its owner lives'
is "$(driver_of "$NVME") $(driver_of "$virtual")" 'vfio-pci vfio-pci' 'nothing was moved'
no_traces "$NVME"
actor_end tenant
actor_end owner
