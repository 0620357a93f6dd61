"""Where the histories of a restored edge and of its hub part: asked, never guessed."""

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.protocol import frames, parting
from edge.protocol.batch import Item
from edge.protocol.errors import BadFrame
from edge.protocol.me import Me, Phase
from edge.protocol.outlane import Hole
from edge.protocol.packing import MAX_MESSAGE, Parts, decode, encode
from edge.protocol.parting import MOST, Parting
from edge.protocol.receiver import Receiver
from edge.protocol.sender import Sender
from edge.protocol.sessions import Send

NODE = "a" * 32
BOTH = [frames.Cursor(0, 0, 0), frames.Cursor(1, 0, 0)]


def hash_of(seq: int, life: str) -> bytes:
    return f"{life}{seq}".encode().ljust(16, b".")


class Log:
    """Lane 0 of an edge whose entries up to *parted* are the hub's, but for *missing* ones."""

    def __init__(self, head: int, parted: int, missing: Sequence[int] = ()) -> None:
        lives = {seq: "hub" if seq <= parted else "own" for seq in range(1, head + 1)}
        self.kept = {seq: hash_of(seq, life) for seq, life in lives.items() if seq not in missing}
        self.last = head

    def head(self, lane: int) -> int:
        return 0 if lane else self.last

    def tail(self, lane: int) -> int:
        return 1

    def entries(self, lane: int, after: int, max_bytes: int) -> Sequence[Item]:
        found = [] if lane else [seq for seq in sorted(self.kept) if seq > after]
        return [Item(seq, 0, 1, seq, self.kept[seq], b"body") for seq in found[:1]]

    def gaps(self, lane: int, after: int) -> Sequence[Hole]:
        return []

    def seals(self, lane: int, lo: int, hi: int) -> Mapping[int, tuple[int, bytes]]:
        return {seq: (0, seal) for seq, seal in self.kept.items() if not lane and lo <= seq <= hi}


def hub(cursor: int, missing: Sequence[int] = ()) -> dict[int, tuple[int, bytes]]:
    """What the hub holds: all up to *cursor* but what is *missing*."""
    return {seq: (0, hash_of(seq, "hub")) for seq in range(1, cursor + 1) if seq not in missing}


def welcome(held: Mapping[int, tuple[int, bytes]], cursor: int, *, seals: int = 3, n: int = 1):
    tip = held.get(cursor, (0, b""))
    return frames.Welcome(
        version=1,
        session=5,
        n=n,
        limit=2**20,
        cursors=[frames.Cursor(0, cursor, cursor, *tip), frames.Cursor(1, 0, 0)],
        maxmsg=MAX_MESSAGE,
        heartbeat=5.0,
        seals=seals,
    )


def answer(ask: frames.Ask, held: Mapping[int, tuple[int, bytes]]) -> tuple[frames.Seals, bytes]:
    found = {seq: seal for seq, seal in held.items() if ask.lane == 0 and ask.lo <= seq <= ask.hi}
    frame = frames.Seals(session=ask.session, lane=ask.lane, lo=ask.lo)
    return frame, parting.pack(ask.lo, ask.hi, found)


@given(
    head=st.integers(0, 30),
    cursor=st.integers(0, 30),
    parted=st.integers(0, 30),
    acked=st.integers(0, 30),
    most=st.integers(1, 7),
    lost=st.sets(st.integers(1, 30), max_size=12),
    gone=st.sets(st.integers(1, 30), max_size=12),
)
def test_the_common_part_is_what_both_ends_know_to_be_the_same(
    head: int, cursor: int, parted: int, acked: int, most: int, lost: set[int], gone: set[int]
) -> None:
    """Never more than is common, and nothing common that both keep and nothing follows is left."""
    acked = min(acked, parted, head)
    log, held = Log(head, parted, [*lost]), hub(cursor, [*gone])
    found = Parting(log, welcome(held, cursor, seals=most), 7, [acked, 0])
    asked = 0
    while ask := found.question():
        assert ask.lo <= ask.hi < ask.lo + most
        asked += 1
        found.answer(*answer(ask, held))
    assert asked <= 30
    assert found.common is not None
    shared = min(head, cursor, parted)
    witnessed = [seq for seq in range(1, shared + 1) if seq in held and seq in log.kept]
    assert max([*witnessed, min(acked, cursor)], default=0) == found.common[0] <= shared
    differ = [seq for seq in held if seq > parted and seq in log.kept]
    assert found.lost == (cursor > head or bool(differ))


@given(
    st.integers(1, 2**62),
    st.dictionaries(st.integers(0, 50), st.tuples(st.integers(0, 2**62), st.binary(min_size=16))),
)
def test_seals_survive_the_wire(lo: int, found: dict[int, tuple[int, bytes]]) -> None:
    """But for a hash of zeros, which stands for none."""
    seals = {lo + at: (seal[0], b"\1" + seal[1][:15]) for at, seal in found.items()}
    assert parting.unpack(lo, parting.pack(lo, lo + 50, seals)) == seals


@pytest.mark.parametrize("body", [b"", b"x", b"x" * 25, b"x" * 24 * (MOST + 1)])
def test_bytes_that_are_no_seals_are_refused(body: bytes) -> None:
    """And cost nothing: more than is ever told is not even read."""
    with pytest.raises(BadFrame):
        parting.unpack(1, body)


