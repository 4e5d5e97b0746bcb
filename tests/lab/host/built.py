# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel that the lab builds itself, and the modules built for it.

Two cache entries: the build tree (slow, depends on the configuration alone) and the
modules image (fast, depends on the project's own module as well).
"""

import os
import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from . import cache, debian, image
from .command import need, run
from .say import LabError, say

LAB = Path(__file__).parent.parent
CONFIG = LAB / "kernel/built.config"
MODULE = LAB / "module"
MODULES_PREFIX = "modules-built-"
RECIPE = 1
MODULES_RECIPE = 2


def tree_key() -> str:
    return f"kernel-built-{cache.hash_of(RECIPE, CONFIG)}"


def _make(tree: Path, log: Path, *targets: str) -> None:
    jobs = len(os.sched_getaffinity(0))
    run("nice", "-n", "10", "make", "-C", tree, f"-j{jobs}", *targets, log=log)


def _options(path: Path) -> dict[str, str]:
    return dict(re.findall(r"^(CONFIG_\w+)=(.*)$", path.read_text(), re.M))


def _configure(tree: Path, log: Path) -> None:
    _make(tree, log, "tinyconfig")
    run("scripts/kconfig/merge_config.sh", "-m", ".config", CONFIG, cwd=tree, log=log)
    _make(tree, log, "olddefconfig")
    wanted, have = _options(CONFIG), _options(tree / ".config")
    lost = [f"{k}={v}" for k, v in wanted.items() if have.get(k, "n") != v]
    if lost:
        raise LabError(f"the kernel's configuration refused: {', '.join(lost)}")


def _drop_objects(tree: Path) -> None:
    """What is needed to build modules against the tree stays; it is the smaller half."""
    kept = ("scripts", "tools", "certs")
    for path in tree.rglob("*"):
        if path.relative_to(tree).parts[0] in kept or path.is_symlink():
            continue
        if path.suffix in (".o", ".a", ".cmd") or path.name == "vmlinux.unstripped":
            path.unlink()


def _fill_tree(suite: Callable[[str], debian.Suite], entry: Path) -> None:
    need("make", "gcc", "flex", "bison", "bc", "pahole", "zstd", "xz", "cpio", "depmod")
    sid = suite("sid")
    meta = sid.package("linux-source")
    source = next(d for d in meta.depends if d.startswith("linux-source-"))
    sid.unpack([sid.package(source)], entry / "deb")
    run("tar", "-xf", next(entry.glob("deb/usr/src/linux-source-*.tar.*")), "-C", entry)
    shutil.rmtree(entry / "deb")
    tree = entry / "linux"
    next(entry.glob("linux-source-*")).rename(tree)
    log = entry / "build.log"
    say(f"building the kernel {meta.version} (10 to 15 minutes on two cores)")
    _configure(tree, log)
    _make(tree, log, "bzImage", "modules")
    release = run("make", "-s", "-C", tree, "kernelrelease").split()[-1]
    _make(tree, log, f"INSTALL_MOD_PATH={entry}/installed", "modules_install")
    for link in ("build", "source"):
        (entry / "installed/lib/modules" / release / link).unlink(missing_ok=True)
    _drop_objects(tree)
    cache.write_info(entry, version=release, package=meta.version, suite="sid")


def tree(suite: Callable[[str], debian.Suite], refresh: bool = False) -> Path:
    """The cache entry of the built kernel; its build tree is the folder linux in it."""
    return cache.entry(tree_key(), lambda e: _fill_tree(suite, e), refresh)


def version(entry: Path) -> str:
    return cache.read_info(entry)["version"]


def vmlinuz(entry: Path) -> Path:
    return entry / "linux/arch/x86/boot/bzImage"


def _sources() -> list[Path]:
    if not (MODULE / "Makefile").exists():
        return []
    return sorted(p for p in MODULE.iterdir()
                  if p.suffix in (".c", ".h") or p.name == "Makefile")


def _build_module(kernel: Path, work: Path, installed: Path, log: Path) -> None:
    """The project's own module, into extra/ of an installed module tree."""
    say("building the lab's kernel module")
    work.mkdir()
    for source in _sources():
        shutil.copy(source, work)
    target = ["make", "-C", kernel / "linux", f"M={work}"]
    run(*target, "modules", log=log)
    # Signs it as well, like the kernel's own modules.
    run(*target, f"INSTALL_MOD_PATH={installed}", "INSTALL_MOD_DIR=extra",
        "modules_install", log=log)


def _fill_modules(kernel: Path, entry: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="work.", dir=entry) as temp:
        installed = Path(temp) / "installed"
        shutil.copytree(kernel / "installed", installed)
        if _sources():
            _build_module(kernel, Path(temp) / "module", installed, entry / "build.log")
        run("depmod", "-b", installed, version(kernel))
        image.early_modules(installed, version(kernel), entry / "early")
        image.ext4(installed / "lib/modules", entry / "modules.img", 8)


def modules(kernel: Path) -> Path:
    """The cache entry with modules.img and early modules for a built kernel."""
    info = (kernel / "info.json").stat()
    key = cache.hash_of(MODULES_RECIPE, kernel.name, info.st_mtime_ns,
                        *(part for s in _sources() for part in (s.name, s)))
    name = f"{MODULES_PREFIX}{key}"
    entry = cache.entry(name, lambda e: _fill_modules(kernel, e))
    cache.prune(MODULES_PREFIX, name)
    return entry
