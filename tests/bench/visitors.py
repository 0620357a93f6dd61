"""What widgets send: sessions whose events are numbered onward from body to body."""

import random
import time
from collections.abc import Iterator

import msgspec

BATCH = 50
PAGES = [
    f"/collections/outdoor/winter/products/{word}?sort=price"
    for word in ("jacket", "trousers", "shoes", "tents", "sale")
]
"""So long that a batch of 50 has about 12 KB (issue 4)."""
TARGETS = [f"main>div:nth-of-type({i})>button" for i in range(1, 9)]
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


class Visitors:
    """*count* sessions of one project that take turns in sending."""

    def __init__(self, project: str, count: int, *, seed: int = 1) -> None:
        self._project = project
        self._rng = random.Random(seed)
        self._sessions = [(self._id(21), self._id(10)) for _ in range(count)]
        self._next = [1] * count
        self._turn = 0
        self._began = int(time.time() * 1000) - 2 * 3_600_000

    def consents(self) -> Iterator[bytes]:
        """Yield each session's grant, number 0 of its stream."""
        for session, stream in self._sessions:
            choice = {
                "projectId": self._project,
                "sessionId": session,
                "stream": stream,
                "n": 0,
                "state": "granted",
                "purposes": ["interaction"],
                "source": "api",
                "policyVersion": "1",
                "receiptHash": "A" * 43,
                "sentAt": int(time.time() * 1000),
            }
            yield msgspec.json.encode(choice)

    def bodies(self, count: int, *, size: int = BATCH) -> Iterator[bytes]:
        """Yield *count* bodies of *size* events each, never the same numbers twice."""
        for _ in range(count):
            at = self._turn % len(self._sessions)
            self._turn += 1
            yield self._body(at, size)

    def _body(self, at: int, size: int) -> bytes:
        session, stream = self._sessions[at]
        first = self._next[at]
        self._next[at] += size
        batch = {
            "projectId": self._project,
            "sessionId": session,
            "stream": stream,
            "sentAt": int(time.time() * 1000),
            "events": [self._event(n) for n in range(first, first + size)],
        }
        return msgspec.json.encode(batch)

    def _event(self, n: int) -> dict:
        """Return event *n*. A visitor makes 50 in about 6 s, however fast they are sent."""
        rng = self._rng
        i = (n - 1) % BATCH
        target = {"target": TARGETS[rng.randrange(8)], "name": None, "kind": None}
        if i % 10 == 0:
            payload = {"action": "click", **target, "x": rng.randrange(1400), "y": 300, "button": 0}
            payload |= {"modified": False, "selected": False}
        elif i % 10 == 1:
            payload = {"action": "reaction", "of": n - 1, "watched": 3000, "dom": 24, "request": 40}
            payload |= {"requestEnd": 180, "scroll": None, "selection": None, "nav": None}
        elif i % 10 == 2:
            payload = {"action": "scroll", "depth": rng.randrange(100)}
        elif i % 10 == 3:
            payload = {"action": "pointer", "changes": rng.randrange(12), "duration": 900}
        elif i == 4:
            payload = {"action": "nav", "how": "route", "referrer": None}
        elif i == 14:
            payload = {"action": "input", **target, "phase": "focus", "form": "form#address"}
        else:
            dwell = round(400 + rng.expovariate(1 / 900))  # most dwells are short
            payload = {"action": "hover", **target, "dwell": dwell, "acted": rng.random() < 0.5}
        return {
            "n": n,
            "type": "signal.raw",
            "timestamp": self._began + n * 120,
            "page": PAGES[rng.randrange(5)],
            "view": n // 500,
            "payload": payload,
        }

    def _id(self, length: int) -> str:
        return "".join(self._rng.choices(_ALPHABET, k=length)) + "A"
