"""
The widget's scripts as they are served: the built ones, and those of the last 30 days.

A version is named by the hash of all its scripts and never changes, so a page may pin one
by its integrity; it goes on being served after an upgrade (row S5 of the attack table).
"""

import base64
import gzip
import hashlib
import logging
import shutil
import time
import zlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from edge.errors import FlowbackError

BUILT = Path(__file__).with_name("static")
MAIN = "flowback.js"
KEPT = 30 * 86_400
"""Seconds for which a version is served after it was last the newest."""

log = logging.getLogger(__name__)


class NotBuilt(FlowbackError):
    """flowback.js is not built: `make run` builds it."""


@dataclass(frozen=True, slots=True)
class Script:
    """One file, compressed once."""

    plain: bytes
    gzipped: bytes
    digest: bytes
    """SHA-384 of the plain file."""

    @classmethod
    def read(cls, file: Path) -> "Script":
        """Return what is to be known of *file*; the build compresses better than is done here."""
        plain = file.read_bytes()
        gzipped = gzip.compress(plain, 9, mtime=0)
        with suppress(OSError, EOFError, zlib.error):
            better = file.with_name(f"{file.name}.gz").read_bytes()
            if gzip.decompress(better) == plain:
                gzipped = better
        return cls(plain, gzipped, hashlib.sha384(plain).digest())

    @property
    def integrity(self) -> str:
        """What a tag's ``integrity`` says."""
        return "sha384-" + base64.b64encode(self.digest).decode()

    @property
    def tag(self) -> str:
        """What names it in an ETag."""
        return self.digest.hex()[:32]


@dataclass(frozen=True, slots=True)
class Version:
    """Scripts that belong together."""

    name: str
    scripts: dict[str, Script]

    @classmethod
    def load(cls, folder: Path) -> "Version":
        """Return the scripts in *folder*; none where there is no such folder."""
        scripts = {file.name: Script.read(file) for file in sorted(folder.glob("*.js"))}
        whole = hashlib.sha256()
        for name, script in scripts.items():
            whole.update(name.encode() + b"\0" + script.digest)
        return cls(whole.hexdigest()[:16], scripts)

    def path_of(self, script: str = MAIN) -> str:
        """Return where *script* is served for good."""
        return f"/v/{self.name}/{script}"


class Widget:
    """The newest version and those that are kept in *folder*, which may be missing."""

    def __init__(self, folder: Path, *, built: Path = BUILT) -> None:
        self._folder = folder
        self.newest = Version.load(built)
        self._kept: dict[str, Version] = {}
        self.keep()
        for found in folder.glob("*"):
            if found.name != self.newest.name:
                self._read(found)

    @property
    def is_built(self) -> bool:
        """There is something to serve."""
        return MAIN in self.newest.scripts

    def find(self, version: str, script: str) -> Script | None:
        """Return a script of a version that is still served."""
        known = self.newest if version == self.newest.name else self._kept.get(version)
        return known.scripts.get(script) if known else None

    def keep(self) -> None:
        """Keep the newest version for later, and drop those whose time is over."""
        if self.is_built:
            try:
                self._write()
            except OSError as error:
                log.warning("the widget's version cannot be kept: %s", error)
        for found in self._folder.glob("*"):
            if found.stat().st_mtime < time.time() - KEPT:
                shutil.rmtree(found, ignore_errors=True)
                self._kept.pop(found.name, None)

    def _write(self) -> None:
        place = self._folder / self.newest.name
        if Version.load(place).name != self.newest.name:
            shutil.rmtree(place, ignore_errors=True)
            partial = place.with_suffix(".partial")
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir(parents=True)
            for name, script in self.newest.scripts.items():
                (partial / name).write_bytes(script.plain)
                (partial / f"{name}.gz").write_bytes(script.gzipped)
            partial.replace(place)
        place.touch()

    def _read(self, place: Path) -> None:
        version = Version.load(place)
        if version.name == place.name:
            self._kept[version.name] = version
        else:  # half written or changed: a page's integrity would refuse it
            log.warning("%s is no whole version of the widget and is not served", place)
