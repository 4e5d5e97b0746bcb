#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: owners in a login and in a user's manager are left alone; two owners at once
# kernels: sid experimental built
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

# outcomes STEP: how the steps of that name ended, and of what they spoke
outcomes() {
	answer "[.steps[] | select(.step == \"$1\") | .result] | join(\" \")"
}

frozen() {
	systemctl show -p FreezerState --value "$1"
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
	act 6 "$1: stop" release "$VICTIM" --stop-owner --timeout=2s
	like "$(words)" "user's session" "$1: and why"
	act 6 "$1: kill" release "$VICTIM" --kill-owner --timeout=2s
	act 6 "$1: stop, forced" reassign "$VICTIM" pci-stub --stop-owner --force
	is "$(frozen "$1")" running "$1: not frozen"
	ok "$1: the owner lives" test -e "/proc/$owner/fd/0"
	is "$(state_of "$(sed -n 's/^ready.*buffers=[0-9]*:\([0-9]*\).*/\1/p' \
		"$ACTORS/out")")" live "$1: its buffer is live"
	is "$(driver_of "$VICTIM")" vfio-pci "$1: nothing was unbound"
	no_traces "$VICTIM"
}

borrow_vfio "$VICTIM"
modprobe pci-stub || true
export_command="$(command -v lab-vfio-export) $VICTIM --comm=lab-owner"
mkfifo "$ACTORS/in"

# --- a login ------------------------------------------------------------------------------

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

# --- a user's manager ---------------------------------------------------------------------

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

# --- a machine of libvirt -----------------------------------------------------------------

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

# --- two owners ---------------------------------------------------------------------------

actor first lab-vfio-export "$VICTIM" --comm=lab-first
actor second lab-hold "$(value first pid)" "$(value first device_fd)" --comm=lab-second
inode=$(nth_buffer first 1 inode)
act 0 'two owners: revoke --freeze' revoke "$VICTIM" --freeze
is "$(frozen lab-first) $(frozen lab-second)" 'frozen frozen' 'both are frozen'
is "$(state_of "$inode")" revoked 'and the buffer is revoked'
act 0 'two owners: restore' restore "$VICTIM"
is "$(frozen lab-first) $(frozen lab-second)" 'running running' 'both are thawed'
act 5 'two owners that hold on' reassign "$VICTIM" pci-stub --timeout=2s
like "$(answer .reason)" "process $(value first pid) .*lab-first.service" \
	'one of them is named'
like "$(answer .reason)" "process $(value second pid) .*lab-second.service" \
	'and so is the other'
is "$(state_of "$inode") $(driver_of "$VICTIM")" 'live vfio-pci' 'nothing is as it was not'
act 0 'two owners: stop' reassign "$VICTIM" pci-stub --timeout=4s --stop-owner \
	--steps=revoke
is "$(outcomes stop-owner)" 'done done' 'both are told to stop, the first not waited for'
not_ok 'neither runs' systemctl -q is-active lab-first lab-second
is "$(driver_of "$VICTIM")" pci-stub 'the device is on the new driver'
no_traces "$VICTIM"
