"""
A file that is only there to be deleted: on a full disk nothing can be deleted from the
journal without some room to write in (edge-and-link.md, appendix B).
"""

import logging
import os
from pathlib import Path

NAME = "ballast"

log = logging.getLogger(__name__)


class Ballast:
    """*size* bytes in *folder*, really taken from the file system. 0 bytes: none."""

    def __init__(self, folder: Path, size: int) -> None:
        self.path = folder / NAME
        self.size = size

    @property
    def there(self) -> bool:
        """Return whether it is in its place, whole."""
        try:
            return self.path.stat().st_size >= self.size
        except OSError:
            return self.size == 0

    def make(self, free: int) -> bool:
        """Put it in its place where *free* bytes are twice its size; return whether it is there."""
        if self.there:
            return True
        if free < 2 * self.size:
            return False
        try:
            handle = os.open(self.path, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600)
            try:
                os.posix_fallocate(handle, 0, self.size)
            finally:
                os.close(handle)
        except OSError as error:
            log.warning("the ballast cannot be made: %s", error)
            self.release()
            return False
        return True

    def release(self) -> bool:
        """Delete it; return whether there was one."""
        try:
            self.path.unlink()
        except OSError:
            return False
        return True
