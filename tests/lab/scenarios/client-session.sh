#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: a user with a session: what polkit lets by default, and with a password
# kernels: sid
# machine: any
# timeout: 240
# depth: full
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh
. /usr/lib/dmabufctl-lab/act.sh
. /usr/lib/dmabufctl-lab/daemon.sh

USER_NAME=lab-user
PASSWORD=of-the-lab
TERMINAL=$ACTORS/terminal
useradd --create-home --shell /bin/sh --groups sudo "$USER_NAME"
at_exit "systemctl stop 'user-$(id -u "$USER_NAME").slice'; userdel --remove --force $USER_NAME"
echo "$USER_NAME:$PASSWORD" | chpasswd
install -d -o "$USER_NAME" -m 700 "/home/$USER_NAME/.ssh"
install -o "$USER_NAME" -m 600 /root/.ssh/authorized_keys "/home/$USER_NAME/.ssh"
systemctl start ssh.service
at_exit 'systemctl stop ssh.service'
daemon_allowed

borrow_vfio "$VICTIM"
actor owner lab-vfio-export "$VICTIM" --comm=lab-owner
inode=$(nth_buffer owner 1 inode)

# at_seat COMMAND: in a session of the user at the host itself, once that is active
at_seat() {
	# shellcheck disable=SC2016 # for its own shell
	systemd-run --quiet --wait --collect --unit=lab-seat -p User="$USER_NAME" \
		-p PAMName=login -p TTYPath=/dev/tty1 -p StandardInput=tty-force \
		-p StandardOutput="truncate:$ACT_OUT" -p StandardError="truncate:$ACT_ERR" \
		sh -c 'for _ in $(seq 100); do
				! loginctl show-session "$XDG_SESSION_ID" |
					grep -qx Active=yes || break
				sleep 0.1
			done
			'"exec $1"
}

# with_password PASSWORD ARGUMENT...: of dmabufctl, on a terminal
with_password() {
	password=$1
	shift
	mkfifo "$ACTORS/keys"
	exec 7<>"$ACTORS/keys"
	ssh -tt "$USER_NAME@localhost" dmabufctl "$@" <&7 >"$TERMINAL" 2>&1 &
	login=$!
	status=0
	if poll 60 grep -q 'Password: *$' "$TERMINAL"; then
		printf '%s\r' "$password" >&7
		wait "$login" || status=$?
	else
		kill "$login"
		status='no question'
	fi
	exec 7>&-
	rm "$ACTORS/keys"
}

all_jobs() {
	dmabufctl jobs --all --json=short
}

before=$(all_jobs)
status=0
at_seat 'dmabufctl list --json=short' || status=$?
is "$status" 0 'who sits at the host may look'
is "$(answer ".buffers[] | select(.inode == $inode) | .state")" live 'and sees what there is'
status=0
at_seat "dmabufctl revoke $VICTIM --no-ask-password" || status=$?
is "$status" 4 'but may not act without a password'
is "$(state_of "$inode")" live 'and nothing is done'

status=0
ssh "$USER_NAME@localhost" dmabufctl list >"$ACT_OUT" 2>"$ACT_ERR" </dev/null || status=$?
is "$status" 4 'who comes from elsewhere may not even look without one'
with_password wrong revoke "$VICTIM"
is "$status" 4 'a wrong password: exit 4'
is "$(state_of "$inode")" live 'and nothing is done'
is "$(all_jobs)" "$before" 'no job is left'
with_password "$PASSWORD" revoke "$VICTIM"
sed 's/^/# /' "$TERMINAL"
is "$status" 0 'the right one: exit 0'
like "$(cat "$TERMINAL")" 'org\.dmabufctl1\.revoke' 'the question names the action'
is "$(state_of "$inode")" revoked 'the buffer is revoked'
act 0 'root takes it back' restore "$VICTIM"
actor_end owner
no_traces "$VICTIM"
