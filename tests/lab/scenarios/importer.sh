#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: lab_importer.ko: good and bad importers of a VFIO buffer, and no splat
# kernels: built
# machine: any
# timeout: 240
# depth: full
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh

release_all=/sys/class/misc/lab-importer/release_all
modprobe lab_importer
at_exit "echo 1 >$release_all"
borrow_vfio "$VICTIM"
actor owner lab-vfio-export "$VICTIM" --map-bar --buffer=0:4096 --buffer=4096:4096
actor plain lab-dmabuf-make --kind=udmabuf --count=2
pid=$(value owner pid)

# attach NAME BEHAVIOUR [OPTION...]: to the owner's first buffer
attach() {
	attach_name=$1
	shift
	actor "$attach_name" lab-attach "$pid" "$(nth_buffer owner 1 fd)" "$EDU" "$@"
}

# stuck FUNCTION: the owner sleeps there
stuck() {
	poll 10 grep -q "$1" "/proc/$pid/stack"
}

# start COMMAND...: without waiting for the answer
start() {
	start_lines=$(wc -l <"$ACTORS/owner/out")
	echo "$*" >"$ACTORS/owner/in"
}

answered() {
	[ "$(wc -l <"$ACTORS/owner/out")" -gt "$start_lines" ]
}

# revocable: a revoke ends at once, and the mapping can be made again
attach good revocable
is "$(tell good state)" 'ok state mapped=1 fence=0 resv_held=0 invalidations=0' \
	'revocable: mapped'
is "$(tell good map)" 'error map: Device or resource busy' 'revocable: not twice'
is "$(tell owner memory off)" 'ok memory' 'revocable: the revoke ends'
is "$(tell good state)" 'ok state mapped=0 fence=0 resv_held=0 invalidations=1' \
	'revocable: unmapped by the callback'
is "$(tell good map)" 'error map: No such device' 'revocable: no mapping while revoked'
is "$(tell owner memory on)" 'ok memory' 'revocable: un-revoke'
is "$(tell good map)" 'ok map' 'revocable: mapped again'
is "$(tell good unmap)" 'ok unmap' 'unmap'
is "$(tell good unmap)" 'error unmap: No such file or directory' 'unmap: not twice'
is "$(tell good detach)" 'ok detach' 'detach'
is "$(tell good state)" 'error state: No such file or directory' 'detach: it is gone'
actor_end good

# slow
attach slow slow --delay=2000
begin=$(date +%s%N)
start memory off
ok 'slow: the revoke is in the callback' stuck lab_importer_invalidate_slow
ok 'slow: it ends by itself' poll 10 answered
took=$((($(date +%s%N) - begin) / 1000000))
ok "slow: after 2 s ($took ms)" [ "$took" -ge 1900 ]
tell owner memory on >/dev/null
actor_end slow
attach slow slow --delay=1000000
start memory off
ok 'slow: a callback that blocks' stuck lab_importer_invalidate_slow
is "$(tell slow release)" 'ok release' 'slow: release'
ok 'slow: the revoke has ended' poll 5 answered
tell owner memory on >/dev/null
actor_end slow

# never: by RELEASE, by the end of the actor, by release_all
attach never never
start memory off
ok 'never: the revoke waits' stuck vfio_pci_dma_buf_move
is "$(tell never state)" 'ok state mapped=1 fence=0 resv_held=0 invalidations=1' \
	'never: called, and still mapped'
not_ok 'never: the owner has not answered' answered
is "$(tell never release)" 'ok release' 'never: release'
ok 'never: the revoke has ended' poll 5 answered
tell owner memory on >/dev/null
is "$(tell never map)" 'ok map' 'never: map again'
start memory off
ok 'never: the second revoke waits' stuck vfio_pci_dma_buf_move
actor_end never
ok 'never: a killed actor lets go' poll 5 answered
tell owner memory on >/dev/null
attach never never
start memory off
ok 'never: the third revoke waits' stuck vfio_pci_dma_buf_move
echo 1 >$release_all
ok 'never: release_all lets go' poll 5 answered
tell owner memory on >/dev/null
actor_end never

# fence: the wait holds the reservation lock
attach fence fence
start memory off
ok 'fence: the revoke waits' stuck dma_fence_default_wait
is "$(tell fence state)" 'ok state mapped=0 fence=1 resv_held=0 invalidations=1' \
	'fence: unmapped, and the fence is pending'
