#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: org.dmabufctl1: who may, what is refused, and what hostile callers get
# kernels: sid
# machine: any
# timeout: 300
# depth: full
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh
. /usr/lib/dmabufctl-lab/act.sh
. /usr/lib/dmabufctl-lab/daemon.sh

REQUESTS=/var/lib/dmabufctl/requests
JOB=/org/dmabufctl1/job
challenge=org.freedesktop.DBus.Error.InteractiveAuthorizationRequired
denied=org.dmabufctl1.Error.NotPermitted
rules=/etc/polkit-1/rules.d/40-lab.rules
at_exit "rm -f $rules"

systemd-sysusers --inline 'u lab-user - "Somebody"'

as_user() {
	setpriv --reuid=lab-user --regid=lab-user --clear-groups "$@"
}

# ask USER METHOD ARGUMENT...: prints the name of the error, or nothing
ask() {
	ask_user=$1
	ask_method=$2
	shift 2
	setpriv --reuid="$ask_user" --clear-groups gdbus call --system \
		--dest org.dmabufctl1 --object-path /org/dmabufctl1 --timeout 60 \
		--method "org.dmabufctl1.Manager.$ask_method" "$@" 2>&1 |
		sed -n 's/.*GDBus\.Error:\([^:]*\):.*/\1/p'
}

# json USER METHOD TYPES ARGUMENT...: the document that is returned
json() {
	json_user=$1
	shift
	setpriv --reuid="$json_user" --clear-groups busctl --json=short --timeout=60 \
		call org.dmabufctl1 /org/dmabufctl1 org.dmabufctl1.Manager "$@" |
		jq -r '.data[0]'
}

# refused REGEX DESC METHOD TYPES ARGUMENT...: by root, so that no polkit comes first
refused() {
	refused_regex=$1
	refused_desc=$2
	shift 2
	like "$(busctl call org.dmabufctl1 /org/dmabufctl1 org.dmabufctl1.Manager "$@" 2>&1 |
		cut -c1-300)" "Call failed: .*($refused_regex)" "refused: $refused_desc"
}

main_pid() {
	systemctl show --property=MainPID --value dmabufd.service
}

# traces: everything that a job leaves
traces() {
	find /var/lib/dmabufctl /run/dmabufctl -mindepth 1 | sort
	dmabufctl jobs --all --json=short
	systemctl list-units --all --no-legend 'dmabufctl-act@*'
}

# every_act USER: asks for each, and prints the errors, each once
every_act() {
	{
		ask "$1" Revoke "$VICTIM" '{}'
		ask "$1" Restore "$VICTIM" '{}'
		ask "$1" Release "$VICTIM" '{}'
		ask "$1" Reassign "$VICTIM" pci-stub '{}'
		ask "$1" Schedule "$VICTIM" unplug '{}'
		ask "$1" Cancel "$JOB/$armed"
		ask "$1" Reload
	} | sort | uniq -c | sed 's/^ *//'
}

daemon_allowed
borrow_vfio "$VICTIM"
wait_for 20 'the daemon is there' systemctl -q is-active dmabufd.service
actor owner lab-vfio-export "$VICTIM" --comm=lab-owner
inode=$(nth_buffer owner 1 inode)
# one that waits, and must go on waiting
act 0 'a job that waits' schedule "$VICTIM" --on=unplug
armed=$(answer '.job // .jobs[0].job')
at_exit "dmabufctl cancel -q $armed 2>/dev/null"
pid=$(main_pid)
before=$(traces)
fds=$(fds_of "$pid")

# a user who is in no session
is "$({
	ask lab-user List '{}'
	ask lab-user Devices '{}'
	ask lab-user Check "$VICTIM" '{}'
	ask lab-user Status '{}'
	ask lab-user Jobs '{}'
} | sort | uniq -c | sed 's/^ *//')" "5 $challenge" 'whoever is in no session may not even look'
is "$(every_act lab-user)" "7 $challenge" 'nor act'
is "$(traces)" "$before" 'and nothing is left behind'

# a rule that lets him look, and do nothing else
mkdir -p "${rules%/*}"
cat >"$rules" <<'END'
polkit.addRule(function (action, subject) {
	if (action.id.indexOf("org.dmabufctl1.") == 0 && subject.user == "lab-user")
		return action.id == "org.dmabufctl1.read" ? polkit.Result.YES : polkit.Result.NO;
});
END
chmod 0644 "$rules"
may_look() {
	[ -z "$(ask lab-user Jobs '{}')" ]
}
wait_for 20 'polkit knows of a rule that lets him look' may_look
json lab-user List 'a{sv}' 0 >"$ACTORS/user.json"
json root List 'a{sv}' 0 >"$ACTORS/root.json"
holder=".buffers[] | select(.inode == $inode) | .holders[0] | [.comm, .unit, .pid]"
is "$(jq -c "$holder" "$ACTORS/root.json")" \
	"[\"lab-owner\",\"lab-owner.service\",$(value owner pid)]" 'root is told who holds it'
