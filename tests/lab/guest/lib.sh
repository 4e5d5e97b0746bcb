# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# What scenarios have in common. A scenario is a program (POSIX sh or bash) that starts
# with ". /usr/lib/dmabufctl-lab/lib.sh" and "set -eu". It runs as root in a systemd unit
# of its own; processes it leaves behind are killed. Every line it prints that is not a
# test result becomes a comment of the stream.
#
# In the environment, as PCI addresses (empty when the machine does not have it):
#   VICTIM SPARE        ivshmem, each alone in its IOMMU group, can be unplugged
#   SIBLING1 .. SIBLING3  ivshmem, share one IOMMU group
#   NVME                SR-IOV physical function, two virtual functions
#   BOCHS EDU           a display (static importer), and a device without a driver
# and LAB_KERNEL, LAB_HOTPLUG (acpi or pcie), LAB_DEPTH (quick, full, soak), LAB_SCENARIO,
# LAB_BOOT (1, or 2 when the scenario has rebooted the guest).

_lab_output=/run/lab/output.$$
_lab_resume=/var/lib/lab-resume
_lab_at_exit=:

# --- results ------------------------------------------------------------------------

note() {
    printf '# %s\n' "$*"
}

_lab_show_output() {
    sed 's/^/#   /' "$_lab_output"
}

# ok DESC COMMAND...: one test, passed when the command succeeds. The scenario goes on.
ok() {
    _lab_desc=$1
    shift
    if "$@" >"$_lab_output" 2>&1; then
        printf 'ok - %s\n' "$_lab_desc"
    else
        printf 'not ok - %s\n#   status %s of: %s\n' "$_lab_desc" "$?" "$*"
        _lab_show_output
    fi
}

# not_ok DESC COMMAND...: passed when the command fails.
not_ok() {
    _lab_desc=$1
    shift
    if "$@" >"$_lab_output" 2>&1; then
        printf 'not ok - %s\n#   succeeded: %s\n' "$_lab_desc" "$*"
        _lab_show_output
    else
        printf 'ok - %s\n' "$_lab_desc"
    fi
}

# pass DESC, fail DESC [WHY...]: a test that the scenario decided itself.
pass() {
    printf 'ok - %s\n' "$1"
}

fail() {
    printf 'not ok - %s\n' "$1"
    shift
    [ $# -eq 0 ] || note "  $*"
}

# is ACTUAL EXPECTED DESC: equal texts.
is() {
    if [ "$1" = "$2" ]; then
        pass "$3"
    else
        fail "$3"
        printf '%s\n' "$1" | sed 's/^/#   actual:   /'
        printf '%s\n' "$2" | sed 's/^/#   expected: /'
    fi
}

# like ACTUAL REGEX DESC: some line matches an extended regular expression.
like() {
    if printf '%s\n' "$1" | grep -Eq -- "$2"; then
        pass "$3"
    else
        fail "$3"
        printf '%s\n' "$1" | sed 's/^/#   actual:   /'
        printf '#   expected: /%s/\n' "$2"
    fi
}

# unlike ACTUAL REGEX DESC: no line matches.
unlike() {
    if printf '%s\n' "$1" | grep -Eq -- "$2"; then
        fail "$3"
        printf '%s\n' "$1" | sed 's/^/#   actual:   /'
        printf '#   unwanted: /%s/\n' "$2"
    else
        pass "$3"
    fi
}

# skip DESC REASON: one test that cannot be done here.
skip() {
    printf 'ok - %s # SKIP %s\n' "$1" "$2"
}

# skip_all REASON: leave; nothing of this scenario can be done here.
skip_all() {
    printf 'ok - scenario # SKIP %s\n' "$1"
    exit 0
}

# --- time ---------------------------------------------------------------------------

# Time since boot in hundredths of a second, without starting a program.
_lab_now() {
    read -r _lab_up _ </proc/uptime
    _lab_up=${_lab_up%.*}${_lab_up#*.}
}

# poll SECONDS COMMAND...: until the command succeeds; status 1 when time is over.
# For what sends no event; where there is one (udevadm, inotify, a pipe), wait for that.
poll() {
    _lab_now
    _lab_end=$((_lab_up + $1 * 100))
    shift
    until "$@" >"$_lab_output" 2>&1; do
        _lab_now
        [ "$_lab_up" -lt "$_lab_end" ] || return 1
        sleep 0.1
    done
}

# wait_for SECONDS DESC COMMAND...: the same as a test. Returns 1 when time was over:
# with "set -e" the scenario ends there, as what follows could not work.
wait_for() {
    _lab_seconds=$1
    _lab_desc=$2
    shift 2
    if poll "$_lab_seconds" "$@"; then
        pass "$_lab_desc"
    else
        fail "$_lab_desc" "not within $_lab_seconds s: $*"
        _lab_show_output
        return 1
    fi
}

# --- the end ------------------------------------------------------------------------

# at_exit COMMAND-LINE: evaluated when the scenario ends in whatever way, last one first.
at_exit() {
    _lab_at_exit="$1
$_lab_at_exit"
}

_lab_leave() {
    _lab_status=$?
    set +e
    eval "$_lab_at_exit"
    rm -f "$_lab_output"
    exit "$_lab_status"
}
case $- in
    *i*) ;; # the lab's shell
    *)
        trap _lab_leave EXIT
        trap 'exit 143' HUP INT TERM
        ;;
