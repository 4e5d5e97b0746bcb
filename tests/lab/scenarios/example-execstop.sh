#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: a service whose drop-in revokes when it is stopped; release units of others
# kernels: sid
# machine: any
# timeout: 180
# depth: full
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh
. /usr/lib/dmabufctl-lab/act.sh

example=/usr/share/doc/dmabufctl/examples/50-revoke-on-stop.conf
units=/run/systemd/system
service=lab-execstop.service
user=lab-execstop-user.service
release=dmabufctl-release@$VICTIM.service
configuration=/etc/dmabufctl/dmabufctl.conf.d/lab.conf
at_exit "systemctl stop $service $user
	systemctl --quiet reset-failed $service $user $release 2>/dev/null
	rm -rf $units/$service $units/$service.d $units/$user $ACTORS-service $configuration
	systemctl daemon-reload"

# The owner is in it, and says when it is told to end. It may not look, or act.
cat >"$units/$service" <<END
[Service]
CapabilityBoundingSet=CAP_IPC_LOCK
Environment=PATH=$PATH
ExecStart=/bin/sh -c 'trap "echo the owner was told to end; exit 0" TERM; \
	lab-vfio-export $VICTIM >$ACTORS-service & wait'
END

# start_service: until the device is open
start_service() {
	rm -f "$ACTORS-service"
	systemctl start "$service"
	wait_for 10 'the service has the device open' grep -q '^ready' "$ACTORS-service"
}

# begin: a second of its own, for the journal and for jobs; others may have been before
begin() {
	began=$(($(date +%s) + 1))
	poll 10 sh -c "[ \$(date +%s) -ge $began ]"
}

# jobs_since EXPRESSION: of the device, since then
jobs_since() {
	dmabufctl jobs --all --json=short | jq -r "[.jobs[] | select(.device == \"$VICTIM\"
		and .created >= \"$(date --utc --date="@$began" +%FT%TZ)\")] | $1"
}

# moment MATCH...: of the first entry since then, in microseconds since boot
moment() {
	journalctl --since="@$began" --output=json "$@" |
		head -n 1 | jq -r .__MONOTONIC_TIMESTAMP
}

told_to_end() {
	moment _SYSTEMD_UNIT="$service" MESSAGE='the owner was told to end' | grep .
}

borrow_vfio "$VICTIM"
systemctl daemon-reload
begin
start_service
ok 'it is stopped' systemctl stop "$service"
is "$(jobs_since length)" 0 'without the drop-in nothing is revoked'

mkdir -p "$units/$service.d"
sed "s/^\(Environment=VFIO_DEVICES=\).*/\1$VICTIM/" "$example" \
	>"$units/$service.d/50-revoke-on-stop.conf"
systemctl daemon-reload
begin
start_service
ok 'it is stopped' systemctl stop "$service"
is "$(systemctl show --property=Result --value "$service")" success 'and that is no failure'
is "$(jobs_since '.[0].result | [.verb, .result, .buffers[0].after] | tojson')" \
	'["revoke","done","revoked"]' 'the drop-in has revoked while the device was open'
wait_for 10 'the journal knows when the owner was told to end' told_to_end
revoked=$(moment DMABUFCTL_DEVICE="$VICTIM" DMABUFCTL_STEP=revoke DMABUFCTL_RESULT=done)
told=$(told_to_end)
note "revoked $(((told - revoked) / 1000)) ms before the owner was told to end"
ok 'the revoke was done before that' test "$revoked" -lt "$told"

# release units, and a unit that needs one
cat >"$units/$user" <<END
[Unit]
Requires=$release
After=$release
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/true
END
mkdir -p "${configuration%/*}"
printf '[Default]\nStepTimeout=1s\n' >"$configuration"
systemctl daemon-reload
ok 'a unit that needs the device released begins when nobody has it open' \
	systemctl start "$user"
systemctl stop "$user"
actor owner lab-vfio-export "$VICTIM" --comm=lab-owner
not_ok 'and does not when somebody holds on' systemctl start "$user"
is "$(systemctl show --property=ExecMainStatus --value "$release")" 5 \
	'its release unit has failed: out of time'
actor_end owner
no_traces "$VICTIM"
