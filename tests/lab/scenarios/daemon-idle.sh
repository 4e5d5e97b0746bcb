#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: a daemon that has nothing to do is small, sleeps, and leaves
# kernels: sid
# machine: any
# timeout: 240
# depth: full
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh
. /usr/lib/dmabufctl-lab/act.sh
. /usr/lib/dmabufctl-lab/daemon.sh

window=20 # seconds
[ "$LAB_DEPTH" != soak ] || window=60
at_exit "bind_driver $VICTIM ''"

main_pid() {
	systemctl show --property=MainPID --value dmabufd.service
}

of_status() {
	awk -v key="$1:" '$1 == key { print $2 }' "/proc/$pid/status"
}

# A process that never runs cannot be made to wait: each time it wakes up, it ends by
# going to sleep again, which is one of these.
wakeups() {
	of_status voluntary_ctxt_switches
}

is_quiet() {
	quiet_before=$(wakeups)
	sleep 3
	[ "$(wakeups)" = "$quiet_before" ]
}

ping_it() {
	busctl call org.dmabufctl1 /org/dmabufctl1 org.freedesktop.DBus.Peer Ping
}

is_active() {
	systemctl -q is-active dmabufd.service
}

has_left() {
	! is_active
}

is "$(dmabufctl jobs --json=short | jq -c .jobs)" '[]' 'there is no job'
daemon_allowed
bind_vfio "$VICTIM"
wait_for 20 'the first VFIO device starts it' is_active
pid=$(main_pid)
wait_for 60 'what it has to do at the start is done' is_quiet

# sd-event keeps the watchdog at between a half and three quarters of WatchdogSec=, so
# that one may fall into the time; everything else would be a timer that nobody needs
before=$(wakeups)
sleep "$window"
woken=$(($(wakeups) - before))
ok "$woken wake-ups in $window s, of which one can be the watchdog" test "$woken" -le 1
before=$(wakeups)
ok 'it answers' ping_it
ok 'a wake-up would have been seen' test "$(wakeups)" -gt "$before"

grep -E '^(VmRSS|RssAnon|RssFile)' "/proc/$pid/status" | sed 's/^/# /'
rss=$(of_status VmRSS)
ok "$rss KiB are resident, less than 6 MiB" test "$rss" -lt 6144

bind_driver "$VICTIM" ''
wait_for 60 'it leaves after the last VFIO device' has_left
is "$(systemctl show --property=Result,ExecMainStatus --value dmabufd.service | tr '\n' ' ')" \
	'success 0 ' 'by itself, and without an error'
ok 'who calls it starts it again' ping_it
unlike "$(main_pid)" "^(0|$pid)$" 'that is another process'
