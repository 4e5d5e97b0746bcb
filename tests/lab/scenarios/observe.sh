#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: the daemon's observer: what root sees, what others may know, who may ask
# kernels: all
# soak-kernels: experimental built
# machine: any
# timeout: 120
# depth: full
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh

ask=$ACTORS/ask
cat >"$ask" <<'END'
use strict;
use IO::Socket::UNIX;
$SIG{ALRM} = sub { die "no answer\n" };
alarm 20;
my $socket = IO::Socket::UNIX->new(Peer => "/run/dmabufctl/observe") or die "$!\n";
print $socket $ARGV[0];
shutdown $socket, 1;
print while <$socket>;
END
chmod 0755 "$ACTORS"

# as USER QUESTION: the answer on stdout
as() {
	setpriv --reuid="$1" --regid="$1" --clear-groups perl "$ask" "$2"
}

# who FILE: the comms of the holders of both buffers, null for those that are not told
who() {
	jq -c "[.buffers[] | select(.inode == $foreign or .inode == $own) | .holders[] |
		[.pid, .comm, .unit] | map(. != null)] | sort" "$1"
}

# none_left: every observer has ended
none_left() {
	[ -z "$(systemctl list-units --no-legend --all 'dmabufctl-observe@*')" ]
}

is "$(stat -c %U:%a /var/lib/dmabufctl/requests)" dmabufd:770 \
	'requests belong to the daemon'
is "$(stat -c %U:%G:%a /var/lib/dmabufctl/jobs /var/lib/dmabufctl/ended | sort -u)" \
	root:dmabufd:750 'jobs are for it to read'
systemctl start dmabufctl-observe.socket
at_exit 'systemctl stop dmabufctl-observe.socket'
is "$(stat -c %U:%a /run/dmabufctl/observe)" dmabufd:600 'the socket is its own'

node=/dev/$PLAIN
[ -e "$node" ] || node=/dev/null
chmod 0666 "$node" /dev/dri/* 2>/dev/null || true
actor foreign lab-dmabuf-make --kind="$PLAIN" --count=1 --comm=lab-foreign
# the FIFO of commands is root's
# shellcheck disable=SC2016 # expanded by the user's own shell
actor own setpriv --reuid=nobody --regid=nogroup --clear-groups \
	sh -c 'exec lab-dmabuf-make --kind="$0" --count=1 --comm=lab-own </dev/null' "$PLAIN"
foreign=$(nth_buffer foreign 1 inode)
own=$(nth_buffer own 1 inode)
borrow_vfio "$VICTIM"
actor owner lab-vfio-export "$VICTIM" --no-dma-buf --map-bar --comm=lab-owner

# everything: the same as for root at the shell
for verb in list devices status; do
	as dmabufd "{\"verb\":\"$verb\",\"for_uid\":null}" >"$ACTORS/there.json"
	dmabufctl "$verb" --json=short >"$ACTORS/here.json"
	ok "$verb: what the tool prints" cmp "$ACTORS/here.json" "$ACTORS/there.json"
	[ "$verb" = list ] && note "$(jq -c .sources "$ACTORS/there.json")"
done
as dmabufd "{\"verb\":\"check\",\"device\":\"$VICTIM\",\"for_uid\":null}" \
	>"$ACTORS/there.json"
dmabufctl check "$VICTIM" --json=short >"$ACTORS/here.json" || true
ok 'check: what the tool prints' cmp "$ACTORS/here.json" "$ACTORS/there.json"

# an unprivileged user: his own by name, others without
nobody=$(id -u nobody)
as dmabufd "{\"verb\":\"list\",\"for_uid\":$nobody}" >"$ACTORS/there.json"
is "$(who "$ACTORS/there.json")" '[[false,false,false],[true,true,true]]' \
	'for a user: the holder that is his by pid, comm and unit, the other without'
is "$(jq -r ".buffers[] | select(.inode == $own) | .holders[0].comm" \
	"$ACTORS/there.json")" lab-own 'and it is his'
as dmabufd "{\"verb\":\"list\",\"for_uid\":$nobody,\"sources\":\"proc\"}" \
	>"$ACTORS/there.json"
is "$(who "$ACTORS/there.json")" '[[false,false,false],[true,true,true]]' \
	'the same where only /proc was asked'
as dmabufd "{\"verb\":\"check\",\"all\":true,\"for_uid\":$nobody}" >"$ACTORS/there.json"
is "$(jq -c '[.checks[].obstacles[] | select(.kind == "owner") | .pid, .comm, .unit]' \
	"$ACTORS/there.json")" '[null,null,null]' 'check: the owner without a name'
unlike "$(cat "$ACTORS/there.json")" "lab-owner|\\[$(value owner pid)\\]" \
	'and no text names him'
as dmabufd "{\"verb\":\"list\",\"for_uid\":$nobody,\"filter\":{\"pid\":$(value foreign pid)}}" \
	>"$ACTORS/there.json"
is "$(jq -c .buffers "$ACTORS/there.json")" '[]' 'no filter finds out whose pid it is'

# hostile
is "$(as dmabufd '{"verb":"revoke"}' | jq .error.status)" 2 'no act goes through it'
is "$(head -c 100000 /dev/zero | tr '\0' '[' >"$ACTORS/long"
	as dmabufd "$(cat "$ACTORS/long")" | jq .error.status)" 2 \
	'a question that is too long is refused'
not_ok 'another user cannot connect' as nobody '{"verb":"list","for_uid":null}'
wait_for 20 'no observer is left' none_left
unlike "$(systemctl --failed --no-legend)" dmabufctl 'and none has failed'
