#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: speed, as ratios of one run, so that the machine does not matter
# kernels: sid
# machine: acpi
# timeout: 900
# depth: soak
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh

RUNS=${LAB_RUNS:-5}
BUFINFO=/sys/kernel/debug/dma_buf/bufinfo

# milliseconds COMMAND...: the shortest of RUNS runs, after one that does not count
milliseconds() {
	"$@" >/dev/null 2>&1
	i=0
	while [ "$i" -lt "$RUNS" ]; do
		begin=$(date +%s%N)
		"$@" >/dev/null 2>&1
		echo $((($(date +%s%N) - begin) / 1000000))
		i=$((i + 1))
	done | sort -n | head -n 1
}

# at_most DESCRIPTION ONE LIMIT OTHER: ONE <= LIMIT x OTHER, LIMIT in hundredths
at_most() {
	[ "$4" -gt 0 ] || set -- "$1" "$2" "$3" 1
	ok "$1: $2 ms to $4 ms, ratio $(($2 * 100 / $4))/100, at most $3/100" \
		test $(($2 * 100)) -le $(($3 * $4))
}

# everything is read and nothing rendered
list_nothing() {
	dmabufctl list --name=no-buffer-has-this-name
}

list_0=$(milliseconds list_nothing)
load_0=$(milliseconds lab-bpf-load)
bufinfo_0=$(milliseconds cat "$BUFINFO")
at_most 'list with no buffer, to loading the same BPF object' "$list_0" 150 "$load_0"

actor many lab-dmabuf-make --kind=heap:system --count=10000 --processes=200 \
	--files=50 --comm=lab-many
list_n=$(milliseconds list_nothing)
bufinfo_n=$(milliseconds cat "$BUFINFO")
at_most 'reading 10,000 buffers, beyond reading none, to cat bufinfo' \
	$((list_n - list_0)) 150 $((bufinfo_n - bufinfo_0))

list=$(milliseconds dmabufctl list --no-pager)
lsfd=$(milliseconds lsfd)
at_most 'the list with holders, to lsfd' "$list" 33 "$lsfd"

plain=$(milliseconds dmabufctl list --no-pager --sources=bufinfo,proc)
grep_all=$(milliseconds sh -c 'grep -h exp_name /proc/[0-9]*/fdinfo/* || true')
rendering=$((list - list_n))
at_most 'the list without BPF, to grep over every fdinfo plus rendering' "$plain" 100 \
	$((grep_all + rendering))
