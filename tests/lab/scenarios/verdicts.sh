#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: every kind of importer is judged, with BPF and without, never differently
# kernels: built
# machine: any
# timeout: 240
# depth: quick
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh

modprobe lab_importer
modprobe vgem
modprobe bochs
at_exit 'echo 1 >/sys/class/misc/lab-importer/release_all'
borrow_vfio "$VICTIM"
actor owner lab-vfio-export "$VICTIM" --cdev --comm=lab-owner \
	--buffer=0:4096 --buffer=4096:4096
actor plain lab-dmabuf-make --kind=udmabuf --count=2 --comm=lab-plain

look() {
	dmabufctl list --json=short >"$ACTORS/kernel.json"
	dmabufctl list --json=short --sources=bufinfo,proc >"$ACTORS/weak.json"
}

# verdict FILE INODE DEVICE: what it says of the attachment
verdict() {
	jq -r ".buffers[] | select(.inode == $2) | .attachments[] |
		select(.device == \"$3\") |
		[.importer, .kind, .revocable, .evidence, .restorable] | tojson" \
		"$ACTORS/$1.json"
}

# agree WHAT: where both answer, they say the same of every attachment
agree() {
	is "$(jq -rn --slurpfile k "$ACTORS/kernel.json" --slurpfile w "$ACTORS/weak.json" \
		'[$k[0].buffers, $w[0].buffers] | map(map({key: (.inode | tostring),
			value: .attachments}) | from_entries) as [$k, $w] |
		$k | keys[] as $i | range($k[$i] | length) as $n |
		[$k[$i][$n], $w[$i][$n]] | select(.[0].device != .[1].device or
			(["revocable", "kind", "restorable"][] as $key |
			.[1][$key] != null and .[1][$key] != "unknown" and
			.[0][$key] != .[1][$key])) | tojson')" '' \
		"$1: the table and the kernel do not disagree"
}

# reason FILE INODE DEVICE
reason() {
	jq -r ".buffers[] | select(.inode == $2) | .attachments[] |
		select(.device == \"$3\") | .reason" "$ACTORS/$1.json"
}

# reasons NAME INODE DEVICE KERNEL WEAK: expressions that the reasons match
reasons() {
	like "$(reason kernel "$2" "$3")" "$4" "$1: the reason"
	like "$(reason weak "$2" "$3")" "$5" "$1: the reason without BPF"
}

# judged EXPORTER DEVICE BEHAVIOUR KERNEL WEAK REASON WEAK-REASON VERDICT: of an importer,
# while it is attached
judged() {
	case $1 in
	vfio) from=owner ;;
	udmabuf) from=plain ;;
	esac
	inode=$(nth_buffer "$from" 1 inode)
	actor importer lab-attach "$(value "$from" pid)" "$(nth_buffer "$from" 1 fd)" \
		"$2" "$3" --comm=lab-importer
	look
	is "$(verdict kernel "$inode" "$2")" "$4" "$3 on $1: the kernel"
	is "$(verdict weak "$inode" "$2")" "$5" "$3 on $1: without BPF"
	reasons "$3 on $1" "$inode" "$2" "$6" "$7"
	agree "$3 on $1"
	is "$(jq -r ".buffers[] | select(.inode == $inode) | .revocable" \
		"$ACTORS/kernel.json")" "$8" "$3 on $1: the buffer"
	actor_end importer
}

admitted='[null,null,"yes","exporter",null]'
nothing='[null,null,"unknown","none",null]'
unexplained='neither the kernel nor a table'
callback='["lab_importer","dynamic","yes","kernel",null]'

# the device decides nothing here: no driver has EDU, and "lab" is not on PCI
judged udmabuf lab static '[null,"static","no","kernel",null]' "$nothing" \
	'static importer' "$unexplained" no
judged udmabuf "$EDU" pinned '["lab_importer","pinned","no","kernel",null]' \
	"$nothing" 'pins .* no callback' "$unexplained" no