esac

# --- the host -----------------------------------------------------------------------

# host VERB ARGUMENTS...: asks the host side and prints its answer.
#   host unplug DEVICE       start the unplug of victim or spare (returns at once)
#   host unplugged DEVICE    succeeds when the guest has let go of it
#   host plug DEVICE         plug it again
#   host leaving SECONDS     the guest goes down now: within that time, or it is a failure
#   host rebooting SECONDS   the same, and it is up again within that time: see reboot()
#   host qmp COMMAND [JSON]  any command of QEMU's control protocol
host() (
    id=$$.$(date +%s%N)
    # A port can be opened by one process at a time.
    exec 8>/run/lab/control.lock
    flock 8
    exec 9<>/dev/virtio-ports/lab.control
    printf '%s %s\n' "$id" "$*" >&9
    while read -r answered status text <&9; do
        [ "$answered" != "$id" ] || break
    done
    printf '%s\n' "$text"
    [ "$status" = ok ]
)

# reboot SECONDS: the guest, which has to be up again by then. The scenario begins anew, with
# LAB_BOOT=2; what it left on disk is there. Nothing of its exit is run before.
reboot() {
    echo "$LAB_SCENARIO" >"$_lab_resume"
    trap - EXIT
    host rebooting "$1"
    systemctl reboot
    exec sleep infinity
}

# --- devices ------------------------------------------------------------------------

driver_of() {
    basename "$(readlink "/sys/bus/pci/devices/$1/driver" 2>/dev/null)"
}

group_of() {
    basename "$(readlink "/sys/bus/pci/devices/$1/iommu_group")"
}

# The node of a device below /dev/vfio/devices (kernels with VFIO character devices).
vfio_cdev_of() {
    for _lab_node in "/sys/bus/pci/devices/$1/vfio-dev/"*; do
        [ -e "$_lab_node" ] && printf '/dev/vfio/devices/%s\n' "${_lab_node##*/}"
    done
}

# bind_driver ADDRESS DRIVER: give a device to a driver; an empty DRIVER gives it back
# to whatever claims it. Unbinding waits for users, so only for devices nobody uses.
bind_driver() {
    _lab_dev=/sys/bus/pci/devices/$1
    [ -z "$2" ] || modprobe "$2"
    echo "$2" >"$_lab_dev/driver_override"
    if [ -n "$2" ] && [ "$(driver_of "$1")" = "$2" ]; then
        return 0
    fi
    if [ -e "$_lab_dev/driver" ]; then
        echo "$1" >"$_lab_dev/driver/unbind"
    fi
    echo "$1" >/sys/bus/pci/drivers_probe
    [ -z "$2" ] || [ "$(driver_of "$1")" = "$2" ]
}

bind_vfio() {
    bind_driver "$1" vfio-pci
}
