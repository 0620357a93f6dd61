"""
Is the edge ready, and how does it do: named probes, each with ``ok`` or what is wrong.

A *serving* probe that fails means that nothing can be taken in: then a load balancer
should send visitors elsewhere. Any other failure is told and does not stop ingest.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from edge.collector.operations.steady import OK, Steady

if TYPE_CHECKING:
    from edge.collector.state import State


class Probe(NamedTuple):
    """One question, and how long an answer must last before it counts, in seconds."""

    name: str
    ask: "Callable[[State], str]"
    serving: bool = False
    bad_after: float = 0.0
    good_after: float = 0.0


def _widget(state: "State") -> str:
    return OK if state.widget.is_built else "flowback.js is not built: make run builds it"


def _disk(state: "State") -> str:
    says: str = state.watch.says
    return says


def _journal(state: "State") -> str:
    trouble = state.journal.trouble
    return f"the last commit failed: {trouble}" if trouble else OK


def _queue(state: "State") -> str:
    if state.waiting_bytes < 0.9 * state.queue_bytes:
        return OK
    return "too much waits for the disk: raise queue_mb, or use a faster disk"


def _link(state: "State") -> str:
    if state.forwarder is None:
        return OK
    status = state.forwarder.status()
    return OK if status.connected else status.last_error or "the hub does not answer"


def _control(state: "State") -> str:
    told = [one.why for one in state.control.complaints()]
    return "; ".join(told) or OK


def _detection(state: "State") -> str:
    return state.ingest.trouble or OK


def _file(state: "State") -> str:
    damage = state.watch.damage
    return f"journal.db is damaged, restart to mend it: {damage}" if damage else OK


def _witness(state: "State") -> str:
    failed = state.opened.mark.failed
    if failed:
        return f"journal.high cannot be written: {failed}"
    return state.opened.no_witness or OK


def _ballast(state: "State") -> str:
    there = state.watch.ballast.there
    return OK if there else "there is no room for the ballast: free some disk space"


def _account(state: "State") -> str:
    missing = state.watch.account.unaccounted
    return OK if not missing else f"{missing} events are unaccounted for: flowback journal verify"


def _projects(state: "State") -> str:
    return state.projects.problem or OK


def _house(state: "State") -> str:
    return state.house_trouble or OK


def _audit(state: "State") -> str:
    return state.diary.trouble or OK


def _config(state: "State") -> str:
    return state.config_trouble or OK


PROBES = (
    Probe("widget", _widget, serving=True),
    Probe("disk", _disk, serving=True),
    Probe("journal", _journal, serving=True, good_after=2.0),
    Probe("queue", _queue, serving=True, bad_after=2.0, good_after=5.0),
    Probe("link", _link, bad_after=3.0),
    Probe("control", _control),
    Probe("detection", _detection),
    Probe("file", _file),
    Probe("witness", _witness),
    Probe("ballast", _ballast, bad_after=5.0),
    Probe("account", _account, bad_after=5.0),
    Probe("projects", _projects),
    Probe("housekeeping", _house),
    Probe("audit", _audit),
    Probe("config", _config),
)
"""In the order in which an operator reads them."""


class Ready(Struct, frozen=True):
    """Are events taken in, and what each probe says: ``ok``, or what is wrong."""

    ready: bool
    """Events are taken in."""
    degraded: list[str]
    """Probes that fail while events are taken in."""
    probes: dict[str, str]


class Readiness:
    """The probes of one collector, and what they last said."""

    def __init__(self, probes: tuple[Probe, ...] = PROBES) -> None:
        self._probes = probes
        self._steady = {probe.name: Steady(probe.bad_after, probe.good_after) for probe in probes}

    def look(self, state: "State", now: float) -> Ready:
        """Ask all at *now*, in seconds that never go back."""
        said = {p.name: self._steady[p.name].hear(p.ask(state), now) for p in self._probes}
        serving = [p.name for p in self._probes if p.serving]
        bad = [name for name, says in said.items() if says != OK]
        return Ready(
            ready=not any(name in bad for name in serving),
            degraded=[name for name in bad if name not in serving],
            probes=said,
        )
