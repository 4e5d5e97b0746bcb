#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: what is not done: to whom it would be done, on which host, as whom
# kernels: sid experimental built
# soak-kernels: experimental built
# machine: any
# timeout: 400
# depth: full
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh
. /usr/lib/dmabufctl-lab/act.sh

# why REGEX DESC: the reason of the last refusal
why() {
	like "$(answer '[.reason, .error.message, .notes[]?] | map(select(.)) | join("; ")')" \
		"$1" "$2"
}

# owner_in UNIT-OPTIONS...: an owner in a unit of another kind; its pid is in $owner
owner_in() {
	rm -f "$ACTORS/in"
	mkfifo "$ACTORS/in"
	# shellcheck disable=SC2016 # expanded by the unit's own shell
	systemd-run --quiet --collect "$@" --setenv=PATH="$PATH" -- sh -c \
		'exec lab-vfio-export "$1" --comm=lab-owner <>"$0/in" >"$0/out"' \
		"$ACTORS" "$VICTIM"
	wait_for 10 'the owner is ready' grep -q '^ready' "$ACTORS/out"
	owner=$(sed -n 's/^ready.*pid=\([0-9]*\).*/\1/p' "$ACTORS/out")
}

owner_gone() {
	kill -KILL "$owner"
	wait_for 10 'the owner is gone' sh -c "! [ -e /proc/$owner ]"
	rm -f "$ACTORS/in" "$ACTORS/out"
}

borrow_vfio "$VICTIM"

# --- whose unit --------------------------------------------------------------------

# freezes UNIT DESC: neither freeze nor stop; nothing is frozen
not_touched() {
	act 6 "freeze: $2" revoke "$VICTIM" --freeze
	why "$1" "the unit is named: $2"
	act 6 "stop: $2" release "$VICTIM" --stop-owner --timeout=2s
	is "$(systemctl show -p FreezerState --value "$1")" running "not frozen: $2"
	ok "still there: $2" test -e "/proc/$owner"
}

owner_in --unit=sshd.service
not_touched sshd.service 'a service that is excluded'
owner_gone
rm -f "$ACTORS/in"
mkfifo "$ACTORS/in"
systemd-run --quiet --collect --scope --unit=libpod-0123456789ab.scope \
	lab-vfio-export "$VICTIM" --comm=lab-owner <>"$ACTORS/in" >"$ACTORS/out" 2>&1 &
wait_for 10 'the owner in a container is ready' grep -q '^ready' "$ACTORS/out"
owner=$(sed -n 's/^ready.*pid=\([0-9]*\).*/\1/p' "$ACTORS/out")
not_touched libpod-0123456789ab.scope 'a container'
kill -KILL "$owner"
wait || true
rm -f "$ACTORS/out"

# the caller's own unit: this scenario's
lab-vfio-export "$VICTIM" --comm=lab-owner <>"$ACTORS/in" >"$ACTORS/out" &
owner=$!
wait_for 10 'an owner in our own unit is ready' grep -q '^ready' "$ACTORS/out"
act 6 'freeze: our own unit' revoke "$VICTIM" --freeze
act 6 'stop: our own unit' release "$VICTIM" --stop-owner --timeout=2s
ok 'we are still there' test -e "/proc/$owner"
kill -KILL "$owner"
wait || true

# a unit that systemd restarts: said, and done
owner_in --unit=lab-restarts.service -p Restart=always -p RestartSec=100
act 0 'freeze' revoke "$VICTIM" --freeze
is "$(systemctl show -p FreezerState --value lab-restarts)" frozen 'frozen, so that it sticks'
act 0 'restore' restore "$VICTIM"
is "$(systemctl show -p FreezerState --value lab-restarts)" running 'thawed by restore'
act 0 'stop' release "$VICTIM" --stop-owner --timeout=3s --steps=revoke
like "$(answer '.notes | join("; ")')" 'estart' 'Restart= is reported'
is "$(systemctl is-active lab-restarts)" inactive 'stopped, and not started again'
rm -f "$ACTORS/in" "$ACTORS/out"

# --- what the host uses ---------------------------------------------------------------

if [ -n "$NVME" ] && modprobe nvme; then
	wait_for 20 'the NVMe has its name space' test -b /dev/nvme0n1
	mkfs.ext4 -q -F /dev/nvme0n1
	mkdir -p /run/lab-mount
	mount /dev/nvme0n1 /run/lab-mount
	act 6 'a mounted file system' reassign "$NVME" vfio-pci
	why 'lab-mount' 'the mount is named'
	is "$(driver_of "$NVME")" nvme 'the driver is as before'
	umount /run/lab-mount
	act 0 'the same, not mounted' reassign "$NVME" vfio-pci
	is "$(driver_of "$NVME")" vfio-pci 'moved'
	act 0 'and back' reassign "$NVME" nvme
	is "$(driver_of "$NVME")" nvme 'moved back'
else
	skip 'a mounted file system' 'no NVMe'
fi

# --- wrong use --------------------------------------------------------------------------

act 2 'not an address' revoke nonsense
act 3 'no such device' revoke 0000:ff:1f.7
act 3 'no such buffer' revoke 999999
act 2 'no driver' reassign "$VICTIM"
act 2 'an unknown method' revoke "$VICTIM" --method=magic
act 2 'an unknown step' release "$VICTIM" --steps=magic

actor owner lab-vfio-export "$VICTIM" --comm=lab-owner
inode=$(nth_buffer owner 1 inode)
status=0
setpriv --reuid=65534 --clear-groups dmabufctl revoke "$VICTIM" >"$ACTORS/out" 2>&1 ||
	status=$?
is "$status" 4 'not root: 4'
status=0
unshare --fork --pid --mount-proc dmabufctl revoke "$VICTIM" >"$ACTORS/out" 2>&1 || status=$?
is "$status" 7 'another pid namespace: 7'
status=0
unshare --mount sh -c "mount -t tmpfs none /run/systemd && dmabufctl revoke $VICTIM" \
	>"$ACTORS/out" 2>&1 || status=$?
is "$status" 7 'no systemd: 7'
is "$(state_of "$inode")" live 'nothing was done'
mkdir -p /run/systemd/system/dmabufctl-act@.service.d
printf '[Service]\nSystemCallFilter=~pidfd_getfd\n' \
	>/run/systemd/system/dmabufctl-act@.service.d/seccomp.conf
systemctl daemon-reload
act 7 'seccomp' revoke "$VICTIM"
why 'pidfd_getfd' 'what is refused is named'
rm -r /run/systemd/system/dmabufctl-act@.service.d
systemctl daemon-reload
