"""
A request's body, never larger than it may be: 64 KiB as sent, 1 MiB inflated
(privacy-and-security.md, 6.2).
"""

import asyncio
import zlib
from collections.abc import Callable

from starlette.requests import ClientDisconnect, Request

from edge.collector.http.errors import NotABatch, TooLarge, TooSlow, UnreadableCoding

MAX_SENT = 64 * 2**10
MAX_INFLATED = 2**20
PATIENCE = 10.0  # seconds for 64 KiB to arrive
_GZIP = b"\x1f\x8b"


async def read(request: Request, take: Callable[[int], None]) -> bytes:
    """
    Return the inflated body. gzip is known by its first bytes, whatever the headers say.

    *take* is told of the bytes as they come and may refuse them. Raises
    :class:`TooLarge`, :class:`TooSlow`, :class:`UnreadableCoding` and :class:`NotABatch`.
    """
    if request.headers.get("content-encoding", "identity").lower() not in ("identity", "gzip"):
        raise UnreadableCoding
    declared = request.headers.get("content-length", "0")
    if not declared.isdigit() or int(declared) > MAX_SENT:
        raise TooLarge
    try:
        async with asyncio.timeout(PATIENCE):
            body = await _receive(request, take)
    except TimeoutError:
        raise TooSlow from None
    except ClientDisconnect:
        raise NotABatch("the sender went away") from None
    return inflate(body) if body.startswith(_GZIP) else body


async def _receive(request: Request, take: Callable[[int], None]) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MAX_SENT:
            raise TooLarge
        take(len(chunk))
        chunks.append(chunk)
    return b"".join(chunks)


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
