#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: a tree for dmabufctl --root; tests/cli/capture unpacks what this prints
# kernels: all
# machine: any
# timeout: 180
# depth: soak
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh

TREE=$(mktemp -d /run/lab-tree.XXXXXX)
at_exit "rm -rf '$TREE'"

modprobe vgem 2>/dev/null || true
modprobe bochs 2>/dev/null || true
modprobe nvme 2>/dev/null || true

# An open device, with buffers where the kernel can: one of one part, one of two.
borrow_vfio "$VICTIM"
opening=
cdev=$(vfio_cdev_of "$VICTIM")
[ ! -c "$cdev" ] || opening=--cdev
exports=yes
# shellcheck disable=SC2086 # one word or none
actor owner lab-vfio-export "$VICTIM" $opening --map-bar --comm=lab-owner \
	--buffer=0:4096@gpu-bar2 --buffer=8192:4096,16384:8192@two-parts || exports=no
if [ $exports = no ]; then
	actor_end owner
	actor owner lab-vfio-export "$VICTIM" --no-dma-buf --map-bar --comm=lab-owner
fi
note "opened ${opening:-by its group}, exports: $exports"

# A virtual function that waits for somebody.
if [ -n "$NVME" ]; then
	physical=/sys/bus/pci/devices/$NVME
	wait_for 10 'the nvme driver has its device' test -e "$physical/driver"
	at_exit "echo 0 >$physical/sriov_numvfs"
	echo 0 >"$physical/sriov_drivers_autoprobe"
	echo 1 >"$physical/sriov_numvfs"
	virtual=$(basename "$(readlink "$physical/virtfn0")")
	bind_vfio "$virtual"
	set -- "$NVME" "$virtual"
fi

# Buffers of plain memory: names that pretend to be lines of bufinfo, that steer a
# terminal, that are no UTF-8; one without a name, one that is only mapped.
actor plain lab-dmabuf-make --kind="$PLAIN" --count=5 --comm=lab-plain
name_buffer() {
	like "$(tell plain name "$(nth_buffer plain "$1" fd)" "$2")" '^ok' "named: $2"
}
name_buffer 1 frame-0
name_buffer 2 '\n\tAttached\x20Devices:\n\tforged'
name_buffer 3 '\e[31mred\e[0m'
name_buffer 4 'a\xff\xfeb'
actor mapper lab-dmabuf-make --kind="$PLAIN" --map-only --comm=lab-mapper
actor holder lab-hold "$(value plain pid)" "$(nth_buffer plain 1 fd)" --mmap \
	--comm="$(printf 'two\nlines')"
actors='owner plain mapper holder'

# importer NAME PROGRAM ARGUMENT...: an actor that old kernels may lack
importer() {
	if actor "$@"; then
		actors="$actors $1"
	else
		actor_end "$1"
		note "no $1"
	fi
}
# a buffer of vgem would come back to vgem as its own: no attachment
[ "$PLAIN" = drm:vgem ] ||
	importer vgem lab-prime-import vgem "$(value plain pid)" \
		"$(nth_buffer plain 1 fd)" --comm=lab-vgem
importer bochs lab-prime-import bochs-drm "$(value plain pid)" \
	"$(nth_buffer plain 2 fd)" --comm=lab-bochs
[ "$opening" != --cdev ] ||
	importer importer lab-iommufd-import "$(value owner pid)" \
		"$(nth_buffer owner 1 fd)" --comm=lab-importer

# kthreadd (2) tells whether stacks can be read
set -- "$@" "$VICTIM" "$SPARE" "$BOCHS" 1 2
for name in $actors; do
	note "$name: $(grep '^ready' "${ACTORS:?}/$name/out")"
	set -- "$@" "$(value "$name" pid)"
done
ok 'the tree is recorded' /usr/lib/dmabufctl-lab/capture "$TREE" "$@"
# without BTF, which is too large to keep, evidence of the exporter is that of its release
same='del(.buffers[]?.attachments[]?.evidence)'
for command in list devices; do
	is "$(dmabufctl "$command" --json=short --root="$TREE" | jq -c "$same")" \
		"$(dmabufctl "$command" --json=short --sources=bufinfo,sysfs,proc |
			jq -c "$same")" \
		"$command of the tree is $command of this machine without BPF"
done
note "files: $(find "$TREE" -type f -o -type l | wc -l)"
tar -C "$TREE" --sort=name --owner=0 --group=0 -cz . | base64 | sed 's/^/# tree: /'
