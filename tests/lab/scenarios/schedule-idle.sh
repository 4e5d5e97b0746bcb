#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: a job that waits until nothing is attached to the buffers of a device
# kernels: built
# machine: any
# timeout: 200
# depth: full
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh
. /usr/lib/dmabufctl-lab/act.sh
. /usr/lib/dmabufctl-lab/daemon.sh

modprobe lab_importer
at_exit "rm -f $REQUESTS/*.json; echo 1 >/sys/class/misc/lab-importer/release_all"

# attach: somebody imports the owner's buffer
attach() {
	actor importer lab-attach "$(value owner pid)" "$(nth_buffer owner 1 fd)" "$EDU" \
		revocable
}

# runs_of ID: the ended runs of a job that runs always
runs_of() {
	find /var/lib/dmabufctl/ended -name "$1?*.json" | wc -l
}

has_run() {
	[ "$(runs_of "$1")" -ge "$2" ]
}

observers() {
	since_allowed --output=cat _COMM=systemd |
		grep -c '^Started dmabufctl-observe@' || true
}

borrow_vfio "$VICTIM"
actor owner lab-vfio-export "$VICTIM" --comm=lab-owner
inode=$(nth_buffer owner 1 inode)
attach
daemon_begin React=no
arm "$VICTIM" --on=idle --steps=revoke --timeout=3s
once=$JOB
arm "$VICTIM" --on=idle --steps=grace --timeout=1s --always
always=$JOB
not_ok 'while somebody is attached they wait' poll 8 job_has_ended "$once"
is "$(state_of "$inode")" live 'and nothing is done'
ok 'the other one waits too' test "$(runs_of "$always")" = 0

is "$(tell importer detach)" 'ok detach' 'the last one goes'
wait_for 40 'one has run' job_has_ended "$once"
is "$(job "$once" '[.result.steps[0].step, .state] | join(" ")')" 'revoke done' \
	'with its steps'
wait_for 40 'the other one as well' has_run "$always" 1
is "$(dmabufctl jobs --all --json=short | jq -r ".jobs[] |
	select(.job | startswith(\"$always\")) | .result | values | .steps[0].step")" grace \
	'with its own, after the first has let go of the device'
not_ok 'and not again while nobody comes' poll 8 has_run "$always" 2

act 0 'cancel it' cancel "$always"
wait_for 30 'it ends' job_has_ended "$always"
poll 15 false || true
before=$(observers)
poll 12 false || true
is "$(observers)" "$before" 'without such a job nobody looks'
actor_end importer
no_traces "$VICTIM"
