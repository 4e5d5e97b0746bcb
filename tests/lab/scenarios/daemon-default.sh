#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: what dmabufd does when nobody has told it anything: patience, and no harm
# kernels: sid experimental built
# soak-kernels: experimental built
# machine: any
# timeout: 240
# depth: full
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh
. /usr/lib/dmabufctl-lab/act.sh
. /usr/lib/dmabufctl-lab/daemon.sh

jobs_so_far() {
	dmabufctl jobs --all --json=short | jq '.jobs | length'
}

daemon_begin
signals_begin
before=$(jobs_so_far)

# whoever lets go in time is never touched
bind_vfio "$VICTIM"
actor owner lab-vfio-export "$VICTIM" --comm=lab-owner
unbind_begin "$VICTIM"
wait_for 5 'the signal comes at once' signal_came DeviceReleasing "$VICTIM"
not_ok 'the owner is left time' poll 3 unbind_has_ended
tell owner close-buffers >/dev/null
tell owner close-device >/dev/null
wait_for 10 'it lets go' unbind_has_ended
actor_end owner
is "$(jobs_so_far)" "$before" 'no job was begun for that'

# two who hold on, one of them with its BAR mapped
bind_vfio "$VICTIM"
bind_vfio "$SPARE"
actor owner lab-vfio-export "$VICTIM" --comm=lab-owner
actor mapper lab-vfio-export "$SPARE" --map-bar --comm=lab-mapper
inode=$(nth_buffer owner 1 inode)
mapped=$(nth_buffer mapper 1 inode)
start=$(date +%s%3N)
unbind_begin "$VICTIM"
first=$UNBIND
unbind_begin "$SPARE"
ok 'for 55 s nothing happens' unsaid_for 55 "$MESSAGE_JOB_STARTED" "$VICTIM|$SPARE"
is "$(state_of "$inode") $(state_of "$mapped")" 'live live' 'nothing is revoked'
ok 'after the grace time the revoke comes' \
	said_within 30 "$MESSAGE_STEP" "$VICTIM: revoke: done"
took=$(($(date +%s%3N) - start))
ok "that was after $took ms" test "$took" -ge 60000
ok 'a mapped BAR is left alone, which is told' \
	said_within 30 "$MESSAGE_STEP" "$SPARE: revoke: skipped: .*lab-mapper.*mapped"
is "$(state_of "$inode") $(state_of "$mapped")" 'revoked live' 'and so it is'
not_ok 'neither owner was ended' test ! -e "/proc/$(value owner pid)" \
	-o ! -e "/proc/$(value mapper pid)"
actor_end owner
actor_end mapper
wait_for 10 'both owners end, and both unbinds' unbind_has_ended
not_ok 'the first, too' test -e "/proc/$first"
