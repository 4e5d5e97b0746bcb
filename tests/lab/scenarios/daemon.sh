#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: a driver change under an owner that never lets go, without dmabufd and with it
# kernels: sid experimental built
# soak-kernels: experimental built
# machine: any
# timeout: 300
# depth: full
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh
. /usr/lib/dmabufctl-lab/act.sh
. /usr/lib/dmabufctl-lab/daemon.sh

owner_begins() {
	bind_vfio "$VICTIM"
	actor owner lab-vfio-export "$VICTIM" --comm=lab-owner
	inode=$(nth_buffer owner 1 inode)
}

last_job() {
	dmabufctl jobs --all --json=short | jq -r "[.jobs[] | select(.on == \"release\")][-1] | $1"
}

job_has_ended() {
	[ "$(last_job .result)" != null ]
}

# the kernel alone
owner_begins
unbind_begin "$VICTIM"
not_ok 'without dmabufd it waits, and would for ever' poll 10 unbind_has_ended
is "$(state_of "$inode")" live 'with its buffers live'
actor_end owner
wait_for 10 'until the owner ends' unbind_has_ended

# the same with the daemon, and an owner that never lets go
journalctl --update-catalog
daemon_policy Grace=2s
daemon_allowed
owner_begins
wait_for 20 'udev has started it with the VFIO device' \
	systemctl --quiet is-active dmabufd.service
wait_for 10 'it owns its name' busctl --system status org.dmabufctl1
is "$(systemctl show --property=User --value dmabufd)" dmabufd 'as its own user'
start=$(date +%s%3N)
unbind_begin "$VICTIM"
ok 'the revoke is done, which is said after it was read back' \
	said_within 30 "$MESSAGE_STEP" "$VICTIM: revoke: done"
took=$(said_after "$MESSAGE_STEP" "$start")
ok "after $took ms, of which 2 s are the grace; limit 4 s" \
	test "$took" -ge 2000 -a "$took" -le 4000
is "$(state_of "$inode")" revoked 'and so says the list'
like "$(journalctl --quiet --since="@$daemon_since" --catalog "MESSAGE_ID=$MESSAGE_RELEASE_WAITS")" \
	'waits, without any limit' 'journalctl -x explains what is going on'
like "$(journalctl --quiet --since="@$daemon_since" --catalog "MESSAGE_ID=$MESSAGE_STEP")" \
	'step' 'and what has been done'
wait_for 30 'its job has ended' job_has_ended
is "$(last_job .result.result)" timed-out 'as the owner holds on'
like "$(last_job '.result.buffers[0] | .after + " " + .verified')" 'revoked' \
	'the job tells of each buffer'
ok 'and so does the journal' \
	said_within 10 "$MESSAGE_BUFFER" "buffer $inode was live, is revoked \(verified"
not_ok 'the owner holds on, and the unbind waits' unbind_has_ended
actor_end owner
wait_for 10 'it lets go: the unbind ends' unbind_has_ended

# a ladder that ends the owner
daemon_policy Grace=0 'Steps=revoke stop-owner kill-owner' StepTimeout=3s
owner_begins
unbind_begin "$VICTIM"
wait_for 30 'the owner is stopped: the unbind ends in bounded time' unbind_has_ended
not_ok 'it is gone' test -e "/proc/$(value owner pid)"
actor_end owner
owner_begins
start=$(date +%s%3N)
ok 'driverctl gets its driver in bounded time' \
	timeout 30 driverctl --nosave set-override "$VICTIM" pci-stub
is "$(driver_of "$VICTIM")" pci-stub "in $(($(date +%s%3N) - start)) ms"
actor_end owner

# left alone
daemon_policy React=no Grace=0
daemon_since=$(date +%s)
owner_begins
unbind_begin "$VICTIM"
ok 'React=no: the release is reported' said_within 20 "$MESSAGE_RELEASE_WAITS" "$VICTIM"
not_ok 'nothing is done about it' poll 5 unbind_has_ended
is "$(state_of "$inode")" live 'nothing is revoked'
actor_end owner
wait_for 10 'the owner ends' unbind_has_ended
no_traces "$VICTIM"
