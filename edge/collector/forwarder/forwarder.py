"""
The thread between the journal and the hub: one DEALER socket, one sender, no decisions.

ZeroMQ's sockets may not be shared, so this thread alone touches them; the
journal's writer rings a bell after each commit. A socket whose key the hub denied
never connects again by itself (libzmq#2329), so it is made anew.
"""

import itertools
import logging
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import zmq
from zmq.utils.monitor import recv_monitor_message

from edge.collector.forwarder.outbox import Outbox
from edge.curve_sockets import LinkRefused, check_library, dealer
from edge.errors import FlowbackError
from edge.events.entry import SCHEMA
from edge.journal import account, epochs
from edge.journal.entry import Origin
from edge.journal.journal import Journal
from edge.keys import CurveKey, EdgeKeys
from edge.memory import keep_freed
from edge.protocol.control import Signed
from edge.protocol.frames import Complaint, Errand
from edge.protocol.me import Me, Phase, Timing
from edge.protocol.packing import Parts
from edge.protocol.sender import Sender
from edge.wake import Wake

RECORD_EVERY = 0.5
"""Seconds between two recordings of the cursor: the hub tells it anyway after a crash."""
MAX_WAIT = 5.0
WRITE_PATIENCE = 30.0
"""Seconds that a commit of the forwarder's own may take; then the link is made anew."""
FAILURE_PAUSE = 1.0
"""Seconds of rest after an unforeseen failure, before the thread goes on with a new socket."""

