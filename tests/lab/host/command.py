# SPDX-License-Identifier: GPL-2.0-or-later
"""Run a program quietly; when it fails, show the end of what it said."""

import os
import shutil
import subprocess
from pathlib import Path

from .say import LabError


def need(*programs: str) -> None:
    """Say which programs are missing before half of the work is done."""
    missing = [p for p in programs if shutil.which(p, path=_path()) is None]
    if missing:
        raise LabError(f"not installed: {', '.join(missing)}")


def _path() -> str:
    # mke2fs and depmod live in sbin, which is not in every user's PATH.
    return os.environ.get("PATH", "") + ":/usr/sbin:/sbin"


def run(*argv: object, cwd: Path | None = None, log: Path | None = None,
        env: dict[str, str] | None = None, error: type = LabError) -> str:
    """Output of a program (or, with log, nothing: it goes to that file)."""
    args = [str(a) for a in argv]
    environment = os.environ | {"PATH": _path(), "LC_ALL": "C"} | (env or {})
    try:
        if log is None:
            done = subprocess.run(args, cwd=cwd, env=environment, text=True,
                                  stdin=subprocess.DEVNULL, capture_output=True)
            output, words = done.stdout, done.stderr
        else:
            with log.open("a") as sink:
                done = subprocess.run(args, cwd=cwd, env=environment, stdout=sink,
                                      stdin=subprocess.DEVNULL, stderr=sink)
            output, words = "", log.read_text(errors="replace")
    except FileNotFoundError:
        raise LabError(f"{args[0]} is not installed") from None
    if done.returncode != 0:
        tail = "\n".join((words or output).strip().splitlines()[-15:])
        raise error(f"{args[0]} failed ({done.returncode}):\n{tail}")
    return output
