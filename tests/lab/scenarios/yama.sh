#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: Yama lets nobody copy fds; the last of a boot, for it cannot be undone
# kernels: sid experimental
# soak-kernels: experimental
# machine: any
# timeout: 120
# depth: full
# order: last
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh
. /usr/lib/dmabufctl-lab/act.sh

[ -e /proc/sys/kernel/yama/ptrace_scope ] || skip_all 'this kernel has no Yama'
borrow_vfio "$VICTIM"
actor owner lab-vfio-export "$VICTIM" --comm=lab-owner
echo 3 >/proc/sys/kernel/yama/ptrace_scope
act 7 'revoke' revoke "$VICTIM"
like "$(answer .reason)" 'ptrace_scope' 'the sysctl is named'
act 7 'release' release "$VICTIM" --steps=revoke --timeout=2s
# a scenario before may have locked the kernel down: the owner tells, not BPF
like "$(tell owner command-read)" '^ok command-read value=0x0[01]0[37]$' 'nothing was done'
no_traces "$VICTIM"
act 0 'an owner can still be stopped' release "$VICTIM" --steps=stop-owner --timeout=10s
