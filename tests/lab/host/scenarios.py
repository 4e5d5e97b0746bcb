# SPDX-License-Identifier: GPL-2.0-or-later
"""Scenarios and what their first comment lines declare."""

import re
from dataclasses import dataclass
from pathlib import Path

from .kernels import NAMES
from .machine import HOTPLUGS
from .say import LabError

DEPTHS = ("quick", "full", "soak")
# "last": leaves the guest changed; "end": there is no guest afterwards.
ORDERS = ("", "last", "end")
DEFAULTS = {"kernels": "all", "machine": "any", "timeout": "60", "depth": "full",
            "order": "", "soak-kernels": "", "description": ""}


@dataclass(frozen=True)
class Scenario:
    name: str
    path: Path
    kernels: tuple[str, ...]
    machine: str
    timeout: int
    depth: str
    soak_kernels: tuple[str, ...]
    order: int
    description: str

    def misfit(self, kernel: str, hotplug: str) -> str | None:
        """Why it does not run on this kernel and machine."""
        if kernel not in self.kernels:
            return f"not for the {kernel} kernel"
        if self.machine not in ("any", hotplug):
            return f"not for the {hotplug} hot-plug machine"
        return None


def _header(path: Path) -> dict[str, str]:
    header = dict(DEFAULTS)
    for line in path.read_text().splitlines():
        if not line.startswith("#"):
            break
        found = re.match(r"#\s*([a-z-]+):\s*(.*)", line)
        if found and found[1] in header:
            header[found[1]] = found[2].strip()
    return header


def read(path: Path) -> Scenario:
    header = _header(path)
    kernels = NAMES if header["kernels"] == "all" else tuple(header["kernels"].split())
    soak_kernels = tuple(header["soak-kernels"].split())
    wrong = [
        f"name {path.stem}" if not re.fullmatch(r"[a-z0-9-]+", path.stem) else None,
        f"kernels {header['kernels']}" if not set(kernels) <= set(NAMES) else None,
        f"soak-kernels {header['soak-kernels']}"
        if not set(soak_kernels) <= set(kernels) else None,
        f"machine {header['machine']}" if header["machine"] not in ("any", *HOTPLUGS)
        else None,
        f"timeout {header['timeout']}" if not header["timeout"].isdigit() else None,
        f"depth {header['depth']}" if header["depth"] not in DEPTHS else None,
        f"order {header['order']}" if header["order"] not in ORDERS else None,
    ]
    if any(wrong):
        raise LabError(f"{path}: not understood: {', '.join(w for w in wrong if w)}")
    return Scenario(path.stem, path, kernels, header["machine"], int(header["timeout"]),
                    header["depth"], soak_kernels, ORDERS.index(header["order"]), header["description"])


def read_all(folder: Path) -> list[Scenario]:
    found = [read(path) for path in sorted(folder.glob("*.sh"))]
    return sorted(found, key=lambda s: (s.order, s.name))


def named(known: list[Scenario], names: list[str]) -> list[Scenario]:
    lost = set(names) - {s.name for s in known}
    if lost:
        raise LabError(f"no such scenario: {', '.join(sorted(lost))}")
    return [s for s in known if s.name in names]


def fitting(known: list[Scenario], kernel: str, hotplug: str,
            depth: str) -> list[Scenario]:
    """Those that declare this kernel and machine, and are no deeper than asked for."""
    return [s for s in known if s.misfit(kernel, hotplug) is None
            and DEPTHS.index(s.depth) <= DEPTHS.index(depth)
            and (depth == "soak" or kernel not in s.soak_kernels)]
