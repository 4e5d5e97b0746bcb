# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Acting, and what must be true afterwards. Source this after actors.sh.

ACT_OUT=$ACTORS.act
ACT_ERR=$ACTORS.act-err
ACT_STATUS=$ACTORS.act-status
at_exit "rm -f $ACT_OUT $ACT_ERR $ACT_STATUS"

# act STATUS DESC VERB ARGUMENT...: runs it with --json=short; tests its exit status
act() {
	act_wanted=$1
	act_desc=$2
	shift 2
	act_status=0
	dmabufctl "$@" --json=short >"$ACT_OUT" 2>"$ACT_ERR" || act_status=$?
	if [ "$act_status" = "$act_wanted" ]; then
		pass "$act_desc: exit $act_status"
	else
		fail "$act_desc: exit $act_wanted" "status $act_status of: dmabufctl $*"
		cut -c1-2000 "$ACT_OUT" | sed 's/^/#   /'
		sed 's/^/#   /' "$ACT_ERR"
	fi
}

# act_background VERB ARGUMENT...: the same without waiting; its exit status comes to be
# in ACT_STATUS
act_background() {
	rm -f "$ACT_STATUS"
	(
		status=0
		dmabufctl "$@" --json=short >"$ACT_OUT" 2>"$ACT_ERR" || status=$?
		echo "$status" >"$ACT_STATUS.new"
		mv "$ACT_STATUS.new" "$ACT_STATUS"
	) &
}

# answer FILTER: of what the last act printed
answer() {
	jq -r "$1" "$ACT_OUT"
}

# state_of INODE
state_of() {
	dmabufctl list --json=short | jq -r ".buffers[] | select(.inode == $1) | .state"
}

# no_traces ADDRESS: nothing of an act is left behind
no_traces() {
	is "$(ls /run/dmabufctl/undo)" '' 'no undo is left over'
	is "$(ls /var/lib/dmabufctl/jobs)" '' 'no job is left over'
	ok 'the lock is free' flock --nonblock "/run/dmabufctl/$1.lock" true
	is "$(systemctl list-units --no-legend 'dmabufctl-act@*' --state=running | wc -l)" 0 \
		'no unit runs'
}

# no_act: nobody is acting, on whatever device
no_act() {
	! systemctl --quiet is-active 'dmabufctl-act@*'
}

# fds_of PID: how many it has
fds_of() {
	find "/proc/$1/fd" -mindepth 1 | wc -l
}

# run_act_by COMMAND...: from now on the executor is started by that; without: by nothing.
# systemd has to be told only once, which takes seconds.
ACT_RUN=/run/lab-act
ACT_DROP_IN=/run/systemd/system/dmabufctl-act@.service.d/lab.conf
run_act_by() {
	# shellcheck disable=SC2016 # for the shell that the unit runs
	printf 'exec %s /usr/lib/dmabufctl/dmabufctl-act "$1"\n' "$*" >"$ACT_RUN"
	[ ! -e "$ACT_DROP_IN" ] || return 0
	mkdir -p "$(dirname "$ACT_DROP_IN")"
	cat >"$ACT_DROP_IN" <<-END
		[Service]
		SystemCallFilter=@debug
		ExecStart=
		ExecStart=/bin/sh $ACT_RUN %i
	END
	systemctl daemon-reload
	at_exit "rm $ACT_DROP_IN $ACT_RUN; systemctl daemon-reload"
}
