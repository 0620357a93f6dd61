"""
A custom agent's process as the hub holds it: asked with a deadline, bounded in its answers.

Whatever the agent does, the hub waits for SECONDS at most, keeps ANSWER_BYTES at most, and
ends the process with all that it started.
"""

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from typing import IO, Any

import msgspec

from edge.errors import FlowbackError
from hub.custom import child
from hub.custom.found import Found

SECONDS = 10.0
"""Time for an answer."""
START_SECONDS = 30.0
"""Time to start: to import what the agent needs."""
ANSWER_BYTES = 4 * 2**20
"""Length of an answer: what is said and the state together."""
MESSAGES = 1_000
"""Messages that an agent may say of one batch."""
_PIECE = 2**16
_LAST_WORDS = 4
_LINE = 200


class AgentFailed(FlowbackError):
    """A custom agent raised, hung, said too much or ended."""


class AgentProcess:
    """The process of *found*. Its construction starts it and asks what it is."""

    def __init__(self, found: Found, *, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._process = subprocess.Popen(
            _command(found),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd="/",
            env=_environment(),
            start_new_session=True,
        )
        self._words: deque[str] = deque(maxlen=_LAST_WORDS)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        for pipe in (self._process.stdin, self._process.stdout):
            os.set_blocking(pipe.fileno(), False)
        self._listener = threading.Thread(target=self._listen, name="agent-words", daemon=True)
        self._listener.start()
        try:
            about = self._exchange(b"", START_SECONDS)
            self.topics = frozenset(map(str, about["topics"]))
            self.start: Any = about["start"]
            self.erases = bool(about["erases"])
        except BaseException:
            self.end()
            raise

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to *question*. Raises :class:`AgentFailed`; end it then."""
        body = msgspec.msgpack.encode(question)
        return self._exchange(child.LENGTH.pack(len(body)) + body, self._seconds)

    def end(self) -> None:
        """End the process and what it started. Harmless when repeated."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._listener.join(1.0)
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            with contextlib.suppress(OSError):
                pipe.close()  # type: ignore[union-attr]

    def _exchange(self, out: bytes, seconds: float) -> dict[str, Any]:
        try:
            return _answered(self._bytes(out, seconds))
        except (OSError, EOFError):
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(1.0)
            self._listener.join(1.0)
            words = "; ".join(self._words)
            code = self._process.poll()
            raise AgentFailed(f"its process ended with code {code}: {words}"[:500]) from None

    def _bytes(self, out: bytes, seconds: float) -> bytes:
        """Write *out*, read one answer, both as far as the pipes go, until the deadline."""
        until = time.monotonic() + seconds
        left, found = memoryview(out), bytearray()
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(stdout, selectors.EVENT_READ)
            if left:
                selector.register(stdin, selectors.EVENT_WRITE)
            while not _whole(found):
                ready = selector.select(max(0.0, until - time.monotonic()))
                if not ready:
                    raise AgentFailed(f"it gave no answer within {seconds:g} s")
                for key, _ in ready:
                    if key.fileobj is stdin:
                        left = left[os.write(key.fd, left[:_PIECE]) :]
                        if not left:
                            selector.unregister(stdin)
                    elif piece := os.read(key.fd, _PIECE):
                        found += piece
                    else:
                        raise EOFError
        return bytes(found[child.LENGTH.size :])

    def _listen(self) -> None:
        """Keep the last lines that the agent prints; drop all others as they come."""
        stream: IO[bytes] | None = self._process.stderr
        assert stream is not None
        with contextlib.suppress(ValueError, OSError):
            while line := stream.readline(_PIECE):
                self._words.append(line.decode(errors="replace").strip()[:_LINE])


def _whole(found: bytearray) -> bool:
    size = child.LENGTH.size
    if len(found) < size:
        return False
    length: int = child.LENGTH.unpack_from(found)[0]
    if length > ANSWER_BYTES:
        raise AgentFailed(f"its answer is longer than {ANSWER_BYTES} bytes")
    return len(found) >= size + length


def _answered(body: bytes) -> dict[str, Any]:
    try:
        found: dict[str, Any] = msgspec.msgpack.decode(body, type=dict)
    except msgspec.MsgspecError as error:
        raise AgentFailed(f"its answer cannot be read: {error}") from None
    if "error" in found:
        raise AgentFailed(str(found["error"]))
    return found


def _command(found: Found) -> list[str]:
    words = [found.kind, found.source, str(MESSAGES)]
    if getattr(sys, "frozen", False):  # one program holds all: ask it for this part
        return [sys.executable, "hub", "agents", "child", *words]
    return [sys.executable, "-I", "-u", child.__file__, *words]


def _environment() -> dict[str, str]:
    """Return what an agent is told of its surroundings: no setting and no secret of the hub."""
    return {"PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}
