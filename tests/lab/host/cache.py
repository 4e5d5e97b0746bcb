# SPDX-License-Identifier: GPL-2.0-or-later
"""The cache of everything that is slow to make.

An entry is a folder. It is made under a temporary name and renamed into place, so an
entry that exists is complete. Whoever uses an entry keeps a shared lock on it until the
process ends; making, refreshing and removing take the exclusive lock.
"""

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from .say import say

# Locks live as long as the process: a guest reads its images until it is gone.
_held: dict[str, int] = {}


def root() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "dmabufctl-lab"


def hash_of(*parts: object) -> str:
    """A short key made of texts, numbers, and the contents of files given as Path."""
    total = hashlib.sha256()
    for part in parts:
        data = part.read_bytes() if isinstance(part, Path) else str(part).encode()
        total.update(len(data).to_bytes(8, "big") + data)
    return total.hexdigest()[:12]


def folder(name: str) -> Path:
    return root() / name


def _open_lock(name: str) -> int:
    locks = root() / "locks"
    locks.mkdir(parents=True, exist_ok=True)
    return os.open(locks / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)


def _lock(fd: int, kind: int, why: str) -> None:
    try:
        fcntl.flock(fd, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        say(f"waiting for another run that {why}")
        fcntl.flock(fd, kind)


def _replace(name: str, made: Path) -> None:
    """Put a finished folder where the entry belongs; the old one goes away."""
    old = Path(tempfile.mkdtemp(prefix="old.", dir=root()))
    if folder(name).exists():
        folder(name).rename(old / name)
    made.rename(folder(name))
    shutil.rmtree(old)


def _remove_unfinished(name: str) -> None:
    """What a killed run left; nobody else can be making it under our lock."""
    for left in root().glob(f"new.{name}.*"):
        shutil.rmtree(left)


def _make(name: str, fill: Callable[[Path], None]) -> None:
    _remove_unfinished(name)
    made = Path(tempfile.mkdtemp(prefix=f"new.{name}.", dir=root()))
    made.chmod(0o755)
    try:
        fill(made)
        _replace(name, made)
    finally:
        if made.exists():
            shutil.rmtree(made)


def entry(name: str, fill: Callable[[Path], None], refresh: bool = False) -> Path:
    """The folder of an entry, made by fill(folder) when it is not there yet."""
    root().mkdir(parents=True, exist_ok=True)
    if name not in _held:
        _held[name] = _open_lock(name)
    fd = _held[name]
    _lock(fd, fcntl.LOCK_SH, f"makes {name}")
    while refresh or not folder(name).exists():
        _lock(fd, fcntl.LOCK_EX, f"makes or uses {name}")
        try:
            if refresh or not folder(name).exists():
                _make(name, fill)
        finally:
            # Not atomic: the entry may be removed in between, hence the loop.
            fcntl.flock(fd, fcntl.LOCK_SH)
        refresh = False
    return folder(name)


def prune(prefix: str, keep: str) -> None:
    """Remove entries of the same kind that nobody uses."""
    for name in names([prefix]):
        fd = _open_lock(name)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if name != keep:
                shutil.rmtree(folder(name))
        except BlockingIOError:
            pass
        finally:
            os.close(fd)


def have(name: str) -> bool:
    return folder(name).exists()


def remove(name: str) -> None:
    fd = _held.pop(name, None)
    if fd is None:
        fd = _open_lock(name)
    _lock(fd, fcntl.LOCK_EX, f"makes or uses {name}")
    if folder(name).exists():
        say(f"removing {folder(name)}")
        shutil.rmtree(folder(name))
    _remove_unfinished(name)
    os.close(fd)


def names(prefixes: Iterable[str]) -> list[str]:
    """Complete entries whose name starts with one of the prefixes."""
    if not root().exists():
        return []
    found = [path.name for path in root().iterdir() if path.is_dir()]
    return sorted(n for n in found if n.startswith(tuple(prefixes)))


def write_info(where: Path, **info: object) -> None:
    (where / "info.json").write_text(json.dumps(info, indent=2) + "\n")


def read_info(where: Path) -> dict:
    return json.loads((where / "info.json").read_text())
