"""Error click: a script fails soon after a click."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from edge.detect.clicks import is_click
from edge.detect.detector import Scope
from edge.detect.row import Finding, Row
from edge.events.event import SignalName
from edge.events.raw import Click, Error, Kind, RawPayload, Signal

CLOCK_STEP = 500.0
"""ms by which two batches of one page may be corrected differently (decision 1)."""


@dataclass(frozen=True, slots=True)
class ErrorClick:
    """An error less than ``within_ms`` after the latest click before it (Amplitude, New Relic)."""

    signal: ClassVar[SignalName] = "error_click"
    version: ClassVar[int] = 1
    scope: ClassVar[Scope] = "burst"
    reads: ClassVar[tuple[type[Signal], ...]] = (Click, Error)

    within_ms: float = 2000
    kinds: frozenset[Kind] = frozenset()
    """Kinds of target that never count."""
    exclusive: bool = True

    @property
    def gap_ms(self) -> float:
        """Rows this far apart do not concern each other."""
        return self.within_ms + CLOCK_STEP

    def wants(self, _payload: RawPayload) -> bool:
        """Every click and every error matters."""
        return True

    def find(self, rows: Sequence[Row]) -> Iterator[Finding]:
        """Return one finding a click, with all its errors as evidence."""
        failed: dict[int, list[Row]] = {}
        for row, click in self._blamed(rows):
            failed.setdefault(click.n, [click]).append(row)
        for evidence in failed.values():
            target = evidence[0].payload
            if isinstance(target, Click) and target.kind not in self.kinds:
                after = delay(evidence[1], evidence[0])
                metrics = {"errors": float(len(evidence) - 1)}
                yield Finding(
                    tuple(evidence), target.target, target.name, duration=after, metrics=metrics
                )

    def _blamed(self, rows: Sequence[Row]) -> Iterator[tuple[Row, Row]]:
        """Yield (error, click): the click that the widget named, else the latest one before."""
        clicks = {row.n: row for row in rows if is_click(row)}
        latest: Row | None = None
        for row in rows:
            if is_click(row):
                latest = row
            elif isinstance(row.payload, Error):
                named = row.payload.of
                click = latest if named is None else clicks.get(named)
                # Rows further apart than the gap are never looked at together for sure.
                if click is None or abs(row.at - click.at) > self.gap_ms:
                    continue
                if 0 <= delay(row, click) < self.within_ms:
                    yield row, click


def delay(error: Row, click: Row) -> float:
    """Return the ms from *click* to *error*, by the page's own measure where there is one."""
    payload = error.payload
    if isinstance(payload, Error) and payload.of is not None and payload.after is not None:
        return payload.after
    return float(error.at - click.at)
