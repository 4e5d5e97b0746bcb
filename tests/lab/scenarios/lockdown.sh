#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: a kernel locked down for confidentiality: BPF is refused, the list comes
# kernels: all
# machine: any
# timeout: 60
# depth: quick
# order: last
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh

actor plain lab-dmabuf-make --kind="$PLAIN" --count=1 --comm=lab-plain
if [ ! -w /sys/kernel/security/lockdown ]; then
	mount -t securityfs securityfs /sys/kernel/security 2>/dev/null || true
fi
if ! echo confidentiality >/sys/kernel/security/lockdown; then
	skip_all 'this kernel has no lockdown'
fi
dmabufctl list --json=short >"$ACTORS/list.json"
like "$(jq -r .sources.bpf "$ACTORS/list.json")" '^(refused: .*lock|missing: )' \
	'BPF is refused, with the reason'
is "$(jq '.buffers[0].holders[0].comm' "$ACTORS/list.json")" '"lab-plain"' \
	'the buffer and its holder are listed'
like "$(dmabufctl status)" 'bpf +(refused|missing): ' 'status says so too'
