"""
The hub's half of FB1, for all its edges: who may speak, what is stored, what is answered.

The shell around it owns the socket and the inbox. It passes each message on with
the key that ZeroMQ proved for it, sends what comes back, runs each
:class:`Request` in a transaction of the inbox, and says how that ended with
``applied`` or ``failed``. An acknowledgement leaves only then.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from edge.protocol import batch, frames, parting
from edge.protocol.apply import Outcome
from edge.protocol.clones import CloneWatch
from edge.protocol.control import Signed
from edge.protocol.errors import BadEntry, BadFrame
from edge.protocol.flow import LARGEST, Bucket, credit
from edge.protocol.packing import MAX_MESSAGE, Data, decode, encode
from edge.protocol.sessions import Caller, Known, Request, Send, Session, Step

HELLOS_PER_SECOND = 100
"""Sessions opened per second by all edges; the others are asked to come a little later."""
SETTLE_MS = 50
"""Wait for what an earlier session sent and the disk has not answered yet."""
OVERLOAD_MS = 2000
"""Wait after the inbox could not be written."""
REVOKED = "this key is not, or no longer, enrolled"
CLONED = (
    "two machines use this key: find the second, then rotate the key (flowback keys rotate) and"
    " revoke this one, or end the alarm at the hub (flowback keys pardon)"
)


Tips = Callable[[str, int], Sequence[frames.Cursor]]
"""Node and epoch to what the inbox holds of each lane."""


SealsOf = Callable[[str, int, int, int, int], Mapping[int, parting.Seal]]
"""Node, epoch, lane, first and last number to the seals under which those came that are kept."""


class Instructions(Protocol):
    """What the hub wants its edges to know, as the receiver passes it on."""

    def next_sheet(self, node: str, have: int) -> Signed | None:
        """Return what *node*, which holds all up to *have*, is told next; None: it holds all."""
        ...

    def heard(self, node: str, rev: int, complaints: Sequence[frames.Complaint] | None) -> None:
        """Note what *node* holds and, unless None, complains of. Must not block."""
        ...


class Receiver:
    """All edges' links to this hub. Times are seconds of any monotonic clock."""

    def __init__(
        self,
        node_of: Callable[[str], str | None],
        tips: Tips,
        *,
        fence: int,
        window: int = LARGEST,
        heartbeat: float = 5.0,
        clock_ms: Callable[[], int] = lambda: 0,
        errands: Callable[[str], Sequence[frames.Errand]] = lambda _node: (),
        control: Instructions | None = None,
        versions: Sequence[int] = frames.VERSIONS,
        pardoned: Callable[[str], int] = lambda _key: 0,
        seals: SealsOf | None = None,
    ) -> None:
        """
        Take *node_of* for the node of a key that is allowed now, *tips* for the inbox,
        *errands* for what a node is to erase, *control* for what it is to know, *pardoned*
        for when a person last ended the alarm of a cloned key, in any rising unit, and *seals*
        for what an edge that was put back from a backup compares; None: none is told.

        *fence* must be none that an earlier run gave to a session: a time in µs will do, also
        where the clock was put back, since frames of an earlier run are then of no session.
        """
        self.known: dict[str, Known] = {}
        self.counts: Counter[str] = Counter()
        self._node_of = node_of
        self._tips = tips
        self._fence = self._run = fence
        self._window = window
        self._heartbeat = heartbeat
        self._clock_ms = clock_ms
        self._errands = errands
        self._control = control
        self._versions = versions
        self._pardoned = pardoned
        self._seals = seals
        self._hellos = Bucket(HELLOS_PER_SECOND, HELLOS_PER_SECOND)

    def receive(self, peer: bytes, key: str, parts: Sequence[Data], now: float) -> list[Step]:
        """Take one message that *key* sent over the connection *peer*."""
        node = self._node_of(key)
        if node is None:
            self.counts["refused"] += 1
            return [_refuse(peer, "revoked", REVOKED)]
        known = self.known.setdefault(node, Known(node))
        try:
            frame, body = decode(parts)
            return self._dispatch(known, Caller(peer, key), frame, body, now)
        except BadFrame as error:
            self.counts["malformed"] += 1
            known.session = None
            return [_refuse(peer, "malformed", str(error), fatal=False)]

    def applied(self, request: Request, outcome: Outcome, *, more: bool = False) -> list[Step]:
        """
        Note what a request did, and that it is on disk; return what the edge is told.

        *more*: so is a later one of the same session and lane, whose ACK says this one too.
        """
        known = self.known[request.node]
        counted = "gaps" if request.gap is not None else outcome.verdict
        known.counts[counted] += 1
        known.counts["equivocal"] += len(outcome.equivocal)
        session = self._settle(known, request)
        if session is None:
            return []
        if outcome.verdict == "early":
            return self._nak(known, session, request.lane, outcome.cursor + 1, "gap")
        if outcome.verdict == "forked":
            known.session = None  # the WELCOME of the next one shows the edge where they part
            return [_say(session.peer, frames.Bye(session=session.fence, why="session"))]
        session.advance(request.lane, seq=outcome.cursor)
        if more:
            return []
        ack = frames.Ack(
            session=session.fence,
            lane=request.lane,  # type: ignore[arg-type]
            seq=session.cursors[request.lane].seq,
            limit=self._raise_limit(known, session),
        )
        return [Send(session.peer, encode(ack))]

    def failed(self, request: Request, hint: str = "") -> list[Step]:
        """Note that a request could not be stored; the edge keeps it and tries later."""
        known = self.known[request.node]
        known.counts["failed"] += 1
        session = self._settle(known, request)
        if session is None:
            return []
        return self._nak(
            known, session, request.lane, request.last, "overload", retry=OVERLOAD_MS, hint=hint
        )

    def stop(self) -> list[Send]:
        """Return a farewell to every edge."""
        bye = encode(frames.Bye(session=0, why="stopping", retry_ms=500), from_hub=True)
        return [
            Send(known.session.peer, bye)
            for known in list(self.known.values())
            if known.session is not None
        ]

    def announce(self) -> list[Step]:
        """Tell every edge that is there what it lacks of control, and a revoked key that it is."""
        steps: list[Step] = []
        for known in self.known.values():
            session = known.session
            if session is None:
                continue
            if self._node_of(session.key) != known.node:
                known.session = None
                steps.append(_refuse(session.peer, "revoked", REVOKED))
            elif session.told <= (session.control or 0):
                steps += self._tell(known, session)
        return steps

    def cloned(self, node: str) -> bool:
        """Return whether two machines use one key of *node* that is admitted; any thread."""
        known = self.known.get(node)
        return known is not None and any(
            watch.alarmed and self._pardoned(key) == since and self._node_of(key) == node
            for key, (since, watch) in list(known.clones.items())
        )

    def _dispatch(
        self, known: Known, caller: Caller, frame: frames.Frame, body: Data, now: float
    ) -> list[Step]:
        if isinstance(frame, frames.Hello):
            return self._on_hello(known, caller, frame, now)
        if not isinstance(
            frame,
            frames.Batch | frames.GapFrame | frames.Ping | frames.Stat | frames.Bye | frames.Ask,
        ):
            raise BadFrame(f"a hub takes no {type(frame).__name__}")
        session = known.session
        if session is None or session.fence != frame.session or session.key != caller.key:
            known.counts["stale"] += 1
            bye = frames.Bye(session=frame.session, why="session")
            return [] if isinstance(frame, frames.Bye) else [_say(caller.peer, bye)]
        session.peer = caller.peer
        session.last_seen = now
        if isinstance(frame, frames.Batch):
            return self._on_batch(known, session, frame, body)
        if isinstance(frame, frames.GapFrame):
            return self._on_gap(known, session, frame)
        if isinstance(frame, frames.Ping | frames.Stat):
            pong = [self._pong(known, session, frame)] if isinstance(frame, frames.Ping) else []
            return [*pong, *self._on_control(known, session, frame)]
        if isinstance(frame, frames.Bye):
            known.session = None
        return [] if isinstance(frame, frames.Bye) else self._on_ask(known, session, frame)

    def _on_ask(self, known: Known, session: Session, ask: frames.Ask) -> list[Step]:
        """Tell an edge under which seals its own entries came, and nobody else's."""
        if self._seals is None or ask.epoch != session.epoch:
            raise BadFrame("seals of another epoch than its session's")
        if not ask.lo <= ask.hi < ask.lo + parting.MOST:
            raise BadFrame(f"at most {parting.MOST} seals are told at once")
        found = self._seals(known.node, ask.epoch, ask.lane, ask.lo, ask.hi)
        answer = frames.Seals(session=session.fence, lane=ask.lane, lo=ask.lo)
        return [Send(session.peer, encode(answer, parting.pack(ask.lo, ask.hi, found)))]

    def _on_hello(
        self, known: Known, caller: Caller, hello: frames.Hello, now: float
    ) -> list[Step]:
        peer = caller.peer
        known.counts["hellos"] += 1
        if hello.node != known.node:
            return [
                self._turn_away(known, caller, "node", "this key was enrolled for another node")
            ]
        version = max({*hello.versions} & {*self._versions}, default=None)
        if version is None:
            message = f"edge speaks {hello.versions}, hub speaks {[*self._versions]}"
            return [self._turn_away(known, caller, "version", message)]
        if self._watch(known, caller.key).hello(hello.boot, now):
            return [self._turn_away(known, caller, "cloned", CLONED)]
        if known.requests:  # a WELCOME would tell less than the disk is about to hold
            known.session = None
            return [_say(peer, frames.Bye(session=0, why="busy", retry_ms=SETTLE_MS))]
        if not (known.hellos.take(now) and self._hellos.take(now)):
            return [_say(peer, frames.Bye(session=0, why="busy", retry_ms=1000))]
        known.refused = ""
        return self._open(known, caller, hello, version, now)

    def _watch(self, known: Known, key: str) -> CloneWatch:
        """Return the watch over *key*, which a pardon begins anew."""
        pardoned = self._pardoned(key)
        since, watch = known.clones.get(key, (None, CloneWatch()))
        if since != pardoned:
            watch = CloneWatch()
            known.clones[key] = pardoned, watch
        return watch

    def _turn_away(self, known: Known, caller: Caller, code: str, message: str) -> Send:
        """Refuse in words, and remember them for whoever looks after the edges."""
        if known.session is None or known.session.key == caller.key:  # a new key goes on
            known.session = None
            known.refused = f"{code}: {message}"
        return _refuse(caller.peer, code, message)

    def _open(
        self, known: Known, caller: Caller, hello: frames.Hello, version: int, now: float
    ) -> list[Step]:
        self._fence += 1
        cursors: dict[int, frames.Cursor] = {
            cursor.lane: cursor for cursor in self._tips(known.node, hello.epoch)
        }
        known.session = Session(
            caller.peer, caller.key, self._fence, hello.epoch, hello.boot, 0, cursors
        )
        known.session.last_seen = now
        known.hello = hello
        known.skew_ms = hello.clock - self._clock_ms()
        welcome = frames.Welcome(
            version=version,
            session=self._fence,
            n=hello.n,
            limit=self._raise_limit(known, known.session),
            cursors=list(cursors.values()),
            maxmsg=MAX_MESSAGE,
            heartbeat=self._heartbeat,
            clock=self._clock_ms(),
            run=self._run,
            seals=parting.MOST if self._seals is not None else 0,
        )
        session = known.session
        session.control, session.told = hello.control, hello.control or 0
        if self._control is not None and hello.control is not None:
            self._control.heard(known.node, hello.control, None)
        return [Send(caller.peer, encode(welcome)), *self._tell(known, session)]

    def _on_control(
        self, known: Known, session: Session, frame: frames.Ping | frames.Stat
    ) -> list[Step]:
        """Note how far an edge holds control; tell what is next, or again what was lost."""
        have = frame.control
        if have is None or self._control is None:
            return []
        lost = isinstance(frame, frames.Ping) and have == session.control != session.told
        session.control = have
        if lost or have > session.told:
            session.told = have
        complaints = frame.complaints if isinstance(frame, frames.Stat) else None
        self._control.heard(known.node, have, complaints)
        return self._tell(known, session) if session.told <= have else []

    def _tell(self, known: Known, session: Session) -> list[Step]:
        """Send the next sheet, one at a time: on a slow line none may starve the PONGs."""
        if self._control is None or session.control is None:
            return []
        sheet = self._control.next_sheet(known.node, session.control)
        if sheet is None:
            return []
        session.told = sheet.rev
        known.counts["sheets"] += 1
        frame = frames.ControlFrame(session=session.fence, rev=sheet.rev, sig=sheet.sig)
        return [Send(session.peer, encode(frame, sheet.body))]

    def _on_batch(
        self, known: Known, session: Session, frame: frames.Batch, body: Data
    ) -> list[Step]:
        session.taken += len(body)
        if frame.epoch != session.epoch:
            raise BadFrame("a batch of another epoch than its session's")
        over = max(session.taken - session.limit, known.waiting - self._window)
        if over > MAX_MESSAGE:
            known.session = None
            return [_refuse(session.peer, "credit", "more was sent than allowed", fatal=False)]
        try:
            items = batch.unpack(frame, body)
        except BadEntry as error:
            known.counts[f"bad_{error.why}"] += 1
            session.settled += len(body)
            return self._nak(known, session, frame.lane, error.seq, error.why)
        last = items[-1].seq
        request = Request(
            known.node, session.epoch, session.fence, frame.lane, len(body), last, items
        )
        return self._in_order(known, session, request, items[0].seq)

    def _on_gap(self, known: Known, session: Session, frame: frames.GapFrame) -> list[Step]:
        if frame.epoch != session.epoch or frame.lo > frame.hi:
            raise BadFrame("a gap of another epoch, or one that ends before it begins")
        request = Request(
            known.node, session.epoch, session.fence, frame.lane, 0, frame.hi, gap=frame
        )
        return self._in_order(known, session, request, frame.lo)

    def _in_order(self, known: Known, session: Session, request: Request, first: int) -> list[Step]:
        """Pass on what follows what was seen; refuse once what does not, without the disk."""
        seen = session.cursors[request.lane].seen
        if request.lane in session.broken or first > seen + 1:
            session.settled += request.size
            return self._nak(known, session, request.lane, seen + 1, "gap")
        session.advance(request.lane, seen=request.last)
        known.requests += 1
        known.waiting += request.size
        return [request]

    def _nak(
        self,
        known: Known,
        session: Session,
        lane: int,
        expected: int,
        why: str,
        *,
        retry: int = 0,
        hint: str = "",
    ) -> list[Step]:
        """Refuse once per lane and session: the edge answers with a new HELLO, never a storm."""
        if lane in session.broken:
            return []
        session.broken.add(lane)
        known.counts["naks"] += 1
        nak = frames.Nak(
            session=session.fence,
            lane=lane,  # type: ignore[arg-type]
            expected=expected,
            why=why,  # type: ignore[arg-type]
            retry_ms=retry,
            hint=hint[:200],
        )
        return [Send(session.peer, encode(nak))]

    def _pong(self, known: Known, session: Session, ping: frames.Ping) -> Send:
        pong = frames.Pong(
            session=session.fence,
            n=ping.n,
            limit=self._raise_limit(known, session),
            cursors=list(session.cursors.values()),
            errands=list(self._errands(known.node)),
        )
        return Send(session.peer, encode(pong))

    def _settle(self, known: Known, request: Request) -> Session | None:
        """Give back a request's credit; return its session where that still lives."""
        known.requests -= 1
        known.waiting -= request.size
        session = known.session
        if session is None or session.fence != request.fence:
            return None
        session.settled += request.size
        return session

    def _raise_limit(self, known: Known, session: Session) -> int:
        """Grant what is free: the disk may still owe what an earlier session sent."""
        earlier = known.waiting - (session.taken - session.settled)
        more = credit(session.settled, len(self.known), self._window) - max(0, earlier)
        session.limit = max(session.limit, session.settled + more)
        return session.limit


def _say(peer: bytes, frame: frames.Bye) -> Send:
    return Send(peer, encode(frame, from_hub=True))


def _refuse(peer: bytes, code: str, message: str, *, fatal: bool = True) -> Send:
    frame = frames.ErrorFrame(code=code, msg=message[:200], fatal=fatal)  # type: ignore[arg-type]
    return Send(peer, encode(frame))
