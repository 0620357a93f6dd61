"""Which events of a batch are kept: consent, clock, duplicates, in this order."""

import math
from collections.abc import Callable, Sequence

from msgspec import Struct

from edge.collector.agents import ethics
from edge.collector.agents.numbers import Numbers
from edge.collector.agents.sessions import Record
from edge.collector.clock import AHEAD, NONSENSE, PAST, overshoot
from edge.collector.http.access import Sender
from edge.events.event import BrowserEvent, FeedbackRecorded, Purpose, SignalRaw
from edge.events.raw import Prompt
from edge.policy.consent import Drop, Grant, covering, drop_reason, ends, settled


class Sifted(Struct):
    """What came of a batch."""

    kept: list[BrowserEvent] = []
    """With their moments on the server's clock."""
    duplicate: int = 0
    dropped: dict[str, int] = {}
    """Reason → events."""
    noted: bool = False
    """The numbers of the stream changed."""


class Refusal:
    """
    Says why an event must not be kept, or None (house plan, decision 4).

    One is made for a session and holds for its batches until something changes of what it
    is made of: choices, clock, page load, rules, what the browser says.
    """

    __slots__ = (
        *("_consent", "_mode", "_region", "_said", "_skew", "_stream", "_until"),
        *("after", "prompts", "signals", "since", "state", "total"),
    )

    def __init__(self, record: Record, sender: Sender, stream: str, now: int) -> None:
        self._consent, self._skew, self._stream = record.consent, record.skew, stream
        self._mode, self._region = sender.project.consent, sender.region
        self._said = sender.refused
        latest = record.consent.latest
        self._until = math.inf if latest is None else ends(latest, sender.region)
        if now >= self._until:
            self._until = 0  # it is not known for how long the grant is over
        self.state = ethics.consents(record, sender, now=now)
        """What the session's choices mean here and now."""
        self.after, self.since = settled(record.consent, stream=stream, skew=record.skew)
        """Behind this number and from this moment of the device on, one answer holds."""
        grant = self._covering(self.after + 1, self.since)
        self.signals = self._why("interaction", grant)
        """That answer, for signals."""
        self.prompts = self._why("reaction_prompt", grant)
        """And for prompts, which must be counted wherever people may be asked."""
        self.total = self.signals is not None and self.prompts is not None
        """Neither is kept: nothing of this visitor may be written, no number either."""

    def holds(self, record: Record, sender: Sender, stream: str, now: int) -> bool:
        """Say whether one that was made now would be the same."""
        return (
            record.consent is self._consent
            and now < self._until
            and stream == self._stream
            and record.skew == self._skew
            and sender.region is self._region
            and sender.project.consent == self._mode
            and sender.refused == self._said
        )

    def __call__(self, event: BrowserEvent) -> Drop | None:
        """Return the reason for *event*, whose moment is still by the device's clock."""
        return self._why(_purpose(event), self._covering(event.n, event.timestamp))

    def _covering(self, n: int, at: int) -> Grant | None:
        return covering(self._consent, stream=self._stream, n=n, at=at, skew=self._skew)

    def _why(self, purpose: Purpose, grant: Grant | None) -> Drop | None:
        return drop_reason(self.state, purpose, grant, mode=self._mode, region=self._region)


def _purpose(event: BrowserEvent) -> Purpose:
    if type(event) is FeedbackRecorded:
        return "comment" if event.payload.comment else "reaction_prompt"
    return "reaction_prompt" if type(event.payload) is Prompt else "interaction"


def sift(
    events: Sequence[BrowserEvent],
    refusal: Refusal,
    numbers_of: Callable[[], Numbers],
    *,
    rejected: Sequence[int] = (),
    skew: int,
    now: int,
) -> Sifted:
    """
    Return which of *events* are kept; *skew* puts them on the server's clock.

    *numbers_of* gives the numbers that came of their stream; it is asked only
    where something may be kept. What will never be taken is noted there too, so that it
    leaves no hole: the numbers of *rejected*, which were not understood, and of what is
    too old. What no grant covers is not: one that comes late may cover it yet.
    """
    sifted = Sifted()
    dropped, kept = sifted.dropped, sifted.kept
    signals, after, since, oldest = refusal.signals, refusal.after, refusal.since, now - PAST
    alike = refusal.prompts == signals
    latest = now + AHEAD
    too_far = False
    numbers: Numbers | None = None
    for event in events:
        covered = (
            type(event) is SignalRaw
            and event.n > after
            and event.timestamp >= since
            and (alike or type(event.payload) is not Prompt)
        )
        why = signals if covered else refusal(event)
        if why is not None:
            dropped[why] = dropped.get(why, 0) + 1
            continue
        if numbers is None:
            numbers = numbers_of()
        moment = event.timestamp + skew
        new = numbers.add(event.n)
        if moment < oldest:
            dropped["too_old"] = dropped.get("too_old", 0) + 1
            sifted.noted = sifted.noted or new
            continue
        if not new:
            sifted.duplicate += 1
            continue
        event.timestamp = moment
        too_far = too_far or moment > latest
        kept.append(event)
    if too_far:
        _put_back(kept, now)
    sifted.noted = sifted.noted or bool(kept)
    if numbers is None and rejected and not refusal.total:
        numbers = numbers_of()
    if numbers is not None:
        for n in rejected:  # after the events: one of them may have the same number
            sifted.noted = numbers.add(n) or sifted.noted
        numbers.bound()
    return sifted


def _put_back(events: list[BrowserEvent], now: int) -> None:
    """Nothing lies far in the future: put *events* back together, a wrong number alone."""
    back = overshoot([event.timestamp for event in events], now)
    for event in events:
        far = event.timestamp > now + NONSENSE
        event.timestamp = now if far else event.timestamp - back
