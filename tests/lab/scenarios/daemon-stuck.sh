#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: a reaction that the kernel does not come back from: the daemon answers on
# kernels: built
# machine: any
# timeout: 300
# depth: full
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh
. /usr/lib/dmabufctl-lab/act.sh
. /usr/lib/dmabufctl-lab/daemon.sh

modprobe lab_importer
at_exit 'echo 1 >/sys/class/misc/lab-importer/release_all'

# jobs_of_release FILTER: of each that the daemon has made
jobs_of_release() {
	dmabufctl jobs --all --json=short | jq -r ".jobs[] | select(.on == \"release\") | $1"
}

main_pid() {
	systemctl show --property=MainPID --value dmabufd.service
}

# some task sleeps there; to ask the tool costs seconds each time
revoke_is_stuck() {
	cat /proc/[0-9]*/stack 2>/dev/null | grep -q vfio_pci_dma_buf_move
}

# answers DESC: 50 calls of each kind, none of which takes longer than 100 ms
answers() {
	if ! lab-bus-speed 50 "/org/dmabufctl1/job/$job" >"$ACTORS/speed" 2>&1; then
		fail "$1: it answers" "$(cat "$ACTORS/speed")"
		return 0
	fi
	while IFS='=' read -r kind longest; do
		ok "$1: $kind: the longest of 50 took $longest us" test "$longest" -le 100000
	done <"$ACTORS/speed"
}

stuck_is_told() {
	said_within 60 "$MESSAGE_RELEASE_WAITS" "$VICTIM .*lab_importer"
}

job_has_ended() {
	[ "$(jobs_of_release 'select(.result) | .job')" = "$job" ]
}

at_exit daemon_told
daemon_policy Grace=0 Steps=revoke StepTimeout=25s
daemon_allowed
bind_vfio "$VICTIM"
wait_for 20 'the daemon is there' systemctl -q is-active dmabufd.service
actor owner lab-vfio-export "$VICTIM" --comm=lab-owner
actor bad lab-attach "$(value owner pid)" "$(nth_buffer owner 1 fd)" "$EDU" never
inode=$(nth_buffer owner 1 inode)

unbind_begin "$VICTIM"
wait_for 60 'the daemon revokes, and that is stuck' revoke_is_stuck
is "$(state_of "$inode")" revoking 'and is seen to be'
job=$(jobs_of_release .job)
like "$job" '^[0-9a-z-]+$' 'by one job'
answers 'while the act is stuck'

# another daemon, in the middle of it
pid=$(main_pid)
daemon_since=$(date +%s)
start=$(date +%s%3N)
ok 'it is restarted' systemctl restart dmabufd.service
took=$(($(date +%s%3N) - start))
ok "within $took ms" test "$took" -le 15000
is "$(systemctl show --property=Result --value dmabufd.service)" success 'it ended in good order'
unlike "$(main_pid)" "^(0|$pid)$" 'it is another process'
ok 'the new one tells who is waited for' stuck_is_told
answers 'the new one'
is "$(jobs_of_release .job)" "$job" 'there is no second job'
wait_for 60 'the act has run out of time' job_has_ended
is "$(jobs_of_release .result.result)" timed-out 'and says so'
like "$(jobs_of_release '.result.stuck[0].reason')" 'lab_importer|lab importer' \
	'its result names the importer'
answers 'after the end of the act'

# once more, with an act that is over but whose process is not
# shellcheck disable=SC2034 # of daemon.sh
daemon_since=$(date +%s)
ok 'it is restarted again' systemctl restart dmabufd.service
ok 'and tells again who is waited for' stuck_is_told
is "$(jobs_of_release .job)" "$job" 'there is still no second job'

is "$(tell bad release)" 'ok release' 'the importer lets go'
actor_end bad
actor_end owner
wait_for 20 'the unbind ends' unbind_has_ended
not_ok 'the device has no driver' test -e "/sys/bus/pci/devices/$VICTIM/driver"
is "$(jobs_of_release .job)" "$job" 'it was one job all the time'
no_traces "$VICTIM"
