#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: what a person sees who acts at a terminal, and what Ctrl-C does
# kernels: sid
# machine: any
# timeout: 120
# depth: full
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh
. /usr/lib/dmabufctl-lab/act.sh

# on_terminal COMMAND: with a terminal for all three; what it showed is in $ACTORS/screen
on_terminal() {
	on_terminal_status=0
	script --quiet --return --command "$1" "$ACTORS/screen" >/dev/null </dev/null ||
		on_terminal_status=$?
}

is_running() {
	dmabufctl jobs --json=short |
		jq -e '.jobs[] | select(.state == "started")' >/dev/null
}

borrow_vfio "$VICTIM"
actor owner lab-vfio-export "$VICTIM" --comm=lab-owner

on_terminal "dmabufctl release $VICTIM --steps=grace --timeout=4s"
is "$on_terminal_status" 5 'on a terminal: exit 5'
like "$(cat "$ACTORS/screen")" \
	"releasing $VICTIM: grace \\([1-4] s left\\): wait for lab-owner" \
	'while it waits it says for how long, and for whom'
like "$(cat "$ACTORS/screen")" 'grace +timed-out .*lab-owner' 'the result stays on the screen'

act 5 'not on a terminal' release "$VICTIM" --steps=grace --timeout=2s
is "$(cat "$ACT_ERR")" '' 'nothing but the result'

# Ctrl-C ends the display, not the act
timeout --signal=INT --foreground 3 dmabufctl release "$VICTIM" --steps=grace \
	--timeout=60s >"$ACTORS/out" 2>&1 || true
like "$(cat "$ACTORS/out")" 'goes on' 'interrupted: it says that the job goes on'
like "$(cat "$ACTORS/out")" 'dmabufctl cancel' 'and what ends it'
ok 'and so it does' is_running
job=$(dmabufctl jobs --json=short | jq -r '.jobs[0].job')
ok 'cancel' dmabufctl cancel "$job"
gone() {
	! is_running
}
wait_for 30 'then it ends' gone
is "$(dmabufctl jobs --all --json=short |
	jq -r ".jobs[] | select(.job == \"$job\") | .result.result")" interrupted \
	'and is on record as interrupted'
no_traces "$VICTIM"
