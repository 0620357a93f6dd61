"""Which events of a batch are kept: consent, clock, duplicates, in this order."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from edge.collector.agents import ethics
from edge.collector.agents.numbers import Numbers, TooScattered
from edge.collector.agents.sessions import Record
from edge.collector.clock import PAST
from edge.collector.http.access import Sender
from edge.events.event import BrowserEvent, ConsentState, FeedbackRecorded, SignalRaw
from edge.policy.consent import drop_reason


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
        self._record, self._sender, self._stream = record, sender, stream
        self._signals, self._taps, self._comments = (
            ethics.consent_for(record, sender, purpose, now=now)
            for purpose in ("interaction", "reaction_prompt", "comment")
        )
        consent = record.consent
        self.granted_at = consent.n if stream == consent.stream else -1
        """Number of the grant in this stream; what lies before it was not covered."""
        states = (self._signals, self._taps, self._comments)
        self.open = all(self._why(state, self.granted_at) is None for state in states)
        """Everything from ``granted_at`` on may be kept."""

    def __call__(self, event: BrowserEvent) -> str | None:
        """Return the reason for *event*."""
        if type(event) is SignalRaw:
            return self._why(self._signals, event.n)
        assert isinstance(event, FeedbackRecorded)
        state = self._comments if event.payload.comment else self._taps
        return self._why(state, event.n)

    def _why(self, state: ConsentState, n: int) -> str | None:
        return drop_reason(
            state,
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
    careful, granted_at, oldest = not refusal.open, refusal.granted_at, now - PAST
    numbers: Numbers | None = None
    for event in events:
        if careful or event.n < granted_at:
            why = refusal(event)
            if why is not None:
                dropped[why] += 1
                continue
        moment = event.timestamp + skew
        if moment < oldest:
            dropped["too_old"] += 1
            continue
        numbers = numbers or numbers_of()
        try:
            if not numbers.add(event.n):
                sifted.duplicate += 1
                continue
        except TooScattered:
            dropped["too_scattered"] += 1
            continue
        event.timestamp = min(moment, now)  # nothing happens in the future
        kept.append(event)
    return sifted
