"""
One simulated visitor: what a widget would send, sent over HTTP to a real edge.

It retries like a widget: a batch stays until it is answered, and is sent again
under the same numbers, so that a lost answer doubles nothing.
"""

import asyncio
import base64
import hashlib
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import httpx2

from edge.projects import Project

RETRY = (0.2, 0.5, 1.0, 2.0, 4.0)  # seconds; the last repeats

Acknowledge = Callable[[str, list[int]], None]
"""Called with a stream and the numbers that were answered as being on disk."""


class Element(NamedTuple):
    """An element as the widget names it."""

    target: str
    name: str


@dataclass(slots=True)
class Target:
    """Where a visitor's widget sends."""

    edge_url: str
    project: Project
    client: httpx2.AsyncClient

    @property
    def headers(self) -> dict[str, str]:
        """What a browser would send along."""
        return {"Origin": self.project.origins[0], "Content-Type": "text/plain"}


@dataclass(slots=True)
class Visitor:
    """A page load of one session. All is sent by :meth:`flush`."""

    target: Target
    random: random.Random
    device: str = "desktop"
    acknowledge: Acknowledge = lambda *_: None
    session: str = ""
    stream: str = ""
    page: str = "/"
    view: int = 0
    consented: bool = False
    _n: int = 0
    _events: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.session = self._id(16)
        self.stream = self._id(8)

    async def grant(self) -> None:
        """Consent, as a visitor does in the banner."""
        secret = self.random.randbytes(32)
        receipt = base64.urlsafe_b64encode(hashlib.sha256(secret).digest()).rstrip(b"=").decode()
        await self._post(
            "consent",
            {
                "projectId": self.target.project.id,
                "sessionId": self.session,
                "stream": self.stream,
                "n": self._number(),
                "state": "granted",
                "purposes": ["interaction", "reaction_prompt", "comment"],
                "source": "banner",
                "policyVersion": "1",
                "receiptHash": receipt,
            },
        )
        self.consented = True

    async def deny(self) -> None:
        """Decline: nothing but the choice is sent, and it names nobody."""
        await self._post(
            "consent",
            {
                "projectId": self.target.project.id,
                "state": "denied",
                "source": "banner",
                "policyVersion": "1",
            },
        )

    def go(self, page: str, *, how: str = "route") -> None:
        """Open *page*."""
        self.page = page
        self.view += 1
        self.signal("nav", how=how)

    def back(self, page: str, *, stayed: int) -> None:
        """Go back to *page* after *stayed* ms."""
        origin = self.page
        self.page = page
        self.view += 1
        self.signal("nav", how="traverse")
        self.signal("backtrack", origin=origin, stayed=stayed, interacted=True)

    def click(self, element: Element, *, ms: int = 0, alive: bool = True) -> int:
        """Click *element*, *ms* from now; return the click's number."""
        n = self.signal("click", ms=ms, **element._asdict(), x=400, y=300)
        reaction = {"dom": self.random.randint(8, 90)} if alive else {}
        self.signal("reaction", ms=ms, of=n, watched=3000, **reaction)
        return n

    def signal(self, action: str, *, ms: int = 0, **payload: Any) -> int:
        """Note a raw signal, *ms* from now; return its number."""
        return self._note("signal.raw", {"action": action, **payload}, ms)

    def tap(
        self, reaction: str, *, answers: dict[str, Any] | None = None, comment: str = ""
    ) -> int:
        """Tap 👍 👎 or 😕, and say why where a *comment* is given."""
        payload: dict[str, Any] = {"reaction": reaction}
        if comment:
            payload["comment"] = comment
        if answers is not None:
            payload["answers"] = answers
        return self._note("feedback.recorded", payload, 0)

    async def flush(self) -> dict[str, Any]:
        """Send what was noted and return the edge's answer."""
        events, self._events = self._events, []
        if not events:
            return {}
        answer = await self._post(
            "events",
            {
                "projectId": self.target.project.id,
                "sessionId": self.session,
                "stream": self.stream,
                "events": events,
            },
        )
        if answer.get("accepted", 0) + answer.get("duplicate", 0) == len(events):
            self.acknowledge(self.stream, [event["n"] for event in events])
        return answer

    def _note(self, kind: str, payload: dict[str, Any], ms: int) -> int:
        n = self._number()
        self._events.append(
            {
                "n": n,
                "type": kind,
                "timestamp": int(time.time() * 1000) + ms,
                "page": self.page,
                "view": self.view,
                "payload": payload,
            }
        )
        return n

    def _number(self) -> int:
        self._n += 1
        return self._n - 1

    def _id(self, size: int) -> str:
        return base64.urlsafe_b64encode(self.random.randbytes(size)).rstrip(b"=").decode()

    async def _post(self, route: str, body: dict[str, Any]) -> dict[str, Any]:
        """Send until it is answered with a yes or a no."""
        target = self.target
        url = f"{target.edge_url}/{route}?k={target.project.key}"
        headers = {**target.headers, "User-Agent": _USER_AGENTS[self.device]}
        attempt = 0
        while True:
            body["sentAt"] = int(time.time() * 1000)
            try:
                answer = await target.client.post(url, json=body, headers=headers)
            except httpx2.HTTPError:
                answer = None
            if answer is not None and answer.status_code < 300:
                result: dict[str, Any] = answer.json()
                return result
            if answer is not None and answer.status_code < 500 and answer.status_code != 429:
                return {}
            await asyncio.sleep(RETRY[min(attempt, len(RETRY) - 1)])
            attempt += 1


_USER_AGENTS = {
    "desktop": "Mozilla/5.0 (X11; Linux x86_64) Flowback demo visitor",
    "phone": "Mozilla/5.0 (Linux; Android 14; Mobile) Flowback demo visitor",
    "tablet": "Mozilla/5.0 (iPad) Flowback demo visitor",
}
