# SPDX-License-Identifier: GPL-2.0-or-later
"""The virtual machine: its devices, and the QEMU process."""

import os
import socket
import subprocess
from pathlib import Path

from .kernels import Kernel
from .qmp import Qmp, QmpError
from .say import LabError

QEMU = "qemu-system-x86_64"
MEMORY = "2G"

# WARN, lockdep and hung-task reports have level 4 or less: they reach the console.
COMMAND_LINE = ("console=ttyS0 loglevel=5 panic=-1 intel_iommu=on mitigations=off "
                "no_timer_check printk.devkmsg=on systemd.show_status=auto net.ifnames=0 "
                # The guest's init starts the second one: see there.
                "maxcpus=1")

# Devices that scenarios may unplug and plug again (ivshmem), and their buses.
PLUGGABLE = {"victim": "d1", "spare": "d2"}
MEBIBYTE = 1 << 20

# Downstream switch ports have ACS, so victim and spare each get an IOMMU group of their
# own; the conventional bridge has none, so the three siblings share one.
DEVICES = (
    "intel-iommu,intremap=on,caching-mode=on",
    "pcie-root-port,id=rp1,bus=pcie.0,addr=0x8,chassis=1,slot=1",
    "x3130-upstream,id=up,bus=rp1",
    "xio3130-downstream,id=d1,bus=up,addr=0x0,chassis=2,slot=2",
    "xio3130-downstream,id=d2,bus=up,addr=0x1,chassis=3,slot=3",
    "pcie-root-port,id=rp2,bus=pcie.0,addr=0x9,chassis=4,slot=4",
    "nvme-subsys,id=subsystem",
    "nvme,id=nvme,subsys=subsystem,serial=lab,bus=rp2,sriov_max_vfs=2,"
    "sriov_vq_flexible=4,sriov_vi_flexible=2,max_ioqpairs=6,msix_qsize=7",
    "nvme-ns,drive=namespace,bus=nvme",
    "pcie-root-port,id=rp3,bus=pcie.0,addr=0xa,chassis=5,slot=5",
    "pcie-pci-bridge,id=conventional,bus=rp3",
    "ivshmem-plain,id=sibling1,memdev=memory-sibling1,bus=conventional,addr=0x1",
    "ivshmem-plain,id=sibling2,memdev=memory-sibling2,bus=conventional,addr=0x2",
    "ivshmem-plain,id=sibling3,memdev=memory-sibling3,bus=conventional,addr=0x3",
    "bochs-display,id=bochs,bus=pcie.0,addr=0xb",
    "edu,id=edu,bus=pcie.0,addr=0xc",
    "virtio-serial-pci,id=serial,bus=pcie.0,addr=0x6",
)
MEMORIES = ("victim", "spare", "sibling1", "sibling2", "sibling3")
HOTPLUGS = ("acpi", "pcie")


def _drive(index: int, image: Path) -> list[str]:
    name = f"drive{index}"
    return ["-drive", f"file={image},if=none,id={name},format=raw,snapshot=on",
            "-device", f"virtio-blk-pci,drive={name},bus=pcie.0,addr={2 + index:#x}"]


def _arguments(kernel: Kernel, initramfs: Path, drives: list[Path],
               hotplug: str) -> list[str]:
    # AMD's model lets the kernel allow peer-to-peer between any two ports. Parts of the
    # board that no scenario uses are left out: their drivers take seconds to load.
    args = [QEMU, "-machine", "q35,sata=off,smbus=off,i8042=off",
            "-accel", "tcg,thread=multi", "-cpu", "EPYC", "-smp", "2", "-m", MEMORY,
            "-nodefaults", "-nographic", "-no-reboot",
            "-kernel", str(kernel.vmlinuz), "-initrd", str(initramfs),
            "-append", COMMAND_LINE]
    if hotplug == "pcie":
        args += ["-global", "ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off"]
    for name in MEMORIES:
        args += ["-object", f"memory-backend-ram,id=memory-{name},size={MEBIBYTE},"
                 "share=on"]
    # Zeroes, and what is written goes to a temporary file of QEMU's own.
    args += ["-drive", "file=null-co://,file.read-zeroes=on,snapshot=on,format=raw,"
             f"file.size={16 * MEBIBYTE},if=none,id=namespace"]
    for device in DEVICES:
        args += ["-device", device]
    for name, bus in PLUGGABLE.items():
        args += ["-device", f"ivshmem-plain,id={name},memdev=memory-{name},bus={bus}"]
    for index, image in enumerate(drives):
        args += _drive(index, image)
    return args


