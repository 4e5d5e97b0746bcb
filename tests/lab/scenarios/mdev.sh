#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: mediated devices below their parents, idle and open, with their owner
# kernels: built
# machine: any
# timeout: 120
# depth: quick
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh

MTTY=11111111-509f-382f-3c1e-e6bfe0fa1001
MBOCHS=22222222-509f-382f-3c1e-e6bfe0fa1002

# create PARENT TYPE UUID: a mediated device of a sample's only parent
create() {
	echo "$3" >"/sys/devices/virtual/$1/$1/mdev_supported_types/$2/create"
}

remove() {
	[ ! -e "/sys/bus/mdev/devices/$1" ] || echo 1 >"/sys/bus/mdev/devices/$1/remove"
}

cleanup() {
	actor_end serial
	actor_end display
	remove "$MTTY"
	remove "$MBOCHS"
	modprobe -r mtty mbochs
}

# of ADDRESS EXPRESSION: what devices says of it
of() {
	dmabufctl devices --json=short |
		jq -r ".devices[] | select(.address == \"$1\") | $2"
}

# with_sources SOURCES EXPRESSION: what show says of the serial port
with_sources() {
	dmabufctl show "$MTTY" --sources="$1" --json=short | jq -r ".devices[0] | $2"
}

# place ADDRESS: its number in the list
place() {
	dmabufctl devices --json=short |
		jq "[.devices[].address] | index(\"$1\")"
}

# check DEVICE...: its answer in $ACTORS/check.json, its exit status on stdout
check() {
	check_status=0
	dmabufctl check "$@" --json=short >"$ACTORS/check.json" || check_status=$?
	echo $check_status
}

# found EXPRESSION: what check has found
found() {
	jq -r "$1" "$ACTORS/check.json"
}

modprobe mtty
modprobe mbochs
at_exit cleanup
is "$(of mtty .address)" '' 'a parent without mediated devices is not listed'
create mtty mtty-2 "$MTTY"
create mbochs mbochs-small "$MBOCHS"
udevadm settle

# --- idle ---------------------------------------------------------------------------
is "$(of "$MTTY" '[.bus, .parent, .mdev_type, .driver, .state, .function] | tojson')" \
	'["mdev","mtty","mtty-2","mtty","idle",null]' 'a mediated device, idle'
is "$(of "$MBOCHS" '[.bus, .parent, .mdev_type, .driver, .state] | tojson')" \
	'["mdev","mbochs","mbochs-small","mbochs","idle"]' 'and one of another driver'
is "$(of "$MTTY" .iommu_group)" \
	"$(basename "$(readlink "/sys/bus/mdev/devices/$MTTY/iommu_group")")" 'its IOMMU group'
is "$(of mtty '[.bus, .parent, .driver, .function, .state, .mdevs] | tojson')" \
	"[null,null,null,null,\"host\",[\"$MTTY\"]]" 'its parent, which is on no bus'
is "$(place "$MTTY")" "$(($(place mtty) + 1))" 'stands directly behind its parent'
is "$(place "$MBOCHS")" "$(($(place mbochs) + 1))" 'and so does the other'
is "$(dmabufctl devices --json=short |
	jq -r '[.devices[].address | select(. == "'"$MTTY"'")] | length')" 1 'and only there'
like "$(dmabufctl devices)" "^[^0-9a-z]+$MTTY idle +mtty " 'the table has it below its parent'
is "$(dmabufctl devices --no-legend -o address | grep -c "^$MTTY$")" 1 \
	'a table of one column has no branches'
is "$(dmabufctl show "$MTTY" --json=short | jq -r '.devices[].address')" "$MTTY" \
	'show tells of it, not of its parent'
is "$(dmabufctl show "/sys/bus/mdev/devices/$MTTY" --json=short |
	jq -r '.devices[].address')" "$MTTY" 'by its path as well'
