#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: a reboot in the middle of jobs: none is lost, and none runs twice
# kernels: sid
# machine: any
# timeout: 300
# depth: full
# order: last
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh
. /usr/lib/dmabufctl-lab/act.sh
. /usr/lib/dmabufctl-lab/daemon.sh

STORE=/var/lib/dmabufctl
# what there was before the reboot, as NAME=ID
BEFORE=/var/lib/lab-jobs

remember() {
	echo "$1=$2" >>"$BEFORE"
}

# places_of ID: where it is on record
places_of() {
	find "$STORE" -name "$1.json" -printf '%P ' | sed "s, *$,,; s,/$1.json,,"
}

runs_of() {
	find "$STORE/ended" -name "$1?*.json" | wc -l
}

has_run() {
	[ "$(runs_of "$1")" -gt "$2" ]
}

act_is_under_way() {
	[ "$(job "$1" .state)" = started ]
}

id_of_act() {
	dmabufctl jobs --json=short | jq -r '.jobs[] | select(.on == "now") | .job'
}

act_is_known() {
	[ -n "$(id_of_act)" ]
}

# keep_up_until SECONDS: since the epoch; the host does not go down before that
keep_up_until() {
	cat >/run/lab-late <<-END
		#!/bin/sh
		while [ "\$(date +%s)" -lt $1 ]; do
			sleep 0.1
		done
	END
	chmod +x /run/lab-late
	systemd-run --quiet --unit=lab-late -p TimeoutStopSec=60 -p ExecStop=/run/lab-late \
		sleep infinity
}

# the act is stopped before its owner: else it is done by then
order_stops() {
	mkdir -p /run/systemd/system/dmabufctl-act@.service.d
	printf '[Unit]\nAfter=lab-owner.service\n' \
		>/run/systemd/system/dmabufctl-act@.service.d/lab.conf
	systemctl daemon-reload
}

owner_begins() {
	bind_vfio "$1"
	actor owner lab-vfio-export "$1" --comm=lab-owner
}

first_boot() {
	rm -f "$BEFORE"
	daemon_begin React=no
	bind_vfio "$SPARE"
	arm "$SPARE" --on=at --at=2199-01-01
	remember later "$JOB"
	arm "$SPARE" --on=at --at='*:*:0/5' --always
	remember always "$JOB"
	wait_for 40 'a job that comes again has run' has_run "$JOB" 0
	arm "$SIBLING1" --on=release --steps=revoke
	remember release "$JOB"
	owner_begins "$VICTIM"
	order_stops
	act_background release "$VICTIM" --steps=grace --timeout=2min
	wait_for 20 'an act' act_is_known
	act=$(id_of_act)
	wait_for 20 'is under way' act_is_under_way "$act"
	remember act "$act"
	due=$(($(date +%s) + 6))
	arm "$SPARE" --on=at --at="$(date --date="@$due" '+%Y-%m-%d %H:%M:%S')"
	remember missed "$JOB"
	find "$STORE/ended" -name '*.json' -printf '%f\n' | sed 's/\.json$//' >"$BEFORE.ended"
	# the clock of the hardware has whole seconds
	keep_up_until $((due + 3))
	reboot 200
}

second_boot() {
	later='' always='' release='' act='' missed=''
	# shellcheck disable=SC1090 # as remember() wrote it
	. "$BEFORE"
	pass 'the host is up again'
	wait_for 40 'what waits has started dmabufd' systemctl -q is-active dmabufd.service
	daemon_allowed
	# shellcheck disable=SC2034 # of daemon.sh
	daemon_since=$(date +%s --date="$(uptime --since)")

	wait_for 40 'what was due while the host was down has ended' job_has_ended "$missed"
	is "$(job "$missed" '[.state, .result] | tojson')" '["missed",null]' 'as missed'
	is "$(how_often "$MESSAGE_JOB_MISSED" "$missed")" 1 'which the journal knows'
	is "$(places_of "$missed")" ended 'it is on record once'
	wait_for 40 'the act that the reboot met has ended' job_has_ended "$act"
	is "$(job "$act" '[.state, .result.result] | join(" ")')" 'interrupted interrupted' \
		'as interrupted'
	is "$(places_of "$act")" ended 'it is on record once'
	is "$(job "$later" .state) $(places_of "$later")" 'armed requests' \
		'what is due later goes on waiting'
	count=$(runs_of "$always")
	wait_for 40 'what comes again goes on' has_run "$always" "$count"
	is "$(job "$release" .state) $(places_of "$release")" 'armed requests' \
		'what waits for a release goes on waiting'
	owner_begins "$SIBLING1"
	inode=$(nth_buffer owner 1 inode)
	unbind_begin "$SIBLING1"
	wait_for 40 'the release comes: it has run' job_has_ended "$release"
	is "$(job "$release" '.result.steps[0] | .step + " " + .result')" 'revoke done' \
		'with its steps'
	is "$(state_of "$inode")" revoked 'the buffer is revoked'
	actor_end owner
	wait_for 20 'the unbind ends' unbind_has_ended

	act 0 'cancel what comes again' cancel "$always"
	wait_for 30 'it ends' job_has_ended "$always"
	act 0 'cancel what is due later' cancel "$later"
	wait_for 30 'that ends' job_has_ended "$later"
	since_allowed --output=json "MESSAGE_ID=$MESSAGE_JOB_STARTED" |
		jq -r .DMABUFCTL_JOB | sort >"$BEFORE.begun"
	ok 'jobs have begun' test -s "$BEFORE.begun"
	is "$(uniq -d "$BEFORE.begun")" '' 'none twice'
	ok 'some had ended before' test -s "$BEFORE.ended"
	is "$(grep -Fxf "$BEFORE.ended" "$BEFORE.begun")" '' 'none of those has begun again'
	is "$(since_allowed --output=cat "MESSAGE_ID=$MESSAGE_JOB_STARTED" \
		"DMABUFCTL_JOB=$act" "DMABUFCTL_JOB=$missed" "DMABUFCTL_JOB=$later")" '' \
		'nor what was not to'
	wait_for 30 'no act runs' no_act
	is "$(dmabufctl jobs --json=short | jq -c .jobs)" '[]' 'no job is left'
	no_traces "$VICTIM"
	rm -f "$BEFORE"*
}

if [ "$LAB_BOOT" = 1 ]; then
	first_boot
else
	second_boot
fi
