#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: dmabufd takes back what a driver change or an unplug waits for
# kernels: sid experimental built
# soak-kernels: experimental
# machine: any
# timeout: 300
# depth: full
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh
. /usr/lib/dmabufctl-lab/act.sh

configuration=/etc/dmabufctl/dmabufctl.conf.d/lab.conf
at_exit "rm -f $configuration; systemctl reload dmabufd || true"

# configure LINE...: what the daemon is to do
configure() {
	mkdir -p "${configuration%/*}"
	printf '[Default]\n' >"$configuration"
	printf '%s\n' "$@" >>"$configuration"
	systemctl reload-or-restart dmabufd
}

device_is() {
	[ "$(state_of "$1")" = "$2" ]
}

# logged MESSAGE-NAME: has the daemon said so since the scenario began?
logged() {
	journalctl --unit=dmabufd.service --since="@$began" --output=cat | grep -q "$1"
}

began=$(date +%s)
bind_vfio "$VICTIM"
wait_for 20 'udev has started it with the first VFIO device' \
	systemctl -q is-active dmabufd.service
ok 'it owns its name' busctl --system status org.dmabufctl1
is "$(systemctl show --property=User --value dmabufd)" dmabufd 'as its own user'

# an unbind, and an owner that never lets go
configure Grace=2s
actor owner lab-vfio-export "$VICTIM" --comm=lab-owner
inode=$(nth_buffer owner 1 inode)
sh -c "echo $VICTIM >/sys/bus/pci/drivers/vfio-pci/unbind" &
start=$(date +%s%3N)
wait_for 15 'the buffers are revoked' device_is "$inode" revoked
took=$(($(date +%s%3N) - start))
ok "that took $took ms, of which 2 s are the grace" test "$took" -ge 1500
job=$(dmabufctl jobs --all --json=short | jq -r '[.jobs[] | select(.on == "release")][-1].job')
wait_for 15 'its job has ended' sh -c \
	"dmabufctl jobs --all --json=short | jq -e '.jobs[] | select(.job == \"$job\" and .result)'"
like "$(dmabufctl jobs --all --json=short |
	jq -r ".jobs[] | select(.job == \"$job\") | .result.buffers[0] | .after + \" \" + .verified")" \
	'revoked' 'and it says so, buffer by buffer'
actor_end owner
wait || true
wait_for 20 'the owner has let go: the unbind ends' sh -c \
	"! [ -e /sys/bus/pci/devices/$VICTIM/driver ]"

# the same with a ladder that ends the owner
configure Grace=0 'Steps=revoke stop-owner kill-owner' StepTimeout=3s
bind_vfio "$VICTIM"
actor owner lab-vfio-export "$VICTIM" --comm=lab-owner
timeout 60 sh -c "echo $VICTIM >/sys/bus/pci/drivers/vfio-pci/unbind" || true
ok 'the unbind has ended in bounded time' sh -c "! [ -e /sys/bus/pci/devices/$VICTIM/driver ]"

# left alone
configure React=no
bind_vfio "$VICTIM"
actor other lab-vfio-export "$VICTIM" --comm=lab-other
inode=$(nth_buffer other 1 inode)
sh -c "echo $VICTIM >/sys/bus/pci/drivers/vfio-pci/unbind" &
wait_for 20 'the release has begun' sh -c \
	"! [ -e /sys/bus/pci/devices/$VICTIM/driver ]"
wait_for 20 'the daemon knows of it' logged "$VICTIM"
is "$(state_of "$inode")" live 'React=no: nothing is revoked'
actor_end other
wait || true
no_traces "$VICTIM"
