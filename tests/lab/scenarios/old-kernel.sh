#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: kernels without a BPF dma-buf iterator: bufinfo and proc do the work
# kernels: bookworm trixie
# machine: any
# timeout: 90
# depth: quick
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh

modprobe vgem 2>/dev/null || true
modprobe bochs 2>/dev/null || true
borrow_vfio "$VICTIM"
status=0
actor exporter lab-vfio-export "$VICTIM" >/dev/null || status=$?
is "$status" 7 'this kernel cannot export a BAR'

actor plain lab-dmabuf-make --kind="$PLAIN" --count=2 --comm=lab-plain
dmabufctl list --json=short >"$ACTORS/list.json"
one=$(nth_buffer plain 1 inode)
query() {
	jq -r "$1" "$ACTORS/list.json"
}
like "$(query .sources.bpf)" '^missing: ' 'BPF is missing, with the reason'
is "$(query .sources.bufinfo)" ok 'bufinfo answers'
is "$(query .sources.proc)" ok 'proc answers'
is "$(query ".buffers[] | select(.inode == $one)
	| .holders[] | [.comm, .kind, .unit] | tojson")" \
	'["lab-plain","fd","lab-plain.service"]' 'the holder is named'
is "$(query '[.buffers[].revocable] | unique | join(" ")')" no \
	'no exporter of this kernel can be asked to revoke'
like "$(dmabufctl status)" 'bpf +missing: ' 'status says what is missing'
is "$(dmabufctl status --json=short |
	jq -c '.features | [.invalidate_mappings, .move_notify, .vfio_dma_buf]')" \
	'[false,true,false]' 'what the kernel can do is probed all the same'
dmabufctl status | sed 's/^/# /'

# bochs-display cannot import yet; on 6.1 vgem takes its own buffer as such
[ "$LAB_KERNEL" != bookworm ] || exit 0
actor vgem lab-prime-import vgem "$(value plain pid)" "$(nth_buffer plain 1 fd)" \
	--comm=lab-vgem
dmabufctl list --json=short >"$ACTORS/list.json"
is "$(query ".buffers[] | select(.inode == $one) | .attachments[0].device")" vgem \
	'vgem is attached'
is "$(query ".buffers[] | select(.inode == $one) | .attachments[0] |
	[.importer, .kind, .revocable, .evidence] | tojson")" \
	'["vgem","static","no","table"]' 'the table tells of its importer'
is "$(query ".buffers[] | select(.inode == $one) | .attachments[0].users[].comm")" \
	lab-vgem 'and its user is named'
