"""The edge's half alone: what it does with each thing that a hub may say."""

import random
from collections.abc import Sequence

import pytest
import zstandard

from edge.events.codec import seal
from edge.protocol import frames
from edge.protocol.batch import Item
from edge.protocol.me import Me, Phase
from edge.protocol.outlane import Hole
from edge.protocol.packing import MAX_MESSAGE, decode, encode
from edge.protocol.sender import Sender


class Entries:
    """A journal of *sizes*-byte entries in memory."""

    def __init__(self, *counts: int, size: int = 100) -> None:
        self.size = size
        self.lanes = [
            {seq: self.make(seq) for seq in range(1, count + 1)} for count in (*counts, 0, 0)[:2]
        ]
        self.heads = [len(lane) for lane in self.lanes]
        self.held = 0
        """Up to where the hub once had it."""

    def make(self, seq: int) -> Item:
        body = zstandard.compress(random.Random(seq).randbytes(self.size))
        return Item(seq, 0, 1, seq, seal(body), body)

    def head(self, lane: int) -> int:
        return self.heads[lane]

    def tail(self, lane: int) -> int:
        return min(self.lanes[lane], default=self.heads[lane] + 1)

    def entries(self, lane: int, after: int, max_bytes: int) -> Sequence[Item]:
        found: list[Item] = []
        for seq in sorted(self.lanes[lane]):
            if seq > after:
                if found and sum(len(i.body) for i in found) + self.size > max_bytes:
                    break
                found.append(self.lanes[lane][seq])
        return found

    def gaps(self, lane: int, after: int) -> Sequence[Hole]:
        return []

    def acknowledged(self, lane: int) -> int:
        return self.held


def sender(log: Entries) -> Sender:
    return Sender(log, Me(node="a" * 32, epoch=7, boot=1), rng=random.Random(1))


def greeted(log: Entries, *cursors: frames.Cursor, limit: int = 2**20) -> Sender:
    """A sender in session 5, at time 0."""
    made = sender(log)
    made.opened(0.0)
    made.connected(0.0)
    welcome(made, *cursors, limit=limit)
    return made


def welcome(made: Sender, *cursors: frames.Cursor, now: float = 0.0, limit: int = 2**20) -> None:
    frame = frames.Welcome(
        version=1,
        session=5,
        n=made.hellos,
        limit=limit,
        cursors=list(cursors),
        maxmsg=MAX_MESSAGE,
        heartbeat=5.0,
    )
    made.receive(encode(frame), now)


def pumped(made: Sender, now: float = 0.0) -> list[frames.Frame]:
    """All that it sends when the line takes everything."""
    found = []
    while parts := made.pump(now):
        found += [decode(part)[0] for part in parts]
    return found


def seqs(sent: list[frames.Frame], lane: int = 0) -> list[int]:
    return [
        line.seq
        for frame in sent
        if isinstance(frame, frames.Batch) and frame.lane == lane
        for line in frame.lines
    ]


def test_it_resumes_behind_what_the_hub_holds() -> None:
    """What the hub committed before an ack was lost is not sent again (fault 3)."""
    made = greeted(Entries(10), frames.Cursor(0, 7, 7), frames.Cursor(1, 0, 0))
    assert seqs(pumped(made)) == [8, 9, 10]


def test_lane_0_goes_first() -> None:
    """The small things that people act on never wait for the backlog."""
    made = greeted(Entries(3, 50))
    first = pumped(made)[0]
    assert isinstance(first, frames.Batch)
    assert first.lane == 0


@pytest.mark.fault("+b")
def test_credit_bounds_what_is_under_way_and_a_stall_sends_nothing() -> None:
    """A slow hub holds the edge back (fault +b)."""
    made = greeted(Entries(500, size=1000), limit=5000)
    sent = seqs(pumped(made))
    assert 1 <= len(sent) <= 5
    assert pumped(made) == []
    made.receive(encode(frames.Ack(session=5, lane=0, seq=len(sent), limit=10_000)), 0.1)
    assert seqs(pumped(made))[0] == len(sent) + 1


def test_one_entry_larger_than_the_credit_still_passes_alone() -> None:
    """Else it would wait for ever."""
    made = greeted(Entries(2, size=50_000), limit=1000)
    assert seqs(pumped(made)) == [1]


