"""
One visitor who posts to a real edge and remembers what was answered 202, and the oracle
of edge-and-link.md section 5: what was acknowledged is at the hub, once.
"""

import hashlib
import json
import secrets
import sqlite3
import time
from base64 import urlsafe_b64encode
from collections import Counter
from contextlib import closing
from pathlib import Path

import httpx2

from edge.events import codec
from edge.events.event import FeedbackRecorded, SignalRaw


def token(size: int) -> str:
    return urlsafe_b64encode(secrets.token_bytes(size)).rstrip(b"=").decode()


class Visitor:
    """A session with one stream. ``client`` posts: httpx2 itself, or a test client."""

    def __init__(self, client, project, *, url: str = "") -> None:
        self.client = client
        self.url = url
        self.project = project
        self.session, self.stream, self.secret = token(16), token(8), token(32)
        digest = hashlib.sha256(self.secret.encode()).digest()
        self.receipt = urlsafe_b64encode(digest).rstrip(b"=").decode()
        self.next = 1
        self.acknowledged: set[tuple[str, int]] = set()

    def grant(self):
        answer = self.grant_once()
        assert answer.status_code == 200, answer.text
        return answer

    def grant_once(self):
        """Post the consent and return the answer, whatever it is."""
        choice = {
            **self._head(),
            "n": 0,
            "state": "granted",
            "purposes": ["interaction", "reaction_prompt", "comment"],
            "source": "banner",
            "policyVersion": "1",
            "receiptHash": self.receipt,
        }
        return self._post("/consent", choice)

    def withdraw(self):
        """Post the end of the consent and return the answer, whatever it is."""
        self.next += 1
        choice = {"n": self.next - 1, "state": "withdrawn", "purposes": [], "policyVersion": "1"}
        return self._post("/consent", {**self._head(), **choice, "source": "banner"})

    def delete(self):
        """Delete the session and return the answer, whatever it is."""
        where = f"{self.url}/sessions/{self.session}?k={self.project.key}"
        return self.client.delete(where, headers={"Authorization": f"Bearer {self.secret}"})

    def batch(self, count: int = 10, *, size: int = 0) -> dict:
        """Return the next *count* events, each padded by *size* bytes that do not compress."""
        numbers = range(self.next, self.next + count)
        self.next += count
        return {**self._head(), "events": [self._event(n, size) for n in numbers]}

    def send(self, batch: dict | None = None, **more):
        """Post *batch*, or a new one, and remember it where it was answered 202."""
        batch = batch or self.batch(**more)
        answer = self.post(batch)
        if answer.status_code == 202:
            refused = {item["n"] for item in answer.json()["rejected"]}
            assert not refused, answer.text
            assert not answer.json()["dropped"], answer.text
            self.acknowledged |= {(self.stream, event["n"]) for event in batch["events"]}
        return answer

    def post(self, batch: dict):
        """Post *batch* and return the answer, whatever it is."""
        return self._post("/events", batch)

    def _post(self, path: str, body: dict):
        headers = {"Content-Type": "text/plain", "Origin": self.project.origins[0]}
        where = f"{self.url}{path}?k={self.project.key}"
        return self.client.post(where, content=json.dumps(body).encode(), headers=headers)

    def _head(self) -> dict:
        return {
            "projectId": self.project.id,
            "sessionId": self.session,
            "stream": self.stream,
            "sentAt": int(time.time() * 1000),
        }

    def _event(self, n: int, size: int) -> dict:
        payload = {"action": "click", "target": f"button.b{n}"}
        if size:
            words = " ".join(secrets.token_hex(3).translate(_LETTERS) for _ in range(size // 7))
            payload["name"] = words[:size]
        at = int(time.time() * 1000)
        return {
            "n": n,
            "type": "signal.raw",
            "timestamp": at,
            "page": "/checkout",
            "payload": payload,
        }


_LETTERS = str.maketrans("0123456789", "ghijklmnop")


def visitor(url: str, project) -> Visitor:
    """Return a visitor of the edge at *url*."""
    return Visitor(httpx2, project, url=url)


def browser_events(path: Path) -> Counter[tuple[str, int]]:
    """Return how often each browser event lies in the journal or inbox at *path*."""
    found: Counter[tuple[str, int]] = Counter()
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as seen:
        for (body,) in seen.execute("select body from entry"):
            for group in codec.unpack(body):
                for event in group.events:
                    if isinstance(event, SignalRaw | FeedbackRecorded):
                        found[str(group.stamp.stream), event.n] += 1
    return found


def gaps(path: Path) -> list[tuple[int, int, int, str]]:
    """Return (lane, lo, hi, why) of each gap in the journal or inbox at *path*."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as seen:
        return seen.execute("select lane, lo, hi, why from gap order by lane, lo").fetchall()


def metrics(url: str, *, timeout: float = 10) -> dict[str, float]:
    """Return an edge's metrics: name with labels → value."""
    text = httpx2.get(f"{url}/metrics", timeout=timeout).text
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}
