#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# kernels: all
# machine: any
# timeout: 30
# depth: quick
# description: the guest is what scenarios rely on
# shellcheck source=/dev/null
. /usr/lib/dmabufctl-lab/lib.sh
set -eu

like "$(systemctl is-system-running)" 'running|starting|degraded' 'systemd is up'
is "$(systemctl --failed --plain --no-legend)" '' 'no unit failed'

for device in "$VICTIM" "$SPARE" "$SIBLING1" "$SIBLING2" "$SIBLING3" "$NVME" "$BOCHS" "$EDU"; do
    ok "device $device exists" test -e "/sys/bus/pci/devices/$device"
done

ok 'victim has an IOMMU group' test -e "/sys/bus/pci/devices/$VICTIM/iommu_group"
is "$(group_of "$SIBLING2") $(group_of "$SIBLING3")" \
    "$(group_of "$SIBLING1") $(group_of "$SIBLING1")" 'siblings share an IOMMU group'
for other in "$SPARE" "$SIBLING1" "$NVME"; do
    not_ok "$other is in another group than victim" \
        test "$(group_of "$VICTIM")" = "$(group_of "$other")"
done

like "$(host qmp query-status)" '"running"' 'the host side answers'
