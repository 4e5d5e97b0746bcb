#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: a revoke that the kernel does not come back from: named, bounded, and over
# kernels: built
# machine: any
# timeout: 400
# depth: full
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh
. /usr/lib/dmabufctl-lab/act.sh

modprobe lab_importer
at_exit 'echo 1 >/sys/class/misc/lab-importer/release_all'
borrow_vfio "$VICTIM"

# a reader of bufinfo that gets stuck would stop every export on the host
tracing=/sys/kernel/tracing
[ -e "$tracing/trace" ] || mount -t tracefs tracefs "$tracing"
at_exit "echo nop >$tracing/current_tracer; echo >$tracing/set_ftrace_filter"
echo dma_buf_debug_show >"$tracing/set_ftrace_filter"
echo function >"$tracing/current_tracer"
bufinfo_reads() {
	grep -c 'dma_buf_debug_show <-' "$tracing/trace"
}

lock_is_free() {
	flock --nonblock "/run/dmabufctl/$VICTIM.lock" true
}

# stuck KIND POSITION: an importer of that kind on the first or the middle of three
stuck() {
	actor owner lab-vfio-export "$VICTIM" --comm=lab-owner \
		--buffer=0:4096 --buffer=4096:4096 --buffer=8192:4096
	actor bad lab-attach "$(value owner pid)" "$(nth_buffer owner "$2" fd)" "$EDU" "$1" \
		--delay=60000
	act 5 "$1 on buffer $2" revoke "$VICTIM" --timeout=3s
	# the step began in this second: its limit, 1 s more, and the rest of that second
	late=$(($(date +%s) - $(date +%s --date="$(answer '.stuck[0].since')") - 3))
	ok "$1: the command came back in time (within $late s of the limit)" \
		test "$late" -le 2
	is "$(answer .result)" timed-out "$1: timed out"
	like "$(answer '.stuck[0].reason')" 'lab_importer|lab importer' "$1: the importer is named"
	like "$(answer '.stuck[0].function')" '.' "$1: so is the kernel function"
	is "$(answer '.stuck[0].inode')" "$(nth_buffer owner "$2" inode)" "$1: and the buffer"
	is "$(answer "[.buffers[] | select(.inode == $(nth_buffer owner "$2" inode)) | .after] |
		join(\" \")")" revoking "$1: that buffer is told to be stuck"
	is "$(answer "[.buffers[] | select(.inode == $(nth_buffer owner 3 inode)) | .after] |
		join(\" \")")" live "$1: the last one is told to be live"
	not_ok "$1: what is stuck keeps the lock" lock_is_free
	act 6 "$1: a second revoke" revoke "$VICTIM" --timeout=3s
	act 6 "$1: a restore" restore "$VICTIM"
	ok "$1: list goes on working" dmabufctl list
	dmabufctl check "$VICTIM" >/dev/null || is "$?" 6 "$1: check too"
	is "$(bufinfo_reads)" 0 "$1: and nobody has read bufinfo"
	is "$(tell bad release)" 'ok release' "$1: the importer lets go"
	wait_for 10 "$1: then the lock is free" lock_is_free
	is "$(state_of "$(nth_buffer owner 3 inode)")" revoked "$1: and all of it is revoked"
	act 0 "$1: restore" restore "$VICTIM"
	is "$(state_of "$(nth_buffer owner 1 inode)")" live "$1: live again"
	actor_end bad
	actor_end owner
	no_traces "$VICTIM"
}

# each takes half a minute: of first and middle, one of each kind is enough every day
stuck never 2
stuck fence 1
stuck slow 1
if [ "$LAB_DEPTH" = soak ]; then
	stuck never 1
	stuck fence 2
	stuck slow 2
fi
cat /sys/kernel/debug/dma_buf/bufinfo >/dev/null
unlike "$(bufinfo_reads)" '^0$' 'a read of bufinfo would have been seen'

# a stuck task would panic this host
actor owner lab-vfio-export "$VICTIM" --comm=lab-owner
actor bad lab-attach "$(value owner pid)" "$(nth_buffer owner 1 fd)" "$EDU" never
echo 1 >/proc/sys/kernel/hung_task_panic
at_exit 'echo 0 >/proc/sys/kernel/hung_task_panic'
act 6 'hung_task_panic' revoke "$VICTIM"
like "$(answer '.reason // .error.message')" 'hung_task_panic' 'refused, and named'
is "$(state_of "$(nth_buffer owner 1 inode)")" live 'nothing was done'
echo 0 >/proc/sys/kernel/hung_task_panic
