#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: jobs that wait for what happens to a device: exit, reassign, release, unplug
# kernels: sid
# machine: any
# timeout: 400
# depth: full
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh
. /usr/lib/dmabufctl-lab/act.sh
. /usr/lib/dmabufctl-lab/daemon.sh

at_exit "rm -f $REQUESTS/*.json"
unplugging=
at_exit plug_again

plug_again() {
	[ -n "$unplugging" ] || return 0
	actor_end other
	poll 30 host unplugged spare && host plug spare
}

# waits_for PID: has the daemon a pidfd of it?
waits_for() {
	grep -qs "^Pid:.$1\$" /proc/"$(systemctl show -P MainPID dmabufd)"/fdinfo/*
}

device_is_there() {
	[ -e "/sys/bus/pci/devices/$1" ]
}

# What a program that wants the device for itself does, in the background
take_for_pci_stub() {
	sh -c "echo pci-stub >/sys/bus/pci/devices/$1/driver_override
		echo $1 >/sys/bus/pci/drivers/vfio-pci/unbind
		echo $1 >/sys/bus/pci/drivers_probe" &
	# shellcheck disable=SC2034 # for unbind_has_ended
	UNBIND=$!
}

modprobe pci-stub || true
# only jobs do something here
daemon_begin React=no
borrow_vfio "$VICTIM"
borrow_vfio "$SPARE"
actor owner lab-vfio-export "$VICTIM" --comm=lab-owner
actor other lab-vfio-export "$SPARE" --comm=lab-other
pid=$(value other pid)

arm "$SPARE" --on=exit
exit_job=$JOB
arm "$VICTIM" --on=reassign --to=pci-stub --steps=revoke,stop-owner --timeout=4s
move_job=$JOB
arm "$VICTIM" --on=unplug --steps=revoke
unplug_job=$JOB
is "$(dmabufctl jobs --json=short |
	jq -c '[.jobs[] | [.job, .verb, .on, .state, .always, .at, .due, .result]]')" \
	"[[\"$exit_job\",\"release\",\"exit\",\"armed\",false,null,null,null],[\"$move_job\",\"reassign\",\"reassign\",\"armed\",false,null,null,null],[\"$unplug_job\",\"release\",\"unplug\",\"armed\",false,null,null,null]]" \
	'jobs: all of them wait'
like "$(dmabufctl jobs)" "^$move_job +$VICTIM +reassign +reassign +armed " 'and in the table'
wait_for 30 'the daemon waits for the owner to end' waits_for "$pid"
ok 'which it does not' job_waits "$exit_job"

# both at once
actor_end other
unbind_begin "$VICTIM"
wait_for 60 'the owner has ended: on=exit has run' job_has_ended "$exit_job"
wait_for 60 'the owner is stopped: the foreign unbind ends' unbind_has_ended
wait_for 60 'on=reassign has run' job_has_ended "$move_job"
is "$(job "$exit_job" '[.state, .result.result, .due != null] | join(" ")')" \
	'done nothing-to-do true' 'on=exit: there was nothing left to do'
is "$(job "$move_job" '[.state, .result.result] | join(" ")')" 'done done' 'on=reassign is done'
is "$(driver_of "$VICTIM")" pci-stub 'the device is on the driver that was asked for'
ok 'on=unplug goes on waiting' job_waits "$unplug_job"
act 0 'cancel' cancel "$unplug_job"
is "$(answer .state)" cancelled 'it is cancelled'
wait_for 30 'and that is on record' job_has_ended "$unplug_job"
act 0 'once more' cancel "$unplug_job"
is "$(answer .state)" cancelled 'it was before'
act 3 'one that is not there' cancel 0000000000000000
actor_end owner

# another driver is faster; at the same time a hot-unplug
bind_vfio "$VICTIM"
actor owner lab-vfio-export "$VICTIM" --comm=lab-owner
actor other lab-vfio-export "$SPARE" --comm=lab-other
arm "$VICTIM" --on=release --to=vfio-pci --steps=revoke,stop-owner --timeout=4s
late_job=$JOB
arm "$SPARE" --on=unplug --steps=revoke,stop-owner --timeout=4s
unplug_job=$JOB
take_for_pci_stub "$VICTIM"
unplugging=yes
host unplug spare
wait_for 60 'pci-stub has been faster' unbind_has_ended
wait_for 60 'on=release has run' job_has_ended "$late_job"
wait_for 60 'on=unplug has run' job_has_ended "$unplug_job"
is "$(driver_of "$VICTIM")" pci-stub 'the other driver keeps the device'
is "$(cat "/sys/bus/pci/devices/$VICTIM/driver_override")" pci-stub 'and its driver_override'
is "$(job "$late_job" .result.result)" failed '--to=vfio-pci has failed'
like "$(job "$late_job" .result.reason)" 'another driver' 'and says why'
is "$(job "$late_job" '[.result.steps[] | select(.result == "done") | .step] | join(" ")')" \
	'revoke stop-owner' 'nothing was changed behind the back of the other driver'
is "$(job "$unplug_job" .result.result)" 'done' 'on=unplug is done'
wait_for 30 'the device is gone' host unplugged spare

# a device that is not there
arm "$SPARE" --on=idle
like "$(cat "$ACT_ERR")" 'is not there yet' 'it is told that it is not there'
absent_job=$JOB
arm "$VICTIM" --on=release --steps=revoke
release_job=$JOB
act 0 'cancel what waits for a release' cancel "$release_job"
bind_vfio "$VICTIM"
unbind_begin "$VICTIM"
wait_for 30 'and that release comes' unbind_has_ended
not_ok 'a job for what is not there waits' poll 5 job_has_ended "$absent_job"
host plug spare
unplugging=
wait_for 30 'the device comes' device_is_there "$SPARE"
wait_for 60 'and the job runs' job_has_ended "$absent_job"
is "$(job "$absent_job" .result.result)" nothing-to-do 'on=idle: nobody has it'
is "$(job "$release_job" '[.state, .result] | tojson')" '["cancelled",null]' \
	'what was cancelled has not run'

for id in $exit_job $move_job $late_job $unplug_job $absent_job; do
	is "$(how_often "$MESSAGE_JOB_STARTED" "$id")" 1 "job $id has begun once"
done
is "$(how_often "$MESSAGE_JOB_STARTED" "$release_job")" 0 "job $release_job never"
is "$(dmabufctl jobs --json=short | jq -c .jobs)" '[]' 'no job is left'
is "$(dmabufctl jobs 2>&1)" 'No jobs; --all shows ended ones.' 'and in words'
no_traces "$VICTIM"
