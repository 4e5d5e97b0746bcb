#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: a stuck revoke does not keep the host from rebooting
# kernels: built
# machine: any
# timeout: 120
# depth: full
# order: end
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh
. /usr/lib/dmabufctl-lab/act.sh

modprobe lab_importer
bind_vfio "$VICTIM"
actor owner lab-vfio-export "$VICTIM" --comm=lab-owner
actor bad lab-attach "$(value owner pid)" "$(nth_buffer owner 1 fd)" "$EDU" never
act 5 'a revoke that is stuck' revoke "$VICTIM" --timeout=2s
not_ok 'it keeps its lock' flock --nonblock "/run/dmabufctl/$VICTIM.lock" true

# the last programs are waited for twice as long as this, with 90 s as systemd is shipped
mkdir -p /run/systemd/system.conf.d
printf '[Manager]\nDefaultTimeoutStopSec=4s\n' >/run/systemd/system.conf.d/lab.conf
systemctl daemon-reload
# the guest ends with all of this as it is
trap - EXIT
host leaving 90
systemctl reboot
exec sleep infinity
