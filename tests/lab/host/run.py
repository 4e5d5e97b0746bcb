# SPDX-License-Identifier: GPL-2.0-or-later
"""`lab run` and `lab shell`: from arguments to a booted guest."""

import os
import shutil
import sys
import tempfile
import termios
from argparse import Namespace
from pathlib import Path

from . import image, kernels, payload, rootfs, scenarios, splats
from .command import need
from .machine import QEMU, Machine
from .say import CannotHave, LabError, say
from .scenarios import Scenario
from .session import LostBoot, Session
from .tap import Report, skip_everything

LAB = Path(__file__).parent.parent
SKIPPED = 77
BOOT_ATTEMPTS = 3
# Kernels that must run, in the environment: what --require says of one run.
REQUIRED = "DMABUFCTL_LAB_REQUIRE"


class _Place:
    """A folder for one run's files: kept on failure, or always when the user named it."""

    def __init__(self, args: Namespace) -> None:
        self.temp = Path(tempfile.mkdtemp(prefix="dmabufctl-lab."))
        self.named = args.log_dir
        self._prefix = f"{args.kernel}-{args.hotplug}-" if args.log_dir else ""
        self.logs = args.log_dir or self.temp
        self.logs.mkdir(parents=True, exist_ok=True)
        self.tree = self.temp / "payload"
        self.tree.mkdir()

    def log(self, name: str) -> Path:
        return self.logs / f"{self._prefix}{name}"

    def clean(self, failed: bool) -> None:
        if self.named or not failed:
            shutil.rmtree(self.temp, ignore_errors=True)
            return
        for made in (self.tree, self.temp / "early"):
            shutil.rmtree(made, ignore_errors=True)
        for made in ("initramfs", "payload.img"):
            (self.temp / made).unlink(missing_ok=True)


def _stage(args: Namespace, place: _Place, known: list[Scenario],
           chosen: list[Scenario], unit: str,
           kernel: kernels.Kernel) -> tuple[Path, Path]:
    """What is made for one boot: the initramfs and the payload's image."""
    if args.install_dir:
        shutil.copytree(args.install_dir, place.tree, symlinks=True, dirs_exist_ok=True)
    else:
        payload.install(args.build_dir, place.tree, not args.no_rebuild)
    initramfs, target = place.temp / "initramfs", place.temp / "payload.img"
    image.initramfs(place.temp / "early", kernel.early_modules, initramfs)
    payload.build(place.tree, target, known, chosen, unit, args.kernel, args.hotplug,
                  args.depth)
    return initramfs, target


def _boot_and_listen(args: Namespace, place: _Place, known: list[Scenario],
                     chosen: list[Scenario], report: Report) -> None:
    kernel, root = kernels.get(args.kernel), rootfs.get()
    initramfs, target = _stage(args, place, known, chosen, "lab-scenarios.service",
                               kernel)
    drives = [root, kernel.modules, target]
    allowed = splats.read_allowed(LAB / "allowed-splats")
    console = place.log("console.log")
    for attempt in range(1, BOOT_ATTEMPTS + 1):
        say(f"booting {args.kernel} ({kernel.version}, {args.hotplug} hot-plug; "
            f"log: {console})")
        log = splats.KernelLog(args.kernel, allowed)
        machine = Machine(kernel, initramfs, drives, args.hotplug, place.log("qemu.log"))
        try:
            Session(machine, chosen, report, log, console, args.timeout).run()
            break
        except LostBoot as reason:
            report.comment("lab", f"boot {attempt} lost to the emulator: {reason}")
            if attempt == BOOT_ATTEMPTS:
                raise LabError(f"{attempt} boots lost") from None
        finally:
            machine.stop()
    if report.failures:
        _show_errors_of_qemu(place.log("qemu.log"), report)


def _show_errors_of_qemu(log: Path, report: Report) -> None:
    for line in log.read_text(errors="replace").splitlines():
        # Emulation always misses some features of the CPU model.
        if "TCG doesn't support" not in line:
            report.comment("qemu", line)


def _choose(args: Namespace, known: list[Scenario], report: Report) -> list[Scenario]:
    if not args.scenarios:
        return scenarios.fitting(known, args.kernel, args.hotplug, args.depth)
    chosen = []
    for scenario in scenarios.named(known, args.scenarios):
        why = scenario.misfit(args.kernel, args.hotplug)
        if why:
            report.result(True, scenario.name, "scenario", f"SKIP {why}")
        else:
            chosen.append(scenario)
    return chosen


def _check_available(args: Namespace) -> None:
    """Everything that may be impossible here, before the first line of TAP."""
    need(QEMU, "setpriv", "mke2fs")
    kernels.get(args.kernel)
    rootfs.get()


def _status(args: Namespace, status: int) -> int:
    """TAP readers such as meson take a status other than 0 as an error of the stream."""
    return 0 if args.exit_by_tap else status


def run(args: Namespace) -> int:
    known = scenarios.read_all(args.scenario_dir)
    if args.scenarios:
        scenarios.named(known, args.scenarios)
    elif not scenarios.fitting(known, args.kernel, args.hotplug, args.depth):
        skip_everything("no scenario for this kernel and machine")
        return _status(args, SKIPPED)
    try:
        _check_available(args)
    except CannotHave as reason:
        say(str(reason))
        if args.require or args.kernel in os.environ.get(REQUIRED, "").split():
            print(f"TAP version 13\nnot ok 1 - the {args.kernel} kernel can be had\n"
                  f"# {reason.short()}\n1..1", flush=True)
            return _status(args, 1)
        skip_everything(reason.short())
        return _status(args, SKIPPED)
    return _status(args, _run_chosen(args, known))


def _run_chosen(args: Namespace, known: list[Scenario]) -> int:
    report = Report()
    chosen = _choose(args, known, report)
    place = _Place(args)
    failed = True
    try:
        if chosen:
            _boot_and_listen(args, place, known, chosen, report)
        failed = report.failures > 0
    except LabError as reason:
        report.result(False, "lab", "the guest can be started")
        report.comment("lab", str(reason))
    finally:
        place.clean(failed)
    if failed:
        report.comment("lab", f"kept: {place.log('console.log')}")
        say(f"{report.failures} of {report.count} failed; "
            f"log: {place.log('console.log')}")
    report.end()
    return 1 if failed else 0


def shell(args: Namespace) -> int:
    need(QEMU, "setpriv", "mke2fs")
    kernel, root = kernels.get(args.kernel), rootfs.get()
    place = _Place(args)
    saved = termios.tcgetattr(sys.stdin) if sys.stdin.isatty() else None
    try:
        known = scenarios.read_all(args.scenario_dir)
        initramfs, target = _stage(args, place, known, [], "lab-shell.service", kernel)
        say(f"booting {args.kernel} ({kernel.version}); Ctrl-A X ends it at once")
        machine = Machine(kernel, initramfs, [root, kernel.modules, target],
                          args.hotplug, place.log("qemu.log"), interactive=True)
        try:
            return machine.process.wait()
        finally:
            machine.stop()
    finally:
        if saved:
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, saved)
        place.clean(False)
