"""How often a session may be asked: the throttle and the windows in which nobody is."""

from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from edge.errors import FlowbackError
from edge.events.event import Moment
from edge.events.raw import Prompt
from edge.policy.regions import PROMPT_MIN_INTERVAL_MS

BACKOFF_MS = (PROMPT_MIN_INTERVAL_MS, PROMPT_MIN_INTERVAL_MS, 300_000)
"""
ms to the next question after no, one and two dismissals; a third ends them for the
session (privacy research, "dismissals back off 30 s, 5 min, session").
"""


class RulesLoosened(FlowbackError, ValueError):
    """
    Prompt rules ask too often. Use an interval of 30 s or more and a cap of 0 or more.

    A ValueError too, so that a decoder says where in a file it stands.
    """


class Window(Struct, frozen=True, kw_only=True):
    """A time in which nobody is asked, from ``start`` to before ``end``, ms since 1970."""

    start: Moment
    end: Moment
    why: Annotated[str, Meta(max_length=200)] = ""


class PromptRules(Struct, frozen=True, kw_only=True):
    """What people set for a project. Raises :class:`RulesLoosened` where it is too much."""

    min_interval_ms: int = PROMPT_MIN_INTERVAL_MS
    session_cap: int = 3
    """Questions in one session."""
    before_choice: bool = False
    """The project would ask before a choice is made, where the region allows it."""
    suppressed: tuple[Window, ...] = ()

    def __post_init__(self) -> None:
        if self.min_interval_ms < PROMPT_MIN_INTERVAL_MS:
            raise RulesLoosened(
                f"min_interval_ms is {self.min_interval_ms}: use {PROMPT_MIN_INTERVAL_MS} or more"
            )
        if self.session_cap < 0:
            raise RulesLoosened(f"session_cap is {self.session_cap}: use 0 or more")


class ThrottleState(Struct, frozen=True, kw_only=True):
    """What was asked of one session so far."""

    shown: int = 0
    last_shown: Moment | None = None
    dismissed: int = 0


def note(state: ThrottleState, prompt: Prompt, *, at: Moment) -> ThrottleState:
    """Return *state* after a ``prompt`` signal that happened at *at*; late ones count too."""
    if prompt.phase == "shown":
        return replace(state, shown=state.shown + 1, last_shown=max(at, state.last_shown or 0))
    if prompt.phase == "dismissed":
        return replace(state, dismissed=state.dismissed + 1)
    return state


def is_spent(state: ThrottleState, rules: PromptRules) -> bool:
    """Say whether the session has had all its questions."""
    return state.shown >= rules.session_cap or state.dismissed >= len(BACKOFF_MS)


def ready_at(state: ThrottleState, rules: PromptRules) -> Moment:
    """Return the first moment at which the throttle lets a question through."""
    if state.last_shown is None:
        return 0
    backoff = BACKOFF_MS[min(state.dismissed, len(BACKOFF_MS) - 1)]
    return state.last_shown + max(rules.min_interval_ms, backoff)


def open_at(rules: PromptRules, moment: Moment) -> Moment:
    """Return the first moment from *moment* on that lies in no suppression window."""
    if not rules.suppressed:
        return moment
    for window in sorted(rules.suppressed, key=lambda window: window.start):
        if window.start <= moment < window.end:
            moment = window.end
    return moment
