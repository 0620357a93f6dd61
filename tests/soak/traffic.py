"""Visitors who post without end, try again until they are answered, and keep a record."""

import random
import threading
import zlib
from collections import Counter

import httpx2

from tests.faults.posting import Visitor

PATIENCE = 2.0  # seconds until a visitor tries again
ACCEPTED = (200, 202)
LOST_ANSWERS = 0.03
"""Part of the answers that a visitor does not hear, so that the batch is posted again."""


class Stopped(Exception):
    """The soak is over."""


class Record:
    """What was issued and what was acknowledged, by all visitors of one edge."""

    def __init__(self) -> None:
        self.issued: Counter[str] = Counter()
        """Stream → events numbered 1, 2, 3… that were posted at least once."""
        self.acknowledged: Counter[str] = Counter()
        """Stream → events numbered 1, 2, 3… that were answered 202."""
        self.sessions: set[str] = set()
        """Whose consent was answered."""
        self.answers: Counter[str] = Counter()
        self.duplicates = 0
        """Events that an edge knew already: its answer had been lost."""
        self.wrong: list[str] = []
        """What no edge may answer."""


class Caller(threading.Thread):
    """One visitor after another at the edge *url*, at about *pace* batches a second."""

    def __init__(
        self, url: str, project, record: Record, rng: random.Random, *, pace: float
    ) -> None:
        super().__init__(daemon=True)
        self.record = record
        self.stopping = threading.Event()
        self._url, self._project, self._rng, self._pace = url, project, rng, pace

    def run(self) -> None:
        with httpx2.Client(timeout=PATIENCE) as client:
            try:
                while not self.stopping.is_set():
                    self._visit(client)
            except Stopped:
                pass
            except Exception as error:
                self.record.wrong.append(f"a visitor failed: {error!r}")

    def _visit(self, client: httpx2.Client) -> None:
        who = Visitor(client, self._project, url=self._url)
        self._insist(who.grant_once)
        self.record.sessions.add(who.session)
        for _ in range(self._rng.randrange(3, 20)):
            if self.stopping.wait(self._rng.expovariate(self._pace)):
                return
            batch = marked(who.batch(self._rng.randrange(1, 12)))
            self.record.issued[who.stream] += len(batch["events"])
            if self._rng.random() < LOST_ANSWERS:
                self._insist(lambda batch=batch: who.post(batch))
            answer = self._insist(lambda batch=batch: who.post(batch)).json()
            self._check(answer, batch)
            self.record.acknowledged[who.stream] += len(batch["events"])

    def _check(self, answer: dict, batch: dict) -> None:
        self.record.duplicates += answer["duplicate"]
        if answer["dropped"] or answer["rejected"]:
            self.record.wrong.append(f"good events were not taken: {answer}")
        if answer["accepted"] + answer["duplicate"] != len(batch["events"]):
            self.record.wrong.append(f"{len(batch['events'])} events, answered {answer}")

    def _insist(self, post) -> httpx2.Response:
        """Post until it is taken, as a widget does; a retry is told apart by nothing."""
        while True:
            try:
                answer = post()
                said = str(answer.status_code)
            except httpx2.HTTPError as error:
                answer, said = None, type(error).__name__
            self.record.answers[said] += 1
            if answer is not None and answer.status_code in ACCEPTED:
                return answer
            if answer is not None and answer.status_code != 503:
                self.record.wrong.append(f"answered {answer.status_code}: {answer.text[:200]}")
            if self.stopping.wait(self._rng.uniform(0.2, 0.6)):
                raise Stopped


def marked(batch: dict) -> dict:
    """Let each event of *batch* carry what follows from its stream and number alone."""
    for event in batch["events"]:
        event["payload"] = {
            "action": "click",
            "target": f"button.b{event['n'] // 4}",  # four clicks on one target: a rage click
            "x": event["n"] / 8,
            "y": mark(batch["stream"], event["n"]),
        }
    return batch


def mark(stream: str, n: int) -> float:
    """Return what tells this event from every other (INV-3)."""
    return zlib.crc32(f"{stream}/{n}".encode()) / 8
