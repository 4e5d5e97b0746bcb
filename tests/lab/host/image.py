# SPDX-License-Identifier: GPL-2.0-or-later
"""File system images and the initramfs. Nothing here needs a mount or root."""

import re
import shutil
import subprocess
from pathlib import Path

from .command import run
from .say import LabError

INIT = Path(__file__).parent.parent / "guest/init"
BUSYBOX = Path("/usr/bin/busybox")
# What the initramfs loads to reach its drives; a kernel may have any of it built in.
# crc32c is asked for by ext4 at run time on kernels where it is a module.
INITRAMFS_MODULES = ("virtio_pci", "virtio_blk", "crc32c", "crc32c_generic", "ext4")


def ext4(tree: Path, image: Path, spare_mib: int) -> None:
    """An ext4 image with the files of a folder and some room to write."""
    used = int(run("du", "-sm", "--apparent-size", tree).split()[0])
    files = sum(1 for _ in tree.rglob("*"))
    size = used + used // 8 + files // 200 + spare_mib + 8
    inodes = files + 4096 + spare_mib * 16
    # Images live for one boot on a snapshot: a journal would only cost time.
    run("mke2fs", "-q", "-t", "ext4", "-O", "^has_journal", "-m", "0", "-N", inodes,
        "-E", "root_owner=0:0,lazy_itable_init=1", "-d", tree, image, f"{size}M")


def module_files(tree: Path, version: str) -> list[Path]:
    """The modules the initramfs needs, in the order they are to be loaded."""
    files: list[Path] = []
    for name in INITRAMFS_MODULES:
        try:
            text = run("modprobe", "-d", tree, "-S", version, "--show-depends", name)
        except LabError:
            continue
        for found in re.findall(r"^insmod (\S+)", text, re.M):
            if Path(found) not in files:
                files.append(Path(found))
    return files


def early_modules(tree: Path, version: str, target: Path) -> None:
    """Fill a folder with what the initramfs loads; names sort in load order."""
    target.mkdir()
    for index, module in enumerate(module_files(tree, version)):
        shutil.copy(module, target / f"{index:02}-{module.name}")


def initramfs(work: Path, early: Path, image: Path) -> None:
    """busybox, the guest's init and the early modules."""
    if not BUSYBOX.exists():
        raise LabError(f"{BUSYBOX} is missing: install busybox-static")
    for sub in ("bin", "dev", "proc", "sys", "root", "payload"):
        (work / sub).mkdir(parents=True)
    shutil.copy(BUSYBOX, work / "bin/busybox")
    (work / "bin/sh").symlink_to("busybox")
    shutil.copy(INIT, work / "init")
    (work / "init").chmod(0o755)
    shutil.copytree(early, work / "modules")
    listing = "\n".join(sorted(str(p.relative_to(work)) for p in work.rglob("*")))
    with image.open("wb") as out:
        subprocess.run(["cpio", "-o", "-H", "newc", "--quiet", "-R", "0:0"], cwd=work,
                       input=listing.encode(), stdout=out, check=True)
