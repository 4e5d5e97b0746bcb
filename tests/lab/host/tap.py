# SPDX-License-Identifier: GPL-2.0-or-later
"""One flat TAP stream on stdout from the results of many scenarios."""

import re

RESULT = re.compile(r"(not )?ok\b\s*(?:\d+)?\s*(?:-\s*)?(.*)")
DIRECTIVE = re.compile(r"\s#\s*(SKIP|TODO)\b\s*(.*)$", re.I)


class Report:
    """Numbers the results and remembers whether anything failed."""

    def __init__(self) -> None:
        self.count = 0
        self.failures = 0
        print("TAP version 13", flush=True)

    def result(self, passed: bool, scenario: str, text: str, directive: str = "") -> None:
        self.count += 1
        if not passed and not directive.upper().startswith("TODO"):
            self.failures += 1
        # A "#" in the text would start a directive.
        name = f"{scenario}: {text}".replace("#", "number ")
        tail = f" # {directive}" if directive else ""
        print(f"{'ok' if passed else 'not ok'} {self.count} - {name}{tail}", flush=True)

    def comment(self, scenario: str, text: str) -> None:
        for line in text.splitlines():
            print(f"# {scenario}: {line}", flush=True)

    def scenario_line(self, scenario: str, line: str) -> bool:
        """Pass on one line that a scenario printed; true when it was a result."""
        found = RESULT.fullmatch(line)
        if not found:
            if not re.fullmatch(r"1\.\.\d+.*|TAP version \d+|\s*", line):
                self.comment(scenario, re.sub(r"^#\s?", "", line))
            return False
        text, directive = found[2], ""
        special = DIRECTIVE.search(text)
        if special:
            text = text[:special.start()]
            directive = f"{special[1].upper()} {special[2]}".strip()
        self.result(not found[1], scenario, text or "(no description)", directive)
        return True

    def end(self) -> None:
        print(f"1..{self.count}", flush=True)


def skip_everything(reason: str) -> None:
    print("TAP version 13")
    print(f"1..0 # SKIP {' '.join(reason.split())}", flush=True)
