"""A file written whole or not at all, on a medium that may be full, slow or pulled out."""

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from edge.errors import FlowbackError

PARTIAL = ".partial"
"""End of the name of a file that is not finished; it is never read."""

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL
_ONLY_FILES = getattr(os, "O_NONBLOCK", 0)
"""Opening a pipe that somebody laid there does not wait for a writer."""
_PLAIN = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)

_REMEDIES = {
    errno.ENOSPC: "it is full: make room, or use a larger one",
    errno.EDQUOT: "it is full: make room, or use a larger one",
    errno.EROFS: "it cannot be written: unlock it, or choose another with --out",
    errno.EACCES: "it may not be written by this user: choose another with --out",
    errno.EIO: "it was pulled out or is broken: put it in again, or use another",
    errno.ENODEV: "it was pulled out: put it in again",
    errno.EFBIG: "its file system takes no file this large: use a smaller --split",
    errno.ENOENT: "it is not there: is the medium in its place? A new folder is made with mkdir",
}


class NotWritten(FlowbackError):
    """A file could not be written. The message names the folder and what helps."""


class NotRead(FlowbackError):
    """A file could not be read. The message names it and what helps."""


@contextlib.contextmanager
def written(path: Path, *, mode: int = 0o644) -> Iterator[BinaryIO]:
    """
    Yield a file that becomes *path* when the block ends well, and vanishes when it does not.

    The folder must be there: one that is made in the place of a medium that is not would
    take its data. The file is ``.partial`` until it is on the disk (fsync, rename, fsync of
    the folder). Raises :class:`NotWritten`; what was there under *path* stays until then.

    The medium may be a stranger's: the name is one that nobody guesses, a new file has it,
    and a link under *path* is replaced, so that nothing is ever written through a link.
    """
    partial = path.with_name(f"{path.stem}.{secrets.token_hex(8)}{path.suffix}{PARTIAL}")
    try:
        descriptor = os.open(partial, _NEW | _PLAIN, mode)
    except OSError as error:
        raise _not_written(path, error) from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise _not_written(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


def write(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Write *data* to *path* whole or not at all. Raises :class:`NotWritten`."""
    with written(path, mode=mode) as file:
        file.write(data)


@contextlib.contextmanager
def reading(path: Path) -> Iterator[BinaryIO]:
    """Yield *path*, open from its first byte on. Raises :class:`NotRead`, also in the block."""
    try:
        with open(path, "rb", opener=_opener) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise NotRead(f"{shown(path)} cannot be read: it is no regular file")
            yield file
    except OSError as error:
        raise NotRead(
            f"{shown(path)} cannot be read: {(error.strerror or str(error)).lower()}"
        ) from error


def _opener(name: str, flags: int) -> int:
    return os.open(name, flags | _ONLY_FILES)


def from_the_medium(file: BinaryIO) -> None:
    """Let the next reads of *file* come from the disk itself, not from memory, where that goes."""
    if hasattr(os, "posix_fadvise"):
        with contextlib.suppress(OSError):
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def sync_folder(folder: Path) -> None:
    """Bring the names in *folder* onto the disk; some file systems have nothing to do for it."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def copy(source: Path, target: Path, on: Callable[[int], None]) -> None:
    """Copy a file whole or not at all, for its owner alone; *on* hears the bytes so far."""
    done = 0
    with reading(source) as file, written(target, mode=0o600) as out:
        while piece := file.read(2**20):
            out.write(piece)
            done += len(piece)
            on(done)


def _not_written(path: Path, error: OSError) -> NotWritten:
    says = _REMEDIES.get(error.errno or 0, (error.strerror or str(error)).lower())
    return NotWritten(f"{shown(path.parent)}: {says}")


def shown(path: Path | str) -> str:
    """Return *path* for a terminal: whoever named a file on a medium does not command it."""
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode() for one in str(path)
    )
