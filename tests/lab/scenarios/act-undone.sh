#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: an owner that enables memory again, or changes PCI_COMMAND, during the act
# kernels: sid experimental built
# soak-kernels: experimental built
# machine: any
# timeout: 200
# depth: full
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh
. /usr/lib/dmabufctl-lab/act.sh

borrow_vfio "$VICTIM"
actor owner lab-vfio-export "$VICTIM" --comm=lab-owner
inode=$(nth_buffer owner 1 inode)

# an owner that does not put up with it
is "$(tell owner guard on)" 'ok guard' 'the owner enables memory whenever it is off'
act 1 'a revoke that does not last' revoke "$VICTIM"
is "$(answer .result)" failed 'it is no success'
like "$(answer .reason)" 'owner undid the revoke' 'and who undid it is told'
is "$(answer '.steps[0] | [.step, .result] | join(" ")')" 'revoke failed' 'so says the step'
is "$(answer '.buffers[0] | [.after, .verified] | join(" ")')" 'live kernel' \
	'the buffer is told to be live, as read back'
is "$(ls /run/dmabufctl/revoked)" '' 'there is nothing to restore'
no_traces "$VICTIM"
act 1 'nor does the rung of a release' release "$VICTIM" --steps=revoke --timeout=2s
like "$(answer .reason)" 'owner undid the revoke' 'which says so'
no_traces "$VICTIM"
start=$(date +%s)
act 0 'what follows it takes the device' release "$VICTIM" --steps=revoke,stop-owner
is "$(answer '[.steps[] | .step + " " + .result] | join(", ")')" \
	'revoke failed, stop-owner done' 'after the revoke has failed'
ok 'at once' test $(($(date +%s) - start)) -lt 10
like "$(answer '.notes[]')" 'did not last' 'which is told'
no_traces "$VICTIM"
actor_end owner
bind_vfio "$VICTIM"
actor owner lab-vfio-export "$VICTIM" --comm=lab-owner
inode=$(nth_buffer owner 1 inode)

# a revoke of before that the owner has undone is not one that has to stay
act 0 'a revoke' revoke "$VICTIM"
is "$(tell owner memory on)" 'ok memory' 'the owner undoes it afterwards'
act 5 'a release that it does not follow' release "$VICTIM" --steps=revoke --timeout=2s
is "$(state_of "$inode")" live 'leaves the buffer as it was'
no_traces "$VICTIM"

modprobe lab_importer 2>/dev/null || {
	skip 'what the owner does during the revoke' 'this kernel has no importer that is slow'
	exit 0
}
at_exit 'echo 1 >/sys/class/misc/lab-importer/release_all'
revoke_waits() {
	dmabufctl list --state=revoking --json=short | jq -e '.buffers[0]' >/dev/null
}

# slowly COMMAND...: what the owner does while a revoke waits for the importer
slowly() {
	actor slow lab-attach "$(value owner pid)" "$(nth_buffer owner 1 fd)" "$EDU" slow \
		--delay=60000
	act_background revoke "$VICTIM" --timeout=20s
	wait_for 20 "$1: the revoke is under way" revoke_waits
	printf '%s\n' "$*" >"$ACTORS/owner/in"
}

let_go() {
	is "$(tell slow release)" 'ok release' "$1: the importer lets go"
	wait_for 30 "$1: the revoke has ended" test -s "$ACT_STATUS"
}

slowly command-high 0x04
wait_for 10 'command-high: the owner need not wait' \
	sh -c "tail -n 1 '$ACTORS/owner/out' | grep -q '^ok command-high'"
let_go command-high
is "$(cat "$ACT_STATUS") $(answer .result)" '0 done' 'other bits: the revoke is done'
like "$(answer '.notes[]')" 'other bits of PCI_COMMAND' 'and they are told'
like "$(tell owner command-read)" 'value=0x040[15]$' 'they are as the owner wants them'
act 0 'restore' restore "$VICTIM"
like "$(tell owner command-read)" 'value=0x040[37]$' 'and stay so'
actor_end slow

slowly memory on
wait_for 10 'memory: the owner waits behind the revoke' \
	sh -c "grep -q vfio_basic_config_write /proc/$(value owner pid)/stack"
let_go memory
wait_for 10 'memory: then it has what it wants' \
	sh -c "tail -n 1 '$ACTORS/owner/out' | grep -q '^ok memory'"
is "$(cat "$ACT_STATUS") $(answer .result)" '1 failed' 'memory: it is no success'
like "$(answer .reason)" 'owner undid the revoke' 'memory: and who undid it is told'
is "$(state_of "$inode")" live 'memory: the buffer is live'
no_traces "$VICTIM"
