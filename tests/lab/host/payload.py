# SPDX-License-Identifier: GPL-2.0-or-later
"""What is put on top of the root file system for one boot: tool, scenarios, runner."""

import os
import re
import shutil
import sys
from pathlib import Path

from . import image
from .command import run
from .say import LabError, say
from .scenarios import Scenario

GUEST = Path(__file__).parent.parent / "guest"
MESSAGE_IDS = Path(__file__).parents[3] / "lib/act/message-ids.h"
HOME = Path("usr/lib/dmabufctl-lab")
UNITS = Path("etc/systemd/system")


def install(build_dir: Path, into: Path, rebuild: bool) -> None:
    """The tool (and the lab's programs, when built with -Dlab=true)."""
    if not (build_dir / "build.ninja").exists():
        raise LabError(f"no build in {build_dir}: meson setup --prefix=/usr -Dlab=true "
                       f"{build_dir}, or use --build-dir or --install-dir")
    say(f"installing from {build_dir}")
    run("meson", "install", "--quiet", "-C", build_dir, f"--destdir={into}",
        *([] if rebuild else ["--no-rebuild"]))
    if (into / "usr/local").exists() or not (into / "usr").exists():
        raise LabError(f"{build_dir} is not configured with --prefix=/usr")


def _merge_usr(tree: Path) -> None:
    """The guest has a merged /usr: a folder /lib would replace the link."""
    for name in ("bin", "lib", "sbin"):
        if (tree / name).is_dir() and not (tree / name).is_symlink():
            shutil.copytree(tree / name, tree / "usr" / name, symlinks=True,
                            dirs_exist_ok=True)
            shutil.rmtree(tree / name)


def _own_by_root(tree: Path) -> None:
    if os.geteuid() == 0:
        for path in [tree, *tree.rglob("*")]:
            os.chown(path, 0, 0, follow_symlinks=False)


def _environment(kernel: str, hotplug: str, depth: str) -> str:
    lines = [f"LAB_KERNEL={kernel}", f"LAB_HOTPLUG={hotplug}", f"LAB_DEPTH={depth}"]
    if sys.stdin.isatty():
        columns, rows = os.get_terminal_size(sys.stdin.fileno())
        lines.append(f'LAB_TERMINAL_SIZE="{rows} {columns}"')
    return "\n".join(lines) + "\n"


def _message_ids() -> str:
    """The names of the C header, with the same values."""
    ids = re.findall(r'^#define (MESSAGE_\w+) "([0-9a-f]{32})"$',
                     MESSAGE_IDS.read_text(), re.MULTILINE)
    if not ids:
        raise LabError(f"{MESSAGE_IDS} has no message ids")
    return "".join(f"{name}={value}\n" for name, value in ids)


def build(tree: Path, target: Path, known: list[Scenario], chosen: list[Scenario],
          unit: str, kernel: str, hotplug: str, depth: str) -> None:
    """Complete a tree that holds the installed tool, and make its image."""
    home, units = tree / HOME, tree / UNITS
    _merge_usr(tree)
    (home / "scenarios").mkdir(parents=True)
    (units / "multi-user.target.wants").mkdir(parents=True, exist_ok=True)
    for name in ("lib.sh", "actors.sh", "act.sh", "daemon.sh", "prepare",
                 "run-scenarios", "capture"):
        shutil.copy(GUEST / name, home)
    (home / "message-ids.sh").write_text(_message_ids())
    for scenario in known:
        copy = Path(shutil.copy(scenario.path, home / "scenarios"))
        copy.chmod(0o755)
    plan = "".join(f"{s.name} {s.timeout}\n" for s in chosen)
    (home / "plan").write_text(plan)
    (home / "environment").write_text(_environment(kernel, hotplug, depth))
    shutil.copy(GUEST / unit, units)
    (units / "multi-user.target.wants" / unit).symlink_to(f"../{unit}")
    if unit == "lab-shell.service":
        (tree / "etc/profile.d").mkdir(parents=True, exist_ok=True)
        shutil.copy(GUEST / "profile.sh", tree / "etc/profile.d/lab.sh")
    _own_by_root(tree)
    image.ext4(tree, target, 4)
