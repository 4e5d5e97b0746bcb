#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# description: dmabufd is killed at any moment of releases and jobs: none lost, none twice
# kernels: sid
# machine: any
# timeout: 3600
# depth: full
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh
. /usr/lib/dmabufctl-lab/act.sh
. /usr/lib/dmabufctl-lab/daemon.sh

# each with two releases, one job, and five kills
rounds=4
[ "$LAB_DEPTH" != soak ] || rounds=40
seed=${LAB_SEED:-$((RANDOM + 1))}
RANDOM=$seed
note "the delays come from LAB_SEED=$seed"

at_exit "rm -f $REQUESTS/*.json"

# kill_soon: up to 1.5 s from now; this is no wait for anything, but the test
kills=0
kill_soon() {
	local ms=$((RANDOM % 1500))
	sleep "$(printf '%d.%03d' $((ms / 1000)) $((ms % 1000)))"
	delays="$delays $ms"
	# it may just be on its way back
	poll 30 pidof -s dmabufd >/dev/null || return 0
	kill -KILL "$(pidof -s dmabufd)" && kills=$((kills + 1))
}

both_have_ended() {
	[ ! -e "/proc/$first" ] && [ ! -e "/proc/$second" ]
}

nothing_waits() {
	[ -z "$(find "$REQUESTS" /var/lib/dmabufctl/jobs -name '[!.]*' -type f)" ]
}

owner_begins() {
	bind_vfio "$2"
	actor "$1" lab-vfio-export "$2" --comm="lab-$1"
}

# one_round N
one_round() {
	local at
	delays=
	owner_begins one "$VICTIM"
	owner_begins two "$SPARE"
	at=$(($(date +%s) + 5))
	arm "$SIBLING1" --on=at --at="$(date --date="@$at" '+%Y-%m-%d %H:%M:%S')" >/dev/null
	scheduled="$scheduled $JOB"
	unbind_begin "$VICTIM"
	first=$UNBIND
	kill_soon
	unbind_begin "$SPARE"
	second=$UNBIND
	kill_soon
	# the clock, and not an event, is what that job waits for
	while [ "$(date +%s)" -lt "$at" ]; do
		sleep 0.1
	done
	kill_soon
	kill_soon
	kill_soon
	wait_for 90 "round $1: killed after$delays ms: both releases complete" both_have_ended ||
		tell_and_end
	wait_for 90 "round $1: and no job is left" nothing_waits || tell_and_end
	actor_end one
	actor_end two
}

# released ADDRESS: how many jobs for its releases there were, of the policy
released() {
	dmabufctl jobs --all --json=short | jq -c "[.jobs[] | select(.on == \"release\" and
		.device == \"$1\" and .created >= \"$began\") | .result.result] | length"
}

# begun_not_once: jobs of the daemon whose begin was not told exactly once
begun_not_once() {
	since_allowed --output=json "MESSAGE_ID=$MESSAGE_JOB_STARTED" | jq -r .DMABUFCTL_JOB |
		sort | uniq -c | awk '$1 != 1'
}

began=$(date --utc '+%Y-%m-%dT%H:%M:%SZ')
bind_vfio "$SIBLING1"
daemon_begin Grace=0 Steps=stop-owner StepTimeout=20s
scheduled=
for round in $(seq "$rounds"); do
	one_round "$round"
done
ok "$kills kills, of $((rounds * 5))" test "$kills" -ge $((rounds * 5 - 1))
wait_for 30 'systemd has started it again' systemctl --quiet is-active dmabufd.service
is "$(systemctl show -P MainPID dmabufd)" "$(pidof dmabufd)" 'once'
is "$(released "$VICTIM") $(released "$SPARE")" "$rounds $rounds" \
	'each release has had one job'
is "$(begun_not_once)" '' 'each of the jobs has begun once'
dmabufctl jobs --all --json=short >"$ACTORS/jobs"
is "$(jq -r "[.jobs[] | select(.created >= \"$began\" and .on == \"release\") |
	.result.result] | unique | join(\" \")" "$ACTORS/jobs")" 'done' 'and is done'
for id in $scheduled; do
	is "$(jq -r "[.jobs[] | select(.job == \"$id\") | [.state, .result.result] |
		join(\" \")] | join(\", \")" "$ACTORS/jobs") $(how_often "$MESSAGE_JOB_STARTED" "$id")" \
		'done nothing-to-do 1' "job $id has run once"
done
no_traces "$VICTIM"
no_traces "$SPARE"
