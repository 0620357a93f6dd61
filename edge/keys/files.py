"""Files that only their owner may read: refused when others may, written whole or not at all."""

import contextlib
import os
import secrets
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from edge.keys.curve import BadKey, Secret

S = TypeVar("S", bound=msgspec.Struct)

MAX_BYTES = 2**20


def load(path: Path, kind: type[S], *, secret: bool, max_bytes: int = MAX_BYTES) -> S:
    """
    Return the struct in the JSON file *path*.

    Raises :class:`BadKey` where it is missing, damaged, or open to others: a
    *secret* file to any access of theirs, another to their writing.
    """
    data = _read(path, 0o077 if secret else 0o022, max_bytes)
    try:
        return msgspec.json.decode(data, type=kind, dec_hook=_decode)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        # The decoder's message may quote the file, so it is not passed on.
        raise BadKey(f"{path} is damaged: it is no {kind.__name__} file") from None


def load_carried(path: Path, kind: type[S], what: str) -> S:
    """
    Return the struct in the JSON file *path* that came by hand, *what* it is called.

    Its owner and mode say nothing, since it comes from a stick: the fingerprint that is read
    aloud does. Raises :class:`BadKey` where it is missing or none.
    """
    try:
        return msgspec.json.decode(_read(path, None, MAX_BYTES), type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise BadKey(f"{path} is no {what}") from None


def save_carried(path: Path, value: msgspec.Struct) -> None:
    """
    Write *value* to *path* on a medium, readable by all. Raises :class:`BadKey`.

    The folder must be there: one that is made in the place of a stick that is not in would
    take the file.
    """
    if not path.parent.exists():
        raise BadKey(
            f"{path} cannot be written: {path.parent} is not there. Is the medium in its place? A"
            " new folder is made with mkdir"
        )
    save(path, value, mode=0o644)


def save(path: Path, value: msgspec.Struct, *, mode: int = 0o600) -> None:
    """Write *value* to *path* whole: a new file beside it, synced, then renamed over it."""
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
    data = msgspec.json.format(msgspec.json.encode(value, enc_hook=_encode)) + b"\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            partial.unlink()
        raise BadKey(f"{path} cannot be written: {error.strerror}") from error


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """
    Keep others from changing *path* meanwhile, by a lock file beside it. Raises BadKey.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise BadKey(f"{path} cannot be locked: {error.strerror}") from error
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_LOCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _read(path: Path, forbidden: int | None, max_bytes: int) -> bytes:
    """
    Read *path*, judging the very file that is open and not its name.

    It must be one's own, without the access *forbidden* to others; None: whose it is counts not.
    """
    try:
        with open(path, "rb", opener=_opener) as file:
            facts = os.fstat(file.fileno())
            if not stat.S_ISREG(facts.st_mode):
                raise BadKey(f"{path} is no regular file")
            if forbidden is not None and sys.platform != "win32":  # there access lists decide
                _check_access(path, facts, forbidden)
            return file.read(max_bytes)
    except OSError as error:
        raise BadKey(f"{path} cannot be read: {error.strerror}") from error


def _opener(name: str, flags: int) -> int:
    """Open without waiting for a writer, should somebody have laid a pipe there."""
    return os.open(name, flags | getattr(os, "O_NONBLOCK", 0))


def _check_access(path: Path, facts: os.stat_result, forbidden: int) -> None:
    if facts.st_uid not in (os.geteuid(), 0):
        raise BadKey(f"{path} belongs to another user; take it over with chown")
    if facts.st_mode & forbidden:
        raise BadKey(f"{path} is open to other users; close it with chmod 600, then rotate the key")


def _sync_folder(folder: Path) -> None:
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _decode(kind: type, value: object) -> object:
    if kind is Secret and isinstance(value, str) and value.isascii():
        return Secret(value)
    raise ValueError("not a secret")


def _encode(value: object) -> object:
    if isinstance(value, Secret):
        return value.reveal().decode()
    raise NotImplementedError