is "$(jq -c "$holder" "$ACTORS/user.json")" '[null,null,null]' \
	'who looks without a password sees the buffer, and nobody'
unlike "$(cat "$ACTORS/user.json")" 'lab-owner' 'no text names him either'
is "$(json lab-user Jobs 'a{sv}' 0 | jq -r '.jobs[].job')" "$armed" 'and sees the jobs'
is "$(every_act lab-user)" "7 $denied" 'acts: polkit says no'
is "$(traces)" "$before" 'and nothing is left behind by them'
rm "$rules"

# calls that make no sense
refused 'expecting' 'wrong types' List u 5
refused "no option 'nonsense'" 'an option that there is not' List 'a{sv}' 1 nonsense s x
refused "no option 'force'" 'one of another method' Devices 'a{sv}' 1 force b true
refused 'type of option' 'a value of another type' List 'a{sv}' 1 limit s 5
refused 'given twice' 'one that is given twice' Revoke 'sa{sv}' "$VICTIM" 2 force b 1 force b 1
refused 'makes no sense' 'an empty text' List 'a{sv}' 1 name s ''
refused 'makes no sense' 'a long text' List 'a{sv}' 1 name s "$(printf '%0100000d' 0)"
refused 'PCI address' 'an inode that is none' Revoke 'sa{sv}' 18446744073709551616 0
refused 'PCI address' 'no device' Restore 'sa{sv}' '' 0
refused 'PCI address' 'a path as device' Release 'sa{sv}' ../../../etc/passwd 0
refused 'no such device' 'a device that there is not' Release 'sa{sv}' ffff:ff:1f.7 0
refused 'no driver' 'a path as driver' Reassign 'ssa{sv}' "$VICTIM" ../x 0
refused 'waits for' 'another event' Schedule 'ssa{sv}' "$VICTIM" now 0
refused 'say when' 'at, without a time' Schedule 'ssa{sv}' "$VICTIM" at 0
refused 'makes no sense' 'no time at all' Release 'sa{sv}' "$VICTIM" 1 timeout_us t 0
refused 'makes no sense' 'a step that there is not' Release 'sa{sv}' "$VICTIM" 1 steps as 1 rm
refused 'makes no sense' 'a path as job' Jobs 'a{sv}' 1 job s ../../etc/passwd
for path in / "$JOB" "$JOB/nobody" "$JOB/______etc_passwd" "$JOB/$armed/x" \
	"$JOB/$(printf '%04096d' 0)"; do
	refused 'such job|object of a job' "to cancel $(printf '%.60s' "$path")" Cancel o "$path"
done
like "$(busctl get-property org.dmabufctl1 "$JOB/______etc_passwd" org.dmabufctl1.Job \
	State 2>&1)" 'Unknown object' 'an object that there is not has no properties'
for id in ../../etc/passwd '' "$(printf '%04096d' 0)"; do
	like "$(dmabufctl cancel --json=short -- "$id" 2>/dev/null | jq .error.status)" \
		'^[23]$' "the tool cancels no '$(printf '%.20s' "$id")'"
done
like "$(busctl call org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus \
	RequestName su org.dmabufctl1 4 2>&1)" 'Access denied' \
	'not even root can be org.dmabufctl1'
is "$(main_pid)" "$pid" 'it is the same process'
is "$(traces)" "$before" 'and nothing came of any of them'

# many at once, and large ones
answers='returned|org\.freedesktop\.DBus\.Error\.(InvalidArgs|LimitsExceeded|UnknownMethod'
answers="$answers|InteractiveAuthorizationRequired)|org\.dmabufctl1\.Error\.[A-Za-z]+"
as_user lab-bus-flood 200 1000 12 >"$ACTORS/flood" || fail '1,000 calls over 200 connections'
sed 's/^/# /' "$ACTORS/flood"
is "$(awk '{ n += $1 } END { print n }' "$ACTORS/flood")" 1000 \
	'1,000 calls over 200 connections: all are answered'
is "$(grep -vE "^[0-9]+ ($answers)$" "$ACTORS/flood")" '' 'by errors of the interface'
like "$(cat "$ACTORS/flood")" 'LimitsExceeded' 'too many at a time are told so'
lab-bus-flood 2 18 1048576 >"$ACTORS/large" || fail 'texts of 1 MiB'
sed 's/^/# /' "$ACTORS/large"
is "$(awk '{ n += $1 } END { print n }' "$ACTORS/large")" 18 'texts of 1 MiB are answered'
unlike "$(cat "$ACTORS/large")" 'NoReply|Timeout|Disconnected' 'by the daemon'
ok 'it answers' busctl call org.dmabufctl1 /org/dmabufctl1 org.freedesktop.DBus.Peer Ping
is "$(main_pid)" "$pid" 'it is still the same process'
fds_are_few() {
	[ "$(fds_of "$pid")" -le "$fds" ]
}
wait_for 20 'that has no more fds than before' fds_are_few
is "$(traces)" "$before" 'nothing came of them either'

