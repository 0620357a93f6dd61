"""
An edge whose data folder is a small file system of its own: a tmpfs in a mount namespace
that only this process sees, so that it can be filled to the last byte. It ends with the process.
"""

import os
import subprocess
from pathlib import Path

from tests.stack import PROGRAM, ROOT, Process

_SCRIPT = """
set -e
mount -t tmpfs -o size="$1",mode=700 tmpfs "$2"
cp -a "$3"/. "$2"/
if [ "$4" = full ]; then cat /dev/zero > "$2/somebody-elses.file" 2> /dev/null || true; fi
shift 4
exec "$@"
"""


class EdgeOnSmallDisk(Process):
    """``flowback edge`` with the content of *data* on a file system of *mib* MiB."""

    def __init__(
        self, *arguments: str, data: Path, mib: int, log: Path, full: bool = False
    ) -> None:
        """*full*: somebody else has filled it before the edge starts."""
        self.mount = data.with_name(data.name + "-small")
        self.mount.mkdir()
        super().__init__(*arguments, "--data", str(self.mount), log=log)
        self._data = data
        self._mib = mib
        self._full = "full" if full else "free"

    def start(self) -> None:
        """Start it; a system that forbids mount namespaces fails with its own words."""
        private = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
        facts = [f"{self._mib}m", str(self.mount), str(self._data), self._full]
        script = ["sh", "-c", _SCRIPT, "sh", *facts]
        with self.log.open("ab") as file:
            self.process = subprocess.Popen(
                [*private, *script, *PROGRAM, *self.arguments], stdout=file, stderr=file, cwd=ROOT
            )

    @property
    def folder(self) -> Path:
        """The data folder as that process sees it."""
        assert self.process is not None
        return Path(f"/proc/{self.process.pid}/root") / str(self.mount).lstrip("/")

    def fill(self) -> Path:
        """Fill the file system to the last byte, as another program would; return the file."""
        filler = self.folder / "somebody-elses.file"
        with filler.open("wb", buffering=0) as file:
            size = 2**20
            while size:
                try:
                    if file.write(bytes(size)) < size:
                        size //= 2
                except OSError:
                    size //= 2
        assert os.statvfs(self.folder).f_bavail == 0, "it is not full"
        return filler