def test_an_entry_too_large_for_any_message_becomes_a_gap_and_stays_home() -> None:
    """Checked before it is sent: ZeroMQ would cut the connection (edge-and-link.md, App. A)."""
    log = Entries(3)
    big = random.Random(1).randbytes(MAX_MESSAGE + 1)
    log.lanes[0][2] = Item(2, 0, 1, 2, seal(big), big)
    made = greeted(log)
    sent = pumped(made)
    assert seqs(sent) == [1, 3]
    assert [(f.lo, f.hi, f.why) for f in sent if isinstance(f, frames.GapFrame)] == [
        (2, 2, "too_big")
    ]
    assert made.lanes[0].aside == {2: "too_big"}


def test_missing_entries_are_declared_and_never_skipped_in_silence() -> None:
    """What the hub once had may end; what it never had and nobody declared has its own reason."""
    log = Entries(10)
    log.held = 2
    for seq in (1, 2, 3, 7):
        del log.lanes[0][seq]
    sent = pumped(greeted(log))
    gaps = [(f.lo, f.hi, f.why) for f in sent if isinstance(f, frames.GapFrame)]
    assert gaps == [(1, 2, "retention"), (3, 3, "missing"), (7, 7, "missing")]
    assert seqs(sent) == [4, 5, 6, 8, 9, 10]


@pytest.mark.fault(31)
def test_an_entry_that_the_hub_refuses_is_found_and_put_aside_after_three_tries() -> None:
    """Its neighbours arrive; the hub is told of the one gap (fault 31)."""
    made = greeted(Entries(5))
    now = 0.0
    tried = 0
    reached: list[int] = []
    while True:
        sent = pumped(made, now)
        batches = [f for f in sent if isinstance(f, frames.Batch)]
        if any(line.seq == 3 for f in batches for line in f.lines):
            tried += 1
            good = [f for f in batches if f.lines[-1].seq < 3]
            reached += [line.seq for f in good for line in f.lines]
            held = max(reached, default=0)
            nak = frames.Nak(session=5, lane=0, expected=3, why="decode")
            made.receive(encode(nak), now)
            now += 100.0
            assert made.tick(now)
            welcome(made, frames.Cursor(0, held, held), now=now)
            continue
        break
    assert tried == 3
    assert [(f.lo, f.hi, f.why) for f in sent if isinstance(f, frames.GapFrame)] == [
        (3, 3, "decode")
    ]
    assert seqs(sent) == [4, 5]


@pytest.mark.parametrize("number", [2, 9])
def test_a_refusal_of_a_number_that_is_not_under_way_puts_nothing_aside(number: int) -> None:
    """A hub gone mad cannot make the edge leave entries out, old or still to come."""
    held = frames.Cursor(0, 4, 4)
    log = Entries(5)
    made = greeted(log, held)
    for turn in range(1, 6):
        pumped(made, turn * 100.0)
        nak = frames.Nak(session=5, lane=0, expected=number, why="decode")
        made.receive(encode(nak), turn * 100.0)
        made.tick(turn * 100.0 + 99)
        welcome(made, held, now=turn * 100.0 + 99)
    assert not made.lanes[0].aside
    assert seqs(pumped(made, 700.0)) == [5]


@pytest.mark.parametrize(
    "frame",
    [
        frames.Ack(session=4, lane=0, seq=5, limit=9),
        frames.Nak(session=4, lane=0, expected=1, why="gap"),
        frames.Bye(session=4, why="session"),
        frames.Pong(session=4, n=1, limit=9, cursors=[frames.Cursor(0, 5, 5)]),
    ],
    ids=lambda frame: type(frame).__name__,
)
def test_frames_of_an_older_session_change_nothing(frame: frames.Frame) -> None:
    """They are fenced by number (fault 26)."""
    made = greeted(Entries(5), limit=10)
    made.receive(encode(frame), 0.0)
    assert made.phase is Phase.FLOWING
    assert made.lanes[0].acked == 0
    assert len(seqs(pumped(made))) == 1


