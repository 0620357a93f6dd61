"""
Visits of a shop over 90 days, as edges pass them on: what the hub's bench applies.

About 100 events a session over ten minutes, so that one in six goes over the end of an
hour: most are hovers, scrolls and pointers; 8 % go to another of 60 pages, few of which are
seen much; 1.5 % are a trouble that a detector found; about one session in twenty is asked. They
come in order of their start, and their ids sort in that order, so that the hub numbers them so.
"""

import random
from collections.abc import Iterator
from itertools import count
from typing import Any

from edge.events import raw
from edge.events.entry import Group, Stamp
from edge.events.event import (
    Answers,
    ConsentPayload,
    Event,
    FeedbackPayload,
    FeedbackRecorded,
    NormalizedPayload,
    PolicyPayload,
    PolicyUpdated,
    SignalNormalized,
    SignalRaw,
)

PROJECT = "shop"
DAYS = 90
DAY = 86_400_000
EVENTS = 100
"""Of a session, in the mean."""
PAGES = [f"/products/{'abcdefghij'[n % 10]}-{'uvwxyz'[n // 10]}" for n in range(60)]
TARGETS = [f"main > section:nth-of-type({n}) > button" for n in range(1, 9)]
DEVICES, COHORTS = ("phone", "desktop", "tablet"), ("", "a", "b")
PLACES = (("vienna", "AT"), ("berlin", "DE"), ("lyon", "FR"))
SIGNALS = ("hesitation", "rage_click", "dead_click", "thrash", "slow_click")
_COMMON = [1 / (n + 1) for n in range(len(PAGES))]
REQUEST = 25
"""Events of one request."""


def visits(sessions: int, *, begin: int) -> Iterator[list[tuple[int, Group]]]:
    """Yield the groups of each session, with their lanes; *begin* in ms since 1970."""
    for place in range(sessions):
        yield _Visit(place, begin + place * DAYS * DAY // sessions).groups()


class _Visit:
    def __init__(self, place: int, begin: int) -> None:
        self._rng = rng = random.Random(place)
        self._n = count()
        self._at = begin + rng.randrange(DAYS * DAY // 100_000)
        self._page = self._some_page()
        site, region = rng.choice(PLACES)
        self._lanes: tuple[list[Event], list[Event]] = ([], [])
        self._stamp = Stamp(
            project=PROJECT,
            received_at=begin,
            session=f"{place:08d}{rng.getrandbits(56):014x}",
            stream=f"{rng.getrandbits(44):011x}",
            device=rng.choices(DEVICES, (6, 3, 1))[0],
            cohort=rng.choices(COHORTS, (2, 1, 1))[0],
            site=site,
            region=region,
            verified=True,
        )

    def groups(self) -> list[tuple[int, Group]]:
        rng = self._rng
        self._consent()
        self._raw(raw.Nav(how="load"), lane=0)
        for _ in range(min(400, max(20, round(rng.gauss(EVENTS, 35))))):
            self._at += round(rng.expovariate(1 / 6_000))
            self._step(rng.random())
        return [
            (lane, Group(stamp=self._stamp, events=[*part]))
            for lane, events in enumerate(self._lanes)
            for part in (events[at : at + REQUEST] for at in range(0, len(events), REQUEST))
        ]

    def _step(self, chance: float) -> None:
        rng, target = self._rng, TARGETS[self._rng.randrange(8)]
        if chance < 0.08:
            self._page = self._some_page()
            self._raw(raw.Nav(how="route"), lane=0)
        elif chance < 0.18:
            self._raw(raw.Click(target=target, x=rng.randrange(1400), y=300))
        elif chance < 0.195:
            self._trouble(target)
        elif chance < 0.3:
            self._raw(raw.Scroll(depth=rng.randrange(100)))
        elif chance < 0.4:
            self._raw(raw.Pointer(changes=rng.randrange(12), duration=900))
        else:
            self._raw(raw.Hover(target=target, dwell=400))

    def _some_page(self) -> str:
        return self._rng.choices(PAGES, _COMMON)[0]

    def _raw(self, payload: Any, *, lane: int = 1) -> None:
        made = SignalRaw(n=next(self._n), timestamp=self._at, page=self._page, payload=payload)
        self._lanes[lane].append(made)

    def _trouble(self, target: str) -> None:
        what: Any = self._rng.choice(SIGNALS)
        payload = NormalizedPayload(signal=what, version=1, target=target)
        self._derived(SignalNormalized, f"{self._rng.getrandbits(64):016x}", payload)
        if self._rng.random() < 0.03:
            self._ask(what, target)

    def _consent(self) -> None:
        choice = ConsentPayload(state="granted", purposes=["interaction"], policy_version="1")
        payload = PolicyPayload(allow=True, reason="throttle_ready", consent=choice)
        self._derived(PolicyUpdated, f"{self._rng.getrandbits(64):016x}", payload)

    def _derived(self, kind: Any, name: str, payload: Any) -> None:
        page = "" if kind is PolicyUpdated else self._page
        self._lanes[0].append(kind(timestamp=self._at, page=page, id=name, payload=payload))

    def _ask(self, detector: str, target: str) -> None:
        self._raw(raw.Prompt(phase="shown", rule=detector), lane=0)
        if self._rng.random() < 0.6:
            reaction: Any = self._rng.choice(("thumbs_up", "thumbs_down", "confused"))
            answers = Answers(detector=detector, target=target)
            payload = FeedbackPayload(reaction=reaction, answers=answers)
            at, page = self._at + 2_000, self._page
            tap = FeedbackRecorded(n=next(self._n), timestamp=at, page=page, payload=payload)
            self._lanes[0].append(tap)
