#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: what a person at a shell does: pipes, full disks, nonsense
# kernels: sid
# machine: any
# timeout: 60
# depth: quick
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh

# status_of COMMAND...: its exit status; its output in $ACTORS/out and err
status_of() {
	status_of=0
	"$@" >"$ACTORS/out" 2>"$ACTORS/err" || status_of=$?
	echo "$status_of"
}

is "$(status_of dmabufctl list)" 0 'no dma-bufs: exit status 0'
is "$(wc -c <"$ACTORS/out")" 0 'no dma-bufs: nothing on standard output'
is "$(dmabufctl list --json=short | jq -c .buffers)" '[]' 'no dma-bufs: an empty list'
actor plain lab-dmabuf-make --kind=udmabuf --count=500 --comm=lab-plain
is "$(status_of sh -c 'dmabufctl list | head -n 1')" 0 'a reader that leaves early'
is "$(wc -c <"$ACTORS/err")" 0 'makes no noise'
is "$(status_of sh -c 'dmabufctl list >/dev/full')" 1 'a full disk is an error'
like "$(cat "$ACTORS/err")" 'No space left' 'and is named'
is "$(status_of dmabufctl show 1)" 3 'no such buffer: exit status 3'
is "$(status_of dmabufctl show 0000:ff:1f.7)" 3 'no such device: exit status 3'
is "$(status_of dmabufctl show nonsense)" 2 'nonsense: exit status 2'
is "$(status_of dmabufctl lsit)" 2 'an unknown verb: exit status 2'
like "$(cat "$ACTORS/err")" 'list' 'and a suggestion'

# cron and units run in the C locale, and names are no less UTF-8 there
actor named lab-dmabuf-make --kind="$PLAIN" --count=1 --comm=lab-named '--name=caf\xc3\xa9'
is "$(status_of env LC_ALL=C timeout 20 dmabufctl list --pid="$(value named pid)")" 0 \
	'the C locale: the list comes'
like "$(cat "$ACTORS/out")" "$(printf 'caf\303\251')" 'and the name is UTF-8'
