#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: no root, no debugfs, hidepid, a container: the list comes, with reasons
# kernels: all
# machine: any
# timeout: 90
# depth: quick
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh

actor plain lab-dmabuf-make --kind="$PLAIN" --count=1 --comm=lab-plain
inode=$(nth_buffer plain 1 inode)

status=0
setpriv --reuid=nobody --clear-groups dmabufctl list >"$ACTORS/out" 2>"$ACTORS/err" ||
	status=$?
is "$status" 4 'not root: exit status 4'
is "$(wc -l <"$ACTORS/out")" 0 'not root: nothing on standard output'
like "$(head -n 1 "$ACTORS/err")" '^dmabufctl: .*root' 'not root: one clear line'
status=0
setpriv --reuid=nobody --clear-groups dmabufctl list --json=short >"$ACTORS/out" \
	2>"$ACTORS/err" || status=$?
is "$status $(jq .error.status "$ACTORS/out")" '4 4' 'not root, JSON: the error is JSON'

unshare --mount sh -c 'umount /sys/kernel/debug; dmabufctl list --json=short' \
	>"$ACTORS/list.json"
is "$(jq ".buffers[] | select(.inode == $inode) | .holders | length" \
	"$ACTORS/list.json")" 1 'no debugfs: the buffer and its holder are listed'
unshare --mount sh -c 'umount /sys/kernel/debug
	dmabufctl list --json=short --sources=bufinfo,proc' >"$ACTORS/list.json"
is "$(jq -r .sources.bufinfo "$ACTORS/list.json")" \
	'missing: debugfs is not mounted at /sys/kernel/debug' 'no debugfs: and the reason'
is "$(jq ".buffers[] | select(.inode == $inode) | .holders | length" \
	"$ACTORS/list.json")" 1 'no debugfs, no BPF: listed all the same'

unshare --mount sh -c 'mount -o remount,hidepid=2 /proc
	setpriv --bounding-set=-sys_ptrace --inh-caps=-sys_ptrace \
		dmabufctl list --json=short --sources=proc' >"$ACTORS/list.json"
like "$(jq -r .sources.proc "$ACTORS/list.json")" '^partial: .*hidepid' \
	'hidepid: the reason'
mount -o remount,hidepid=0 /proc

setpriv --reuid=nobody --regid=nogroup --clear-groups \
	unshare --user --map-root-user --mount --pid --fork --mount-proc \
	dmabufctl list --json=short >"$ACTORS/list.json"
like "$(jq -r .sources.bpf "$ACTORS/list.json")" '^(refused|missing): ' \
	'a container: BPF is refused'
like "$(jq -r .sources.bufinfo "$ACTORS/list.json")" '^(refused|missing): ' \
	'a container: so is bufinfo'
like "$(jq -r .sources.proc "$ACTORS/list.json")" '^partial: .*container' \
	'a container: only its processes are seen'

setpriv --bounding-set=-sys_ptrace,-bpf,-sys_admin,-perfmon \
	--inh-caps=-sys_ptrace,-bpf,-sys_admin,-perfmon \
	setpriv --reuid=0 dmabufctl list --json=short >"$ACTORS/list.json"
like "$(jq -r .sources.bpf "$ACTORS/list.json")" '^(refused|missing): ' \
	'without the capabilities BPF is refused'