def greeted(log: Log, frame: frames.Welcome) -> Sender:
    made = Sender(log, Me(node=NODE, epoch=7, boot=1))
    made.opened(0.0)
    made.connected(0.0)
    made.receive(encode(frame), 0.0)
    return made


def asked(made: Sender, now: float = 0.0) -> frames.Ask:
    [parts] = made.tick(now)
    frame = decode(parts)[0]
    assert isinstance(frame, frames.Ask)
    return frame


def test_an_edge_asks_in_small_ranges_and_says_what_is_common() -> None:
    """Nothing is sent meanwhile; an answer that comes twice, or was not asked for, is no harm."""
    log, held = Log(8, 5), hub(20)
    made = greeted(log, welcome(held, 20))
    ranges = []
    while made.phase is Phase.ASKING:
        assert made.pump(0.0) == []
        ask = asked(made)
        assert made.tick(0.0) == []
        ranges.append((ask.lane, ask.lo, ask.hi))
        frame, body = answer(ask, held)
        wrong = frames.Seals(session=5, lane=1, lo=1)
        for each in (wrong, frame, frame):
            made.receive(encode(each, body), 0.0)
    assert ranges == [(0, 1, 3), (0, 4, 6)]  # where they differ it ends
    assert made.forked
    assert made.common == {0: 5, 1: 0}


def test_a_hub_that_answers_no_such_question_is_not_asked() -> None:
    """An older one: the edge goes by its own mark then."""
    made = greeted(Log(8, 5), welcome(hub(20), 20, seals=0))
    assert made.forked
    assert made.common is None


def test_a_hub_that_falls_silent_over_the_question_is_greeted_anew() -> None:
    """No epoch ends on a guess."""
    made = greeted(Log(8, 5), welcome(hub(20), 20))
    asked(made)
    assert made.tick(made.deadline() + 0.1) == []
    assert made.phase is Phase.AWAY
    assert not made.forked


def test_a_tip_that_tells_nothing_is_no_fork_where_the_rest_is_the_same() -> None:
    """The hub's newest number is a gap: it asks, and goes on in the same session."""
    held = hub(6, [6])
    made = greeted(Log(8, 8), welcome(held, 6))
    while made.phase is Phase.ASKING:
        made.receive(encode(*answer(asked(made), held)), 0.0)
    assert made.phase is Phase.FLOWING
    assert made.lanes[0].acked == 6
    assert not made.forked


# The hub's half


def receiver(**options) -> Receiver:
    return Receiver({"key-a": NODE, "key-b": "b" * 32}.get, lambda *_: BOTH, fence=1000, **options)


def say(made: Receiver, frame: frames.Frame, key: str = "key-a"):
    steps = made.receive(key.encode(), key, encode(frame), 0.0)
    return [decode(step.parts) for step in steps if isinstance(step, Send)]


def opened(made: Receiver, key: str = "key-a") -> frames.Welcome:
    node = "b" * 32 if key == "key-b" else NODE
    hello = frames.Hello(
        versions=[1], node=node, epoch=7, boot=1, n=1, schema=[1, 1], lanes=[], maxmsg=MAX_MESSAGE
    )
    [(frame, _)] = say(made, hello, key)
    assert isinstance(frame, frames.Welcome)
    return frame


def test_a_hub_tells_an_edge_the_seals_of_its_own_entries_alone() -> None:
    """The node is that of the proved key, the epoch the session's."""
    calls = []

    def seals(*where: object) -> dict[int, tuple[int, bytes]]:
        calls.append(where)
        return {3: (1, b"h" * 16)}

    made = receiver(seals=seals)
    first = opened(made)
    assert first.seals == MOST
    opened(made, "key-b")
    ask = frames.Ask(session=first.session, epoch=7, lane=1, lo=2, hi=4)
    [(frame, body)] = say(made, ask)
    assert frame == frames.Seals(session=first.session, lane=1, lo=2)
    assert parting.unpack(2, body) == {3: (1, b"h" * 16)}
    [(bye, _)] = say(made, ask, "key-b")
    assert isinstance(bye, frames.Bye)
    assert calls == [(NODE, 7, 1, 2, 4)]


@pytest.mark.parametrize(
    ("epoch", "lo", "hi"), [(8, 1, 2), (7, 2, 1), (7, 1, MOST + 1)], ids=["epoch", "order", "many"]
)
def test_a_question_that_asks_for_more_is_refused(epoch: int, lo: int, hi: int) -> None:
    """It ends the session and reads nothing."""
    made = receiver(seals=lambda *_: pytest.fail("it was read"))
    fence = opened(made).session
    [(frame, _)] = say(made, frames.Ask(session=fence, epoch=epoch, lane=0, lo=lo, hi=hi))
    assert isinstance(frame, frames.ErrorFrame)
    assert frame.code == "malformed"


def test_a_hub_without_seals_offers_none() -> None:
    assert opened(receiver()).seals == 0


def parts_of_an_older_end(frame: frames.Frame, *without: str) -> Parts:
    import msgpack

    header = msgpack.unpackb(encode(frame)[1])
    for name in without:
        del header[name]
    return [encode(frame)[0], msgpack.packb(header)]


def test_ends_of_before_these_frames_are_understood() -> None:
    """A WELCOME without the offer offers nothing, and one with more than is known is read."""
    plain = welcome(hub(3), 3)
    frame, _ = decode(parts_of_an_older_end(plain, "seals"))
    assert isinstance(frame, frames.Welcome)
    assert frame.seals == 0
