"""Raw signals for tests, and all that a session makes of them."""

from collections.abc import Sequence
from typing import Any

from edge.detect import DEFAULT
from edge.detect.detector import Detector
from edge.detect.replay import final
from edge.detect.session import SessionDetection
from edge.events.event import SignalNormalized, SignalRaw
from edge.events.raw import Click, RawPayload, Reaction

STREAM = "AAAAAAAAAAA"
OTHER = "BBBBBBBBBBB"
T0 = 1_700_000_000_000
BUTTON = "main > button#pay"


def raw(n: int, at: int, payload: RawPayload, *, view: int = 0, page: str = "/p") -> SignalRaw:
    """An event *at* ms after the beginning."""
    return SignalRaw(n=n, timestamp=T0 + at, view=view, page=page, payload=payload)


def clicks(*moments: int, target: str = BUTTON, first: int = 0, **fields: Any) -> list[SignalRaw]:
    """Clicks at *moments*."""
    return [
        raw(first + place, at, Click(target=target, **fields)) for place, at in enumerate(moments)
    ]


def reaction(n: int, of: int, at: int, *, watched: float = 3000, **kinds: float) -> SignalRaw:
    """What followed click *of*."""
    return raw(n, at, Reaction(of=of, watched=watched, **kinds))


def found(
    events: Sequence[SignalRaw], detectors: Sequence[Detector] = DEFAULT
) -> list[SignalNormalized]:
    """What stands after all *events*, in order of time."""
    changes = SessionDetection("s", detectors).add(STREAM, events)
    return sorted(final(changes).values(), key=lambda s: (s.timestamp, s.payload.signal))


def names(events: Sequence[SignalRaw], detectors: Sequence[Detector] = DEFAULT) -> list[str]:
    """The names of the signals that stand."""
    return [signal.payload.signal for signal in found(events, detectors)]
