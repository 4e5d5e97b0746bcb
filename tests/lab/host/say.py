# SPDX-License-Identifier: GPL-2.0-or-later
"""One calm line on stderr for each thing that takes time, and the two ways to fail."""

import sys


class LabError(Exception):
    """Something is wrong here and has to be put right; the message says what."""


class CannotHave(LabError):
    """This machine cannot get what is asked for (no network, no such kernel): skip."""

    def short(self) -> str:
        """One line: the first that a program marked as its error, or the first of all."""
        lines = str(self).splitlines()
        errors = [ln.removeprefix("E: ") for ln in lines if ln.startswith("E: ")]
        return " ".join((errors or lines)[0].split())


def say(text: str) -> None:
    print(f"lab: {text}", file=sys.stderr, flush=True)