def _serial_port(index: int, name: str) -> list[str]:
    return ["-device", f"virtserialport,chardev={name},name=lab.{name},nr={index}"]


class Machine:
    """A running guest. The sockets results, control and console are its voices."""

    def __init__(self, kernel: Kernel, initramfs: Path, drives: list[Path],
                 hotplug: str, log: Path, interactive: bool = False) -> None:
        args = _arguments(kernel, initramfs, drives, hotplug)
        remote: dict[str, socket.socket] = {}
        self.sockets: dict[str, socket.socket] = {}
        voices = ["qmp", "results", "control"] + ([] if interactive else ["console"])
        for name in voices:
            self.sockets[name], remote[name] = socket.socketpair()
            args += ["-chardev", f"socket,id={name},fd={remote[name].fileno()}"]
        if interactive:
            args += ["-chardev", "stdio,id=console,signal=off,mux=on",
                     "-mon", "chardev=console,mode=readline"]
        args += ["-serial", "chardev:console", "-mon", "chardev=qmp,mode=control"]
        args += _serial_port(1, "results") + _serial_port(2, "control")
        self._start(args, [s.fileno() for s in remote.values()], interactive, log)
        for sock in remote.values():
            sock.close()
        self._memories = 0
        self.qmp = Qmp(self.sockets["qmp"])
        try:
            self.qmp.start()
        except QmpError as reason:
            self.stop()
            words = log.read_text(errors="replace").strip()
            raise LabError(f"{QEMU} did not start: {reason}\n{words}") from None

    def _start(self, args: list[str], fds: list[int], interactive: bool,
               log: Path) -> None:
        errors = log.open("w")
        # meson test sets it; it makes an emulator slow and shows nothing.
        environment = {k: v for k, v in os.environ.items() if k != "MALLOC_PERTURB_"}
        try:
            # The guest must not outlive a lab that was killed.
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *args], pass_fds=fds, env=environment,
                stdin=None if interactive else subprocess.DEVNULL,
                stdout=None if interactive else subprocess.DEVNULL, stderr=errors)
        except FileNotFoundError as reason:
            raise LabError(f"{reason.filename} is not installed") from None
        finally:
            errors.close()
        self.pidfd = os.pidfd_open(self.process.pid)

    def keep_at_reboot(self, keep: bool) -> None:
        """A guest that reboots comes back with what it wrote to its drives; or ends."""
        self.qmp.command("set-action", {"reboot": "reset" if keep else "shutdown"})

    def unplug(self, device: str) -> None:
        """Ask the guest to let go of a device; it may take its time."""
        self.qmp.command("device_del", {"id": device})

    def plug(self, device: str) -> None:
        if device not in PLUGGABLE:
            raise LabError(f"{device} cannot be plugged; {', '.join(PLUGGABLE)} can")
        if not self.qmp.deleted(device):
            raise LabError(f"{device} is still plugged")
        # QEMU does not take the memory of a device that was unplugged for a new one.
        self._memories += 1
        memory = f"memory-{device}-{self._memories}"
        self.qmp.command("object-add", {"qom-type": "memory-backend-ram", "id": memory,
                                        "size": MEBIBYTE, "share": True})
        self.qmp.command("device_add", {"driver": "ivshmem-plain", "id": device,
                                        "memdev": memory, "bus": PLUGGABLE[device]})
        self.qmp.added(device)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.pidfd)
        for sock in self.sockets.values():
            sock.close()
