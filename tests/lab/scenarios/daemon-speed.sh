#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# description: how long from the uevent to the revoke: dmabufd, and a script of udev
# kernels: sid experimental built
# machine: any
# timeout: 400
# depth: soak
set -eu
. /usr/lib/dmabufctl-lab/lib.sh
. /usr/lib/dmabufctl-lab/actors.sh
. /usr/lib/dmabufctl-lab/act.sh
. /usr/lib/dmabufctl-lab/daemon.sh

RUNS=5
exec 3>&1
tracing=/sys/kernel/tracing
[ -d $tracing/events ] || mount -t tracefs tracefs $tracing
rule=/run/udev/rules.d/99-lab.rules
script=/run/lab-revoke
at_exit "echo nop >$tracing/current_tracer; : >$tracing/set_ftrace_filter
	rm -f $rule $script; udevadm control --reload"

# traced: what is traced until the revoke begins. Nothing else runs meanwhile: whoever looks
# again and again would be measured, too.
traced() {
	timeout 20 sed '/vfio_pci_dma_buf_move/q' $tracing/trace_pipe
}

# latency: in microseconds; the kernel's own clock, from the function that sends the uevent
# and then waits to where it begins to revoke
latency() {
	bind_vfio "$VICTIM"
	actor owner lab-vfio-export "$VICTIM" --comm=lab-owner
	: >$tracing/trace
	unbind_begin "$VICTIM"
	if ! traced >"$ACTORS/traced"; then
		daemon_told >&3
		return 1
	fi
	sed 's/:[^:]*$//; s/^ *//' "$ACTORS/traced" | awk -v who="-$UNBIND" '
		begin == 0 && index($1, who) { begin = $NF }
		{ end = $NF }
		END { printf "%d\n", (end - begin) * 1000000 }'
	actor_end owner
	poll 20 unbind_has_ended
	poll 20 no_act
}

# median NAME: of RUNS latencies, in milliseconds, into MEDIAN
median() {
	median_all=
	for _ in $(seq $RUNS); do
		median_all="$median_all $(latency)"
	done
	note "$1:$median_all us"
	# shellcheck disable=SC2086 # a list
	MEDIAN=$(printf '%s\n' $median_all | sort -n | awk '{ a[NR] = $1 }
		END { printf "%d\n", a[int((NR + 1) / 2)] / 1000 }')
}

modprobe vfio-pci
bind_vfio "$VICTIM"
echo vfio_unregister_group_dev >$tracing/set_ftrace_filter
echo vfio_pci_dma_buf_move >>$tracing/set_ftrace_filter
echo function >$tracing/current_tracer

cat >$script <<-'END'
	#!/bin/sh
	device=${DEVPATH%/vfio-dev/*}
	exec dmabufctl revoke "${device##*/}" --quiet
END
chmod +x $script
mkdir -p "${rule%/*}"
echo "ACTION==\"remove\", SUBSYSTEM==\"vfio-dev\", RUN+=\"$script\"" >$rule
udevadm control --reload
median 'a script that udev runs'
by_script=$MEDIAN
rm $rule
udevadm control --reload

daemon_begin Grace=0 Steps=revoke StepTimeout=1s
median dmabufd
by_daemon=$MEDIAN
ok "dmabufd takes $by_daemon ms; limit 1000 ms" test "$by_daemon" -le 1000
ok "a script that udev runs takes $by_script ms" test "$by_daemon" -lt "$by_script"
