"""
One custom agent followed: a thread that feeds its process from the inbox, at its own position.

A failure (an exception, a hang, a flood, the end of its process) ends the process and nothing
else: it is counted, the agent starts anew after a pause with the state it had before the
batch, and is parked with the reason after FAILURES in a row.
"""

import threading
import time
from typing import Any, Literal

import msgspec
import structlog

from edge.errors import FlowbackError
from hub.custom.book import AgentBook, Kept
from hub.custom.feed import HEARD, Source, batch
from hub.custom.found import Found
from hub.custom.process import SECONDS, AgentFailed, AgentProcess
from hub.custom.wishes import Wish, Wishes

log = structlog.get_logger(__name__)

BATCH_BYTES = 2**16
"""Compressed bytes of the inbox that are heard at once."""
FAILURES = 5
"""Failures in a row after which an agent is parked."""
PAUSES = (1.0, 5.0, 15.0, 60.0)
"""Seconds to wait after the first, second … failure in a row."""
OWN = "flowback."
"""Topics that begin so are the hub's; a custom agent has others."""

State = Literal["runs", "waits", "stopped", "parked"]


class Runner:
    """Follows *found*, which hears from *source*."""

    def __init__(
        self,
        found: Found,
        book: AgentBook,
        wishes: Wishes,
        source: Source,
        *,
        seconds: float = SECONDS,
        pauses: tuple[float, ...] = PAUSES,
        failures: int = FAILURES,
    ) -> None:
        self.found = found
        self._book, self._wishes = book, wishes
        self._source = source
        self._seconds, self._pauses, self._most = seconds, pauses, failures
        self._process: AgentProcess | None = None
        self._in_a_row = 0
        self._not_before = 0.0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"agent-{found.name}", daemon=True)
        self.kept: Kept = book.join(found.name, found.digest)
        """As it is on disk."""
        self._state: Any = None

    @property
    def state(self) -> State:
        """Return what it does."""
        waits = self.kept.status == "runs" and time.monotonic() < self._not_before
        return "waits" if waits else self.kept.status

    @property
    def pid(self) -> int | None:
        """Id of its process, None while it has none."""
        return self._process.pid if self._process else None

    @property
    def behind(self) -> int:
        """Inbox positions that it has not heard yet."""
        return max(0, self._source.applied() - self.kept.position)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """End thread and process. Harmless when repeated."""
        self._stopping.set()
        if self._process is not None and self._thread.is_alive():
            self._thread.join(self._seconds + 5.0)
        self._end()

    def step(self) -> bool:
        """Do what is wanted, then take one batch; return whether there was something to do."""
        if wishes := self._wishes.take(self.found.name):
            self._obey(wishes)
        if self.state != "runs":
            self._end()
            return False
        try:
            busy = self._forget() or self._take()
        except AgentFailed as error:
            self._failed(str(error))
            return True
        finally:
            self.kept = self._book.of(self.found.name)
        return busy

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                busy = self.step()
            except FlowbackError as error:  # a disk is away: the agent is not to blame
                log.warning("a custom agent waits", agent=self.found.name, problem=str(error))
                self._end()
                busy = False
            except Exception:
                log.exception("a custom agent could not be followed", agent=self.found.name)
                self._end()
                busy = False
            if not busy:
                self._stopping.wait(0.5)

    def _obey(self, wishes: list[Wish]) -> None:
        for wish in wishes:
            name = self.found.name
            match wish.do:
                case "stop":
                    self._book.turn(name, "stopped")
                case "start":
                    self._book.turn(name, "runs")
                case "replay":
                    self._book.replay(name, wish.position, anew=False)
                case "rebuild":
                    self._book.replay(name, 0, anew=True)
            log.info("a custom agent is told", agent=name, what=wish.do)
        self._end()
        self._in_a_row, self._not_before = 0, 0.0
        self.kept = self._book.of(self.found.name)
        self._wishes.done(wishes)

    def _forget(self) -> bool:
        """Let it drop erased sessions; one that cannot is built anew without them."""
        lacking = set(self._source.erased) - self._book.forgotten(self.found.name)
        if not lacking:
            return False
        process = self._ready()
        state = self._state
        if self.kept.taken and not process.erases:
            self._rebuild("it has no erase()")
            return True
        if self.kept.taken:
            words = [[*visitor] for visitor in sorted(lacking)]
            state = process.ask({"state": state, "erase": words})["state"]
            packed = msgspec.msgpack.encode(state)
            if any(session.encode() in packed for _, session in lacking):
                self._rebuild("its state still named the session")
                return True
        self._book.forget(self.found.name, lacking, state)
        self._state = state
        return True

    def _rebuild(self, why: str) -> None:
        log.info("a custom agent is built anew after an erasure", agent=self.found.name, why=why)
        self._end()
        self._book.replay(self.found.name, 0, anew=True)
        # What it hears from now on holds nothing of them.
        self._book.forget(self.found.name, set(self._source.erased), None)

    def _take(self) -> bool:
        applied, position = self._source.applied(), self.kept.position
        if position > applied >= 0:
            self._rebuild("the inbox came back from a backup")
            return True
        found = self._source.inbox.follow(position, max_bytes=BATCH_BYTES)
        entries = [entry for entry in found if entry.position <= applied]
        if not entries:
            return False
        process = self._ready()
        said = batch(entries, process.topics, self._source)
        taken = sum(len(messages) for _, messages in said)
        state, words = self._state, []
        if said:
            answer = process.ask({"state": state, "batch": said})
            state, words = answer["state"], _checked(answer.get("said"))
        self._book.took(self.found.name, entries[-1].position, taken, state, words)
        self._state, self._in_a_row = state, 0
        return True

    def _ready(self) -> AgentProcess:
        if self._process is None:
            self._process = AgentProcess(self.found, seconds=self._seconds)
            unknown = [t for t in self._process.topics if t not in HEARD]
            if unknown:
                raise AgentFailed(f"there is no topic {unknown[0]!r}; there are {', '.join(HEARD)}")
            kept = self._book.state(self.found.name)
            self._state = self._process.start if kept is None else kept
        return self._process

    def _failed(self, reason: str) -> None:
        self._end()
        self._in_a_row += 1
        park = self._in_a_row >= self._most
        pause = self._pauses[min(self._in_a_row, len(self._pauses)) - 1]
        self._not_before = time.monotonic() + pause
        self._book.failed(self.found.name, reason, park=park)
        event = "a custom agent is parked" if park else "a custom agent failed"
        log.warning(event, agent=self.found.name, reason=reason, in_a_row=self._in_a_row)

    def _end(self) -> None:
        if self._process is not None:
            self._process.end()
            self._process = None


def _checked(said: Any) -> list[tuple[str, Any]]:
    """Return what an agent said, as (topic, message). Raises :class:`AgentFailed`."""
    found = []
    for one in said or ():
        if not (isinstance(one, list) and len(one) == 2 and isinstance(one[0], str)):
            raise AgentFailed("it says something that is no pair of a topic and a message")
        if not one[0] or one[0].startswith(OWN):
            raise AgentFailed(f"it speaks on {one[0]!r}: topics of {OWN}… are the hub's own")
        found.append((one[0], one[1]))
    return found
