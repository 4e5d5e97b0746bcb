# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# The daemon. In the lab it is masked until a scenario begins it, as what it does by itself
# would be part of every other scenario. Source this after act.sh.

# MESSAGE_STEP and the like: what entries of the journal are known by
. /usr/lib/dmabufctl-lab/message-ids.sh

DAEMON_CONF=/etc/dmabufctl/dmabufctl.conf.d/lab.conf

# daemon_allowed: from now on udev, the bus and others may start it
daemon_allowed() {
	daemon_since=$(date +%s)
	systemctl unmask --quiet --runtime dmabufd.service
	at_exit daemon_forbidden
	# shellcheck disable=SC2016 # for when it ends
	at_exit '[ "$_lab_status" = 0 ] || daemon_told'
}

daemon_forbidden() {
	systemctl mask --quiet --runtime --now dmabufd.service
	rm -f "$DAEMON_CONF"
}

# daemon_begin LINE...: it runs, and this is its policy for every device
daemon_begin() {
	daemon_policy "$@"
	daemon_allowed
	systemctl start dmabufd.service
}

# daemon_policy LINE...
daemon_policy() {
	mkdir -p "${DAEMON_CONF%/*}"
	printf '[Default]\n' >"$DAEMON_CONF"
	printf '%s\n' "$@" >>"$DAEMON_CONF"
	! systemctl --quiet is-active dmabufd.service || systemctl reload dmabufd.service
}

# said_within SECONDS MESSAGE-ID REGEX: has it, or will it soon? A journal that is read over
# and over would take the guest from what is waited for.
said_within() {
	rm -f "$ACTORS.said"
	mkfifo "$ACTORS.said"
	timeout "$1" journalctl --quiet --follow --lines=all --since="@$daemon_since" \
		--output=cat "MESSAGE_ID=$2" >"$ACTORS.said" &
	said_journal=$!
	said_status=0
	grep -Eq -- "$3" <"$ACTORS.said" || said_status=$?
	kill "$said_journal" 2>/dev/null || true
	said_end=0
	wait "$said_journal" || said_end=$?
	rm -f "$ACTORS.said"
	return "$said_status"
}

# unsaid_for SECONDS MESSAGE-ID REGEX: it was not, and the journal was there all the time
unsaid_for() {
	! said_within "$@" && [ "$said_end" = 124 ]
}

# said_after MESSAGE-ID MILLISECOND: how many milliseconds after that moment it was first said
said_after() {
	journalctl --quiet --since="@$daemon_since" --output=json "MESSAGE_ID=$1" |
		jq -rs "((.[0].__REALTIME_TIMESTAMP | tonumber) / 1000 | floor) - $2"
}

# daemon_told: its story as comments, for whoever reads a failure
daemon_told() {
	journalctl --quiet --since="@$daemon_since" --output=short-precise _COMM=dmabufd \
		_COMM=dmabufctl-act | cut -d' ' -f3,5- | sed 's/^/# /'
}

# tell_and_end: when it is of no use to go on
tell_and_end() {
	daemon_told
	dmabufctl jobs --all --output=JOB,DEVICE,ON,STATE,CREATED,RESULT,REASON |
		sed 's/^/# /'
	exit 1
}

# unbind_begin ADDRESS: as a shell would, in the background; its process is UNBIND
unbind_begin() {
	sh -c "exec echo $1 >/sys/bus/pci/drivers/vfio-pci/unbind" &
	UNBIND=$!
}

unbind_has_ended() {
	[ ! -e "/proc/$UNBIND" ]
}

# signals_begin: from now on what the daemon says on the bus comes to be in SIGNALS, one
# JSON line each
SIGNALS=$ACTORS.signals
signals_begin() {
	: >"$SIGNALS"
	systemd-run --quiet --collect --unit=lab-signals -p Type=exec \
		-p "StandardOutput=file:$SIGNALS" \
		busctl monitor --json=short --match="type='signal',path_namespace='/org/dmabufctl1'"
	at_exit "systemctl stop lab-signals; rm -f $SIGNALS"
}

# signal_came MEMBER FIRST-ARGUMENT; busctl begins with a line that is no JSON
signal_came() {
	jq -Rne "[inputs | fromjson? | select(.member == \"$1\" and .payload.data[0] == \"$2\")] |
		length > 0" "$SIGNALS"
}

# signal_ms MEMBER FIRST-ARGUMENT: when it first came, in milliseconds
signal_ms() {
	jq -Rn "first(inputs | fromjson? | select(.member == \"$1\" and .payload.data[0] == \"$2\")) |
		.\"timestamp-realtime\" / 1000 | floor" "$SIGNALS"
}

# --- scheduled jobs -------------------------------------------------------------------

REQUESTS=/var/lib/dmabufctl/requests

# arm DEVICE OPTION...: a job that waits; its name is JOB
arm() {
	act 0 "schedule $*" schedule "$@"
	# shellcheck disable=SC2034 # for the scenarios
	JOB=$(answer .job)
}

# job ID FILTER: of what is told of it
job() {
	dmabufctl jobs --all --json=short | jq -r ".jobs[] | select(.job == \"$1\") | $2"
}

job_waits() {
	[ -e "$REQUESTS/$1.json" ]
}

job_has_ended() {
	[ -e "/var/lib/dmabufctl/ended/$1.json" ]
}

# since_allowed OPTION...: the journal since the daemon was allowed
since_allowed() {
	journalctl --quiet --since="@$daemon_since" "$@"
}

# how_often MESSAGE-ID JOB: that was said of it
how_often() {
	since_allowed --output=cat "MESSAGE_ID=$1" "DMABUFCTL_JOB=$2" | wc -l
}
