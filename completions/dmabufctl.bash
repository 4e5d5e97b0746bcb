# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion for dmabufctl(8); lists of what is there come from the tool itself
# shellcheck shell=bash

# The command among the words before the cursor, or nothing.
__dmabufctl_verb() {
	local i
	for ((i = 1; i < cword; i++)); do
		case ${words[i]} in
		list | show | devices | check | revoke | restore | release | reassign | \
			schedule | jobs | cancel | monitor | status | help)
			echo "${words[i]}"
			return
			;;
		esac
	done
}

__dmabufctl_inodes() {
	dmabufctl --no-pager --no-ask-password list --flat --no-legend -q -o INODE 2>/dev/null
}

__dmabufctl_devices() {
	dmabufctl --no-pager --no-ask-password devices --no-legend -q -o ADDRESS 2>/dev/null
}

__dmabufctl_jobs() {
	dmabufctl --no-pager --no-ask-password jobs --no-legend -q -o JOB 2>/dev/null
}

# Those that are registered, and those for VFIO that are not yet.
__dmabufctl_drivers() {
	(cd /sys/bus/pci/drivers 2>/dev/null && printf '%s\n' *)
	echo vfio-pci
}

__dmabufctl_columns() {
	dmabufctl --no-pager "$1" --list-columns 2>/dev/null | awk '{ print $1 }'
}

# Comma-separated words: completes the last one behind those that stand.
__dmabufctl_list() {
	local done_part=
	case $cur in
	*,*) done_part=${cur%,*}, ;;
	+*) done_part=+ ;;
	esac
	mapfile -t COMPREPLY < <(compgen -P "$done_part" -W "$1" -- "${cur#"$done_part"}")
	compopt -o nospace
}

__dmabufctl_words() {
	mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
}

__dmabufctl_options() {
	local common='--sources= --cross-check --root= --host= --no-ask-password --json=
		--no-legend --no-pager --quiet --verbose --version --help'
	local plain='--no-ask-password --json= --no-legend --no-pager --quiet --verbose
		--version --help'
	local act="$plain --root= --dry-run --force --timeout="
	case $1 in
	'' | list)
		echo "$common --exporter= --device= --pid= --name= --revocable= --state=
			--flat --legend --output= --list-columns"
		;;
	devices) echo "$common --unit= --output= --list-columns" ;;
	check) echo "$common --all --wait --timeout=" ;;
	revoke) echo "$act --method= --freeze --all-of-device" ;;
	restore) echo "$act" ;;
	release) echo "$act --steps= --stop-owner --kill-owner" ;;
	schedule)
		echo "$plain --on= --at= --to= --once --always --steps= --stop-owner
			--kill-owner --timeout="
		;;
	reassign) echo "$act --steps= --stop-owner --kill-owner --group" ;;
	jobs) echo "$plain --all --root= --output= --list-columns" ;;
	cancel) echo "$plain" ;;
	monitor) echo "$plain --sources= --device= --pid=" ;;
	help) echo '--json= --no-pager --help' ;;
	*) echo "$common" ;;
	esac
}

# The value of an option; fails when prev takes none.
__dmabufctl_value() {
	case $1 in
	--sources)
		if [[ $(__dmabufctl_verb) == monitor ]]; then
			__dmabufctl_list 'bpf trace poll'
		else
			__dmabufctl_list 'bpf bufinfo sysfs proc'
		fi
		;;
	--json) __dmabufctl_words 'pretty short off' ;;
	--revocable) __dmabufctl_list 'yes no depends unknown' ;;
	--state) __dmabufctl_list 'live revoking revoked orphaned unknown none' ;;
	--device) __dmabufctl_words "$(__dmabufctl_devices)" ;;
	--exporter)
		__dmabufctl_words "$(dmabufctl --no-ask-password list --flat --no-legend -q \
			-o EXPORTER 2>/dev/null | sort -u)"
		;;
	--unit)
		__dmabufctl_words "$(dmabufctl --no-ask-password devices --no-legend -q \
			-o UNIT 2>/dev/null | tr ',' '\n' | grep -vx -- - | sort -u)"
		;;
	--pid) __dmabufctl_words "$(cd /proc && echo [0-9]*)" ;;
	--output | -o)
		local verb
		verb=$(__dmabufctl_verb)
		__dmabufctl_list "$(__dmabufctl_columns "${verb:-list}")"
		;;
	--root) _filedir -d ;;
	--host | -H) _known_hosts_real -- "$cur" ;;
	--timeout) __dmabufctl_words '10s 1min 10min 1h' ;;
	--method) __dmabufctl_words 'auto memory low-power reset buffer' ;;
	--on) __dmabufctl_words 'unplug reassign release exit idle at' ;;
	--at) __dmabufctl_words 'hourly daily weekly monthly' ;;
	--to) __dmabufctl_words "$(__dmabufctl_drivers)" ;;
	--steps)
		__dmabufctl_list 'grace detach revoke freeze-owner ask stop-owner kill-owner'
		;;
	--name) ;;
	*) return 1 ;;
	esac
}

_dmabufctl() {
	local cur prev words cword split verb
	_init_completion -s -n : || return

	if __dmabufctl_value "$prev"; then
		__ltrim_colon_completions "$cur"
		return
	fi
	$split && return

	verb=$(__dmabufctl_verb)
	if [[ $cur == -* ]]; then
		__dmabufctl_words "$(__dmabufctl_options "$verb")"
		[[ ${COMPREPLY-} == *= ]] && compopt -o nospace
		return
	fi
	case $verb in
	'' | help)
		__dmabufctl_words 'list show devices check revoke restore release reassign
			schedule jobs cancel monitor status help'
		;;
	show) __dmabufctl_words "$(__dmabufctl_inodes) $(__dmabufctl_devices)" ;;
	check | restore | release | schedule) __dmabufctl_words "$(__dmabufctl_devices)" ;;
	revoke) __dmabufctl_words "$(__dmabufctl_devices) $(__dmabufctl_inodes)" ;;
	reassign)
		if [[ $prev == reassign ]]; then
			__dmabufctl_words "$(__dmabufctl_devices)"
		else
			__dmabufctl_words "$(__dmabufctl_drivers)"
		fi
		;;
	cancel) __dmabufctl_words "$(__dmabufctl_jobs)" ;;
	esac
	__ltrim_colon_completions "$cur"
} && complete -F _dmabufctl dmabufctl