def test_an_ack_of_what_was_never_written_is_not_believed() -> None:
    """It greets again instead."""
    made = greeted(Entries(5))
    made.receive(encode(frames.Ack(session=5, lane=0, seq=99, limit=9)), 0.0)
    assert made.lanes[0].acked == 0
    assert made.phase is Phase.GREETING


def test_a_hub_that_knows_more_than_the_journal_shows_that_it_was_restored() -> None:
    """Numbers are never used again with other content (fault 17): the link stops and says so."""
    made = greeted(Entries(5), frames.Cursor(0, 8, 8))
    assert made.forked
    assert pumped(made) == []


def test_a_journal_that_was_restored_and_grew_past_the_hub_is_found_by_its_seal() -> None:
    """The numbers alone would look right, and new entries would be swallowed."""
    log = Entries(9)
    other = frames.Cursor(0, 8, 8, 0, b"x" * 16)
    made = greeted(log, other)
    assert made.forked
    same = frames.Cursor(0, 8, 8, 0, log.lanes[0][8].hash)
    assert not greeted(log, same).forked
    erased = frames.Cursor(0, 8, 8, 1, b"x" * 16)
    assert not greeted(log, erased).forked


def test_a_wedged_hub_is_noticed_by_silence_though_its_socket_lives() -> None:
    """ZeroMQ's heartbeats are answered by its I/O thread; only PING asks the hub (fault 25)."""
    made = greeted(Entries(1))
    pumped(made)
    now, asked = 0.0, []
    while made.phase is Phase.FLOWING:
        now = made.deadline() + 0.001
        asked += made.tick(now)
        assert now < 15
    assert asked
    assert made.phase is Phase.AWAY
    assert "silent" in made.last_error


def test_a_hub_whose_disk_is_slow_but_that_answers_is_not_given_up() -> None:
    """Only silence counts: the PONG says that somebody is there."""
    made = greeted(Entries(1))
    pumped(made)
    now = 0.0
    for _ in range(20):
        now = made.deadline() + 0.001
        for parts in made.tick(now):
            ping = decode(parts)[0]
            assert isinstance(ping, frames.Ping)
            seen = frames.Cursor(0, 0, 1)
            pong = frames.Pong(session=5, n=ping.n, limit=2**20, cursors=[seen])
            made.receive(encode(pong), now + 0.01)
    assert now > 40
    assert made.phase is Phase.FLOWING


def test_a_lost_batch_is_noticed_by_the_next_pong() -> None:
    """Nothing follows it that could show the hole."""
    made = greeted(Entries(3))
    pumped(made)
    ping = decode(made.tick(2.0)[0])[0]
    assert isinstance(ping, frames.Ping)
    pong = frames.Pong(session=5, n=ping.n, limit=2**20, cursors=[frames.Cursor(0, 0, 0)])
    made.receive(encode(pong), 2.1)
    assert made.phase is Phase.GREETING


@pytest.mark.fault("+c")
def test_time_is_monotonic_time_and_the_wall_clock_decides_nothing() -> None:
    """A jump of a day moves no timer and no order (fault +c)."""
    clock = [0]
    made = Sender(Entries(3), Me(node="a" * 32, epoch=7, boot=1), clock_ms=lambda: clock[0])
    made.opened(0.0)
    clock[0] = 86_400_000
    hello = decode(made.connected(0.0)[0])[0]
    assert isinstance(hello, frames.Hello)
    assert hello.clock == 86_400_000
    clock[0] = -86_400_000 + 2**40
    welcome(made)
    assert seqs(pumped(made)) == [1, 2, 3]


def test_no_common_version_is_fatal_in_words_and_the_edge_keeps_trying() -> None:
    """Somebody has to upgrade one end (fault 32); nothing is lost meanwhile."""
    made = sender(Entries(3))
    made.opened(0.0)
    made.connected(0.0)
    made.receive(encode(frames.ErrorFrame(code="version", msg="[1] or [2]", fatal=True)), 0.0)
    assert made.fatal
    assert "version" in made.last_error
    assert made.wants_socket(61.0)


def test_bytes_that_are_no_frame_are_noted_and_change_nothing() -> None:
    """A hub can crash no edge."""
    made = greeted(Entries(3))
    made.receive([b"rubbish"], 0.0)
    assert made.phase is Phase.FLOWING
    assert seqs(pumped(made)) == [1, 2, 3]
