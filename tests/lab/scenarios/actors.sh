#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: the actors of the other scenarios do what they are told
# kernels: sid built
# soak-kernels: built
# machine: any
# timeout: 240
# depth: full
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh

bufinfo=/sys/kernel/debug/dma_buf/bufinfo

# line INODE: what bufinfo says of a buffer
line() {
	awk -F'\t' -v ino="$(printf %08d "$1")" \
		'$6 == ino { print; found = 1 } END { exit !found }' $bufinfo
}

# status PROGRAM ARGUMENT...: its exit status; what it said becomes a comment
status() {
	status_rc=0
	timeout 10 "$@" --exit-on-eof </dev/null >"$ACTORS/said" 2>&1 || status_rc=$?
	sed 's/^/# /' "$ACTORS/said" >&2
	echo $status_rc
}

# --- the owner of a VFIO device -------------------------------------------------------
borrow_vfio "$VICTIM"
actor owner lab-vfio-export "$VICTIM" --map-bar --comm=lab-owner --buffer=0:4096 \
	--buffer=8192:4096,16384:8192@two --buffer='4096:4096@a\nb'
is "$(cat "/proc/$(value owner pid)/comm")" lab-owner 'export: the name of the process'
like "$(line "$(nth_buffer owner 1 inode)")" '^00004096.*vfio_pci_core.*<none>$' \
	'export: a buffer of one range'
like "$(line "$(nth_buffer owner 2 inode)")" '^00012288.*vfio_pci_core.*two$' \
	'export: a named buffer of two ranges'
ok 'export: a name with a newline' grep -q '^b$' $bufinfo
# its other bits are as whoever had it before left them
like "$(tell owner command-read)" '^ok command-read value=0x0[01]0[37]$' 'the memory bit is set'
like "$(tell owner touch-bar)" '^ok touch-bar value=0x' 'the BAR is mapped'
is "$(tell owner memory off)" 'ok memory' 'memory off'
like "$(tell owner command-read)" '^ok command-read value=0x0[01]0[15]$' 'the memory bit is clear'
is "$(tell owner touch-bar)" 'error touch-bar: SIGBUS code=2' 'the BAR faults'
is "$(tell owner memory on)" 'ok memory' 'memory on'
like "$(tell owner touch-bar)" '^ok touch-bar value=0x' 'the BAR works again'
is "$(tell owner low-power enter)" 'ok low-power' 'low power'
is "$(tell owner low-power enter)" 'error low-power: Invalid argument' 'and not twice'
is "$(tell owner low-power exit)" 'ok low-power' 'and back'
like "$(tell owner reset)" '^(ok|error) reset' 'reset answers'
is "$(tell owner unmap-bar)" 'ok unmap-bar' 'unmap-bar'
is "$(tell owner touch-bar)" 'error touch-bar: the BAR is not mapped' 'nothing to touch'
is "$(tell owner name "$(nth_buffer owner 1 fd)" 'x\x20y')" 'ok name' 'name'
like "$(line "$(nth_buffer owner 1 inode)")" 'x y$' 'the name arrived'
like "$(tell owner export 0:4096@third)" '^ok export fd=[0-9]+ inode=[0-9]+$' 'export'
is "$(tell owner export 0:1)" 'error export: Invalid argument' 'export refused'
is "$(tell owner close-buffer "$(nth_buffer owner 2 fd)")" 'ok close-buffer' 'close-buffer'
not_ok 'the buffer is gone' line "$(nth_buffer owner 2 inode)"
is "$(tell owner nonsense)" 'error unknown command nonsense' 'an unknown command'
is "$(tell owner memory)" 'error memory: wrong number of arguments' 'a missing argument'