like "$(dmabufctl show "$MTTY")" '^Type: +mtty-2$' 'its type'
like "$(dmabufctl show "$MTTY")" '^Parent: +mtty$' 'and its parent, as text'

is "$(check "$MTTY")" 0 'nobody has it open: ready'
is "$(found '[.device, .ready, .obstacles] | tojson')" "[\"$MTTY\",true,[]]" \
	'and it is the device that was asked about'
is "$(found '.notes[] | .kind')" mdev-dma 'whether its driver stops DMA is a note'
is "$(check mtty)" 6 'its parent takes it along: not ready'
is "$(found '.obstacles[] | [.kind, .device, .pid] | tojson')" \
	"[\"mdev\",\"$MTTY\",null]" 'which one'
is "$(check --all)" 0 '--all: mediated devices, and not their parents'
is "$(found '[.checks[].device] | map(select(length == 36)) | sort | tojson')" \
	"[\"$MTTY\",\"$MBOCHS\"]" 'both of them'

# --- open ---------------------------------------------------------------------------
actor serial lab-vfio-export "$MTTY" --no-dma-buf --comm=lab-serial
expected="[$(value serial pid),\"lab-serial\",\"lab-serial.service\",[$(value serial device_fd)],0]"
is "$(of "$MTTY" .state)" open 'somebody has it: open'
is "$(of "$MTTY" '.owners[] | [.pid, .comm, .unit, .fds, .maps] | tojson')" "$expected" \
	'its owner with pid, comm, unit and fd'
is "$(of mtty '[.state, (.owners | length)] | tojson')" '["host",0]' \
	'who is no owner of the parent'
is "$(with_sources proc '.owners[] | [.pid, .comm, .unit, .fds, .maps] | tojson')" \
	"$expected" 'the owner is found without BPF too'
is "$(dmabufctl devices --unit=lab-serial.service --json=short |
	jq -r '.devices[].address')" "$MTTY" '--unit finds what a unit has'
is "$(check "$MTTY")" 6 'somebody has it open: not ready'
is "$(found '.obstacles[] | [.kind, .pid, .comm, .unit] | tojson')" \
	"[\"owner\",$(value serial pid),\"lab-serial\",\"lab-serial.service\"]" 'who'
is "$(check mtty)" 6 'nor is its parent'
is "$(found '.obstacles[] | [.kind, .device, .pid, .unit] | tojson')" \
	"[\"mdev\",\"$MTTY\",$(value serial pid),\"lab-serial.service\"]" \
	'because of whom'
is "$(check --all)" 6 '--all: not all are ready'
is "$(found '[.checks[] | select(.ready | not) | .device] | tojson')" "[\"$MTTY\"]" \
	'this one is not'
actor_end serial
is "$(of "$MTTY" .state)" idle 'the owner has left: idle'
is "$(check "$MTTY")" 0 'and ready'

actor serial lab-vfio-export "$MTTY" --cdev --no-dma-buf --comm=lab-serial
is "$(of "$MTTY" '.owners[].pid')" "$(value serial pid)" 'an owner by the character device'
is "$(with_sources proc '.owners[].pid')" "$(value serial pid)" 'without BPF too'

actor display lab-vfio-export "$MBOCHS" --region=0 --no-dma-buf --map-bar --comm=lab-display
is "$(of "$MBOCHS" '.owners[] | [.pid, .maps] | tojson')" "[$(value display pid),1]" \
	'an owner that has mapped its memory'
dmabufctl devices | sed 's/^/# /'
dmabufctl show "$MBOCHS" | sed 's/^/# /'

# --- gone ---------------------------------------------------------------------------
actor_end serial
actor_end display
remove "$MTTY"
is "$(of "$MTTY" .address)" '' 'a removed one is not listed'
is "$(of mtty .address)" '' 'nor is its parent any longer'
ok 'show does not find it' sh -c "dmabufctl show $MTTY; [ \$? = 3 ]"
