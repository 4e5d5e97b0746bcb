# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# For "lab shell": the surroundings of a scenario, and a hint.
export PATH="/usr/libexec/dmabufctl-lab:$PATH"
if [ -e /run/lab/environment ]; then
    set -a
    # shellcheck disable=SC1091 # exists in the guest only
    . /run/lab/environment
    set +a
fi
if [ -n "${LAB_TERMINAL_SIZE-}" ]; then
    # shellcheck disable=SC2086 # two numbers
    set -- $LAB_TERMINAL_SIZE
    stty rows "$1" cols "$2"
    set --
fi
cat <<EOF
dmabufctl lab: kernel $(uname -r), $LAB_HOTPLUG hot-plug, Debian 12. Changes are not kept.
Devices: VICTIM=$VICTIM SPARE=$SPARE NVME=$NVME BOCHS=$BOCHS
Helpers: . /usr/lib/dmabufctl-lab/lib.sh   then e.g.   bind_vfio \$VICTIM
Scenarios are in /usr/lib/dmabufctl-lab/scenarios; each can be started by hand.
Leave with "exit"; the guest powers off. Ctrl-A X ends it at once.
EOF
