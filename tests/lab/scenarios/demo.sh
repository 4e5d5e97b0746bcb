#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: the main job, for people: tools/demo prints what this shows
# kernels: built
# machine: any
# timeout: 240
# depth: quick
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh
. /usr/lib/dmabufctl-lab/daemon.sh

show() {
	echo '# demo:'
	echo "# demo: # $*"
	"$@" 2>&1 | sed 's/^/# demo: /'
}

# explain TEXT: what happens next
explain() {
	echo '# demo:'
	echo "# demo: == $*"
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

# a hot-unplug under a live owner, whose memory somebody has imported
begin_again() {
	actor_end vm
	actor_end peer
	bind_vfio "$VICTIM"
	actor vm lab-vfio-export "$VICTIM" --cdev --buffer=0:65536@gpu-bar2 \
		--comm=qemu-system-x86
	actor peer lab-iommufd-import "$(value vm pid)" "$(nth_buffer vm 1 fd)" --comm=peer-vm
	began=$(date +%s.%N)
}

plug_again() {
	host plug victim
	wait_for 20 'the device is back' test -e "/sys/bus/pci/devices/$VICTIM"
}

# has_ended: the release, and the act, which has more to say than when it was over
has_ended() {
	! systemctl --quiet is-active 'dmabufctl-act@*' &&
		journalctl --since="@$began" --output=cat DMABUFCTL_DEVICE="$VICTIM" \
			MESSAGE_ID=3542749009234d778eadae456d725ba8 | grep .
}

explain 'A hot-unplug under a live owner, without dmabufd'
show systemctl mask --runtime --now dmabufd.service
begin_again
explain 'the device is unplugged (device_del of QEMU)'
host unplug victim
if poll 15 host unplugged victim; then
	fail 'without dmabufd the unplug waits for its owner'
else
	pass 'without dmabufd the unplug waits for its owner'
fi
explain 'after 15 seconds it is still there. Who waits, and for whom:'
show dmabufctl check "$VICTIM" || true
explain 'only the end of the owner lets it go'
actor_end vm
wait_for 20 'it is gone when its owner has ended' host unplugged victim
plug_again

explain 'The same with dmabufd'
daemon_policy Grace=2s 'Steps=revoke stop-owner kill-owner'
show cat "$DAEMON_CONF"
daemon_allowed
begin_again
wait_for 20 'udev has started dmabufd' systemctl -q is-active dmabufd.service
explain 'the device is unplugged'
begin=$(date +%s%N)
host unplug victim
wait_for 40 'with dmabufd the device is gone in bounded time' host unplugged victim
explain "it is gone after $((($(date +%s%N) - begin) / 1000000)) ms; what the journal says:"
wait_for 10 'and the journal says so' has_ended
show journalctl --since="@$began" --output=cat DMABUFCTL_DEVICE="$VICTIM"
actor_end vm
actor_end peer
plug_again