judged udmabuf lab revocable "$callback" "$nothing" 'how soon' "$unexplained" no
for behaviour in revocable slow never fence; do
	judged vfio "$EDU" $behaviour "$callback" "$admitted" 'how soon' \
		'VFIO admits only importers with the callback' yes
done

# what is really there
actor iommufd lab-iommufd-import "$(value owner pid)" "$(nth_buffer owner 1 fd)" \
	--comm=lab-iommufd
actor vgem lab-prime-import vgem "$(value plain pid)" "$(nth_buffer plain 1 fd)" \
	--comm=lab-vgem
actor bochs lab-prime-import bochs-drm "$(value plain pid)" "$(nth_buffer plain 2 fd)" \
	--comm=lab-bochs
look
inode=$(nth_buffer owner 1 inode)
is "$(verdict kernel "$inode" iommu)" '["iommufd","pinned","yes","kernel",false]' \
	'iommufd: the kernel'
is "$(verdict weak "$inode" iommu)" '["iommufd","pinned","yes","exporter",false]' \
	'iommufd: VFIO admits nothing else'
reasons iommufd "$inode" iommu 'iommufd unmaps in its callback, for good' \
	'iommufd unmaps in its callback, for good'
inode=$(nth_buffer plain 1 inode)
is "$(verdict kernel "$inode" vgem)" '["vgem","static","no","kernel",null]' \
	'vgem: the kernel'
is "$(verdict weak "$inode" vgem)" '["vgem","static","no","table",null]' \
	'vgem: the table'
reasons vgem "$inode" vgem 'static importer: it has no callback' \
	'display driver without a callback'
like "$(jq -r ".buffers[] | select(.inode == $inode) | .reason" "$ACTORS/kernel.json")" \
	"memfd.*lab-vgem\\[[0-9]+\\].*lab-plain\\[$(value plain pid)\\].* can end it" \
	'a udmabuf cannot be revoked, and who could end it is named'
inode=$(nth_buffer plain 2 inode)
is "$(verdict kernel "$inode" "$BOCHS")" '["bochs","static","no","kernel",null]' \
	'bochs-display: the kernel'
is "$(verdict weak "$inode" "$BOCHS")" '["bochs","static","no","table",null]' \
	'bochs-display: the table'
reasons bochs-display "$inode" "$BOCHS" 'static importer: it has no callback' \
	'display driver without a callback'
agree 'all together'
is "$(dmabufctl list --revocable=no --flat --no-legend -o INODE | sort -n | tr '\n' ' ')" \
	"$(printf '%s\n' "$(nth_buffer plain 1 inode)" "$(nth_buffer plain 2 inode)" |
		sort -n | tr '\n' ' ')" '--revocable=no finds what could never be revoked'
dmabufctl list -o +REASON --legend | sed 's/^/# /'

# live mappings, fences and the writer of a revoke that is stuck
actor_end iommufd
actor fence lab-attach "$(value owner pid)" "$(nth_buffer owner 1 fd)" "$EDU" fence \
	--comm=lab-fence
look
inode=$(nth_buffer owner 1 inode)
# buffer EXPRESSION
buffer() {
	jq -r ".buffers[] | select(.inode == $inode) | $1" "$ACTORS/kernel.json"
}
is "$(buffer '[.mappings, .fences, .writer] | tojson')" '[1,[],null]' \
	'one live mapping, no fence, nobody waits'
echo 'memory off' >"$ACTORS/owner/in"
wait_for 10 'the revoke waits for the fence' sh -c \
	"grep -q dma_fence_default_wait /proc/$(value owner pid)/stack"
look
is "$(buffer '[.state, .fences, .writer.comm, .writer.unit] | tojson')" \
	'["revoking",["lab_importer"],"lab-owner","lab-owner.service"]' \
	'who waits, and the module of the fence'
is "$(jq -r ".buffers[] | select(.inode == $inode) | .state" "$ACTORS/weak.json")" \
	unknown 'a revoke under way: unknown without BPF, no guess'
dmabufctl show "$inode" | sed 's/^/# /'
tell fence release >/dev/null
