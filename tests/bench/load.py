"""A lean HTTP load: keep-alive connections, each with one request under way."""

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

ORIGIN = "http://shop.example"


@dataclass(slots=True)
class Result:
    """What a load saw."""

    answered: int = 0
    seconds: float = 0.0
    """From the first request to the last answer."""
    waits: list[float] = field(default_factory=list)
    """Seconds from when each request was due to its answer."""

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.answered / self.seconds


async def drive(
    port: int,
    path: str,
    bodies: Iterable[bytes],
    *,
    connections: int = 32,
    seconds: float = float("inf"),
    rate: float = 0.0,
) -> Result:
    """
    POST *bodies* to *path* over *connections* until they or *seconds* are over.

    With *rate*, requests are due at so many a second whether or not earlier ones are
    answered, and a wait counts from then: who is slow cannot hide behind its own queue.
    Raises SystemExit where an answer is no success, or not the whole body was accepted.
    """
    result = Result()
    source = iter(bodies)
    started = time.perf_counter()
    sent = 0

    async def one() -> None:
        nonlocal sent
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for body in source:
            due = started + sent / rate if rate else 0.0
            sent += 1
            if due > (now := time.perf_counter()):
                await asyncio.sleep(due - now)
            begun = due or time.perf_counter()
            writer.write(_head(path, len(body)) + body)
            check(*await answer(reader))
            now = time.perf_counter()
            result.answered += 1
            result.waits.append(now - begun)
            if now > started + seconds:
                break
        writer.close()

    async with asyncio.TaskGroup() as group:
        for _ in range(connections):
            group.create_task(one())
    result.seconds = time.perf_counter() - started
    return result


async def first_answer(port: int, path: str, body: bytes) -> None:
    """POST *body* as soon as the port is open, and wait for its answer."""
    while True:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionRefusedError:
            await asyncio.sleep(0.002)
            continue
        writer.write(_head(path, len(body)) + body)
        check(*await answer(reader))
        writer.close()
        return


async def answer(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """Return head and body of an answer."""
    head = await reader.readuntil(b"\r\n\r\n")
    lower = head.lower()
    start = lower.index(b"content-length:") + 15
    length = int(lower[start : lower.index(b"\r\n", start)])
    return head, await reader.readexactly(length)


def check(head: bytes, body: bytes) -> None:
    """End the run where a request was not taken whole: its figure would mean nothing."""
    whole = b'"rejected":[{' not in body and b'"dropped":{"' not in body
    if head[9:10] != b"2" or not whole:
        raise SystemExit(f"bench: a request was refused: {head[9:12]!r} {body[:200]!r}")


def _head(path: str, length: int) -> bytes:
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: {ORIGIN}\r\n"
        f"Content-Type: text/plain\r\nContent-Length: {length}\r\n\r\n"
    ).encode()
