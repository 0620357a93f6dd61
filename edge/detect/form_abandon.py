"""Form abandon: a form is begun, and the page is left without sending it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from edge.detect.detector import Scope
from edge.detect.row import Finding, Row, order
from edge.events.event import SignalName, SignalRaw
from edge.events.raw import Input, Leave, Nav, RawPayload, Signal, Submit

MAX_FIELDS = 64
"""Fields of one view that are told apart: the first ones count."""
MAX_SENT = 16
"""Forms of one view that are known to be sent."""


@dataclass(frozen=True, slots=True)
class FormAbandon:
    """
    ``fields`` or more fields of one form were changed, and the view ended without
    a submit of that form. A form that is still open is unknown, not abandoned.
    """

    signal: ClassVar[SignalName] = "form_abandon"
    version: ClassVar[int] = 1
    scope: ClassVar[Scope] = "view"
    reads: ClassVar[tuple[type[Signal], ...]] = (Input, Submit, Leave, Nav)

    fields: int = 1

    def __post_init__(self) -> None:
        """Raise ``ValueError`` where no view could have so many fields."""
        if self.fields > MAX_FIELDS:
            raise ValueError(f"fields cannot be {self.fields}: at most {MAX_FIELDS}")

    def view_of(self, event: SignalRaw) -> int:
        """The beginning of a view ends the one before it."""
        return event.view - 1 if isinstance(event.payload, Nav) else event.view

    def wants(self, payload: RawPayload) -> bool:
        """Say whether *payload* begins, sends or ends anything."""
        return not isinstance(payload, Input) or (
            payload.phase == "change" and payload.form is not None
        )

    def matters(self, _rows: Sequence[Row], _event: SignalRaw) -> bool:
        """Every row may."""
        return True

    def needed(self, rows: Sequence[Row]) -> list[Row]:
        """Keep the first change of each field, the first submit of each form, the last end."""
        kept: dict[tuple[str, str, str], Row] = {}
        room = {"change": MAX_FIELDS, "submit": MAX_SENT}
        for row in sorted(rows, key=order):
            key = _key(row.payload)
            if key[0] == "end":
                kept[key] = row
            elif key not in kept and room[key[0]]:
                kept[key] = row
                room[key[0]] -= 1
        return sorted(kept.values(), key=order)

    def find(self, rows: Sequence[Row]) -> Iterator[Finding]:
        """Return one finding a form; its count is the fields that were changed."""
        end = next((row for row in reversed(rows) if _key(row.payload)[0] == "end"), None)
        forms: dict[str, list[Row]] = {}
        sent = [row.payload.target for row in rows if isinstance(row.payload, Submit)]
        for row in rows:
            if isinstance(row.payload, Input) and row.payload.form is not None:
                forms.setdefault(row.payload.form, []).append(row)
        for form, changed in forms.items():
            if end is None or end.at < changed[-1].at:
                continue
            if len(changed) >= self.fields and not _was_sent(form, sent):
                stay = float(max(0, end.at - changed[0].at))
                yield Finding((*changed, end), form, count=len(changed), duration=stay)


def _key(payload: RawPayload) -> tuple[str, str, str]:
    if isinstance(payload, Input):
        return "change", payload.form or "", payload.target
    if isinstance(payload, Submit):
        return "submit", payload.target, ""
    return "end", "", ""


def _was_sent(form: str, sent: list[str]) -> bool:
    """A submit names the form, or the button within it."""
    return any(target == form or target.startswith(form + " ") for target in sent)
