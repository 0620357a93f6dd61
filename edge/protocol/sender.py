"""
The edge's half of FB1: sends what the hub lacks, believes nothing but its word.

The shell around it owns a socket and a clock. It says what happens (``opened``,
``connected``, ``receive``, ``tick``), sends the frames that it is given, and
asks ``pump`` for batches while the line takes them. Whatever goes wrong inside
a session ends in the same place: a new HELLO, and the hub says where it stands.
"""

import contextlib
import random
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from edge.protocol import batch, frames
from edge.protocol.control import MAX_BODY, Signed
from edge.protocol.errors import BadFrame
from edge.protocol.flow import Backoff, Share, Window
from edge.protocol.me import Me, Phase, Timing
from edge.protocol.outlane import Flight, Hole, OutLane
from edge.protocol.packing import MAX_HEADER, MAX_MESSAGE, Parts, decode, encode
from edge.protocol.parting import History, Parting

BATCH_BYTES = 256 * 2**10
"""Bytes of one batch at the most, but for one entry alone."""
BACKLOG_WINDOW = 0.75
"""Part of the window that the backlog may fill, so that lane 0 never waits behind it."""
GAP_COST = 64
"""Bytes that a gap frame counts in the window."""


@dataclass(slots=True)
class _Session:
    fence: int = 0
    limit: int = 0
    sent: int = 0
    maxmsg: int = MAX_MESSAGE
    heartbeat: float = 5.0
    pings: int = 0
    last_ping: float = 0.0
    """When the last PING went, or the session began."""
    marks: dict[int, tuple[float, tuple[int, int]]] = field(default_factory=dict)
    """PING number to when it went and what had been sent of each lane."""


