"""What can be told of a bundle's file: by anybody, and by whom it is for."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO

from edge.bundle.files import PARTIAL
from edge.keys.curve import fingerprint
from edge.keys.signing import verify_text
from edge.protocol.bundle import form
from edge.protocol.bundle.form import BadBundle
from edge.protocol.bundle.reading import Opener, Reader

On = Callable[[int], None]
"""Hears how many bytes are through."""


def kind_of(path: Path) -> form.Kind:
    """Return what the name of *path* says it holds. Raises :class:`BadBundle`."""
    if path.name.endswith(PARTIAL):
        raise BadBundle(
            "unfinished",
            "it was not finished when it was written; use the finished file, or export again",
        )
    return "receipt" if path.suffix.lower() == ".fbr" else "entries"


def look(
    file: BinaryIO,
    kind: form.Kind,
    secrets: Mapping[bytes, bytes],
    *,
    hear: Callable[[form.Manifest, bytes], None] = lambda *_: None,
    on: On = lambda _: None,
) -> tuple[Reader, BadBundle | None]:
    """
    Read *file* through, telling *hear* what its records say, as far as *secrets* open them.

    Returns the reader, whose manifest and contents may be believed, and why it could not be
    opened: that is said only of a file that is whole. Raises :class:`BadBundle` otherwise.
    """
    reader = Reader(file.read, kind)
    try:
        opener = Opener(reader, secrets)
    except BadBundle as error:
        for _ in reader.records():
            on(reader.done)
        return reader, error
    for plain in opener.plain(reader.records()):
        hear(reader.manifest, plain)
        on(reader.done)
    return reader, None


def key_fingerprint(public: bytes) -> str:
    """Return what people compare of a signing key."""
    return fingerprint("signs", verify_text(public))
