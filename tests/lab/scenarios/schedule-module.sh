#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: a request has no module loaded but those of its device
# kernels: sid
# machine: any
# timeout: 240
# depth: full
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh
. /usr/lib/dmabufctl-lab/act.sh
. /usr/lib/dmabufctl-lab/daemon.sh

other=vgem # a module that has nothing to do with PCI

is_loaded() {
	[ -e "/sys/module/$1" ]
}

# run_now DRIVER: a job that is due in a moment; JOB
run_now() {
	arm "$NVME" --on=at --at="$(date --date='+2 seconds' '+%Y-%m-%d %H:%M:%S')" --to="$1"
	wait_for 60 "the job for $1 has ended" job_has_ended "$JOB"
}

if ! modprobe -r nvme || ! modinfo "$other" >/dev/null; then
	skip_all 'the drivers are built in'
fi
daemon_begin React=no
borrow_vfio "$NVME"
modprobe -r "$other" 2>/dev/null || true
run_now "$other"
is "$(job "$JOB" .result.result)" refused 'what is not known for the device is refused'
like "$(job "$JOB" .result.remedy)" modprobe 'and says what to do'
not_ok 'it was not loaded' is_loaded "$other"
is "$(driver_of "$NVME")" vfio-pci 'and the device stays where it is'
run_now nvme
is "$(job "$JOB" .result.result)" 'done' 'what the kernel knows for the device is loaded'
is "$(driver_of "$NVME")" nvme 'and has it'
