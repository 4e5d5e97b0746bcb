#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: buffers of a VFIO device and of udmabuf, with importers and holders
# kernels: sid experimental built
# machine: any
# timeout: 120
# depth: quick
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh

borrow_vfio "$VICTIM"
modprobe vgem 2>/dev/null || true
modprobe bochs 2>/dev/null || true

actor owner lab-vfio-export "$VICTIM" --comm=lab-owner --map-bar \
	--buffer=0:4096@gpu-bar2 --buffer=8192:4096,16384:8192@two-parts
actor plain lab-dmabuf-make --kind=udmabuf --count=3 --comm=lab-plain
actor vgem lab-prime-import vgem "$(value plain pid)" "$(nth_buffer plain 1 fd)" \
	--comm=lab-vgem
actor bochs lab-prime-import bochs-drm "$(value plain pid)" "$(nth_buffer plain 2 fd)" \
	--comm=lab-bochs
actor mapper lab-dmabuf-make --kind=udmabuf --map-only --comm=lab-mapper

dmabufctl list --json=short >"$ACTORS/list.json"
# query EXPRESSION: of the list, with $i the inode of the buffer in question
query() {
	jq -r "$1" "$ACTORS/list.json"
}
# buffer INODE EXPRESSION
buffer() {
	query ".buffers[] | select(.inode == $1) | $2"
}

first=$(nth_buffer owner 1 inode)
second=$(nth_buffer owner 2 inode)
is "$(query .sources.bpf)" ok 'the BPF observer answers'
is "$(query .sources.bufinfo)" unused 'bufinfo is left alone'
is "$(buffer "$first" .exporter)" vfio_pci_core 'VFIO buffer: exporter'
is "$(buffer "$first" .device)" "$VICTIM" 'VFIO buffer: device'
is "$(buffer "$first" .region)" 2 'VFIO buffer: region'
is "$(buffer "$first" .name)" gpu-bar2 'VFIO buffer: name'
is "$(buffer "$first" .size)" 4096 'VFIO buffer: size'
is "$(buffer "$first" '.ranges | tojson')" '[{"offset":0,"length":4096}]' \
	'VFIO buffer: its part of the BAR'
is "$(buffer "$second" '.ranges | tojson')" \
	'[{"offset":8192,"length":4096},{"offset":16384,"length":8192}]' \
	'VFIO buffer of two parts: both, as offsets into the BAR'
is "$(buffer "$first" .state)" live 'VFIO buffer: live'
is "$(buffer "$first" .state_evidence)" kernel 'and the kernel says so'
is "$(buffer "$first" '.holders[0] | [.pid, .comm, .kind, .fd, .unit] | tojson')" \
	"[$(value owner pid),\"lab-owner\",\"fd\",$(nth_buffer owner 1 fd),\"lab-owner.service\"]" \
	'VFIO buffer: its holder with pid, comm, fd and unit'

one=$(nth_buffer plain 1 inode)
two=$(nth_buffer plain 2 inode)
three=$(nth_buffer plain 3 inode)
is "$(buffer "$one" '.attachments[0].device')" vgem 'vgem is attached'
is "$(buffer "$one" '.attachments[0].kind')" static 'vgem is a static importer'
is "$(buffer "$one" '.attachments[0].users[].comm')" lab-vgem \
	'the user of vgem is named though it closed the buffer'
is "$(buffer "$two" '.attachments[0] | [.device, .bus, .driver] | tojson')" \
	"[\"$BOCHS\",\"pci\",\"bochs-drm\"]" 'bochs-display: device, bus and driver'
is "$(buffer "$two" '.attachments[0].users[].unit')" lab-bochs.service \
	'bochs-display: the unit of its user'
is "$(buffer "$three" '.attachments | tojson')" '[]' 'no importer is an empty list'
is "$(buffer "$three" .state)" null 'udmabuf knows no state'
is "$(buffer "$one" '[.attachments[0].revocable, .attachments[0].evidence, .revocable]
	| tojson')" '["no","kernel","no"]' 'vgem cannot be revoked, nor can udmabuf'