answer=$(tell owner fork-holder)
like "$answer" '^ok fork-holder pid=[0-9]+$' 'fork-holder'
holder=${answer##*=}
is "$(readlink /proc/"$holder"/fd/* | sort -u | tr '\n' ' ')" \
	'/dev/null /dmabuf:a /dmabuf:third /dmabuf:x y b ' 'the holder has buffers only'
orphan=$(nth_buffer owner 1 inode)
is "$(tell owner request-eventfd close)" 'ok request-eventfd' 'request-eventfd'
echo "$VICTIM" >"/sys/bus/pci/devices/$VICTIM/driver/unbind"
pass 'asked to, the owner let go, and the unbind ended'
like "$(cat "$ACTORS/owner/out")" '^request count=1$' 'the request was told'
is "$(tell owner memory on)" 'error memory: Bad file descriptor' 'the device is closed'
tell owner close-buffers >/dev/null
like "$(line "$orphan")" 'x y$' 'the holder keeps an orphaned buffer'
actor_end owner
bind_vfio "$VICTIM"

# --- buffers of plain memory ----------------------------------------------------------
actor plain lab-dmabuf-make --kind=udmabuf --count=3 --processes=2 --fds=2 --mmap \
	--files=5 --name='n%d' --size=8192
pids=$(value plain buffers | tr , '\n' | cut -d: -f1 | sort -u | wc -l)
is "$pids" 2 'make: two processes'
like "$(line "$(nth_buffer plain 3 inode)")" '^00008192.*udmabuf.*n2$' \
	'make: size, exporter and name'
pid=$(value plain buffers | cut -d: -f1)
inode=$(nth_buffer plain 1 inode)
is "$(grep -c /dmabuf: "/proc/$pid/maps")" 2 'make: two buffers mapped'
is "$(for i in /proc/"$pid"/fdinfo/*; do cat "$i"; done | grep -c "^ino:.$inode\$")" 2 \
	'make: two fds'
is "$(readlink /proc/"$pid"/fd/* | grep -c '^/dev/null$')" 7 'make: files'
actor held lab-hold "$pid" "$(nth_buffer plain 1 fd)" --mmap --close-fd
is "$(value held inode)" "$inode" 'hold: the same buffer'
ok 'hold: mapped' grep -q dmabuf "/proc/$(value held pid)/maps"
actor_end plain
ok 'make: the children end with it' poll 5 sh -c "! kill -0 $pid"
ok 'hold: the buffer lives on' line "$inode"
actor_end held

actor mapped lab-dmabuf-make --kind=udmabuf --map-only
like "$(value mapped buffers)" '^[0-9]+:-1:[0-9]+$' 'make: only mapped'
is "$(grep -c /dmabuf: "/proc/$(value mapped pid)/maps")" 1 'make: and it is'
actor_end mapped

begin=$(date +%s)
actor many lab-dmabuf-make --kind=heap:system --count=10000 --processes=200 --files=100
note "10000 buffers in 200 processes: $(($(date +%s) - begin)) s"
is "$(grep -ac 'system' $bufinfo)" 10000 'make: 10000 buffers'
actor_end many

# --- importers ------------------------------------------------------------------------
modprobe vgem
actor owner lab-vfio-export "$VICTIM"
actor plain lab-dmabuf-make --kind=udmabuf
pid=$(value plain pid)
fd=$(nth_buffer plain 1 fd)
actor dumb lab-dmabuf-make --kind=drm:vgem --map-only
like "$(line "$(value dumb buffers | cut -d: -f3)")" '^00004096.*drm.*<none>$' \
	'make: a dumb buffer'
actor_end dumb
actor vgem lab-prime-import vgem "$pid" "$fd"
ok 'prime: vgem is attached' grep -q "^	vgem\$" $bufinfo
is "$(tell vgem close-handle)" 'ok close-handle' 'prime: close-handle'
not_ok 'prime: vgem is detached' grep -q "^	vgem\$" $bufinfo
if [ -n "$BOCHS" ] && modprobe bochs 2>/dev/null; then
	actor bochs lab-prime-import bochs-drm "$pid" "$fd" --keep-fd
	ok 'prime: bochs is attached' grep -q "^	$BOCHS\$" $bufinfo
	actor_end bochs
fi
is "$(status lab-prime-import vgem "$(value owner pid)" "$(nth_buffer owner 1 fd)")" 7 \
	'prime: a VFIO buffer is refused'
is "$(status lab-prime-import nobody "$pid" "$fd")" 7 'prime: no such driver'
if [ -e /dev/iommu ]; then
	actor iommufd lab-iommufd-import "$(value owner pid)" "$(nth_buffer owner 1 fd)" \
		--iova=0x100000
	is "$(value iommufd iova)" 0x100000 'iommufd: the address asked for'
	ok 'iommufd: attached' grep -q "^	iommu\$" $bufinfo
	is "$(tell iommufd map-again)" 'error map-again: File exists' \
		'iommufd: the address is taken'
	is "$(tell iommufd unmap)" 'ok unmap length=4096' 'iommufd: unmap'
	is "$(tell iommufd map-again 0x200000)" 'ok map-again iova=0x200000' \
		'iommufd: map-again'
	is "$(tell owner memory off)" 'ok memory' 'iommufd: revoke'
	actor_end iommufd
	is "$(status lab-iommufd-import "$pid" "$fd")" 7 'iommufd: a plain buffer is refused'
	actor_end owner
	actor owner lab-vfio-export "$VICTIM" --cdev
	like "$(value owner iommufd)" '^[0-9]+$' 'export: by the character device'
else
	is "$(status lab-iommufd-import "$(value owner pid)" "$(nth_buffer owner 1 fd)")" 7 \
		'iommufd: not in this kernel'
	is "$(status lab-vfio-export "$SPARE" --cdev)" 1 'export: not bound to VFIO'
fi
is "$(status lab-vfio-export 3)" 1 'export: not an address'
is "$(status lab-hold x)" 2 'wrong usage'
