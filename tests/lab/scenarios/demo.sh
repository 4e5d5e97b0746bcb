#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: the main job, for people: tools/demo prints what this shows
# kernels: built
# machine: any
# timeout: 180
# depth: quick
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh

show() {
	echo '# demo:'
	echo "# demo: # $*"
	"$@" 2>&1 | sed 's/^/# demo: /'
}

borrow_vfio "$VICTIM"
actor vm lab-vfio-export "$VICTIM" --cdev --map-bar --buffer=0:65536@gpu-bar2 \
	--comm=qemu-system-x86
actor peer lab-iommufd-import "$(value vm pid)" "$(nth_buffer vm 1 fd)" --comm=peer-vm
actor camera lab-dmabuf-make --kind=udmabuf --count=1 --name=frame-0 --comm=camera
actor screen lab-prime-import bochs-drm "$(value camera pid)" \
	"$(nth_buffer camera 1 fd)" --comm=compositor
show dmabufctl list
show dmabufctl devices
show dmabufctl show "$VICTIM"
show dmabufctl check "$VICTIM" || true
show dmabufctl status
# without its numbers: the text that README.md and dmabufctl(8) show
is "$(dmabufctl check "$VICTIM" | sed 's/\[[0-9]*\]/[]/g; s/buffer [0-9]*/buffer/')" \
	"$VICTIM Red Hat, Inc. Inter-VM shared memory: not ready, 1 obstacle
  owner  qemu-system-x86[] (lab-vm.service) has it open: fd 3, 1 mapping of it
         unbounded
         -> systemctl stop lab-vm.service
  note   a revoke ends the mapping of buffer by iommufd for good: perhaps of peer-vm[] (lab-peer.service) (tenant-mapping)
  plan   dmabufctl release $VICTIM: grace (10 s), revoke (skipped)" \
	'and check says what the documentation shows'
is "$(dmabufctl list --json=short |
	jq -r '.buffers[] | select(.name == "gpu-bar2") | .attachments[].importer')" iommufd \
	'a real VFIO device exports, iommufd imports, and the list shows it'
# the state before and after each act is what the kernel says
show dmabufctl revoke "$VICTIM"
show dmabufctl list --device="$VICTIM"
show dmabufctl restore "$VICTIM"
show dmabufctl list --device="$VICTIM"
modprobe pci-stub || true
show dmabufctl reassign "$VICTIM" pci-stub --stop-owner --dry-run
show dmabufctl reassign "$VICTIM" pci-stub --stop-owner --timeout=2s
show dmabufctl show "$VICTIM"
show dmabufctl jobs --all
is "$(driver_of "$VICTIM")" pci-stub 'and at the end the device has its new driver'