# what does not belong into the directory of requests
began=$(date +%s)
broken() {
	journalctl --since="@$began" --output=cat -u dmabufd.service \
		MESSAGE_ID=6d4f5c61eeed4ef29022fee729d5c046
}
secret=$(cat /etc/shadow)
ln -s /etc/shadow "$REQUESTS/link.json"
mkfifo "$REQUESTS/fifo.json"
mkdir "$REQUESTS/directory.json"
head -c 102400 /dev/zero | tr '\0' '[' >"$REQUESTS/large.json"
install -m 4755 /bin/true "$REQUESTS/.lab"
mv "$REQUESTS/.lab" "$REQUESTS/u+s.json"
: >"$REQUESTS/$(printf 'evil\033[31m.json')"
all_aside() {
	[ "$(broken | wc -l)" -ge 6 ] && [ "$(ls "$REQUESTS")" = "$armed.json" ]
}
wait_for 20 'each of the six files is told, and out of the way' all_aside
is "$(cat /etc/shadow)" "$secret" 'a link is not followed'
unlike "$(broken)" "$(printf '\033')" 'a name is told without its escapes'
is "$(dmabufctl jobs --json=short | jq -r '.jobs[] | .job + " " + .state')" "$armed armed" \
	'the job that waits goes on waiting'
is "$(main_pid)" "$pid" 'and the daemon goes on'
find "$REQUESTS" -mindepth 1 -name '.*' -exec rm -r {} +

# what a daemon can do that somebody has taken over
as_daemon() {
	setpriv --reuid=dmabufd --regid=dmabufd --clear-groups --bounding-set=-all \
		--inh-caps=-all --no-new-privs "$@"
}
systemd1() {
	as_daemon busctl call --allow-interactive-authorization=no org.freedesktop.systemd1 \
		/org/freedesktop/systemd1 org.freedesktop.systemd1.Manager "$@" 2>&1
}
# forbidden METHOD TYPES UNIT ARGUMENT...
forbidden() {
	like "$(systemd1 "$@")" 'Access denied|not valid|missing the instance' \
		"as dmabufd: no $1 ${3-}"
}
for unit in ssh.service dmabufctl-observe@x.service dmabufctl-observe.socket dmabufd.path \
	dmabufctl-actx.service dmabufctl-act@.service dmabufctl-act@../x.service \
	dmabufctl-act@x.socket; do
	forbidden StartUnit ss "$unit" replace
done
forbidden StopUnit ss ssh.service replace
forbidden StopUnit ss dmabufctl-observe.socket replace
forbidden RestartUnit ss dmabufctl-act@x.service replace
forbidden KillUnit ssi dmabufd.service all 9
forbidden StartTransientUnit 'ssa(sv)a(sa(sv))' dmabufctl-act@x.service replace 0 0
forbidden Reload ''
for path in /var/lib/dmabufctl/jobs /var/lib/dmabufctl/ended /run/dmabufctl/undo \
	/run/dmabufctl/revoked /run/dmabufctl /var/lib/dmabufctl /etc/dmabufctl; do
	like "$(as_daemon touch "$path/lab.json" 2>&1)" 'Permission denied' \
		"as dmabufd: nothing is written to $path"
done
is "$(stat -c %U:%a /run/dmabufctl/observe)" dmabufd:600 'the observer is for the daemon alone'
not_ok 'another user does not reach it' as_user test -w /run/dmabufctl/observe


# the executor, which is root, follows no link either; the same file is taken without one
systemctl stop dmabufd.path dmabufd.service
at_exit 'systemctl start dmabufd.path'
request=/run/lab-request.json
at_exit "rm -f $request"
jq -c '.end = "cancelled"' "$REQUESTS/$armed.json" >"$request"
chmod 0644 "$request"
as_daemon ln -s "$request" "$REQUESTS/link.json"
as_daemon cp "$request" "$REQUESTS/file.json"
ok 'as dmabufd: an act may be started' systemd1 StartUnit ss dmabufctl-act@link.service replace
ok 'and another' systemd1 StartUnit ss dmabufctl-act@file.service replace
wait_for 20 'the request that is a file is taken' test -e /var/lib/dmabufctl/ended/file.json
acts_have_ended() {
	[ -z "$(systemctl list-units --no-legend 'dmabufctl-act@*')" ]
}
wait_for 20 'both units have ended' acts_have_ended
is "$(find /var/lib/dmabufctl -name 'link.json')" "$REQUESTS/link.json" \
	'the one that is a link is not'
rm "$REQUESTS/link.json"

act 0 'the job that waited is cancelled' cancel "$armed"
actor_end owner
wait_for 20 'the unit that did it has ended' acts_have_ended
no_traces "$VICTIM"
