#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: monitor tells what happens, by every source, and leaves nothing behind
# kernels: sid experimental built trixie bookworm
# soak-kernels: experimental built
# machine: any
# timeout: 240
# depth: full
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh
. /usr/lib/dmabufctl-lab/act.sh
. /usr/lib/dmabufctl-lab/daemon.sh

tracing=/sys/kernel/tracing
[ -d $tracing/events ] || mount -t tracefs tracefs $tracing
instances() {
	find $tracing/instances -mindepth 1 -maxdepth 1 -name 'dmabufctl-*' | wc -l
}

no_instance() {
	[ "$(instances)" = 0 ]
}

# begin NAME ARGUMENT...: a monitor in the background, until it has begun
begin() {
	begin_name=$1
	shift
	dmabufctl monitor --json=short "$@" >"$ACTORS.$begin_name" \
		2>"$ACTORS.$begin_name.err" &
	echo $! >"$ACTORS.$begin_name.pid"
	at_exit "kill $! 2>/dev/null || true; rm -f $ACTORS.$begin_name*"
	wait_for 30 "$begin_name: it has begun" grep -q '"source"' "$ACTORS.$begin_name"
}

# end NAME SIGNAL
end() {
	end_pid=$(cat "$ACTORS.$1.pid")
	kill -"$2" "$end_pid"
	end_status=0
	wait "$end_pid" || end_status=$?
	is "$end_status $(cat "$ACTORS.$1.err")" '0 ' "$1: SIG$2 ends it in order"
}

# how_many NAME FILTER: events that it told of
how_many() {
	jq -s "[.[] | select(.event) | select($2)] | length" "$ACTORS.$1"
}

heard() {
	[ "$(how_many "$1" "$2")" -gt 0 ]
}

# hears NAME DESC FILTER
hears() {
	wait_for 10 "$1: $2" heard "$1" "$3" || sed 's/^/# /' "$ACTORS.$1"
}

# sees NAME EVENT: so its last line about itself says
sees() {
	jq -se "[.[] | select(.source)][-1].unseen | index(\"$2\") | not" "$ACTORS.$1"
}

bpf_hooks() {
	grep -c '^dma_buf_export\b' $tracing/enabled_functions
}

has_vfio_buffers=no
case $LAB_KERNEL in
sid | experimental | built) has_vfio_buffers=yes ;;
esac

# --- the sources ----------------------------------------------------------------------

begin best
is "$(jq -rs '.[0].source' "$ACTORS.best")" bpf 'the best source is bpf'
head -n 1 "$ACTORS.best" | sed 's/^/# /'
is "$(bpf_hooks)" 1 'it has hooked into the kernel'
begin poll --sources=poll
if [ -d $tracing/events/dma_buf ]; then
	begin trace --sources=trace
	is "$(instances)" 1 'trace: an instance of our own'
	is "$(cat $tracing/events/dma_buf/enable)" 0 'trace: nobody else is disturbed'
	sources='best trace poll'
else
	status=0
	dmabufctl monitor --sources=trace >"$ACTORS.none" 2>&1 || status=$?
	is "$status" 7 'trace: not on this kernel'
	like "$(cat "$ACTORS.none")" 'trace events' 'trace: and it says so'
	rm -f "$ACTORS.none"
	is "$(instances)" 0 'trace: no instance is left of the attempt'
	sources='best poll'
fi

no_hook() {
	[ "$(bpf_hooks)" = 0 ]
}

# --- plain buffers --------------------------------------------------------------------

actor plain lab-dmabuf-make --kind="$PLAIN" --count=3 --comm=lab-plain
for name in $sources; do
	for nth in 1 2 3; do
		hears "$name" "export of buffer $nth" \
			".event == \"export\" and .inode == $(nth_buffer plain $nth inode)"
	done
