#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: jobs that wait for a time; what comes while dmabufd is away; job files
# kernels: sid
# machine: any
# timeout: 400
# depth: full
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh
. /usr/lib/dmabufctl-lab/act.sh
. /usr/lib/dmabufctl-lab/daemon.sh

at_exit "rm -f $REQUESTS/*.json $REQUESTS/.*.broken; systemctl start dmabufd.path"

# in_seconds N: as OnCalendar= has it
in_seconds() {
	date --date="@$(($(date +%s) + $1))" '+%Y-%m-%d %H:%M:%S'
}

# runs_of ID: the ended runs of a job that runs always
runs_of() {
	find /var/lib/dmabufctl/ended -name "$1?*.json" -printf '%f\n' | sort
}

has_run() {
	[ "$(runs_of "$1" | wc -l)" -ge "$2" ]
}

# write_request ID FILTER: one as the one of every fifth second was, changed by FILTER
write_request() {
	jq -c ".job = \"$1\" | $2" "$ACTORS/request" >"$REQUESTS/.$1.tmp"
	mv "$REQUESTS/.$1.tmp" "$REQUESTS/$1.json"
}

no_request_of() {
	[ -z "$(find "$REQUESTS" -name "$1*.json")" ]
}

has_seen_owner() {
	jq -e '.busy_us > 0' "$REQUESTS/$1.json"
}

# how_often_broken FILE
how_often_broken() {
	since_allowed --output=cat "MESSAGE_ID=$MESSAGE_REQUEST_BROKEN" |
		grep -c "requests/$1 " || true
}

# nonsense
act 2 'a time that is none' schedule "$VICTIM" --on=at --at=nonsense
act 2 'a time that never comes' schedule "$VICTIM" --on=at --at=2020-01-01
act 2 'at without a time' schedule "$VICTIM" --on=at
act 2 'a time for something else' schedule "$VICTIM" --on=exit --at=hourly
act 2 'a step that is none' schedule "$VICTIM" --on=release --steps=revoke,hope
act 2 'a trigger that is none' schedule "$VICTIM" --on=noon
act 2 'no trigger' schedule "$VICTIM"
is "$(ls "$REQUESTS")" '' 'none of that has left a job'

daemon_begin React=no
borrow_vfio "$VICTIM"
borrow_vfio "$SPARE"

# one that comes, one that comes again and again
act 0 'at a time' schedule "$SPARE" --on=at --at="$(in_seconds 8)"
once=$(answer .job)
due=$(answer .due)
act 0 'every fifth second' schedule "$VICTIM" --on=at --at='*:*:0/5' --always
again=$(answer .job)
is "$(job "$once" '[.state, .on, .result] | tojson') $(job "$once" .due)" \
	"[\"armed\",\"at\",null] $due" 'it waits'
like "$(dmabufctl jobs --output=JOB,AT,ALWAYS,STATE)" "^$again +\*:\*:0/5 +yes +armed" \
	'and so does the one that comes again'
wait_for 40 'the time comes: it has run' job_has_ended "$once"
is "$(job "$once" '[.state, .result.result, .due] | join(" ")')" "done nothing-to-do $due" \
	'at that time'
begun=$(date +%s --date="$(job "$once" .created)")
ok 'and not before' test "$begun" -ge "$(date +%s --date="$due")"
wait_for 60 'the other one has run again and again' has_run "$again" 2
ok 'and waits for the next time' job_waits "$again"
cp "$REQUESTS/$again.json" "$ACTORS/request"
act 0 'until it is cancelled' cancel "$again"
wait_for 30 'which is on record' job_has_ended "$again"
is "$(job "$again" .state)" cancelled 'as cancelled'
wait_for 30 'the last run has ended' no_request_of "$again"
runs=$(runs_of "$again")
is "$(since_allowed --output=json "MESSAGE_ID=$MESSAGE_JOB_STARTED" | jq -r .DMABUFCTL_JOB |
	grep "^$again" | sort | sed 's/$/.json/')" "$runs" 'each run has begun once'

# what the daemon was not there for
borrow_vfio "$SIBLING1"
actor owner lab-vfio-export "$SIBLING1" --comm=lab-owner
arm "$SIBLING1" --on=exit
lonely=$JOB
wait_for 30 'a job knows its owner' has_seen_owner "$lonely"
systemctl stop dmabufd.path dmabufd.service
actor_end owner
boot=$(($(date +%s) - $(cut -d. -f1 /proc/uptime)))
now=$(date +%s)
write_request lab0while0down ".always = false | .due_us = $((now - 2))000000"
write_request lab0before0boot ".always = false | .due_us = $((boot - 60))000000"
write_request lab0later ".always = false | .at = \"2199-01-01\" | .due_us = $((now + 9999))000000"
write_request lab0future '.version = 99'
echo '{"version":1,"wish":' >"$REQUESTS/lab0broken.json"
like "$(dmabufctl jobs 2>&1)" '^2 records below /var/lib/dmabufctl could not be read' \
	'jobs tells of files that it cannot read'
is "$(dmabufctl jobs --json=short | jq -r '[.jobs[].job] | sort | join(" ")')" \
	"$lonely lab0before0boot lab0later lab0while0down" 'and of all the others'
systemctl start dmabufd.service dmabufd.path
wait_for 60 'what was due while dmabufd alone was down has run' job_has_ended lab0while0down
is "$(job lab0while0down '[.state, .result.result] | join(" ")')" 'done nothing-to-do' \
	'as if it had been there'
wait_for 60 'the owner ended meanwhile: so has that job' job_has_ended "$lonely"
is "$(job "$lonely" '[.state, .result.result] | join(" ")')" 'done nothing-to-do' \
	'it has run'
wait_for 60 'what was due while the host was down has ended' job_has_ended lab0before0boot
is "$(job lab0before0boot '[.state, .result] | tojson')" '["missed",null]' 'as missed'
is "$(how_often "$MESSAGE_JOB_MISSED" lab0before0boot)" 1 'which the journal knows'
is "$(how_often "$MESSAGE_JOB_STARTED" lab0before0boot)" 0 'and it has not run'
for file in lab0future.json lab0broken.json; do
	ok "$file is set aside" test -e "$REQUESTS/.$file.broken" -a ! -e "$REQUESTS/$file"
	is "$(how_often_broken "$file")" 1 "$file: one line in the journal"
done
ok 'the others go on waiting' job_waits lab0later

# the same while it is there
echo nonsense >"$REQUESTS/lab0new.json"
wait_for 30 'a broken file that comes later' test -e "$REQUESTS/.lab0new.json.broken"
is "$(how_often_broken lab0new.json)" 1 'is set aside as well'
act 0 'cancel the last one' cancel lab0later
wait_for 30 'it ends' job_has_ended lab0later
is "$(runs_of "$again")" "$runs" 'what was cancelled has not come again'
is "$(dmabufctl jobs --json=short | jq -c .jobs)" '[]' 'no job is left'
no_traces "$VICTIM"
