# SPDX-License-Identifier: GPL-2.0-or-later
"""The guest's root file system: a small but complete Debian 12 with systemd."""

import os
import shutil
import tempfile
from pathlib import Path

from . import cache, debian, image
from .command import need, run
from .say import CannotHave, say

SUITE = "bookworm"
SETUP = Path(__file__).parent.parent / "guest/rootfs-setup"
# Raise it when the recipe changes in a way its inputs below do not show.
RECIPE = 1
SPARE_MIB = 512

PACKAGES = (
    # the system itself
    "bash", "dbus", "iproute2", "kmod", "polkitd", "procps", "systemd", "systemd-sysv",
    "udev", "util-linux",
    # what the tool is linked with
    "libbpf1", "libexpat1", "libinih1", "libjson-c5", "libpci3", "libsmartcols1",
    "libsystemd0", "libudev1",
    # what scenarios use
    "bash-completion", "dmsetup", "driverctl", "jq", "less", "libglib2.0-bin", "lsof", "openssh-client",
    "openssh-server", "pciutils", "strace", "util-linux-extra",
)
LEFT_OUT = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*")


def _key() -> str:
    name = cache.hash_of(RECIPE, SUITE, PACKAGES, LEFT_OUT, SPARE_MIB, SETUP)
    return f"rootfs-{name}"


def _build(entry: Path) -> None:
    if os.geteuid() != 0:
        raise CannotHave("making the guest's root file system needs root, once")
    need("mmdebstrap", "mke2fs")
    say("building the guest's root file system (about half a minute)")
    with tempfile.TemporaryDirectory(prefix="tree.", dir=entry) as temp:
        tree = Path(temp) / "root"
        run("mmdebstrap", "--variant=minbase", "--mode=root",
            f"--include={','.join(PACKAGES)}",
            *(f"--dpkgopt=path-exclude={p}" for p in LEFT_OUT),
            '--aptopt=Apt::Install-Recommends "false"',
            *(f"--aptopt={line}" for line in debian.host_settings()),
            SUITE, tree, debian.source_line(SUITE), log=entry / "build.log",
            error=CannotHave)
        shutil.copy(SETUP, tree)
        run("chroot", tree, f"/{SETUP.name}", log=entry / "build.log")
        (tree / SETUP.name).unlink()
        image.ext4(tree, entry / "root.img", SPARE_MIB)
        shutil.rmtree(tree)


def get(refresh: bool = False) -> Path:
    """The root image."""
    try:
        entry = cache.entry(_key(), _build, refresh)
    except CannotHave as reason:
        if not (refresh and cached()):
            raise
        say(f"keeping the root file system of before: {reason.short()}")
        entry = cache.entry(_key(), _build)
    return entry / "root.img"


def cached() -> bool:
    return cache.have(_key())
