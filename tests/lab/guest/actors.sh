# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Actors of a scenario: programs that hold, export or import buffers, each in a systemd
# unit of its own (lab-NAME.service), so that a list has units to show. Source this
# after lib.sh.

ACTORS=$(mktemp -d /run/lab-actors.XXXXXX)
actors_devices=
at_exit actors_end

# What plain buffers are made of: Debian's 6.1 has neither udmabuf nor dma-heaps
modprobe udmabuf 2>/dev/null || true
# shellcheck disable=SC2034 # for the scenarios
PLAIN=udmabuf
if [ ! -e /dev/udmabuf ]; then
	modprobe vgem
	# shellcheck disable=SC2034
	PLAIN=drm:vgem
fi

# borrow_vfio ADDRESS: binds the device to vfio-pci until the scenario ends
borrow_vfio() {
	bind_vfio "$1"
	actors_devices="$actors_devices $1"
}

# actor NAME PROGRAM ARGUMENT...: starts it and waits until it says that it is ready.
# Status 7: the program said that this kernel lacks what it needs.
actor() {
	actor_name=$1
	shift
	mkdir "$ACTORS/$actor_name"
	mkfifo "$ACTORS/$actor_name/in"
	# shellcheck disable=SC2016 # expanded by the unit's own shell
	systemd-run --quiet --collect --unit="lab-$actor_name" \
		-p SuccessExitStatus=7 --setenv=PATH="$PATH" \
		-- sh -c 'd=$0; "$@" <>"$d/in" >"$d/out" 2>&1; echo $? >"$d/status.new"
			mv "$d/status.new" "$d/status"' \
		"$ACTORS/$actor_name" "$@"
	until grep -q '^ready' "$ACTORS/$actor_name/out" 2>/dev/null; do
		if [ -e "$ACTORS/$actor_name/status" ]; then
			sed 's/^/# /' "$ACTORS/$actor_name/out"
			return "$(cat "$ACTORS/$actor_name/status")"
		fi
		sleep 0.05
	done
}

# value NAME KEY: what the actor's ready line says of KEY
value() {
	sed -n "s/^ready.* $2=\([^ ]*\).*/\1/p;s/^ready $2=\([^ ]*\).*/\1/p" \
		"$ACTORS/$1/out" | head -n 1
}

# nth_buffer NAME N fd|inode: of the ready line's buffers=FD:INODE,... or PID:FD:INODE
nth_buffer() {
	nth_field=1
	[ "$3" = inode ] && nth_field=2
	value "$1" buffers | tr , '\n' | sed -n "$2p" |
		sed 's/^[0-9]*:\(-\{0,1\}[0-9]*:[0-9]*\)$/\1/' | cut -d: -f"$nth_field"
}

# tell NAME COMMAND...: gives the actor a command and prints its answer
tell() {
	tell_out=$ACTORS/$1/out
	tell_in=$ACTORS/$1/in
	shift
	tell_lines=$(wc -l <"$tell_out")
	# echo would obey the backslashes
	printf '%s\n' "$*" >"$tell_in"
	while [ "$(wc -l <"$tell_out")" -le "$tell_lines" ]; do
		sleep 0.05
	done
	tail -n 1 "$tell_out"
}

# actor_end NAME: kills it and waits for its unit to be gone
actor_end() {
	systemctl kill --signal=KILL "lab-$1.service" 2>/dev/null || true
	systemctl stop "lab-$1.service" 2>/dev/null || true
	rm -rf "${ACTORS:?}/$1"
}

actors_end() {
	for actor_directory in "$ACTORS"/*/; do
		[ -d "$actor_directory" ] || continue
		actor_end "$(basename "$actor_directory")"
	done
	rm -rf "$ACTORS"
	for actor_device in $actors_devices; do
		bind_driver "$actor_device" ''
	done
}
