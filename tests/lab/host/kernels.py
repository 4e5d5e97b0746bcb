# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernels of the lab: Debian's own, unpacked from their packages, and "built"."""

import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache as remember
from pathlib import Path

from . import built, cache, debian, image
from .command import need, run
from .say import CannotHave, LabError, say

RECIPE = 3


@dataclass(frozen=True)
class Kernel:
    """What a machine boots."""
    version: str
    vmlinuz: Path
    early_modules: Path
    modules: Path


@remember
def suite(name: str) -> debian.Suite:
    return debian.Suite(name)


def _real_packages(where: debian.Suite) -> list[debian.Package]:
    """From the meta package to those with files: one since 7.x is two before it."""
    meta = where.package("linux-image-amd64")
    name = next((d for d in meta.depends if re.match(r"linux-image-\d", d)), None)
    if name is None:
        raise CannotHave(f"{where.name}: {meta.name} names no kernel")
    real = where.package(name)
    parts = [d for d in real.depends if re.match(r"linux-(binary|modules)-\d", d)]
    return [where.package(p) for p in parts] if len(parts) == 2 else [real]


def _newest(name: str) -> tuple[debian.Suite, list[debian.Package]]:
    """The suite and packages of a Debian kernel."""
    if name != "experimental":
        return suite(name), _real_packages(suite(name))
    known = suite("sid").package("linux-image-amd64").version
    for other in ("experimental", "trixie-backports"):
        try:
            packages = _real_packages(suite(other))
        except CannotHave as reason:
            say(f"{other}: {reason.short()}")
            continue
        if debian.newer(packages[0].version, known):
            return suite(other), packages
    raise CannotHave(f"no kernel newer than sid's {known}")


def _decompress(modules: Path) -> None:
    """Do it once here and fast, not in every guest under emulation."""
    for suffix, tool in ((".xz", "xz"), (".zst", "zstd")):
        files = list(modules.rglob(f"*.ko{suffix}"))
        quiet = ["-d", "-q", "-T0"] + (["--rm"] if tool == "zstd" else [])
        for start in range(0, len(files), 500):
            run(tool, *quiet, *files[start:start + 500])


def _unpacked(tree: Path) -> tuple[str, Path, Path]:
    """Version, kernel image and a lib/modules base with its indexes made."""
    if (tree / "usr/lib/modules").exists():
        (tree / "lib").mkdir(exist_ok=True)
        (tree / "usr/lib/modules").rename(tree / "lib/modules")
    modules = next(tree.glob("lib/modules/*/"), None)
    if modules is None:
        raise LabError("the kernel's packages hold no modules")
    images = [*tree.glob("boot/vmlinuz-*"), *modules.glob("vmlinuz")]
    if not images:
        raise LabError("the kernel's packages hold no kernel")
    _decompress(modules)
    run("depmod", "-b", tree, modules.name)
    return modules.name, images[0], tree / "lib/modules"


def _fill_debian(name: str, entry: Path) -> None:
    need("apt-get", "dpkg", "depmod", "modprobe", "mke2fs", "cpio", "xz", "zstd")
    where, packages = _newest(name)
    say(f"getting the {name} kernel {packages[0].version} from {where.name}")
    with tempfile.TemporaryDirectory(prefix="tree.", dir=entry) as temp:
        tree = Path(temp) / "unpacked"
        tree.mkdir()
        where.unpack(packages, tree)
        version, vmlinuz, modules = _unpacked(tree)
        image.early_modules(tree, version, entry / "early")
        vmlinuz.rename(entry / "vmlinuz")
        image.ext4(modules, entry / "modules.img", 8)
    cache.write_info(entry, version=version, package=packages[0].version,
                     suite=where.name)


def _debian_key(name: str) -> str:
    return f"kernel-{name}-{cache.hash_of(RECIPE, image.INITRAMFS_MODULES)}"


def _get_debian(name: str, refresh: bool) -> Kernel:
    entry = cache.entry(_debian_key(name), lambda e: _fill_debian(name, e), refresh)
    return Kernel(cache.read_info(entry)["version"], entry / "vmlinuz",
                  entry / "early", entry / "modules.img")


def _get_built(name: str, refresh: bool) -> Kernel:
    tree = built.tree(suite, refresh)
    entry = built.modules(tree)
    return Kernel(built.version(tree), built.vmlinuz(tree), entry / "early",
                  entry / "modules.img")


GETTERS: dict[str, Callable[[str, bool], Kernel]] = {
    "bookworm": _get_debian,
    "trixie": _get_debian,
    "sid": _get_debian,
    "experimental": _get_debian,
    "built": _get_built,
}
NAMES = tuple(GETTERS)


def _note(name: str) -> Path:
    """Why the last attempt to get a kernel failed, for `lab kernels`."""
    return cache.root() / f"kernel-{name}.reason"


def get(name: str, refresh: bool = False) -> Kernel:
    """A kernel ready to boot; from the cache alone when it is filled."""
    try:
        kernel = GETTERS[name](name, refresh)
    except CannotHave as reason:
        if cache.root().exists():
            _note(name).write_text(reason.short() + "\n")
        if refresh and cached(name):
            say(f"keeping the {name} kernel of before: {reason.short()}")
            return GETTERS[name](name, False)
        raise
    _note(name).unlink(missing_ok=True)
    return kernel


def entry_name(name: str) -> str:
    return built.tree_key() if name == "built" else _debian_key(name)


def cached(name: str) -> bool:
    return cache.have(entry_name(name))


def status(name: str) -> tuple[str, str]:
    """Version and whereabouts of a kernel, for people."""
    if cached(name):
        where = cache.folder(entry_name(name))
        return cache.read_info(where)["version"], str(where)
    if _note(name).exists():
        return "-", f"cannot be had ({_note(name).read_text().strip()})"
    return "-", "not yet fetched"