is "$(tell fence release)" 'ok release' 'fence: release'
ok 'fence: the revoke has ended' poll 5 answered
is "$(tell owner memory on)" 'ok memory' 'fence: nothing mapped, so no fence'
actor_end fence
attach fence fence
start memory off
ok 'fence: the revoke waits again' stuck dma_fence_default_wait
actor_end fence
ok 'fence: a killed actor lets go' poll 5 answered
tell owner memory on >/dev/null
attach fence fence --no-map --always
start memory off
ok 'fence --always: waits with nothing mapped' stuck dma_fence_default_wait
tell fence release >/dev/null
ok 'fence --always: release' poll 5 answered
start memory on
ok 'fence --always: the un-revoke waits, too' stuck dma_fence_default_wait
echo 1 >$release_all
ok 'fence --always: release_all' poll 5 answered
actor_end fence

# two at once, the owner killed while the revoke is stuck
attach never never
attach fence fence
start memory off
ok 'both: the revoke waits for the fence first' stuck dma_fence_default_wait
systemctl kill --signal=KILL lab-owner.service
tell fence release >/dev/null
ok 'both: and then for the unmap' stuck vfio_pci_dma_buf_move
tell never release >/dev/null
ok 'both: the killed owner ends' poll 10 sh -c "! kill -0 $pid"
actor_end fence
actor_end never
actor_end owner

# what VFIO refuses, other exporters allow
actor owner lab-vfio-export "$VICTIM"
pid=$(value owner pid)
for behaviour in static pinned; do
	not_ok "$behaviour: VFIO refuses it" lab-attach "$pid" "$(nth_buffer owner 1 fd)" \
		"$EDU" $behaviour --exit-on-eof
done
not_ok 'lab: not on PCI, so that no peer-to-peer mapping is possible' lab-attach "$pid" \
	"$(nth_buffer owner 1 fd)" lab revocable --exit-on-eof
not_ok 'no such behaviour' lab-attach "$pid" "$(nth_buffer owner 1 fd)" lab kind
not_ok 'no such device' lab-attach "$pid" "$(nth_buffer owner 1 fd)" nothing never
actor unmapped lab-attach "$pid" "$(nth_buffer owner 1 fd)" lab revocable --no-map
ok 'lab: but it can attach' grep -q '^	lab$' /sys/kernel/debug/dma_buf/bufinfo
actor_end unmapped
for behaviour in static pinned revocable slow never fence; do
	actor "on-$behaviour" lab-attach "$(value plain pid)" "$(nth_buffer plain 1 fd)" \
		lab $behaviour
	is "$(tell "on-$behaviour" state)" \
		'ok state mapped=1 fence=0 resv_held=0 invalidations=0' \
		"$behaviour: maps plain memory"
done
is "$(grep -c '^	lab$' /sys/kernel/debug/dma_buf/bufinfo)" 6 'six attachments'
is "$(tell on-static detach)" 'ok detach' 'static: detach'

# a reservation lock that somebody holds
is "$(tell on-pinned hold-resv)" 'ok hold-resv' 'hold-resv'
is "$(tell on-pinned hold-resv)" 'error hold-resv: Device or resource busy' \
	'hold-resv: not twice'
cat /sys/kernel/debug/dma_buf/bufinfo >/dev/null &
reader=$!
ok 'hold-resv: a reader of bufinfo is stuck' poll 5 \
	grep -q dma_buf_debug_show "/proc/$reader/stack"
is "$(tell on-pinned release)" 'ok release' 'hold-resv: release'
ok 'hold-resv: the reader ends' wait $reader
is "$(tell on-pinned state)" 'ok state mapped=0 fence=0 resv_held=0 invalidations=0' \
	'hold-resv: all is let go'
tell on-pinned hold-resv >/dev/null
actor_end on-pinned
ok 'hold-resv: a killed actor lets go' timeout 5 cat /sys/kernel/debug/dma_buf/bufinfo

# an mmap_lock that somebody holds
sleep 1000 &
sleeper=$!
actor lock lab-stuck-mmap "$sleeper"
not_ok 'mmap_lock: cmdline cannot be read' timeout 2 cat "/proc/$sleeper/cmdline"
is "$(tell lock release)" 'ok release' 'mmap_lock: release'
ok 'mmap_lock: it can be read again' timeout 2 cat "/proc/$sleeper/cmdline"
actor_end lock
actor lock lab-stuck-mmap "$sleeper"
kill -KILL $sleeper
actor_end lock
ok 'mmap_lock: a killed actor lets go, a killed victim ends' poll 5 \
	sh -c "! kill -0 $sleeper"

for name in static revocable slow never fence; do
	actor_end "on-$name"
done
ok 'the module can be unloaded' rmmod lab_importer
modprobe lab_importer
