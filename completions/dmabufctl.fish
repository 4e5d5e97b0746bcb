# SPDX-License-Identifier: GPL-2.0-or-later
# fish completion for dmabufctl(8); lists of what is there come from the tool itself

function __dmabufctl_inodes
    dmabufctl --no-pager list --flat --no-legend -q -o INODE 2>/dev/null
end

function __dmabufctl_devices
    dmabufctl --no-pager devices --no-legend -q -o ADDRESS 2>/dev/null
end

function __dmabufctl_exporters
    dmabufctl --no-pager list --flat --no-legend -q -o EXPORTER 2>/dev/null | sort -u
end

function __dmabufctl_units
    dmabufctl --no-pager devices --no-legend -q -o UNIT 2>/dev/null | string split , | string match -v -- - | sort -u
end

function __dmabufctl_columns
    set -l verb list
    __fish_seen_subcommand_from devices; and set verb devices
    dmabufctl --no-pager $verb --list-columns 2>/dev/null | string replace -r '^\s*(\S+)\s+(.*)$' '$1\t$2'
end

set -l verbs list show devices check status help
set -l no_verb "not __fish_seen_subcommand_from $verbs"
set -l list "not __fish_seen_subcommand_from show devices check status help"
set -l tables "not __fish_seen_subcommand_from show check status help"

complete -c dmabufctl -f
complete -c dmabufctl -n $no_verb -a list -d 'Buffers with attachments and holders'
complete -c dmabufctl -n $no_verb -a show -d 'Everything known of one buffer or device'
complete -c dmabufctl -n $no_verb -a devices -d 'Devices that share memory or are bound to VFIO'
complete -c dmabufctl -n $no_verb -a check -d 'Can a device be taken back now'
complete -c dmabufctl -n $no_verb -a status -d 'What this kernel and this build can do'
complete -c dmabufctl -n $no_verb -a help -d 'About one command'

complete -c dmabufctl -n '__fish_seen_subcommand_from show' -a '(__dmabufctl_inodes)' -d buffer
complete -c dmabufctl -n '__fish_seen_subcommand_from show' -a '(__dmabufctl_devices)' -d device
complete -c dmabufctl -n '__fish_seen_subcommand_from check' -a '(__dmabufctl_devices)' -d device
complete -c dmabufctl -n '__fish_seen_subcommand_from help' -a "$verbs"

complete -c dmabufctl -n $list -l exporter -x -a '(__dmabufctl_exporters)' -d 'Only buffers of these exporters'
complete -c dmabufctl -n $list -l device -x -a '(__dmabufctl_devices)' -d 'Only buffers this device shares'
complete -c dmabufctl -n $list -l pid -x -a '(__fish_complete_pids)' -d 'Only buffers this process holds'
complete -c dmabufctl -n $list -l name -x -d 'Only buffers with such a name'
complete -c dmabufctl -n $list -l revocable -x -a 'yes no depends unknown' -d 'Only these verdicts'
complete -c dmabufctl -n $list -l state -x -a 'live revoking revoked orphaned unknown none' -d 'Only these states'
complete -c dmabufctl -n $list -l flat -d 'One line a buffer'
complete -c dmabufctl -n $list -l legend -d 'Explain the words'
complete -c dmabufctl -n '__fish_seen_subcommand_from devices' -l unit -x -a '(__dmabufctl_units)' -d 'Only devices this unit has open'

complete -c dmabufctl -n '__fish_seen_subcommand_from check' -l all -d 'Every device of VFIO'
complete -c dmabufctl -n '__fish_seen_subcommand_from check' -l wait -d 'Wait until all of them are ready'
complete -c dmabufctl -n '__fish_seen_subcommand_from check' -l timeout -x -a '10s 1min 10min 1h infinity' -d 'But not longer than this'

complete -c dmabufctl -n $tables -s o -l output -x -a '(__fish_complete_list , __dmabufctl_columns)' -d 'Which columns'
complete -c dmabufctl -n $tables -l list-columns -d 'Name the columns there are'

complete -c dmabufctl -l sources -x -a 'bpf bufinfo sysfs proc' -d 'Use only these sources'
complete -c dmabufctl -l cross-check -d 'Also read bufinfo, and compare'
complete -c dmabufctl -l root -x -a '(__fish_complete_directories)' -d 'Read a captured tree'
complete -c dmabufctl -s H -l host -x -a '(__fish_complete_user_at_hosts)' -d 'Look at another host'
complete -c dmabufctl -l no-ask-password -d 'Do not ask for passwords'
complete -c dmabufctl -l json -x -a 'pretty short off' -d 'Answer in JSON'
complete -c dmabufctl -s j -d 'Answer in JSON'
complete -c dmabufctl -l no-legend -d 'No header and no summary'
complete -c dmabufctl -l no-pager -d 'Never start a pager'
complete -c dmabufctl -s q -l quiet -d 'No summary and no notes'
complete -c dmabufctl -s v -l verbose -d 'Also say how every source fared'
complete -c dmabufctl -l version -d 'Version and build features'
complete -c dmabufctl -s h -l help -d Help
