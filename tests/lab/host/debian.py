# SPDX-License-Identifier: GPL-2.0-or-later
"""Packages from the distribution's archive, without touching the host's own apt.

Each suite has an apt state of its own, so "the candidate" needs no pinning.
"""

import re
import shlex
import tempfile
from dataclasses import dataclass
from pathlib import Path

from . import cache
from .command import run
from .say import CannotHave, say

DEFAULT_MIRROR = "http://deb.debian.org/debian"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
SOURCES = Path("/etc/apt")


@dataclass(frozen=True)
class Package:
    name: str
    version: str
    depends: tuple[str, ...]


def mirror() -> str:
    """The archive the host itself uses, so that a local mirror or proxy is kept."""
    files = [SOURCES / "sources.list", *sorted(SOURCES.glob("sources.list.d/*"))]
    for path in files:
        if not path.is_file() or path.suffix not in (".list", ".sources"):
            continue
        for line in path.read_text(errors="replace").splitlines():
            found = re.match(r"(?:URIs:|deb\s+(?:\[[^]]*\]\s+)?)\s*(\S+/debian)/?(\s|$)",
                             line)
            if found:
                return found[1]
    return DEFAULT_MIRROR


def source_line(suite: str) -> str:
    return f"deb [signed-by={KEYRING}] {mirror()} {suite} main"


def host_settings() -> list[str]:
    """How this host reaches its mirror (proxies, a mirror frozen in time).

    Nothing else of its apt configuration is read: hooks must not run from here.
    """
    wanted = re.compile(r"Acquire::(https?::.*Proxy|Check-Valid-Until|Check-Date)", re.I)
    return [ln for ln in run("apt-config", "dump").splitlines() if wanted.match(ln)]


class Suite:
    """One suite of the archive, with its own lists."""

    def __init__(self, name: str) -> None:
        self.name = name
        # Not kept: indexes are small, and so two runs cannot disturb each other.
        self._temp = tempfile.TemporaryDirectory(prefix=f"apt.{name}.", dir=cache.root())
        self._where = Path(self._temp.name)
        self._updated = False

    def _apt(self, *argv: object, cwd: Path | None = None) -> str:
        return run(*argv, cwd=cwd, env={"APT_CONFIG": str(self._where / "apt.conf")},
                   error=CannotHave)

    def _configure(self) -> None:
        for sub in ("lists/partial", "archives/partial", "state"):
            (self._where / sub).mkdir(parents=True, exist_ok=True)
        (self._where / "sources.list").write_text(source_line(self.name) + "\n")
        settings = "\n".join(host_settings())
        (self._where / "apt.conf").write_text(f"""\
Dir::Etc::main "/dev/null";
Dir::Etc::parts "/dev/null";
Dir::Etc::sourcelist "{self._where}/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::State "{self._where}/state";
Dir::State::lists "{self._where}/lists";
Dir::State::status "/dev/null";
Dir::Cache "{self._where}";
APT::Architecture "amd64";
APT::Architectures "";
APT::Sandbox::User "root";
APT::Update::Error-Mode "any";
Acquire::Languages "none";
Acquire::Retries "2";
Acquire::http::Timeout "20";
{settings}
""")

    def update(self) -> None:
        """Fetch the index once a run."""
        if self._updated:
            return
        say(f"reading the package index of {self.name}")
        self._configure()
        self._apt("apt-get", "-q", "update")
        self._updated = True

    def package(self, name: str) -> Package:
        self.update()
        text = self._apt("apt-cache", "--no-all-versions", "show", name)
        field = dict(re.findall(r"^([\w-]+): (.*)$", text, re.M))
        if field.get("Package") != name:
            raise CannotHave(f"{self.name} has no package {name}")
        depends = re.findall(r"(?:^|[,|])\s*([a-z0-9][a-z0-9.+-]+)",
                             field.get("Depends", ""))
        return Package(name, field["Version"], tuple(depends))

    def unpack(self, packages: list[Package], into: Path) -> None:
        """Download packages and unpack their files, without their scripts."""
        with tempfile.TemporaryDirectory(prefix="debs.", dir=cache.root()) as temp:
            wanted = [f"{p.name}={p.version}" for p in packages]
            say(f"fetching {shlex.join(wanted)}")
            self._apt("apt-get", "-q", "download", *wanted, cwd=Path(temp))
            for deb in Path(temp).glob("*.deb"):
                run("dpkg", "-x", deb, into)


def newer(one: str, other: str) -> bool:
    try:
        run("dpkg", "--compare-versions", one, "gt", other, error=ValueError)
    except ValueError:
        return False
    return True
