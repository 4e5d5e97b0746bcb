#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: owners in a login, a user's manager, a machine of libvirt
# kernels: sid experimental built
# soak-kernels: experimental built
# machine: any
# timeout: 300
# depth: full
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh
. /usr/lib/dmabufctl-lab/act.sh

# words: all that the last act said
words() {
	answer '[.reason, .remedy, .error.message, .notes[]?] | map(select(.)) | join("; ")'
}

owner_is_ready() {
	grep -q '^ready' "$ACTORS/out"
}

owner_pid() {
	sed -n 's/^ready.*pid=\([0-9]*\).*/\1/p' "$ACTORS/out"
}

# left_alone UNIT: whoever lives there is neither frozen nor stopped nor killed
left_alone() {
	owner=$(owner_pid)
	like "$(cat "/proc/$owner/cgroup")" "/$1(/|\$)" "$1: the owner lives there"
	act 6 "$1: freeze" revoke "$VICTIM" --freeze
	like "$(words)" "$1" "$1: the unit is named"
	act 6 "$1: stop, forced" release "$VICTIM" --stop-owner --kill-owner --force \
		--timeout=2s
	like "$(words)" "user's session" "$1: and why"
	is "$(systemctl show -p FreezerState --value "$1")" running "$1: not frozen"
	ok "$1: the owner lives" test -e "/proc/$owner/fd/0"
	is "$(state_of "$(sed -n 's/^ready.*buffers=[0-9]*:\([0-9]*\).*/\1/p' \
		"$ACTORS/out")")" live "$1: its buffer is live"
	no_traces "$VICTIM"
}

borrow_vfio "$VICTIM"
export_command="$(command -v lab-vfio-export) $VICTIM --comm=lab-owner"
mkfifo "$ACTORS/in"

# --- a login --------------------------------------------------------------------------

systemctl start ssh.service
at_exit 'systemctl stop ssh.service'
# shellcheck disable=SC2086 # a command and its arguments
ssh localhost $export_command <>"$ACTORS/in" >"$ACTORS/out" 2>&1 &
login=$!
wait_for 30 'an owner in a login is ready' owner_is_ready
session=$(sed -n 's,.*/\(session-[^/]*\.scope\).*,\1,p' "/proc/$(owner_pid)/cgroup")
left_alone "$session"
echo exit >"$ACTORS/in"
wait "$login" || true

# --- a user's manager -----------------------------------------------------------------

# it stays when nobody is logged in any more
loginctl enable-linger root
at_exit 'loginctl disable-linger root'
wait_for 20 'the manager of a user' systemctl -q is-active user@0.service
: >"$ACTORS/out"
# shellcheck disable=SC2016,SC2086 # expanded by the unit's own shell
XDG_RUNTIME_DIR=/run/user/0 systemd-run --user --quiet --collect --unit=lab-of-user -- \
	sh -c 'd=$0; exec "$@" <>"$d/in" >"$d/out" 2>&1' "$ACTORS" $export_command
wait_for 20 'an owner in a service of a user is ready' owner_is_ready
left_alone user@0.service
owner=$(owner_pid)
echo exit >"$ACTORS/in"
wait_for 10 'the owner is gone' test ! -e "/proc/$owner"

# --- a machine of libvirt -------------------------------------------------------------

machine='machine-qemu\x2d1\x2dweb.scope'
: >"$ACTORS/out"
# shellcheck disable=SC2086
systemd-run --quiet --collect --scope --unit="$machine" $export_command \
	<>"$ACTORS/in" >"$ACTORS/out" 2>&1 &
wait_for 10 'an owner that libvirt started is ready' owner_is_ready
act 6 'a machine: stop' release "$VICTIM" --stop-owner --timeout=2s
like "$(words)" 'power cut.*virsh.*web' 'it would be a power cut; virsh is named'
ok 'the machine runs' systemctl -q is-active "$machine"
act 0 'a machine: kill' release "$VICTIM" --kill-owner --timeout=10s
not_ok 'the machine was killed' systemctl -q is-active "$machine"
wait || true
