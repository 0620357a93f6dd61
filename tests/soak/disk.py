"""
A small file system: a tmpfs that outlives the processes on it and ends with the soak.

It lies in the soak's own mount namespace, which ``private`` enters and nobody else sees.
"""

import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

_PRIVATE = "FLOWBACK_SOAK_PRIVATE"


def private() -> None:
    """Run this program again in a mount namespace of its own, where it is not in one already."""
    if os.environ.get(_PRIVATE) == "1":
        return
    user = [] if os.geteuid() == 0 else ["--map-root-user"]
    command = ["unshare", "--mount", *user, sys.executable, *sys.orig_argv[1:]]
    os.execvpe(command[0], command, os.environ | {_PRIVATE: "1"})


class SmallDisk:
    """*mib* MiB at *folder*."""

    def __init__(self, folder: Path, mib: int) -> None:
        folder.mkdir()
        self.folder = folder
        self._other = folder / "somebody-elses.file"
        command = ["mount", "-t", "tmpfs", "-o", f"size={mib}m,mode=700", "tmpfs", str(folder)]
        subprocess.run(command, check=True)

    @property
    def is_full(self) -> bool:
        """Another program has taken the last byte, or is about to."""
        return self._other.exists()

    def put(self, folder: Path) -> None:
        """Copy the content of *folder* onto it."""
        shutil.copytree(folder, self.folder, dirs_exist_ok=True)

    def fill(self) -> None:
        """Let another program take the last byte."""
        with self._other.open("ab") as file:
            size = os.fstat(file.fileno()).st_size
            while free := self._free():
                with contextlib.suppress(OSError):  # somebody was quicker
                    os.posix_fallocate(file.fileno(), size, free)
                    size += free

    def free(self) -> None:
        """Take that program's file away."""
        self._other.unlink(missing_ok=True)

    def end(self) -> None:
        """Let it go, with all that is on it."""
        subprocess.run(["umount", "-l", str(self.folder)], check=True)

    def _free(self) -> int:
        system = os.statvfs(self.folder)
        return system.f_bavail * system.f_frsize