is "$(buffer "$first" '[.revocable, .reason] | tojson')" \
	'["yes","VFIO revokes it; nobody is attached"]' 'a VFIO buffer can'
is "$(query '.buffers[] | select(.holders[].comm == "lab-mapper")
	| [.holders[] | [.kind, .fd] | tojson] | join(" ")')" '["map",null]' \
	'a buffer that is only mapped is held by a map'

is "$(query '.buffers[0] | keys_unsorted | join(" ")')" \
	'inode size exporter name device region ranges state state_evidence revocable reason references attachments holders mappings fences writer' \
	'the keys of a buffer are those of the contract'
is "$(buffer "$two" '.attachments[0] | keys_unsorted | join(" ")')" \
	'device bus driver importer kind revocable evidence reason restorable peer2peer users' \
	'the keys of an attachment are those of the contract'
is "$(buffer "$two" '.holders[0] | keys_unsorted | join(" ")')" 'pid comm kind fd unit' \
	'the keys of a holder are those of the contract'
is "$(query 'keys_unsorted | join(" ")')" 'buffers sources' 'and those of the whole'

# without BPF only these may differ (SOURCES in the manual page); that verdicts do not
# contradict each other, verdicts.sh tells
weaker='del(.sources) | del(.buffers[] | .device, .region, .ranges, .state,
	.state_evidence, .references, .reason, .revocable, .mappings, .fences, .writer) |
	del(.buffers[].attachments[] | .bus, .driver, .importer, .kind, .peer2peer, .reason,
	.revocable, .evidence, .restorable)'
dmabufctl list --json=short --sources=bufinfo,proc >"$ACTORS/weak.json"
is "$(jq -S "$weaker" "$ACTORS/weak.json")" "$(jq -S "$weaker" "$ACTORS/list.json")" \
	'without BPF everything but the weaker keys is the same'
is "$(jq -r '[.sources.bpf, .sources.bufinfo, .sources.proc] | join(" ")' \
	"$ACTORS/weak.json")" 'unused ok ok' 'and the sources say what was used'
is "$(dmabufctl list --cross-check --json=short | jq -r .sources.bufinfo)" ok \
	'bufinfo agrees with BPF'

dmabufctl list >"$ACTORS/list.txt"
sed 's/^/# /' "$ACTORS/list.txt"
like "$(cat "$ACTORS/list.txt")" "gpu-bar2" 'the text names the buffer'
like "$(cat "$ACTORS/list.txt")" "lab-owner" 'the text names the holder'
is "$(dmabufctl list --name=gpu-bar2 --json=short | jq '.buffers | length')" 1 \
	'--name finds one'
is "$(dmabufctl list --exporter=udmabuf --json=short | jq '.buffers | length')" 4 \
	'--exporter finds its buffers'
is "$(dmabufctl list --pid="$(value owner pid)" --json=short | jq '.buffers | length')" 2 \
	'--pid finds what a process holds'
is "$(dmabufctl list --state=live --json=short | jq '.buffers | length')" 2 \
	'--state finds the live ones'
is "$(dmabufctl show "$first" --json=short | jq -r '.buffers[0].name')" gpu-bar2 \
	'show finds a buffer by inode'
dmabufctl show "$VICTIM" | sed 's/^/# /'

# the owner switches the memory off and on: the kernel revokes and un-revokes
tell owner memory off >/dev/null
is "$(dmabufctl show "$first" --json=short | jq -r '.buffers[0].state')" revoked \
	'memory off: revoked'
tell owner memory on >/dev/null
is "$(dmabufctl show "$first" --json=short | jq -r '.buffers[0].state')" live \
	'memory on: live again'
actor holder lab-hold "$(value owner pid)" "$(nth_buffer owner 1 fd)" --comm=lab-holder
actor_end owner
is "$(dmabufctl show "$first" --json=short | jq -r '.buffers[0].state')" orphaned \
	'owner gone, buffer still held: orphaned'
is "$(dmabufctl show "$first" --json=short | jq -r '.buffers[0].holders[].comm')" \
	lab-holder 'and who holds it'
