# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel's complaints: taken from the console, each given to its scenario."""

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from .say import LabError

COMPLAINT = re.compile(
    r"WARNING:|\bBUG:|kernel BUG at|\bOops\b|general protection|Kernel panic"
    r"|possible circular locking|possible recursive locking|inconsistent lock state"
    r"|INFO: possible recursive|bad unlock balance|held lock freed|still has locks held"
    r"|lock held when returning|suspicious RCU|Invalid wait context|sleeping function"
    r"|INFO: task .* blocked|INFO: rcu|rcu: INFO|soft lockup|hard LOCKUP"
    r"|workqueue lockup|UBSAN|KASAN|KCSAN|refcount_t:|list_(add|del) corruption"
    r"|unable to handle|DMAR:.*(fault|error)|DMAR: \[DMA")
MARK = re.compile(r"lab: (begin|end|done) ?(\S*)")
STAMP = re.compile(r"^(?:<\d+>)?\[\s*\d+\.\d+\](?:\[[^]]*\])? ?")
# Lines of the kernel log shown below a complaint.
SHOWN_AFTER = 25
OUTSIDE = "outside"


@dataclass(frozen=True)
class Allowed:
    kernel: str
    scenario: str
    pattern: re.Pattern
    reason: str


def read_allowed(path: Path) -> list[Allowed]:
    """Kernel glob, scenario glob, regular expression, reason; separated by tabs."""
    rules = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        fields = [f.strip() for f in line.split("\t") if f.strip()]
        if len(fields) != 4:
            raise LabError(f"{path}:{number}: four fields separated by tabs, not "
                           f"{len(fields)}")
        try:
            pattern = re.compile(fields[2])
        except re.error as reason:
            raise LabError(f"{path}:{number}: {reason}") from None
        rules.append(Allowed(fields[0], fields[1], pattern, fields[3]))
    return rules


class KernelLog:
    """Follows the console line by line."""

    def __init__(self, kernel: str, allowed: list[Allowed]) -> None:
        self._rules = [r for r in allowed if fnmatchcase(kernel, r.kernel)]
        self._section = OUTSIDE
        self._showing: list[str] | None = None
        self._left = 0
        self._complaints: dict[str, list[list[str]]] = {}
        self.ended: set[str] = set()
        self.last_lines: list[str] = []

    def line(self, raw: str) -> None:
        text = STAMP.sub("", raw.rstrip())
        self.last_lines = [*self.last_lines[-39:], text]
        mark = MARK.fullmatch(text)
        if mark:
            self._mark(mark[1], mark[2])
        elif COMPLAINT.search(text) and not self._is_allowed(text):
            self._complain(text)
        elif self._showing is not None and self._left > 0:
            self._showing.append(text)
            self._left -= 1

    def _mark(self, what: str, scenario: str) -> None:
        self._showing = None
        self._section = scenario if what == "begin" else OUTSIDE
        if what == "end":
            self.ended.add(scenario)
        elif what == "begin":  # for the second time, if it has rebooted the guest
            self.ended.discard(scenario)

    def _is_allowed(self, text: str) -> bool:
        return any(fnmatchcase(self._section, r.scenario) and r.pattern.search(text)
                   for r in self._rules)

    def _complain(self, text: str) -> None:
        if self._showing is not None and self._left > 0:
            # Still within the report of the complaint before.
            self._showing.append(text)
            return
        self._showing = [text]
        self._left = SHOWN_AFTER
        self._complaints.setdefault(self._section, []).append(self._showing)

    def complaints(self, scenario: str) -> list[list[str]]:
        """What was said in a scenario (or OUTSIDE of all): text and lines after it."""
        return self._complaints.get(scenario, [])

    def emulator_fault(self) -> bool:
        """A breakpoint of the kernel's own code patching, met when it was gone.

        QEMU's multi-threaded emulation does that about once in fifty boots.
        """
        return any("Oops: int3" in line for line in self.last_lines)

    def panic(self) -> str | None:
        return next((ln for ln in self.last_lines if "Kernel panic" in ln), None)