done
one=$(nth_buffer plain 1 inode)
is "$(jq -rs ".[] | select(.event == \"export\" and .inode == $one) |
	[.comm, .pid, (.size > 0)] | join(\" \")" "$ACTORS.best")" \
	"lab-plain $(value plain pid) true" 'best: who exported it'

# on 6.1 vgem takes its own buffer as such
if [ "$LAB_KERNEL" != bookworm ]; then
	modprobe vgem
	actor vgem lab-prime-import vgem "$(value plain pid)" "$(nth_buffer plain 1 fd)" \
		--comm=lab-vgem
	attached=".inode == $one and .attached == \"vgem\""
	hears best 'attach' ".event == \"attach\" and .comm == \"lab-vgem\" and $attached"
	sees trace attach 2>/dev/null >&2 &&
		hears trace 'attach' ".event == \"attach\" and $attached"
	sees poll attach >/dev/null && hears poll 'attach' ".event == \"attach\" and $attached"
	is "$(how_many best ".event == \"attach\" and $attached")" 1 'best: it tells once'
	is "$(tell vgem close-handle)" 'ok close-handle' 'the importer detaches'
	hears best 'detach' ".event == \"detach\" and $attached"
	sees trace attach 2>/dev/null >&2 &&
		hears trace 'detach' ".event == \"detach\" and $attached"
	sees poll attach >/dev/null && hears poll 'detach' ".event == \"detach\" and $attached"
	actor_end vgem
fi
actor_end plain
hears best 'release' ".event == \"release\" and .inode == $one"
hears poll 'release' ".event == \"release\" and .inode == $one"

# --- a device of VFIO -----------------------------------------------------------------

# begin has waited for what there was: what comes with VFIO is noticed later
borrow_vfio "$VICTIM"
wait_for 20 'best: it sees VFIO once that is there' sees best open || {
	sed 's/^/# /' "$ACTORS.best" "$ACTORS.best.err"
	exit 1
}
of="and .device == \"$VICTIM\""
if [ $has_vfio_buffers = no ]; then
	not_ok 'revokes: this kernel has none, and it says so' sees best revoke
	actor owner lab-vfio-export "$VICTIM" --no-dma-buf --comm=lab-owner
	hears best 'open' ".event == \"open\" and .comm == \"lab-owner\" $of"
	hears poll 'open' ".event == \"open\" $of"
	actor_end owner
	hears best 'close' ".event == \"close\" $of"
	hears poll 'close' ".event == \"close\" $of"
