"""A lean HTTP load: keep-alive connections, each with one request under way."""

import asyncio
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

ORIGIN = "http://shop.example"
Request = tuple[str, bytes]


class Pool:
    """Bodies for one path, each used once."""

    def __init__(self, path: str, bodies: list[bytes]) -> None:
        self._path = path
        self._bodies = bodies

    def __iter__(self) -> Iterator[Request]:
        return ((self._path, body) for body in self._bodies)


@dataclass(slots=True)
class Result:
    """What a load saw."""

    answered: int = 0
    refused: int = 0
    sample: bytes = b""


async def drive(
    port: int, requests: Iterable[Request], *, connections: int, seconds: float = 60.0
) -> Result:
    """Send *requests* over *connections* until they or *seconds* are over."""
    result = Result()
    source = iter(requests)
    deadline = time.perf_counter() + seconds

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for path, body in source:
            writer.write(_head(path, len(body)) + body)
            await _answer(reader, result)
            if time.perf_counter() > deadline:
                break
        writer.close()

    async with asyncio.TaskGroup() as group:
        for _ in range(connections):
            group.create_task(one())
    return result


def _head(path: str, length: int) -> bytes:
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: {ORIGIN}\r\n"
        f"Content-Type: text/plain\r\nContent-Length: {length}\r\n\r\n"
    ).encode()


async def _answer(reader: asyncio.StreamReader, result: Result) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    lower = head.lower()
    start = lower.index(b"content-length:") + 15
    length = int(lower[start : lower.index(b"\r\n", start)])
    body = await reader.readexactly(length)
    good = head[9:10] == b"2" and b'"rejected":[{' not in body and b'"dropped":{"' not in body
    result.answered += 1
    if not good:
        result.refused += 1
        result.sample = head.split(b"\r\n")[0] + body[:200]
