# SPDX-License-Identifier: GPL-2.0-or-later
# fish completion for dmabufctl(8); lists of what is there come from the tool itself

function __dmabufctl_inodes
    dmabufctl --no-pager --no-ask-password list --flat --no-legend -q -o INODE 2>/dev/null
end

function __dmabufctl_devices
    dmabufctl --no-pager --no-ask-password devices --no-legend -q -o ADDRESS 2>/dev/null
end

function __dmabufctl_exporters
    dmabufctl --no-pager --no-ask-password list --flat --no-legend -q -o EXPORTER 2>/dev/null | sort -u
end

function __dmabufctl_units
    dmabufctl --no-pager --no-ask-password devices --no-legend -q -o UNIT 2>/dev/null | string split , | string match -v -- - | sort -u
end

function __dmabufctl_jobs
    dmabufctl --no-pager --no-ask-password jobs --no-legend -q -o JOB 2>/dev/null
end

function __dmabufctl_drivers
    path basename /sys/bus/pci/drivers/* 2>/dev/null
    echo vfio-pci
end

function __dmabufctl_steps
    string split ' ' 'grace detach revoke freeze-owner ask stop-owner kill-owner'
end

function __dmabufctl_columns
    set -l verb list
    __fish_seen_subcommand_from devices; and set verb devices
    __fish_seen_subcommand_from jobs; and set verb jobs
    dmabufctl --no-pager $verb --list-columns 2>/dev/null | string replace -r '^\s*(\S+)\s+(.*)$' '$1\t$2'
end

set -l acts revoke restore release reassign
set -l verbs list show devices check $acts schedule jobs cancel monitor status help
set -l no_verb "not __fish_seen_subcommand_from $verbs"
set -l list "not __fish_seen_subcommand_from show devices check $acts schedule jobs cancel monitor status help"
set -l looks "not __fish_seen_subcommand_from $acts schedule jobs cancel monitor help"
set -l trees "not __fish_seen_subcommand_from schedule cancel monitor help"
set -l asks "not __fish_seen_subcommand_from monitor help"
set -l tables "not __fish_seen_subcommand_from show check $acts schedule cancel monitor status help"

complete -c dmabufctl -f
complete -c dmabufctl -n $no_verb -a list -d 'Buffers with attachments and holders'
complete -c dmabufctl -n $no_verb -a show -d 'Everything known of one buffer or device'
complete -c dmabufctl -n $no_verb -a devices -d 'Devices that share memory or are bound to VFIO'
complete -c dmabufctl -n $no_verb -a check -d 'Can a device be taken back now'
complete -c dmabufctl -n $no_verb -a revoke -d 'Stop every importer of its buffers'
complete -c dmabufctl -n $no_verb -a restore -d 'Let importers map them again'
complete -c dmabufctl -n $no_verb -a release -d 'Get its owner to let go'
complete -c dmabufctl -n $no_verb -a reassign -d 'Release it and bind it to another driver'
complete -c dmabufctl -n $no_verb -a schedule -d 'Release or reassign it later'
complete -c dmabufctl -n $no_verb -a jobs -d 'Jobs that wait or run'
complete -c dmabufctl -n $no_verb -a cancel -d 'End a job'
complete -c dmabufctl -n $no_verb -a monitor -d 'Events as they happen'
complete -c dmabufctl -n $no_verb -a status -d 'What this kernel and this build can do'
complete -c dmabufctl -n $no_verb -a help -d 'About one command'

complete -c dmabufctl -n '__fish_seen_subcommand_from show' -a '(__dmabufctl_inodes)' -d buffer
complete -c dmabufctl -n '__fish_seen_subcommand_from show' -a '(__dmabufctl_devices)' -d device
complete -c dmabufctl -n '__fish_seen_subcommand_from revoke' -a '(__dmabufctl_inodes)' -d buffer
complete -c dmabufctl -n "__fish_seen_subcommand_from check schedule $acts" -a '(__dmabufctl_devices)' -d device
complete -c dmabufctl -n '__fish_seen_subcommand_from reassign' -a '(__dmabufctl_drivers)' -d driver
complete -c dmabufctl -n '__fish_seen_subcommand_from cancel' -a '(__dmabufctl_jobs)' -d job
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

complete -c dmabufctl -n '__fish_seen_subcommand_from jobs' -l all -d 'Also ended ones'

complete -c dmabufctl -n '__fish_seen_subcommand_from schedule' -l on -x -a 'unplug reassign release exit idle at' -d 'What it waits for'
complete -c dmabufctl -n '__fish_seen_subcommand_from schedule' -l at -x -a 'hourly daily weekly monthly' -d 'When, with --on=at'
complete -c dmabufctl -n '__fish_seen_subcommand_from schedule' -l to -x -a '(__dmabufctl_drivers)' -d 'Reassign it to this driver'
complete -c dmabufctl -n '__fish_seen_subcommand_from schedule' -l once -d 'The first time only'
complete -c dmabufctl -n '__fish_seen_subcommand_from schedule' -l always -d 'Each time anew'
complete -c dmabufctl -n "__fish_seen_subcommand_from schedule $acts" -l timeout -x -a '10s 1min 10min 1h' -d 'Limit of each step'
complete -c dmabufctl -n "__fish_seen_subcommand_from $acts" -l force -d 'Override what may be overridden'
complete -c dmabufctl -n "__fish_seen_subcommand_from $acts" -l dry-run -d 'Only print the plan'
complete -c dmabufctl -n '__fish_seen_subcommand_from revoke' -l method -x -a 'auto memory low-power reset buffer' -d How
complete -c dmabufctl -n '__fish_seen_subcommand_from revoke' -l freeze -d 'Freeze the unit of its owner meanwhile'
complete -c dmabufctl -n '__fish_seen_subcommand_from revoke' -l all-of-device -d 'All buffers of the device'
complete -c dmabufctl -n '__fish_seen_subcommand_from release reassign schedule' -l steps -x -a '(__fish_complete_list , __dmabufctl_steps)' -d 'Instead of grace,revoke'
complete -c dmabufctl -n '__fish_seen_subcommand_from release reassign schedule' -l stop-owner -d 'Then stop the unit of its owner'
complete -c dmabufctl -n '__fish_seen_subcommand_from release reassign schedule' -l kill-owner -d 'Then kill it'
complete -c dmabufctl -n '__fish_seen_subcommand_from reassign' -l group -d 'All devices of its IOMMU group'

complete -c dmabufctl -n $tables -s o -l output -x -a '(__fish_complete_list , __dmabufctl_columns)' -d 'Which columns'
complete -c dmabufctl -n $tables -l list-columns -d 'Name the columns there are'

complete -c dmabufctl -n $looks -l sources -x -a 'bpf bufinfo sysfs proc' -d 'Use only these sources'
complete -c dmabufctl -n '__fish_seen_subcommand_from monitor' -l sources -x -a 'bpf trace poll' -d 'Use only these sources'
complete -c dmabufctl -n '__fish_seen_subcommand_from monitor' -l device -x -a '(__dmabufctl_devices)' -d 'Only events of this device'
complete -c dmabufctl -n '__fish_seen_subcommand_from monitor' -l pid -x -a '(__fish_complete_pids)' -d 'Only what this process does'
complete -c dmabufctl -n $looks -l cross-check -d 'Also read bufinfo, and compare'
complete -c dmabufctl -n $trees -l root -x -a '(__fish_complete_directories)' -d 'Read a captured tree'
complete -c dmabufctl -n $looks -s H -l host -x -a '(__fish_complete_user_at_hosts)' -d 'Look at another host'
complete -c dmabufctl -n $asks -l no-ask-password -d 'Do not ask for passwords'
complete -c dmabufctl -l json -x -a 'pretty short off' -d 'Answer in JSON'
complete -c dmabufctl -s j -d 'Answer in JSON'
complete -c dmabufctl -l no-legend -d 'No header and no summary'
complete -c dmabufctl -l no-pager -d 'Never start a pager'
complete -c dmabufctl -s q -l quiet -d 'No summary and no notes'
complete -c dmabufctl -s v -l verbose -d 'Also say how every source fared'
complete -c dmabufctl -l version -d 'Version and build features'
complete -c dmabufctl -s h -l help -d Help
