"""What several definitions need to know about clicks: kinds that prove nothing, runs, reactions."""

from collections.abc import Iterator, Sequence

from edge.detect.row import Row
from edge.events.raw import Click, Kind, Reaction, Select

REPEATED: frozenset[Kind] = frozenset(
    {"stepper", "pager", "entry", "media", "canvas", "picker", "key"}
)
"""
Kinds that one clicks fast and often in peace: steppers, pagers and calendars, text entry,
players, drawing surfaces, native pickers, the repeat of a held key (posthog-js#3749, #2487,
#2519, posthog#40880).
"""

UNSEEN: frozenset[Kind] = frozenset(
    {"entry", "media", "canvas", "picker", "outgoing", "tab", "download", "inert"}
)
"""
Kinds whose reaction the page does not show, or that promise none: the browser's own surfaces,
another tab, a download, plain text (getsentry/sentry#60826, sentry-docs#10627, clarity#603).
"""

VISIBLE = ("dom", "nav", "media", "dialog")
"""Reactions that a visitor sees and only the page makes."""
ECHO = ("scroll", "selection", "focus")
"""Reactions that the visitor may have made too, so that they count for a short time only."""


def is_click(row: Row) -> bool:
    """Say whether *row* is a click."""
    return type(row.payload) is Click


def earliest(reaction: Reaction, kinds: tuple[str, ...]) -> float | None:
    """Return the first ms of *kinds* in *reaction*, None where none of them came."""
    first: float | None = None
    for kind in kinds:
        at: float | None = getattr(reaction, kind)
        if at is not None and (first is None or at < first):
            first = at
    return first


def stretches(rows: Sequence[Row], kinds: frozenset[Kind]) -> Iterator[list[Row]]:
    """
    Yield the runs of clicks on one target of one view, whatever lies in time between them.

    A click elsewhere and a selection of text end a run; so does a click that
    proves nothing: one of *kinds*, of another button than the first, with a modifier,
    that selected text, or that woke the window (posthog#47577).
    """
    run: list[Row] = []
    key: tuple[int, str] | None = None
    for row in rows:
        click = row.payload
        if not isinstance(click, Click):
            if run and isinstance(click, Select):
                yield run
                run, key = [], None
            continue
        here = None if _idle(row, click, kinds) else (row.view, click.target)
        if run and here != key:
            yield run
            run = []
        key = here
        if here is not None:
            run.append(row)
    if run:
        yield run


def _idle(row: Row, click: Click, kinds: frozenset[Kind]) -> bool:
    woke = row.reaction is not None and row.reaction.focus == 0
    return click.kind in kinds or click.button != 0 or click.modified or click.selected or woke
