"""
What a backup says of itself, in a file that is written last: every file with its length and hash.

A folder without it was not finished; one whose files do not fit it is torn.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path

import msgspec

from edge.errors import FlowbackError

NAME = "backup.json"
FORMAT = 1
_PIECE = 2**20

Told = Callable[[int, int], None]
"""(bytes done, bytes in all)."""


class BadBackup(FlowbackError):
    """A folder is no backup, or one that cannot be used. The message says why and what helps."""


class File(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a backup."""

    bytes: int
    hash: str
    """BLAKE2b-256, hexadecimal."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """The whole of it."""

    format: int = FORMAT
    version: str
    """Of the program that made it."""
    at: int
    """When it was begun, ms since 1970."""
    applied: int
    """Inbox position that the analytics hold."""
    held: int
    """Newest inbox position."""
    files: dict[str, File]


def describe(path: Path) -> File:
    """Return length and hash of a file."""
    digest, length = hashlib.blake2b(digest_size=32), 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
            length += len(piece)
    return File(bytes=length, hash=digest.hexdigest())


def load(folder: Path) -> Manifest:
    """Return the manifest in *folder*. Raises :class:`BadBackup`."""
    path = folder / NAME
    if folder.name.endswith(".partial"):
        raise BadBackup(f"{folder} was not finished: make the backup again")
    if not path.is_file():
        raise BadBackup(f"{folder} is no backup: it has no {NAME}")
    try:
        plain = msgspec.json.decode(path.read_bytes(), type=dict)
        if plain.get("format", 0) > FORMAT:
            raise BadBackup(
                f"{folder} has format {plain['format']} and this version knows {FORMAT}:"
                f" restore it with Flowback {plain.get('version', 'that is newer')}"
            )
        return msgspec.convert(plain, Manifest)
    except msgspec.MsgspecError as error:
        raise BadBackup(f"{path} is damaged: {error}. Take an older backup") from None


def verify(folder: Path, told: Told = lambda _done, _total: None) -> Manifest:
    """Return the manifest once every file fits it. Raises :class:`BadBackup`."""
    manifest = load(folder)
    total, done = sum(one.bytes for one in manifest.files.values()), 0
    for name, wanted in manifest.files.items():
        path = folder / name
        if not path.is_file():
            raise BadBackup(f"{folder} is torn: {name} is missing. Take another copy of it")
        found = describe(path)
        if found.bytes != wanted.bytes:
            raise BadBackup(
                f"{folder} is torn: {name} has {found.bytes} bytes and had {wanted.bytes}."
                " Take another copy of it"
            )
        if found.hash != wanted.hash:
            raise BadBackup(
                f"{folder} is torn: bytes of {name} are not those that were written."
                " Take another copy of it"
            )
        done += wanted.bytes
        told(done, total)
    return manifest
