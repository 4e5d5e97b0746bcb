# SPDX-License-Identifier: GPL-2.0-or-later
"""One boot: listens to the guest, turns what it says into TAP, notices when it hangs."""

import json
import selectors
import time
from pathlib import Path

from .machine import Machine
from .qmp import QmpError
from .say import LabError, say
from .scenarios import Scenario
from .splats import OUTSIDE, KernelLog
from .tap import Report

BOOT_SECONDS = 240
# On top of a scenario's own timeout, which the guest enforces: for ending its leftovers.
GRACE_SECONDS = 45
MARK_SECONDS = 10


class LostBoot(Exception):
    """The guest died while booting, and it was the emulator's fault."""


class _Lines:
    """Splits what arrives on a socket into lines."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[str]:
        *whole, self._rest = (self._rest + data).split(b"\n")
        return [ln.decode(errors="replace").rstrip("\r") for ln in whole]


class Session:
    """The life of one guest from power-on to its last scenario."""

    def __init__(self, machine: Machine, plan: list[Scenario], report: Report,
                 log: KernelLog, console: Path, seconds: int | None) -> None:
        self._machine, self._report, self._log = machine, report, log
        self._plan = {s.name: s for s in plan}
        self._console = console.open("wb")
        self._started = time.monotonic()
        self._overall = self._started + seconds if seconds else None
        self._deadline = self._started + BOOT_SECONDS
        self._doing = "booting"
        self._current: str | None = None
        self._tests = 0
        self._finished: set[str] = set()
        self._queue: list[str] = []
        self._ending: tuple[str, str] | None = None
        self._up = self._done = False
        self._leaving: float | None = None
        self._reboots = False
        self._buffers = {n: _Lines() for n in ("console", "results", "control")}
        self._selector = selectors.DefaultSelector()

    # --- the loop ---------------------------------------------------------------------

    def run(self) -> None:
        """Until the guest has run its plan, died, or passed a deadline."""
        for name in self._buffers:
            sock = self._machine.sockets[name]
            self._selector.register(sock, selectors.EVENT_READ, name)
        self._selector.register(self._machine.pidfd, selectors.EVENT_READ, "exit")
        try:
            self._listen()
        finally:
            self._selector.close()
            self._console.close()
        self._report_complaints(OUTSIDE)
        self._report_rest()

    def _listen(self) -> None:
        while not self._done:
            end = min(self._deadline, self._overall or self._deadline)
            left = end - time.monotonic()
            if left <= 0:
                self._too_late()
                return
            ready = {key.data: key for key, _ in self._selector.select(left)}
            for name in ("console", "results", "control"):
                if name in ready:
                    self._read(name)
            self._work_off()
            if "exit" in ready:
                self._guest_is_gone()
                return

    def _read(self, name: str) -> None:
        sock = self._machine.sockets[name]
        try:
            data = sock.recv(65536)
        except ConnectionResetError:
            data = b""
        if not data:
            self._selector.unregister(sock)
            return
        lines = self._buffers[name].feed(data)
        if name == "console":
            self._console.write(data)
            self._console.flush()
            for line in lines:
                self._log.line(line)
        elif name == "results":
            self._queue += lines
        else:
            for line in lines:
                self._answer(line)

    # --- what the guest says ----------------------------------------------------------

    def _work_off(self) -> None:
        """Handle results in order; an end waits for its mark in the kernel's log."""
        if self._ending is None:
            while self._queue and self._ending is None and not self._done:
                self._handle(self._queue.pop(0))
        if self._ending and self._ending[0] in self._log.ended:
            self._finish(*self._ending)
            self._work_off()

    def _handle(self, line: str) -> None:
        if not line.startswith("lab: "):
            if self._current and self._report.scenario_line(self._current, line):
                self._tests += 1
            return
        words = line.split(" ")[1:]
        if words[0] == "ready":
            seconds = time.monotonic() - self._started
            say(f"{' '.join(words[1:])} is up after {seconds:.1f} s")
            self._up = True
            if self._reboots:
                self._is_back()
            self._wait("starting the first scenario", GRACE_SECONDS)
        elif words[0] == "begin":
            self._begin(self._plan[words[1]])
        elif self._leaving:
            pass  # The runner is being ended, and takes it for the end of the scenario.
        elif words[0] == "end":
            self._ending = words[1], " ".join(words[2:])
            self._wait(f"ending {words[1]}", MARK_SECONDS)
        elif words[0] == "done":
            self._done = True

    def _wait(self, doing: str, seconds: int) -> None:
        self._doing, self._deadline = doing, time.monotonic() + seconds

    def _begin(self, scenario: Scenario) -> None:
        # One that has rebooted the guest begins again, and is the same still.
        if self._current != scenario.name:
            self._current, self._tests = scenario.name, 0
            self._scenario_started = time.monotonic()
        self._wait(f"running {scenario.name}", scenario.timeout + GRACE_SECONDS)

    def _finish(self, name: str, how: str) -> None:
        seconds = time.monotonic() - self._scenario_started
        if how == "timeout":
            limit = self._plan[name].timeout
            self._report.result(False, name, f"not finished after {limit} s")
        elif how != "exit 0":
            self._report.result(False, name, f"ended with {how}")
        elif self._tests == 0:
            self._report.result(False, name, "printed no test result")
        self._report_complaints(name)
        self._report.comment(name, f"took {seconds:.1f} s")
        self._finished.add(name)
        self._current, self._ending = None, None
        self._wait("starting the next scenario", GRACE_SECONDS)

    # --- what the guest asks ----------------------------------------------------------

    def _answer(self, line: str) -> None:
        number, _, request = line.partition(" ")
        try:
            answer = f"{number} ok {self._obey(request)}"
        except (QmpError, LabError, ValueError) as reason:
            answer = f"{number} error {' '.join(str(reason).split())}"
        try:
            self._machine.sockets["control"].sendall(answer.rstrip().encode() + b"\n")
        except OSError:
            pass  # The guest is gone; its exit is reported where it is noticed.

    def _obey(self, request: str) -> str:
        verb, _, rest = request.partition(" ")
        if verb == "unplug":
            self._machine.unplug(rest)
        elif verb == "plug":
            self._machine.plug(rest)
        elif verb == "unplugged":
            if not self._machine.qmp.deleted(rest):
                raise LabError(f"{rest} is still plugged")
        elif verb == "leaving":
            self._leaving = time.monotonic()
            self._wait("going down", int(rest))
        elif verb == "rebooting":
            self._reboots, self._leaving = True, time.monotonic()
            self._machine.keep_at_reboot(True)
            self._wait("rebooting", int(rest))
        elif verb == "qmp":
            command, _, arguments = rest.partition(" ")
            return json.dumps(self._machine.qmp.command(
                command, json.loads(arguments) if arguments else None))
        else:
            raise LabError(f"unknown request: {verb}")
        return ""

    # --- bad ends ---------------------------------------------------------------------

    def _too_late(self) -> None:
        what = self._doing
        if self._current and not self._leaving:
            what = f"running {self._current}"
        if self._ending and time.monotonic() >= self._deadline:
            what = f"waiting for the kernel's log of {self._current}"
        self._fail(f"the guest did not get on while {what}")

    def _guest_is_gone(self) -> None:
        for name in ("console", "results"):
            self._drain(name)
        self._work_off()
        if (self._leaving and self._current and not self._reboots
                and not self._log.panic()):
            self._went_down(self._current, time.monotonic() - self._leaving)
        elif not self._done:
            panic = self._log.panic()
            self._fail(f"the guest died{': ' + panic if panic else ''} "
                       f"while {self._doing}")

    def _is_back(self) -> None:
        self._reboots, self._leaving = False, None
        self._machine.keep_at_reboot(False)

    def _went_down(self, name: str, seconds: float) -> None:
        self._report.result(True, name, "the guest went down")
        self._report.comment(name, f"that took {seconds:.1f} s")
        self._report_complaints(name)
        self._finished.add(name)

    def _drain(self, name: str) -> None:
        sock = self._machine.sockets[name]
        sock.setblocking(False)
        try:
            while sock in self._selector.get_map():
                self._read(name)
        except BlockingIOError:
            pass

    def _fail(self, text: str) -> None:
        if not self._up and self._log.emulator_fault():
            raise LostBoot(text)
        name = self._current or OUTSIDE
        self._report.result(False, name, text)
        if self._current:
            self._report_complaints(self._current)
            self._finished.add(self._current)
        if not self._log.complaints(name):
            self._report.comment(name, "the last lines of the console:")
            self._report.comment(name, "\n".join(self._log.last_lines))

    def _report_complaints(self, name: str) -> None:
        complaints = self._log.complaints(name)
        if name == OUTSIDE:
            text = "the kernel has no complaint outside of scenarios"
        else:
            text = "the kernel has no complaint"
        self._report.result(not complaints, name, text)
        for complaint in complaints:
            self._report.comment(name, "\n".join(complaint))

    def _report_rest(self) -> None:
        for name in self._plan:
            if name not in self._finished:
                self._report.result(False, name, "not run: the guest was gone")
