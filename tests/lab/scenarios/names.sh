#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: hostile buffer names change nothing but their own cell
# kernels: all
# soak-kernels: built
# machine: any
# timeout: 90
# depth: quick
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh

actor plain lab-dmabuf-make --kind="$PLAIN" --count=1 --comm=lab-plain --name=before

# shape SOURCES: the list without its names
shape() {
	dmabufctl list --json=short --sources="$1" |
		jq -c '[.sources, [.buffers[] | del(.name, .name_bytes)]]'
}

fd=$(nth_buffer plain 1 fd)
for sources in bpf,proc bufinfo,proc; do
	tell plain name "$fd" plain >/dev/null
	before=$(shape "$sources")
	for name in 'new\nline' 'tab\ttab' '\e[31mred\e[0m' '\xff\xfe\x80' \
		'\nTotal\x200\x20devices\x20attached\n' '\n\tAttached\x20Devices:\n\tx' \
		'\x0a00004096\x0900000000' '\n' '"}],"x":[{' '\x20'; do
		like "$(tell plain name "$fd" "$name")" '^ok ' "$sources: $name is taken"
		is "$(shape "$sources")" "$before" "$sources: $name changes only the name"
	done
done

tell plain name "$fd" '\e[2Jx\ny' >/dev/null
is "$(dmabufctl list --flat --no-legend -o NAME)" '\x1b[2Jx\ny' \
	'escapes and newlines are shown, not obeyed'
tell plain name "$fd" 'a\xffb' >/dev/null
is "$(dmabufctl list --json=short | jq -r '.buffers[0] | [.name, .name_bytes] | tojson')" \
	"$(printf '["a\357\277\275b","61ff62"]')" 'invalid UTF-8 is replaced, and kept as bytes'
