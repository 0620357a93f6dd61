"""
The thread between the edges and the inbox: one ROUTER socket, one receiver, no decisions.

The key of each message is the one that CURVE proved for its connection, never
what a header claims, and is looked up anew each time: a revocation reaches
connections that are open. The inbox commits on its own thread and rings a bell.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

import zmq

from edge.curve_sockets import DOMAIN, LinkRefused, check_library, router
from edge.errors import FlowbackError
from edge.journal.database import JournalUnavailable
from edge.journal.entry import Origin
from edge.journal.journal import Journal
from edge.journal.transaction import Transaction
from edge.keys import HubKeys, Keyring
from edge.memory import keep_freed
from edge.protocol.apply import Outcome
from edge.protocol.frames import Cursor, Errand
from edge.protocol.packing import MAX_HEADER, MOST_PARTS
from edge.protocol.receiver import Instructions, Receiver
from edge.protocol.sessions import Known, Request, Send, Step
from edge.wake import Wake
from hub.inlet.flood import FloodWatch
from hub.inlet.inbox import LaneInbox, seals, tips
from hub.inlet.zap import Zap

REFRESH = 0.25
"""Seconds between two looks at the keyring's file: a revocation holds within a second."""
LOOK = 0.1
"""Seconds between two looks at what waits inside ZeroMQ."""
MESSAGES_PER_TURN = 64
FAILURE_PAUSE = 0.5
REBIND_TRIES, REBIND_PAUSE = 500, 0.02
"""How often, and after how many seconds, a socket with another key is bound again."""

log = logging.getLogger(__name__)


class Control(Instructions, Protocol):
    """What the hub wants its edges to know."""

    @property
    def head(self) -> int:
        """Return the newest revision, to see that there is a new one."""
        ...


@dataclass(frozen=True, slots=True)
class Stored:
    """A batch that is on disk."""

    origin: Origin
    lane: int
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeStatus:
    """One edge as the operations pages show it."""

    node: str
    name: str
    site: str
    region: str
    demo: bool
    revoked: bool
    connected: bool
    cloned: bool
    """Two machines use this key: both are refused until a person clears the alarm."""
    refused: str
    """Why its last HELLO was refused for good, empty where it was not."""
    silent_for: float | None
    """Seconds since its last frame, None before the first in this run."""
    cursors: tuple[Cursor, ...]
    heads: tuple[int, ...]
    """What the edge said it had, by lane, when its session began."""
    skew_ms: int | None
    version: str
    counts: dict[str, int]
    waiting: int
    """Bytes of batches that came and wait for the disk; bounded by the edge's credit."""


