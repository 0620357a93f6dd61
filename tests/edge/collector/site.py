"""A collector in a folder, over HTTP on a real journal, and what a widget would send it."""

import base64
import hashlib
import json
import time

from starlette.testclient import TestClient

from edge.collector.app import create_app
from edge.collector.settings import EdgeSettings
from edge.events import codec
from edge.events.event import FeedbackRecorded, SignalNormalized, SignalRaw
from edge.projects import ProjectBook, make

ORIGIN = "https://shop.example"
SESSION = "A" * 22
STREAM = "B" * 10 + "A"
SECRET = "s" * 43
RECEIPT = base64.urlsafe_b64encode(hashlib.sha256(SECRET.encode()).digest()).rstrip(b"=").decode()


class Site:
    """A collector in a folder, which may be started again."""

    def __init__(self, folder, *, address="testclient", **settings) -> None:
        self.folder = folder
        self.address = address
        self.settings = EdgeSettings(data=str(folder), **{"region": "DE", **settings})
        book = ProjectBook.open(folder)
        for name, consent in (("shop", "ask"), ("bank", "ask"), ("intranet", "host")):
            origin = f"https://{name}.example"
            book.add(make(name, origins=[origin], consent=consent, key=f"key-of-{name}"))
        self.start()

    def start(self) -> None:
        self.client = TestClient(create_app(self.settings), client=(self.address, 50_000))
        self.client.__enter__()

    @property
    def journal(self):
        return self.client.app.state.collector.journal

    def stop(self) -> None:
        self.client.__exit__(None, None, None)

    def restart(self) -> None:
        self.stop()
        self.start()

    def post(self, path, body, *, key="key-of-shop", origin=ORIGIN, **headers):
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        all_headers = {"Content-Type": "text/plain", **headers}
        if origin is not None:
            all_headers["Origin"] = origin
        return self.client.post(f"{path}?k={key}", content=sent, headers=all_headers)

    def grant(self, *, n=0, state="granted", **more):
        return self.post("/consent", choice(n=n, state=state, **more))

    def send(self, *events, **more):
        return self.post("/events", batch(*events, **more))

    def written(self):
        """Everything in the journal: (lane, stamp, event), in order."""
        return [
            (entry.lane, group.stamp, event)
            for entry in self.journal.follow(0, max_bytes=2**30)
            for group in codec.unpack(entry.body)
            for event in group.events
        ]

    def browser_events(self):
        return [e for _, _, e in self.written() if isinstance(e, SignalRaw | FeedbackRecorded)]

    def signals(self):
        last = {}
        for _, _, event in self.written():
            known = last.get(event.id) if isinstance(event, SignalNormalized) else event
            if known is None or (known is not event and event.revision > known.revision):
                last[event.id] = event
        return [event for event in last.values() if not event.void]


def now() -> int:
    return int(time.time() * 1000)


def choice(*, n=0, state="granted", **more):
    whole = {
        "projectId": "shop",
        "sessionId": SESSION,
        "stream": STREAM,
        "n": n,
        "state": state,
        "purposes": ["interaction", "reaction_prompt", "comment"],
        "source": "banner",
        "policyVersion": "1",
        "receiptHash": RECEIPT,
        "sentAt": now(),
    }
    return {**whole, **more}


def batch(*events, **more):
    whole = {"projectId": "shop", "sessionId": SESSION, "stream": STREAM, "sentAt": now()}
    return {**whole, "events": list(events), **more}


def signal(n, action="click", *, at=None, page="/checkout", **payload):
    if action in ("click", "hover"):
        payload.setdefault("target", "button")
    return {
        "n": n,
        "type": "signal.raw",
        "timestamp": at or now(),
        "page": page,
        "payload": {"action": action, **payload},
    }


def tap(n, reaction="thumbs_down", **payload):
    return {
        "n": n,
        "type": "feedback.recorded",
        "timestamp": now(),
        "page": "/checkout",
        "payload": {"reaction": reaction, **payload},
    }