else
	wait_for 10 'best: revokes as well' sees best revoke
	actor owner lab-vfio-export "$VICTIM" --comm=lab-owner
	pid=$(value owner pid)
	buffer=$(nth_buffer owner 1 inode)
	hears best 'open' ".event == \"open\" and .pid == $pid $of"
	hears best 'export' ".event == \"export\" and .inode == $buffer $of"
	hears trace 'export' ".event == \"export\" and .inode == $buffer"
	hears poll 'open' ".event == \"open\" $of"
	hears poll 'export' ".event == \"export\" and .inode == $buffer $of"

	# pulse CAUSE COMMAND [BACK]: the owner does it, and undoes it
	pulse() {
		like "$(tell owner "$2")" '^ok' "the owner: $2"
		hears best "$1 revokes" ".event == \"revoke\" and .cause == \"$1\" and
			.pid == $pid and .inode == $buffer and .duration_ms >= 0 $of"
		is "$(how_many best ".event == \"revoking\" and .cause == \"$1\"")" 1 \
			"best: $1 was told at its beginning"
		[ $# -lt 3 ] || like "$(tell owner "$3")" '^ok' "the owner: $3"
		hears best "$1 restores" ".event == \"restore\" and .cause == \"$1\" $of"
	}
	pulse memory 'memory off' 'memory on'
	tell owner memory off >/dev/null
	hears poll 'revoke' ".event == \"revoke\" and .inode == $buffer $of"
	tell owner memory on >/dev/null
	hears poll 'restore' ".event == \"restore\" and .inode == $buffer $of"
	pulse low-power 'low-power enter' 'low-power exit'
	pulse reset reset
	pulse hot-reset hot-reset

	# sysfs: the device is reset, and nobody told
	before=$(how_many best '.event == "revoke"')
	echo 1 >"/sys/bus/pci/devices/$VICTIM/reset"
	hears best 'a reset by sysfs' ".event == \"reset\" and .pid == $$ $of"
	is "$(how_many best '.event == "revoke"')" "$before" 'best: that revokes nothing'

	if [ "$LAB_KERNEL" = built ]; then
		actor importer lab-iommufd-import "$pid" "$(nth_buffer owner 1 fd)" \
			--comm=lab-importer
		hears best 'attach of iommufd' ".event == \"attach\" and
			.importer == \"iommufd\" and .inode == $buffer $of"
		actor_end importer
		hears best 'detach of iommufd' ".event == \"detach\" and
			.importer == \"iommufd\" and .inode == $buffer $of"

		# an importer that does not let go
		modprobe lab_importer
		at_exit 'echo 1 >/sys/class/misc/lab-importer/release_all'
		actor bad lab-attach "$pid" "$(nth_buffer owner 1 fd)" "$EDU" never
		begun=$(how_many best '.event == "revoking"')
		ended=$(how_many best '.event == "revoke"')
		answers=$(wc -l <"$ACTORS/owner/out")
		echo memory off >"$ACTORS/owner/in"
		more() {
			[ "$(how_many best ".event == \"$1\"")" -gt "$2" ]
		}
		wait_for 10 'best: a revoke that is stuck has begun' more revoking "$begun"
		not_ok 'best: and has not ended' more revoke "$ended"
		echo 1 >/sys/class/misc/lab-importer/release_all
		wait_for 10 'best: now it has' more revoke "$ended"
		answered() {
			[ "$(wc -l <"$ACTORS/owner/out")" -gt "$answers" ]
		}
		wait_for 10 'the owner has its answer' answered
		actor_end bad
		tell owner memory on >/dev/null
	fi

	like "$(tell owner close-device)" '^ok' 'the owner closes the device'
	hears best 'close' ".event == \"close\" and .pid == $pid $of"
	ok 'best: the close revoked it' heard best ".event == \"revoke\" and
		.cause == \"close\" and .inode == $buffer"
	hears poll 'close' ".event == \"close\" $of"
	actor_end owner

	if [ -n "$NVME" ] && borrow_vfio "$NVME"; then
		actor owner lab-vfio-export "$NVME" --region=0 --comm=lab-owner
		pid=$(value owner pid)
		buffer=$(nth_buffer owner 1 inode)
		of="and .device == \"$NVME\""
		pulse power-state 'power d3hot' 'power d0'
		tell owner memory on >/dev/null
		pulse flr flr
		actor_end owner
	fi
fi

# --- a job, and a release -------------------------------------------------------------

if [ $has_vfio_buffers = yes ]; then
	daemon_begin React=no
	job=$(dmabufctl schedule "$VICTIM" --on=at --at='2099-01-01' --json=short |
		jq -r '.job // .jobs[0].job')
	hears best 'a job' ".event == \"job-new\" and .job == \"$job\"
		and .device == \"$VICTIM\""
	dmabufctl cancel "$job" >/dev/null
	hears best 'and its end' ".event == \"job-removed\" and .job == \"$job\" and
		.state == \"cancelled\""
	daemon_forbidden
fi
bind_driver "$VICTIM" ''
hears best 'releasing' ".event == \"releasing\" and .device == \"$VICTIM\""
hears poll 'releasing' ".event == \"releasing\" and .device == \"$VICTIM\""

# --- nothing is left ------------------------------------------------------------------

is "$(how_many best '.event == "lost"')" 0 'best: nothing was lost'
jq -c . "$ACTORS.best" | cut -c1-300 | sed 's/^/# /'
end best TERM
end poll INT
wait_for 10 'no hook is left in the kernel' no_hook
if [ "$sources" = 'best trace poll' ]; then
	end trace INT
	is "$(instances)" 0 'trace: its instance is gone'
	begin killed --sources=trace
	is "$(instances)" 1 'trace: again'
	kill -KILL "$(cat "$ACTORS.killed.pid")"
	wait_for 10 'trace: gone after SIGKILL as well' no_instance
fi
ok 'a reader that leaves ends it' timeout 30 sh -c 'dmabufctl monitor --json=short | head -n 1'
status=0
dmabufctl monitor >/dev/full 2>&1 || status=$?
is "$status" 1 'an output that takes nothing is an error'