_DENIED: dict[int, str] = {
    zmq.Event.HANDSHAKE_FAILED_AUTH: "the hub does not admit this key",
    zmq.Event.HANDSHAKE_FAILED_PROTOCOL: "the other end is not the hub that this edge trusts",
    zmq.Event.HANDSHAKE_FAILED_NO_DETAIL: "the handshake failed: wrong hub key, or no hub",
}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LaneStatus:
    """One lane: what was written, what the hub holds."""

    lane: int
    head: int
    acked: int
    quarantined: int

    @property
    def backlog(self) -> int:
        """Return the entries that the hub does not hold yet."""
        return max(0, self.head - self.acked)


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The link as the operations pages show it."""

    phase: str
    connected: bool
    lanes: tuple[LaneStatus, ...]
    last_error: str
    fatal: bool
    """The hub refuses in words: a person must act; nothing is lost meanwhile."""
    forked: bool
    forks: int
    reconnects: int
    """Sockets made after the first."""
    hellos: int
    naks: int
    resent: int
    """Entries sent again."""


class Control(Protocol):
    """What takes the hub's control at this edge. Used by the forwarder's thread."""

    @property
    def rev(self) -> int | None:
        """Return the revision up to which all is here; None: none is taken."""
        ...

    def take(self, signed: Signed) -> None:
        """Take a sheet that came."""
        ...

    def complaints(self) -> Sequence[Complaint]:
        """Return what of it does not hold here."""
        ...


class Forwarder:
    """
    Sends the journal to the hub at *hub_address*, for as long as it runs.

    *on_errands* is called on its thread with what the hub wants erased, again and again
    until that is done; *control* takes what the hub tells, and *reread* returns the keys as
    they are now. Raises :class:`LinkRefused` where *keys* name no hub or libzmq is unfit.
    """

    def __init__(
        self,
        journal: Journal,
        *,
        hub_address: str,
        keys: EdgeKeys,
        timing: Timing | None = None,
        version: str = "",
        clock: Callable[[], float] = time.monotonic,
        on_errands: Callable[[Sequence[Errand]], None] = lambda _errands: None,
        control: Control | None = None,
        reread: Callable[[], EdgeKeys] | None = None,
    ) -> None:
        check_library()
        if keys.hub is None:
            raise LinkRefused("this edge knows no hub; enroll it: flowback enroll --help")
        if keys.node != journal.own.node:
            raise LinkRefused("keys and journal are of different nodes")
        self._address = hub_address
        self._on_errands = on_errands
        self._control = control
        self._reread = reread or (lambda: keys)
        self._choose(keys)
        self._clock = clock
        self._journal = journal
        self._timing = timing
        self._boot = secrets.randbits(62)
        self._version = version
        self._confirmed = False
        """The hub knows this journal's history as it is."""
        self._again: list[Origin] = []
        """Former epochs to offer anew: the hub may have lost what it had acknowledged."""
        self._offered_to: int | None = None
        """The process of the hub to which all former epochs were offered, or are being."""
        self.forks = 0
        """New epochs begun because the hub knew more than this journal."""
        self._take(self._next_origin())
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="forwarder", daemon=True)
        self._pending: deque[Parts] = deque()
        self._record_at = 0.0
        self._sockets = 0
        self._socket: zmq.Socket[bytes] | None = None
        self._monitor: zmq.Socket[bytes] | None = None

    def start(self) -> None:
        """Start the thread."""
        keep_freed()
        self._wake = Wake()
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._journal.on_commit(self._wake.ring)
        self._thread.start()

    def stop(self, timeout: float = 5.0) -> None:
        """End the thread. What was not acknowledged is sent after the next start."""
        self._stopping.set()
        if self._thread.is_alive():
            self._wake.ring()
            self._thread.join(timeout)

    def status(self) -> Status:
        """Return how the link is, for any thread."""
        sender, outbox, origin = self._sender, self._outbox, self._origin
        return Status(
            phase=sender.phase.value,
            connected=sender.phase is Phase.FLOWING,
            lanes=tuple(
                LaneStatus(
                    lane.lane,
                    self._journal.head(origin, lane.lane),
                    lane.acked,
                    outbox.quarantined[lane.lane],
                )
                for lane in sender.lanes
            ),
            last_error=sender.last_error,
            fatal=sender.fatal,
            forked=sender.forked,
            forks=self.forks,
            reconnects=max(0, self._sockets - 1),
            hellos=sender.hellos,
            naks=sender.naks,
            resent=sender.resent,
        )

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                try:
                    self._turn()
                except (zmq.ZMQError, FlowbackError, OSError, ValueError) as error:
                    log.warning("the link fails and is made anew: %s", error)
                    self._sender.leave(self._clock(), str(error), at_least=FAILURE_PAUSE)
                except Exception as error:
                    log.exception("the link fails and is made anew")
                    self._sender.leave(self._clock(), str(error), at_least=FAILURE_PAUSE)
        finally:
            self._record(force=True)
            self._close()
            self._context.destroy(linger=0)
            self._wake.close()

    def _turn(self) -> None:
        """Wait for something to do, and do it."""
        now = self._clock()
        if self._sender.forked:
            self._go_on_in_a_new_epoch()
        self._look_at_keys(now)
        if self._sender.phase is Phase.AWAY:
            self._close()
            if self._sender.wants_socket(now):
                self._open(now)
        self._wait(now)
        now = self._clock()
        self._outbox.changed()
        self._hear_monitor(now)
        self._hear_hub(now)
        self._outbox.careful = any(lane.strikes for lane in self._sender.lanes)
        if self._sender.errands:
            self._on_errands(self._sender.errands)
            self._sender.errands = ()
        self._hear_control()
        self._pending.extend(self._sender.tick(now))
        self._flush()
        while not self._pending and self._socket is not None:
            frames = self._sender.pump(now)
            if not frames:
                break
            self._pending.extend(frames)
            self._flush()
        self._put_aside()
        self._record()
        if self._sender.phase is Phase.FLOWING:
            self._after_flowing()

    def _next_origin(self) -> Origin:
        """Return the oldest epoch of which the hub lacks something, else the current one."""
        if self._again:
            return self._again.pop(0)
        return next(iter(epochs.waiting(self._journal)), self._journal.own)

    def _take(self, origin: Origin) -> None:
        """Send the log of *origin* from now on."""
        self._origin = origin
        self._outbox = Outbox(self._journal, origin)
        me = Me(
            node=origin.node,
            epoch=origin.epoch,
            boot=self._boot,
            schema=(SCHEMA, SCHEMA),
            version=self._version,
        )
        self._said_in = 0
        """The session in which complaints of control were said last."""
        self._sender = Sender(
            self._outbox,
            me,
            timing=self._timing,
            clock_ms=lambda: int(time.time() * 1000),
            control=self._control_rev,
        )
        self._recorded = {lane: self._outbox.acknowledged(lane) for lane in account.TRAVELLING}
        for lane in self._sender.lanes:
            lane.restart(self._recorded[lane.lane])

    def _after_flowing(self) -> None:
        """Note once that the hub confirmed the history; leave a former epoch that is drained."""
        if self._origin == self._journal.own:
            if not self._confirmed:
                self._confirmed = True
                self._journal.submit(epochs.confirm)
            self._look_back()
        elif all(lane.acked >= self._outbox.head(lane.lane) for lane in self._sender.lanes):
            self._record(force=True)
            self._leave_epoch()

    def _look_back(self) -> None:
        """
        Offer former epochs anew to a hub that may have been put back from a backup (decision 8).

        It cannot be while it runs, so each of its processes is asked once. The cursors of this
        epoch do not tell: they may stand where they stood while those of former ones went back.
        """
        if self._offered_to == self._sender.hub_run:
            return
        self._offered_to = self._sender.hub_run
        if any(lane.acked < self._recorded[lane.lane] for lane in self._sender.lanes):
            log.warning("the hub lacks what it had acknowledged, and gets it again")
        self._again = epochs.former(self._journal)
        if self._again:
            self._leave_epoch()

    def _go_on_in_a_new_epoch(self) -> None:
        """Never send under numbers that the hub knows for something else (fault 17)."""
        origin, common = self._origin, self._sender.common
        leave = self._journal.submit(lambda tx: epochs.leave(tx, origin, common))
        if leave.result(WRITE_PATIENCE):
            log.warning("the hub holds what this journal lost; it goes on in a new epoch")
            self._confirmed = False
            self._offered_to = None  # the epoch that was left may be owed to it too
            self.forks += 1
        self._leave_epoch()

    def _leave_epoch(self) -> None:
        self._close()
        self._journal.submit(lambda _: None).result(WRITE_PATIENCE)  # what was recorded is on disk
        self._take(self._next_origin())

    def _choose(self, keys: EdgeKeys) -> None:
        """Try every pair of own key and hub key in turn, the newest first."""
        hubs = keys.hub.keys if keys.hub is not None else ()
        self._pairs = [(key, hub) for key in keys.keys for hub in hubs]
        self._choices: Iterator[tuple[CurveKey, str]] = itertools.cycle(self._pairs)
        self._choice = next(self._choices)
        self._keys = keys

    def _look_at_keys(self, now: float) -> None:
        """Use keys that changed; a connection by ones that are no longer kept ends."""
        keys = self._reread()
        if keys is self._keys or keys.hub is None:
            return
        choice = self._choice
        self._choose(keys)
        known = {(key.public, hub) for key, hub in self._pairs}
        if (choice[0].public, choice[1]) not in known:
            self._sender.leave(now, "the keys changed")
            self._sender.hurry(now)
        elif self._sender.phase is Phase.AWAY:
            self._sender.hurry(now)
        else:
            while (self._choice[0].public, self._choice[1]) != (choice[0].public, choice[1]):
                self._choice = next(self._choices)

    def _control_rev(self) -> int | None:
        return None if self._control is None else self._control.rev

    def _hear_control(self) -> None:
        """
        Take what the hub tells, and say how far that is here and what of it does not hold.

        Said at the start of each session too: what was said in the last one may be lost.
        """
        if self._control is None or not (self._sender.sheets or self._unsaid()):
            return
        while self._sender.sheets:
            self._control.take(self._sender.sheets.popleft())
        self._said_in = self._sender.sessions
        self._pending.extend(self._sender.stat(self._control.complaints()))

    def _unsaid(self) -> bool:
        return self._sender.phase is Phase.FLOWING and self._said_in != self._sender.sessions

    def _put_aside(self) -> None:
        """Remember beyond this process what the hub refused three times."""
        for lane in self._sender.lanes:
            for seq, why in lane.aside.items():
                self._outbox.quarantine(lane.lane, seq, why, at=int(time.time() * 1000))

    def _wait(self, now: float) -> None:
        poller = zmq.Poller()
        poller.register(self._wake, zmq.POLLIN)
        if self._socket is not None and self._monitor is not None:
            ready = zmq.POLLIN | (zmq.POLLOUT if self._pending else 0)
            poller.register(self._socket, ready)
            poller.register(self._monitor, zmq.POLLIN)
        wait = min(MAX_WAIT, self._sender.deadline() - now)
        if self._unrecorded():
            wait = min(wait, self._record_at - now)
        poller.poll(max(0, int(wait * 1000) + 1))
        self._wake.clear()

    def _hear_hub(self, now: float) -> None:
        """Take what the hub sent; bounded, so that timers keep their turn."""
        for _ in range(200):
            if self._socket is None:
                return
            try:
                parts = self._socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return
            self._sender.receive(parts, now)
            if self._sender.phase is Phase.AWAY:
                if self._sender.fatal:  # this key may be revoked, and another one admitted
                    self._choice = next(self._choices)
                return

    def _hear_monitor(self, now: float) -> None:
        while self._monitor is not None and self._monitor.poll(0):
            event = recv_monitor_message(self._monitor)["event"]
            if event == zmq.Event.HANDSHAKE_SUCCEEDED:
                self._pending.clear()
                self._pending.extend(self._sender.connected(now))
            elif event == zmq.Event.DISCONNECTED:
                self._pending.clear()
                self._sender.disconnected(now)
            elif event in _DENIED:
                self._sender.refused(now, _DENIED[event])
                self._choice = next(self._choices)
                return

    def _flush(self) -> None:
        while self._pending and self._socket is not None:
            try:
                self._socket.send_multipart(self._pending[0], zmq.NOBLOCK, copy=False)
            except zmq.Again:
                return
            self._pending.popleft()

    def _open(self, now: float) -> None:
        key, hub = self._choice
        self._socket = dealer(self._context, key, hub)
        self._monitor = self._socket.get_monitor_socket()
        self._socket.connect(self._address)
        self._sockets += 1
        self._sender.opened(now)

    def _close(self) -> None:
        self._pending.clear()
        if self._socket is not None:
            self._socket.disable_monitor()
            self._socket.close(linger=0)
        if self._monitor is not None:
            self._monitor.close(linger=0)
        self._socket = self._monitor = None

    def _unrecorded(self) -> bool:
        return any(lane.acked > self._recorded[lane.lane] for lane in self._sender.lanes)

    def _record(self, *, force: bool = False) -> None:
        """Move the journal's cursor, seldom: each move costs a commit."""
        now = self._clock()
        if not self._unrecorded() or (now < self._record_at and not force):
            return
        self._record_at = now + RECORD_EVERY
        for lane in self._sender.lanes:
            if lane.acked > self._recorded[lane.lane]:
                self._recorded[lane.lane] = lane.acked
                try:
                    self._outbox.record(lane.lane, lane.acked)
                except FlowbackError:
                    return  # the journal closed first; the hub will tell us again
