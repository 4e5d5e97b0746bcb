# SPDX-License-Identifier: GPL-2.0-or-later
"""One calm line on stderr for each thing that takes time, and the two ways to fail."""

import sys


class LabError(Exception):
    """Something is wrong here and has to be put right; the message says what."""


class CannotHave(LabError):
    """This machine cannot get what is asked for (no network, no such kernel): skip."""


def say(text: str) -> None:
    print(f"lab: {text}", file=sys.stderr, flush=True)
