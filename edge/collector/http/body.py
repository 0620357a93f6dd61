"""
A request's body, never larger than it may be: 64 KiB as sent, 1 MiB inflated
(privacy-and-security.md, 6.2).
"""

import zlib

from starlette.requests import Request

from edge.collector.http.errors import NotABatch, TooLarge, UnreadableCoding

MAX_SENT = 64 * 2**10
MAX_INFLATED = 2**20
_GZIP = b"\x1f\x8b"


async def read(request: Request) -> bytes:
    """
    Return the inflated body. gzip is known by its first bytes, whatever the headers say.

    Raises :class:`TooLarge`, :class:`UnreadableCoding` and :class:`NotABatch`.
    """
    if request.headers.get("content-encoding", "identity").lower() not in ("identity", "gzip"):
        raise UnreadableCoding
    declared = request.headers.get("content-length", "0")
    if not declared.isdigit() or int(declared) > MAX_SENT:
        raise TooLarge
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MAX_SENT:
            raise TooLarge
        chunks.append(chunk)
    body = b"".join(chunks)
    return inflate(body) if body.startswith(_GZIP) else body


def inflate(body: bytes) -> bytes:
    """Return what one gzip member holds, at most MAX_INFLATED bytes, nothing behind it."""
    stream = zlib.decompressobj(wbits=31)
    try:
        data = stream.decompress(body, MAX_INFLATED + 1)
    except zlib.error as error:
        raise NotABatch(f"the gzip body is damaged: {error}") from None
    if len(data) > MAX_INFLATED:
        raise TooLarge
    if not stream.eof:
        raise NotABatch("the gzip body is cut off")
    if stream.unused_data:
        raise NotABatch("something follows the gzip body")
    return data
