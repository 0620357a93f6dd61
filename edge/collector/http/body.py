"""
A request's body, never larger than it may be: 64 KiB as sent, 1 MiB inflated
(privacy-and-security.md, 6.2).
"""

import asyncio
import zlib
from collections.abc import Callable, Mapping

from starlette.types import Receive

from edge.collector.http.eager import Eager
from edge.collector.http.errors import NotABatch, TooLarge, TooSlow, UnreadableCoding

MAX_SENT = 64 * 2**10
MAX_INFLATED = 2**20
PATIENCE = 10.0  # seconds for 64 KiB to arrive
_GZIP = b"\x1f\x8b"
_CODINGS = (b"identity", b"gzip")
STEP = 64 * 2**10
"""Bytes that are inflated at a time: a usual body is done in one."""


async def read(told: Mapping[bytes, bytes], receive: Receive, take: Callable[[int], None]) -> bytes:
    """
    Return the inflated body. gzip is known by its first bytes, whatever the headers say.

    *told* are the request's headers. *take* is told of the bytes as they come and as they
    are inflated, and may refuse them. Raises
    :class:`TooLarge`, :class:`TooSlow`, :class:`UnreadableCoding` and :class:`NotABatch`.
    """
    if told.get(b"content-encoding", b"identity").lower() not in _CODINGS:
        raise UnreadableCoding
    length = told.get(b"content-length", b"0")
    if not length.isdigit() or int(length) > MAX_SENT:
        raise TooLarge
    arriving = Eager(_receive(receive, take))
    if arriving.done:
        body = await arriving
    else:
        try:
            async with asyncio.timeout(PATIENCE):
                body = await arriving
        except TimeoutError:
            raise TooSlow from None
    return inflate(body, take) if body.startswith(_GZIP) else body


async def _receive(receive: Receive, take: Callable[[int], None]) -> bytes:
    chunks: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise NotABatch("the sender went away")
        chunk: bytes = message.get("body", b"")
        more = message.get("more_body", False)
        size += len(chunk)
        if size > MAX_SENT:
            raise TooLarge
        take(len(chunk))
        chunks.append(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def inflate(body: bytes, take: Callable[[int], None]) -> bytes:
    """
    Return what one gzip member holds, at most MAX_INFLATED bytes, nothing behind it.

    *take* is told of each step, so that no more than one is inflated without room for it.
    """
    stream = zlib.decompressobj(wbits=31)
    steps: list[bytes] = []
    size = 0
    rest = body
    while not stream.eof:
        try:
            step = stream.decompress(rest, STEP)
        except zlib.error as error:
            raise NotABatch(f"the gzip body is damaged: {error}") from None
        if not step and not stream.eof:
            raise NotABatch("the gzip body is cut off")
        size += len(step)
        if size > MAX_INFLATED:
            raise TooLarge
        take(len(step))
        steps.append(step)
        rest = stream.unconsumed_tail
    if stream.unused_data:
        raise NotABatch("something follows the gzip body")
    return steps[0] if len(steps) == 1 else b"".join(steps)
