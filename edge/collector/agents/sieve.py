"""Which events of a batch are kept: consent, clock, duplicates, in this order."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from edge.collector.agents import ethics
from edge.collector.agents.numbers import Numbers, TooScattered
from edge.collector.agents.sessions import Record
from edge.collector.clock import AHEAD, NONSENSE, PAST, overshoot
from edge.collector.http.access import Sender
from edge.events.event import BrowserEvent, FeedbackRecorded, Purpose, SignalRaw
from edge.policy.consent import Drop, drop_reason


@dataclass(slots=True)
class Sifted:
    """What came of a batch."""

    kept: list[BrowserEvent] = field(default_factory=list)
    """With their moments on the server's clock."""
    duplicate: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    """Reason → events."""


class Refusal:
    """Says why an event must not be kept, or None (house plan, decision 4)."""

    def __init__(self, record: Record, sender: Sender, stream: str, now: int) -> None:
        consent = record.consent
        self.granted_at = consent.n if stream == consent.stream else -1
        """Number of the grant in this stream; what lies before it was not covered."""
        self._record, self._sender, self._stream = record, sender, stream
        self._states = ethics.consents(record, sender, now=now)
        self.signals = self._why("interaction", self.granted_at)
        """The reason for every signal from ``granted_at`` on."""

    def __call__(self, event: BrowserEvent) -> Drop | None:
        """Return the reason for *event*."""
        if type(event) is SignalRaw:
            return self._why("interaction", event.n)
        assert isinstance(event, FeedbackRecorded)
        return self._why("comment" if event.payload.comment else "reaction_prompt", event.n)

    def _why(self, purpose: Purpose, n: int) -> Drop | None:
        return drop_reason(
            self._states[purpose],
            self._record.consent,
            mode=self._sender.project.consent,
            region=self._sender.region,
            stream=self._stream,
            n=n,
        )


def sift(
    events: Sequence[BrowserEvent],
    refusal: Refusal,
    numbers_of: Callable[[], Numbers],
    *,
    skew: int,
    now: int,
) -> Sifted:
    """
    Return which of *events* are kept; *skew* puts them on the server's clock.

    *numbers_of* gives the numbers that came of their stream; it is asked only
    where something may be kept.
    """
    sifted = Sifted()
    dropped, kept = sifted.dropped, sifted.kept
    signals, granted_at, oldest = refusal.signals, refusal.granted_at, now - PAST
    latest = now + AHEAD
    too_far = False
    numbers: Numbers | None = None
    for event in events:
        covered = type(event) is SignalRaw and event.n >= granted_at
        why = signals if covered else refusal(event)
        if why is not None:
            dropped[why] += 1
            continue
        moment = event.timestamp + skew
        if moment < oldest:
            dropped["too_old"] += 1
            continue
        if numbers is None:
            numbers = numbers_of()
        try:
            if not numbers.add(event.n):
                sifted.duplicate += 1
                continue
        except TooScattered:
            dropped["too_scattered"] += 1
            continue
        event.timestamp = moment
        too_far = too_far or moment > latest
        kept.append(event)
    if too_far:
        _put_back(kept, now)
    return sifted


def _put_back(events: list[BrowserEvent], now: int) -> None:
    """Nothing lies far in the future: put *events* back together, a wrong number alone."""
    back = overshoot([event.timestamp for event in events], now)
    for event in events:
        far = event.timestamp > now + NONSENSE
        event.timestamp = now if far else event.timestamp - back