class Sender:
    """One edge's link to its hub. Times are seconds of any monotonic clock."""

    def __init__(
        self,
        log: History,
        me: Me,
        *,
        timing: Timing | None = None,
        rng: random.Random | None = None,
        clock_ms: Callable[[], int] = lambda: 0,
        control: Callable[[], int | None] = lambda: None,
        versions: Sequence[int] = frames.VERSIONS,
    ) -> None:
        """*control* tells the revision up to which the hub's control is here; None: none is."""
        self.phase = Phase.AWAY
        self.lanes = tuple(OutLane(lane) for lane in frames.LANES)
        self.last_error = ""
        self.fatal = False
        """The hub refused in words: a person must act. Tried again all the same."""
        self.errands: Sequence[frames.Errand] = ()
        """What the hub last asked to be erased."""
        self.sheets: deque[Signed] = deque(maxlen=64)
        """Control that came, for the shell to take; then it calls :meth:`stat`."""
        self.forked = False
        """The hub holds a history that this journal lost: it was restored from a backup."""
        self.common: Mapping[int, int] | None = None
        """Lane → up to where both are the same, once forked; None: the hub cannot tell."""
        self.sessions = 0
        """Times that the hub answered a HELLO."""
        self.version = 0
        """Of the protocol, as spoken in the last session; 0 before the first."""
        self.hellos = 0
        self.hub_run: int | None = None
        """The process of the hub that the last session is with; None before the first."""
        self.naks = 0
        self.resent = 0
        self._log = log
        self._me = me
        self._timing = timing or Timing()
        self._clock_ms = clock_ms
        self._control = control
        self._versions = versions
        self._backoff = Backoff(
            self._timing.backoff_first,
            self._timing.backoff_most,
            rng or random.Random(me.boot),  # noqa: S311 - jitter is no secret
        )
        self._window = Window()
        self._share = Share()
        self._session = _Session()
        self._parting: Parting | None = None
        """Compares this session's WELCOME with the log."""
        self._until = 0.0
        """When AWAY ends, or when the next HELLO is due in GREETING."""
        self._since = 0.0
        """When CONNECTING began, or the last HELLO went out."""
        self._inquired = False
        self._waiting_since: float | None = None
        """First frame sent since anything came in."""

    # What the shell tells

    def wants_socket(self, now: float) -> bool:
        """Return whether a socket should be open."""
        return self.phase is not Phase.AWAY or now >= self._until

    def opened(self, now: float) -> None:
        """Note a new socket, not yet connected."""
        self.phase = Phase.CONNECTING
        self._since = now
        self._waiting_since = None

    def connected(self, now: float) -> list[Parts]:
        """Note that the handshake succeeded; return the HELLO."""
        self.phase = Phase.GREETING
        self._until = now
        self._inquired = False
        return self.tick(now)

    def disconnected(self, now: float) -> None:
        """Note that the connection broke; ZeroMQ reconnects by itself."""
        if self.phase is not Phase.AWAY:
            self.opened(now)

    def refused(self, now: float, why: str) -> None:
        """Note that the hub denied the key: ZeroMQ would never try this socket again."""
        self.leave(now, why)

    def leave(self, now: float, why: str, *, at_least: float = 0.0) -> None:
        """Give the socket up and come back after a back-off."""
        self.phase = Phase.AWAY
        self.last_error = why
        self._forget()
        self._until = now + max(at_least, self._backoff.next())

    def hurry(self, now: float) -> None:
        """Try again at once: what it was refused for may have been mended."""
        self._backoff.reset()
        if self.phase is Phase.AWAY:
            self._until = now

    def receive(self, parts: Sequence[bytes], now: float) -> None:
        """Take one message of the hub."""
        try:
            frame, body = decode(parts)
        except BadFrame as error:
            self.last_error = str(error)
            return
        if self.phase in (Phase.AWAY, Phase.CONNECTING):
            return
        self._waiting_since = None
        if isinstance(frame, frames.ControlFrame):
            self._on_control(frame, body)
        elif isinstance(frame, frames.Seals):
            self._on_seals(frame, body, now)
        handler = _HANDLERS.get(type(frame))
        if handler is not None:
            handler(self, frame, now)

    def tick(self, now: float) -> list[Parts]:
        """Do what is due; return frames to send."""
        if self.phase is Phase.CONNECTING and now - self._since > self._timing.connect:
            self.leave(now, "no connection to the hub")
        elif self.phase in (Phase.GREETING, Phase.ASKING):
            return self._inquire(now)
        elif self.phase is Phase.FLOWING:
            return self._watch(now)
        return []

    def pump(self, now: float) -> list[Parts]:
        """Return the next batch or gap, as far as credit and window allow, else nothing."""
        if self.phase is not Phase.FLOWING:
            return []
        ready = [lane for lane in self.lanes if lane.sent < self._log.head(lane.lane)]
        contended = len(ready) > 1
        while ready:
            lane = self.lanes[self._share.pick([lane.lane for lane in ready])]
            room = self._room(lane.lane)
            ready = [other for other in ready if other is not lane]
            if not room and self._under_way():
                continue
            found = lane.next(self._log, min(room, self._batch_bytes()), self._session.maxmsg)
            size = GAP_COST if isinstance(found, Hole) else sum(len(e.body) for e in found or ())
            if found and (size <= room or not self._under_way()):
                self._share.sent(lane.lane, size, contended=contended)
                return [self._send(lane, found, size, now)]
        return []

    def stat(self, complaints: Sequence[frames.Complaint] = ()) -> list[Parts]:
        """Return what tells the hub how far its control is here, and what of it does not hold."""
        control = self._control()
        if self.phase is not Phase.FLOWING or control is None:
            return []
        fence = self._session.fence
        frame = frames.Stat(session=fence, control=control, complaints=[*complaints[-16:]])
        return [encode(frame)]

    def deadline(self) -> float:
        """Return when ``tick`` is needed at the latest, if nothing happens before."""
        if self.phase is Phase.AWAY:
            return self._until
        if self.phase is Phase.CONNECTING:
            return self._since + self._timing.connect
        if self.phase in (Phase.GREETING, Phase.ASKING):
            return self._since + self._patience() if self._inquired else self._until
        due = self._session.last_ping + self._session.heartbeat
        if self._waiting_since is not None:
            part = 1 if self._asked() else 1 / 3
            due = min(due, self._waiting_since + self._patience() * part)
        return due

    # Timers

    def _inquire(self, now: float) -> list[Parts]:
        """Say HELLO, or ask what the hub holds, once; leave where no answer comes."""
        if self._inquired:
            if now - self._since > self._patience():
                self.leave(now, "the hub does not answer")
            return []
        if now < self._until:
            return []
        self._inquired = True
        self._since = now
        question = self._parting.question() if self._parting is not None else None
        if self.phase is Phase.ASKING and question is not None:
            return [encode(question)]
        self.hellos += 1
        return [encode(self._hello())]

    def _watch(self, now: float) -> list[Parts]:
        """End a silent session; ask early for a sign of life, else once per heartbeat."""
        session = self._session
        waiting = None if self._waiting_since is None else now - self._waiting_since
        if waiting is not None and waiting > self._patience():
            self.leave(now, "the hub fell silent")
            return []
        early = waiting is not None and not self._asked() and waiting > self._patience() / 3
        if not early and now - session.last_ping < session.heartbeat:
            return []
        session.pings += 1
        session.last_ping = now
        session.marks[session.pings] = (now, (self.lanes[0].sent, self.lanes[1].sent))
        if len(session.marks) > 16:
            del session.marks[min(session.marks)]
        self._wait(now)
        ping = frames.Ping(session=session.fence, n=session.pings, control=self._control())
        return [encode(ping)]

    def _asked(self) -> bool:
        """Tell whether a PING went out since anything came in."""
        session, since = self._session, self._waiting_since
        return since is not None and session.pings > 0 and session.last_ping >= since

    def _patience(self) -> float:
        return self._window.patience(self._timing.silence, self._under_way())

    def _wait(self, now: float) -> None:
        if self._waiting_since is None:
            self._waiting_since = now

    def _forget(self) -> None:
        """Stop waiting for what is under way: the hub will say what it has of it."""
        self._waiting_since = None
        for lane in self.lanes:
            lane.flights.clear()

    # Sending

    def _hello(self) -> frames.Hello:
        return frames.Hello(
            versions=[*self._versions],
            node=self._me.node,
            epoch=self._me.epoch,
            boot=self._me.boot,
            n=self.hellos,
            schema=list(self._me.schema),
            lanes=[
                frames.LaneState(
                    lane.lane,  # type: ignore[arg-type]
                    self._log.head(lane.lane),
                    self._log.tail(lane.lane),
                    lane.acked,
                )
                for lane in self.lanes
            ],
            maxmsg=MAX_MESSAGE,
            ver=self._me.version,
            clock=self._clock_ms(),
            control=self._control(),
        )

    def _under_way(self) -> int:
        return sum(flight.size for lane in self.lanes for flight in lane.flights)

    def _batch_bytes(self) -> int:
        return max(1, min(BATCH_BYTES, self._window.size // 2))

    def _room(self, lane: int) -> int:
        part = BACKLOG_WINDOW if lane == 1 else 1.0
        window = int(self._window.size * part) - self._under_way()
        return max(0, min(window, self._session.limit - self._session.sent))

    def _send(
        self, lane: OutLane, found: "list[batch.Sealed] | Hole", size: int, now: float
    ) -> Parts:
        fence, epoch = self._session.fence, self._me.epoch
        if isinstance(found, Hole):
            last = found.hi
            gap = frames.GapFrame(
                session=fence,
                epoch=epoch,
                lane=lane.lane,  # type: ignore[arg-type]
                lo=found.lo,
                hi=found.hi,
                why=found.why,
            )
            parts = encode(gap)
        else:
            last = found[-1].seq
            parts = encode(*batch.pack(fence, epoch, lane.lane, found))
            self._session.sent += size
        lane.sent = last
        lane.flights.append(Flight(last, size, now))
        self._wait(now)
        return parts

    # What the hub says

    def _on_welcome(self, frame: frames.Welcome, now: float) -> None:
        if self.phase is not Phase.GREETING or frame.n != self.hellos:
            return
        if frame.version not in self._versions:
            self.fatal = True
            ours = [*self._versions]
            self.leave(now, f"the hub speaks version {frame.version}, this edge {ours}")
            return
        self.fatal = False
        self.version = frame.version
        self._session = _Session(
            fence=frame.session,
            limit=frame.limit,
            maxmsg=max(1, min(frame.maxmsg, MAX_MESSAGE) - MAX_HEADER),
            heartbeat=min(60.0, max(0.05, frame.heartbeat)),
            last_ping=now,
        )
        acked = [lane.acked for lane in self.lanes]
        self._go_on(Parting(self._log, frame, self._me.epoch, acked), now)

    def _go_on(self, parting: Parting, now: float) -> None:
        """Ask where the histories part as long as that is open, then end the epoch or send."""
        self._parting = parting
        if parting.question() is not None:
            self.phase = Phase.ASKING
            self._inquired = False
            self._until = now
            return
        if parting.lost:
            self.forked = True
            self.common = parting.common
            self.leave(now, "the hub holds entries that this journal lost; a new epoch is needed")
            return
        for lane in self.lanes:
            cursor = parting.held.get(lane.lane, 0)
            self.resent += max(0, lane.sent - cursor)
            lane.restart(cursor)
        self.hub_run = parting.hub_run
        self.sessions += 1
        self.phase = Phase.FLOWING

    def _on_seals(self, frame: frames.Seals, body: bytes, now: float) -> None:
        """Take an answer, unless it came twice."""
        if self.phase is Phase.ASKING and self._parting and self._current(frame.session):
            with contextlib.suppress(BadFrame):
                self._parting.answer(frame, body)
                self._go_on(self._parting, now)

    def _on_ack(self, frame: frames.Ack, now: float) -> None:
        if self._current(frame.session):
            self._session.limit = max(self._session.limit, frame.limit)
            self._acknowledge(frame.lane, frame.seq, now)

    def _acknowledge(self, number: int, seq: int, now: float) -> None:
        if seq > self._log.head(number):
            self._resync(now, f"the hub acknowledged {seq}, which was never written")
            return
        landed = self.lanes[number].acknowledge(seq)
        if landed:
            self._backoff.reset()
            self.last_error = ""
            size = sum(flight.size for flight in landed)
            self._window.delivered(size, now - landed[0].at, now)

    def _on_pong(self, frame: frames.Pong, now: float) -> None:
        """Take everything that a lost ACK would have said, and notice lost batches."""
        mark = self._session.marks.pop(frame.n, None)
        if not self._current(frame.session) or mark is None:
            return
        self._backoff.reset()
        self._session.limit = max(self._session.limit, frame.limit)
        self.errands = frame.errands
        for cursor in frame.cursors:
            self._acknowledge(cursor.lane, cursor.seq, now)
            if max(cursor.seen, cursor.seq) < mark[1][cursor.lane]:
                self._resync(now, "a batch was lost on the way")

    def _on_control(self, frame: frames.ControlFrame, body: bytes) -> None:
        if self._current(frame.session) and len(body) <= MAX_BODY:
            self.sheets.append(Signed(frame.rev, body, frame.sig))

    def _on_nak(self, frame: frames.Nak, now: float) -> None:
        if not self._current(frame.session):
            return
        self.naks += 1
        if frame.why in ("hash", "decode", "too_big"):
            self.lanes[frame.lane].strike(frame.expected, frame.why)
        self._resync(now, f"the hub refused entry {frame.expected}: {frame.why}", frame.retry_ms)

    def _on_bye(self, frame: frames.Bye, now: float) -> None:
        if frame.why == "stopping":
            self.leave(now, "the hub is stopping", at_least=frame.retry_ms / 1000)
        elif frame.why == "busy" and self.phase is Phase.GREETING:
            self._resync(now, "the hub is busy", frame.retry_ms)
        elif self._current(frame.session):
            self._resync(now, "the hub began anew", frame.retry_ms)

    def _on_error(self, frame: frames.ErrorFrame, now: float) -> None:
        self.fatal = frame.fatal
        self.leave(now, f"the hub refuses this edge ({frame.code}): {frame.msg}")

    def _current(self, fence: int) -> bool:
        return self.phase in (Phase.ASKING, Phase.FLOWING) and fence == self._session.fence

    def _resync(self, now: float, why: str, retry_ms: int = 0) -> None:
        """Say HELLO again on the same socket: at once, later where it did not help before."""
        delay = self._backoff.next() if self._backoff.tries else 0.0
        if not self._backoff.tries:
            self._backoff.next()
        self.phase = Phase.GREETING
        self.last_error = why
        self._inquired = False
        self._forget()
        self._until = now + max(delay, min(retry_ms, 60_000) / 1000)


_HANDLERS: dict[type[frames.Frame], Callable[..., None]] = {
    frames.Welcome: Sender._on_welcome,  # noqa: SLF001 - the class's own table
    frames.Ack: Sender._on_ack,  # noqa: SLF001
    frames.Nak: Sender._on_nak,  # noqa: SLF001
    frames.Pong: Sender._on_pong,  # noqa: SLF001
    frames.Bye: Sender._on_bye,  # noqa: SLF001
    frames.ErrorFrame: Sender._on_error,  # noqa: SLF001
}
