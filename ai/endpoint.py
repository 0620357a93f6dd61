"""
A call to an OpenAI-compatible server that the operator named: nothing else is ever called.

Bounded in time and size; retried where a retry can help (no connection, 429, 5xx), not
where it cannot. Redirects are not followed, and no proxy or key is taken from the
environment, so that what is sent goes where the configuration says.
"""

import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx2
import msgspec

LARGEST = 64 << 20
"""Bytes of an answer that are read."""


class EndpointFailed(Exception):
    """
    The server gave no usable answer; says why, without key and without what was sent.

    *status* is the HTTP status that it answered with, where it did.
    """

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where *base* ends in ``/v1``; *timeout* and *pause* in seconds."""

    base: str
    model: str
    key: str = field(default="", repr=False)
    timeout: float = 20.0
    tries: int = 2
    pause: float = 0.5
    sleep: Callable[[float], None] = time.sleep

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """Return the decoded answer to *body*. Raises EndpointFailed."""
        problem: EndpointFailed = EndpointFailed("")
        for tried in range(max(1, self.tries)):
            if tried:
                self.sleep(self.pause * 2 ** (tried - 1))
            try:
                return self._once(path, body)
            except _Again as error:
                problem = error
        raise EndpointFailed(str(problem), problem.status)

    def _once(self, path: str, body: dict[str, Any]) -> Any:
        headers = {"authorization": f"Bearer {self.key}"} if self.key else {}
        url = self.base.rstrip("/") + path
        ends = time.monotonic() + self.timeout
        try:
            with (
                httpx2.Client(
                    timeout=self.timeout, trust_env=False, headers=headers, verify=_trust()
                ) as client,
                client.stream("POST", url, json={"model": self.model, **body}) as answer,
            ):
                if answer.status_code != 200:
                    kind = (
                        _Again if answer.status_code in (429, *range(500, 600)) else EndpointFailed
                    )
                    raise kind(f"{url} answered {answer.status_code}", answer.status_code)
                raw = bytearray()
                for piece in answer.iter_bytes():
                    raw += piece
                    if len(raw) > LARGEST:
                        raise EndpointFailed(f"{url} answered with more than {LARGEST} bytes")
                    if time.monotonic() > ends:
                        raise _Again(f"{url} took more than {self.timeout:g} s")
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise _Again(f"{url}: {type(error).__name__}") from None
        try:
            return msgspec.json.decode(bytes(raw))
        except msgspec.DecodeError:
            raise EndpointFailed(f"{url} answered what is no JSON") from None


@cache
def _trust() -> ssl.SSLContext:
    """Return the machine's certificates, read once."""
    return ssl.create_default_context()


class _Again(EndpointFailed):
    """Failed in a way that may pass."""
