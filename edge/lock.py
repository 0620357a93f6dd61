"""One process per data folder: two would give out the same numbers."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from edge.errors import FlowbackError

NAME = "lock"


class FolderInUse(FlowbackError):
    """The data folder is in use by another process. End that one, or choose another with --data."""


def hold(folder: Path) -> int:
    """
    Hold *folder* until the process ends, and return the lock's descriptor.

    Raises :class:`FolderInUse`, and FlowbackError where the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(folder / NAME, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise FlowbackError(f"{folder} cannot be written: {error.strerror}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise FolderInUse(
            f"{folder} is in use by another process; end that one, or choose another with --data"
        ) from None
    return descriptor


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold *folder* for a while. Raises what :func:`hold` raises."""
    descriptor = hold(folder)
    try:
        yield
    finally:
        os.close(descriptor)
