#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: a reader stuck inside bufinfo, an owner whose mmap_lock is stuck
# kernels: built
# machine: any
# timeout: 180
# depth: quick
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh

modprobe lab_importer
borrow_vfio "$VICTIM"
actor owner lab-vfio-export "$VICTIM" --comm=lab-owner
actor plain lab-dmabuf-make --kind=udmabuf --count=1 --comm=lab-plain
inode=$(nth_buffer plain 1 inode)

# milliseconds COMMAND...: how long it took; its output in $ACTORS/out
milliseconds() {
	milliseconds_begin=$(date +%s%N)
	"$@" >"$ACTORS/out" 2>"$ACTORS/err"
	echo $((($(date +%s%N) - milliseconds_begin) / 1000000))
}

# an owner whose mmap_lock somebody holds
actor lock lab-stuck-mmap "$(value plain pid)" --comm=lab-lock
took=$(milliseconds dmabufctl list --json=short)
ok "stuck mmap_lock: list returns ($took ms)" test "$took" -le 6000
# kernels that walk mappings under per-VMA locks lose nothing at all
like "$(jq -r .sources.bpf "$ACTORS/out")" '^(ok|partial: 1 process could not be read)$' \
	'stuck mmap_lock: it costs one process entry at most'
is "$(jq ".buffers[] | select(.inode == $inode) | .holders | length" "$ACTORS/out")" 1 \
	'stuck mmap_lock: the holder is still known by its fd'
took=$(milliseconds dmabufctl list --json=short --sources=bufinfo,proc)
ok "stuck mmap_lock, no BPF: list returns ($took ms)" test "$took" -le 6000
like "$(jq -r .sources.proc "$ACTORS/out")" '^(ok|partial: 1 process could not be read)$' \
	'stuck mmap_lock, no BPF: one process entry at most too'
is "$(jq ".buffers[] | select(.inode == $inode) | .holders | length" "$ACTORS/out")" 1 \
	'stuck mmap_lock, no BPF: the holder is still known by its fd'
dmabufctl list | sed 's/^/# /'
actor_end lock

# a revoke that waits for a fence holds the reservation lock; a reader of bufinfo that
# waits for it holds the list of all dma-bufs
actor fence lab-attach "$(value owner pid)" "$(nth_buffer owner 1 fd)" "$BOCHS" fence \
	--comm=lab-fence
echo 'memory off' >"$ACTORS/owner/in"
wait_for 10 'the revoke waits' sh -c \
	"grep -q dma_fence_default_wait /proc/$(value owner pid)/stack"
took=$(milliseconds dmabufctl list --json=short)
ok "stuck revoke: list returns ($took ms)" test "$took" -le 6000
is "$(jq -r ".buffers[] | select(.inode == $(nth_buffer owner 1 inode)) | .state" \
	"$ACTORS/out")" revoking 'stuck revoke: state revoking'
cat /sys/kernel/debug/dma_buf/bufinfo >/dev/null &
reader=$!
wait_for 10 'the reader is stuck' grep -q dma_buf_debug_show "/proc/$reader/wchan"
took=$(milliseconds dmabufctl list --json=short)
ok "stuck bufinfo reader: list returns within its deadline plus 1 s ($took ms)" \
	test "$took" -le 6000
like "$(jq -r .sources.bpf "$ACTORS/out")" \
	"^blocked: .*process $reader \(cat\) sleeps in dma_buf_debug_show" \
	'stuck bufinfo reader: the list says what is blocked, and by whom'
is "$(jq ".buffers[] | select(.inode == $inode) | .holders | length" "$ACTORS/out")" 1 \
	'stuck bufinfo reader: what proc knows is listed'
took=$(milliseconds dmabufctl list --json=short --sources=bufinfo,proc)
ok "stuck bufinfo reader, no BPF: list returns ($took ms)" test "$took" -le 6000
like "$(jq -r .sources.bufinfo "$ACTORS/out")" '^blocked: ' \
	'stuck bufinfo reader, no BPF: bufinfo is blocked'
dmabufctl list | sed 's/^/# /'
kill -KILL "$reader"
wait "$reader" 2>/dev/null || true
tell fence release >/dev/null
wait_for 10 'the revoke ends' sh -c \
	"! grep -q dma_fence_default_wait /proc/$(value owner pid)/stack"
took=$(milliseconds dmabufctl list --json=short)
is "$(jq -r .sources.bpf "$ACTORS/out")" ok 'once it is released BPF answers again'