class Inlet:
    """
    Takes what edges send to *bind* and stores it in *inbox*.

    *errands* tells what a node is to erase, *control* what it is to know, *reread*
    returns the keys as they are now. *on_batch* is called after the commit, on the inlet's
    thread; it must not block.
    Raises :class:`LinkRefused` where the link cannot be opened safely.
    """

    def __init__(
        self,
        inbox: Journal,
        *,
        bind: str,
        keys: HubKeys,
        keyring: Keyring,
        on_batch: Callable[[Stored], None] | None = None,
        heartbeat: float = 5.0,
        domain: str = DOMAIN,
        clock: Callable[[], float] = time.monotonic,
        errands: Callable[[str], Sequence[Errand]] = lambda _node: (),
        control: Control | None = None,
        reread: Callable[[], HubKeys] | None = None,
    ) -> None:
        check_library()
        self.address = bind
        """Where it listens, with the port that was given; set by ``start``."""
        self._inbox = inbox
        self._keys = keys
        self._keyring = keyring
        self._on_batch = on_batch
        self._domain = domain
        self._clock = clock
        self._receiver = Receiver(
            keyring.node_of,
            lambda node, epoch: tips(inbox, node, epoch),
            fence=time.time_ns() // 1000,
            heartbeat=heartbeat,
            clock_ms=lambda: int(time.time() * 1000),
            errands=errands,
            control=control,
            pardoned=keyring.pardoned,
            seals=lambda *where: seals(inbox, *where),
        )
        self._control = control
        self._reread = reread or (lambda: keys)
        self._announced = 0
        self._done: deque[tuple[Request, Future[Outcome]]] = deque()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="inlet", daemon=True)
        self._refresh_at = self._look_at = 0.0

    def start(self) -> None:
        """Listen. Raises :class:`LinkRefused` where the address is taken or is none."""
        keep_freed()
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._context.set(zmq.MAX_SOCKETS, 4096)
        try:
            self._router = router(self._context, self._keys.current, domain=self._domain)
            self._zap = Zap(self._context, self._keyring)
            self._flood = FloodWatch(self._context, self._router)
            self._router.bind(self.address)
        except zmq.ZMQError as error:
            self._context.destroy(linger=0)
            raise LinkRefused(f"{self.address} cannot be listened on: {error.strerror}") from error
        except LinkRefused:
            self._context.destroy(linger=0)
            raise
        self.address = self._router.getsockopt_string(zmq.LAST_ENDPOINT).rstrip("\0")
        self._wake = Wake()
        self._inbox.on_settled(self._wake.ring)
        self._thread.start()

    def stop(self, timeout: float = 5.0) -> None:
        """Say good-bye to the edges and end the thread."""
        self._stopping.set()
        if self._thread.is_alive():
            self._wake.ring()
            self._thread.join(timeout)

    def edges(self) -> list[EdgeStatus]:
        """Return how every enrolled edge is, for any thread."""
        known = dict(self._receiver.known)
        nodes = {record.node for record in self._keyring.records()}
        return [self._status(node, known.get(node)) for node in sorted(nodes)]

    def _status(self, node: str, known: Known | None) -> EdgeStatus:
        record = self._keyring.of_node(node)
        session = known.session if known else None
        hello = known.hello if known else None
        silent = None if session is None else max(0.0, self._clock() - session.last_seen)
        revoked = record is None or record.revoked is not None
        return EdgeStatus(
            node=node,
            name=record.name if record else "",
            site=record.site if record else "",
            region=record.region if record else "",
            demo=bool(record and record.demo),
            revoked=revoked,
            connected=silent is not None and silent < 20.0 and not revoked,
            cloned=self._receiver.cloned(node),
            refused=known.refused if known else "",
            silent_for=silent,
            cursors=tuple(session.cursors.values()) if session else (),
            heads=tuple(lane.head for lane in hello.lanes) if hello else (),
            skew_ms=known.skew_ms if known else None,
            version=hello.ver if hello else "",
            counts=dict(known.counts) if known else {},
            waiting=known.waiting if known else 0,
        )

    def _run(self) -> None:
        poller = zmq.Poller()
        for source in (self._router, self._zap.socket, self._wake):
            poller.register(source, zmq.POLLIN)
        try:
            while not self._stopping.is_set():
                try:
                    self._turn(poller)
                except Exception:
                    # No message may end the hub; the edge will send it again.
                    log.exception("a message could not be handled")
                    self._stopping.wait(FAILURE_PAUSE)
            self._do(self._receiver.stop())
        finally:
            self._zap.close()
            self._flood.close()
            self._router.close(linger=200)
            self._context.destroy(linger=200)
            self._wake.close()

    def _turn(self, poller: zmq.Poller) -> None:
        poller.poll(int(LOOK * 1000))
        self._wake.clear()
        now = self._clock()
        if now >= self._refresh_at:
            self._keyring.refresh()
            self._announce()
            self._refresh_at = now + REFRESH
            self._switch_key(poller)
        self._zap.handle()
        self._flood.hear()
        self._finish()
        for _ in range(MESSAGES_PER_TURN):
            try:
                peer = self._router.recv(zmq.NOBLOCK)
            except zmq.Again:
                break
            self._take(peer, self._parts(), now)
        if now >= self._look_at:
            self._flood.look()
            self._look_at = now + LOOK

    def _parts(self) -> list[zmq.Frame]:
        """Return the parts of the message that was begun; one too many says that it is none."""
        parts: list[zmq.Frame] = []
        more = True
        while more:
            part = self._router.recv(zmq.NOBLOCK, copy=False)
            self._flood.given(part)
            more = part.more
            if len(parts) <= MOST_PARTS:
                parts.append(part)
        return parts

    def _switch_key(self, poller: zmq.Poller) -> None:
        """Answer with the hub's new key where it changed; edges reconnect and lose nothing."""
        keys = self._reread()
        if keys.current.public == self._keys.current.public:
            self._keys = keys
            return
        log.warning("the hub answers with its next key from now on")
        fresh = router(self._context, keys.current, domain=self._domain)
        poller.unregister(self._router)
        self._flood.close()
        self._router.unbind(self.address)
        self._router.close(linger=0)
        self._router, self._keys = fresh, keys
        self._flood = FloodWatch(self._context, fresh)
        poller.register(fresh, zmq.POLLIN)
        for _ in range(REBIND_TRIES):
            try:
                fresh.bind(self.address)
            except zmq.ZMQError as error:  # the old listener closes on another thread
                if error.errno != zmq.EADDRINUSE:
                    raise
                self._stopping.wait(REBIND_PAUSE)
            else:
                return
        raise LinkRefused(f"{self.address} cannot be listened on anew")

    def _announce(self) -> None:
        """Tell edges what is new of control, without waiting for their next PING."""
        head = self._control.head if self._control is not None else 0
        if head != self._announced:
            self._announced = head
            self._do(self._receiver.announce())

    def _take(self, peer: bytes, message: Sequence[zmq.Frame], now: float) -> None:
        """Pass one message on, with the key that CURVE proved; of a stranger's, nothing."""
        try:
            key = str(message[0].get("User-Id"))
        except zmq.ZMQError:
            key = ""
        parts: list[bytes | memoryview] = []
        if self._keyring.admitted(key):
            parts = [one.bytes if len(one) <= MAX_HEADER else one.buffer for one in message]
        self._do(self._receiver.receive(peer, key, parts, now))

    def _do(self, steps: Sequence[Step]) -> None:
        for step in steps:
            if isinstance(step, Send):
                self._send(step)
            else:
                self._submit(step)

    def _send(self, step: Send) -> None:
        """Send, best effort: what an edge misses, the next PONG or WELCOME says again."""
        try:
            self._router.send_multipart([step.peer, *step.parts], zmq.NOBLOCK)
        except zmq.ZMQError as error:
            if error.errno not in (zmq.EHOSTUNREACH, zmq.EAGAIN):
                raise

    def _submit(self, request: Request) -> None:
        origin = Origin(request.node, request.epoch)

        def work(transaction: Transaction) -> Outcome:
            return request.apply(LaneInbox(transaction, origin, request.lane))

        try:
            future = self._inbox.submit(work)
            future.add_done_callback(lambda ended: self._done.append((request, ended)))
        except FlowbackError as error:
            self._do(self._receiver.failed(request, str(error)))

    def _finish(self) -> None:
        """Acknowledge what is on disk, refuse what could not be stored."""
        done = [self._done.popleft() for _ in range(len(self._done))]
        newest = {
            (request.node, request.fence, request.lane): request
            for request, future in done
            if future.exception() is None and future.result().verdict in ("applied", "duplicate")
        }
        for request, future in done:
            error = future.exception()
            if error is not None:
                _log_failure(request, error)
                self._do(self._receiver.failed(request, "the hub cannot store now"))
                continue
            outcome = future.result()
            if outcome.equivocal:
                log.error("%s sent other bytes under numbers already held", request.node)
            more = newest.get((request.node, request.fence, request.lane)) is not request
            self._do(self._receiver.applied(request, outcome, more=more))
            if outcome.stored and self._on_batch is not None:
                first = outcome.cursor - outcome.stored + 1
                origin = Origin(request.node, request.epoch)
                self._on_batch(Stored(origin, request.lane, first, outcome.cursor))


def _log_failure(request: Request, error: BaseException) -> None:
    """Tell a disk that heals by itself from an entry that will never be stored."""
    if isinstance(error, JournalUnavailable):
        log.warning("a batch of %s could not be stored: %s", request.node, error)
    else:
        log.error(
            "lane %d of %s stands still at or before entry %d, which can never be stored as it is;"
            " please report this",
            request.lane,
            request.node,
            request.last,
            exc_info=error,
        )
