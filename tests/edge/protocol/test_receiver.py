"""The hub's half alone: what it takes, from whom, and what it says."""

from collections.abc import Sequence

import pytest
import zstandard

from edge.events.codec import seal
from edge.protocol import batch, frames
from edge.protocol.apply import Outcome, apply_batch, apply_gap
from edge.protocol.batch import Item
from edge.protocol.packing import MAX_MESSAGE, Parts, decode, encode
from edge.protocol.receiver import HELLOS_PER_SECOND, Receiver
from edge.protocol.sessions import HELLOS_AT_ONCE, Request, Send, Step

NODE, OTHER = "a" * 32, "b" * 32
KEYS = {"key-a": NODE, "key-b": OTHER}


class Lane:
    """A lane of the inbox in memory."""

    def __init__(self) -> None:
        self.held: dict[int, Item] = {}
        self.gone: dict[int, str] = {}
        self.at = 0

    def cursor(self) -> int:
        return self.at

    def seal(self, seq: int) -> tuple[int, bytes] | None:
        return (self.held[seq].generation, self.held[seq].hash) if seq in self.held else None

    def store(self, item: Item) -> None:
        assert item.seq not in self.held
        self.held[item.seq] = item

    def declare_gap(self, lo: int, hi: int, why: str) -> None:
        self.gone.update(dict.fromkeys(range(lo, hi + 1), why))

    def move(self, seq: int) -> None:
        self.at = seq


def items(first: int, last: int, text: bytes = b"") -> list[Item]:
    bodies = [(seq, zstandard.compress(b"%d" % seq + text)) for seq in range(first, last + 1)]
    return [Item(seq, 0, 1, seq, seal(body), body) for seq, body in bodies]


def receiver(**options: object) -> Receiver:
    return Receiver(
        KEYS.get,
        lambda node, epoch: [frames.Cursor(0, 0, 0), frames.Cursor(1, 0, 0)],
        fence=1000,
        **options,  # type: ignore[arg-type]
    )


def hello(node: str = NODE, boot: int = 1, versions: Sequence[int] = (1,)) -> Parts:
    lanes = [frames.LaneState(0, 9, 1, 0), frames.LaneState(1, 0, 1, 0)]
    return encode(
        frames.Hello(
            versions=list(versions),
            node=node,
            epoch=7,
            boot=boot,
            n=1,
            schema=[1, 1],
            lanes=lanes,
            maxmsg=MAX_MESSAGE,
        )
    )


def said(steps: Sequence[Step]) -> list[frames.Frame]:
    return [decode(step.parts)[0] for step in steps if isinstance(step, Send)]


def opened(hub: Receiver, key: str = "key-a", now: float = 0.0) -> int:
    """Open a session for *key*; return its fence."""
    (answer,) = said(hub.receive(b"p", key, hello(KEYS[key]), now))
    assert isinstance(answer, frames.Welcome)
    return answer.session


def sent(fence: int, found: list[Item], *, epoch: int = 7) -> Parts:
    return encode(*batch.pack(fence, epoch, 0, found))


def test_an_ack_leaves_only_after_the_commit() -> None:
    """Durable before acknowledged: receiving says nothing yet."""
    hub, lane = receiver(), Lane()
    (step,) = hub.receive(b"p", "key-a", sent(opened(hub), items(1, 3)), 0.0)
    assert isinstance(step, Request)
    (ack,) = said(hub.applied(step, step.apply(lane)))
    assert isinstance(ack, frames.Ack)
    assert (ack.seq, lane.at) == (3, 3)


def test_batches_of_one_commit_are_acknowledged_once() -> None:
    """The last one's ACK says them all, and frees the credit of all."""
    hub, lane = receiver(), Lane()
    fence = opened(hub)
    requests = [
        step
        for found in (items(1, 3), items(4, 6))
        for step in hub.receive(b"p", "key-a", sent(fence, found), 0.0)
    ]
    first, second = requests
    assert isinstance(first, Request)
    assert isinstance(second, Request)
    before = hub.known[first.node].session
    assert before is not None
    granted = before.limit
    assert hub.applied(first, first.apply(lane), more=True) == []
    (ack,) = said(hub.applied(second, second.apply(lane)))
    assert isinstance(ack, frames.Ack)
    assert (ack.seq, lane.at) == (6, 6)
    assert ack.limit >= granted + first.size + second.size


def test_a_batch_behind_one_that_could_not_be_stored_is_not_stored() -> None:
    """The disk was full for the first commit only: no hole may open (faults 12, 29)."""
    hub, lane = receiver(), Lane()
    fence = opened(hub)
    (first,) = hub.receive(b"p", "key-a", sent(fence, items(1, 3)), 0.0)
    (second,) = hub.receive(b"p", "key-a", sent(fence, items(4, 6)), 0.0)
    assert isinstance(first, Request)
    assert isinstance(second, Request)
    (nak,) = said(hub.failed(first))
    assert isinstance(nak, frames.Nak)
    assert nak.why == "overload"
    outcome = second.apply(lane)
    assert outcome == Outcome(0, "early")
    assert hub.applied(second, outcome) == []
    assert lane.at == 0


def test_a_repeated_batch_is_acknowledged_again_and_stored_once() -> None:
    """The hub died between commit and ack (fault 5)."""
    lane = Lane()
    assert apply_batch(lane, items(1, 3)).verdict == "applied"
    assert apply_batch(lane, items(1, 3)) == Outcome(3, "duplicate")
    assert apply_batch(lane, items(2, 5)) == Outcome(5, "applied", 2)
    assert sorted(lane.held) == [1, 2, 3, 4, 5]


def test_other_bytes_under_a_number_that_is_held_are_an_alarm_and_are_not_taken() -> None:
    """Unless the generation counted up: something in it was erased (decision 9)."""
    lane = Lane()
    apply_batch(lane, items(1, 3))
    outcome = apply_batch(lane, items(1, 5, b"forged"))
    assert outcome == Outcome(3, "forked", equivocal=(1, 2, 3))
    assert lane.held[1] == items(1, 1)[0]
    old = items(1, 1, b"erased")[0]
    erased = Item(1, 1, old.count, old.at, old.hash, old.body)
    assert apply_batch(lane, [erased]).equivocal == ()


def test_a_gap_takes_its_place_in_the_order() -> None:
    """Early ones are refused, known ones acknowledged, half-known ones cut."""
    lane = Lane()
    apply_batch(lane, items(1, 3))
    assert apply_gap(lane, 6, 8, "retention") == Outcome(3, "early")
    assert apply_gap(lane, 2, 5, "retention") == Outcome(5, "applied")
    assert lane.gone == {4: "retention", 5: "retention"}
    assert apply_gap(lane, 2, 5, "retention") == Outcome(5, "duplicate")


def test_a_hole_is_refused_once_and_never_in_a_storm() -> None:
    """Ten batches behind a lost one make one NAK (fault 29)."""
    hub = receiver()
    fence = opened(hub)
    answers: list[frames.Frame] = []
    for first in range(4, 14):
        answers += said(hub.receive(b"p", "key-a", sent(fence, items(first, first)), 0.0))
    (nak,) = answers
    assert isinstance(nak, frames.Nak)
    assert (nak.why, nak.expected) == ("gap", 1)


def test_frames_of_a_replaced_session_are_fenced() -> None:
    """A stopped edge that wakes up cannot write behind its successor's back (fault 26)."""
    hub = receiver()
    old = opened(hub)
    new = opened(hub)
    assert new > old
    (bye,) = said(hub.receive(b"p", "key-a", sent(old, items(1, 1)), 0.0))
    assert bye == frames.Bye(session=old, why="session")
    assert isinstance(hub.receive(b"p", "key-a", sent(new, items(1, 1)), 0.0)[0], Request)


def test_a_captured_frame_under_another_key_reaches_no_other_node() -> None:
    """The node comes from the key, whatever the header says (E4)."""
    hub = receiver()
    fence = opened(hub)
    opened(hub, "key-b")
    (bye,) = said(hub.receive(b"p", "key-b", sent(fence, items(1, 1)), 0.0))
    assert isinstance(bye, frames.Bye)
    (error,) = said(hub.receive(b"p", "key-b", hello(NODE), 0.0))
    assert isinstance(error, frames.ErrorFrame)
    assert error.code == "node"


def test_a_key_that_is_not_admitted_any_more_is_refused_on_its_open_session() -> None:
    """Revocation reaches the next message (fault 21)."""
    admitted = dict(KEYS)
    hub = Receiver(admitted.get, lambda node, epoch: [frames.Cursor(0, 0, 0)], fence=1)
    fence = opened(hub)
    del admitted["key-a"]
    (error,) = said(hub.receive(b"p", "key-a", sent(fence, items(1, 1)), 0.0))
    assert isinstance(error, frames.ErrorFrame)
    assert (error.code, error.fatal) == ("revoked", True)


@pytest.mark.fault(32)
def test_no_common_version_is_refused_with_both_lists() -> None:
    """So that the operator sees which end to upgrade (fault 32)."""
    (error,) = said(receiver().receive(b"p", "key-a", hello(versions=(2, 3)), 0.0))
    assert isinstance(error, frames.ErrorFrame)
    assert error.code == "version"
    assert "[2, 3]" in error.msg
    assert "[1]" in error.msg


def test_an_altered_entry_is_refused_by_number_and_nothing_of_its_batch_is_taken() -> None:
    """The edge then sends its neighbours alone (fault 30)."""
    hub = receiver()
    frame, body = batch.pack(opened(hub), 7, 0, items(1, 3))
    damaged = bytearray(body)
    damaged[-1] ^= 1
    (nak,) = said(hub.receive(b"p", "key-a", encode(frame, bytes(damaged)), 0.0))
    assert isinstance(nak, frames.Nak)
    assert (nak.expected, nak.why) == (3, "hash")


@pytest.mark.parametrize(
    "parts",
    [
        [b"rubbish"],
        [b"FB1\x02", b"\xc1", b""],
        [b"FB1\x7f", b"\x80"],
        encode(frames.Ack(session=1, lane=0, seq=1, limit=1)),
    ],
)
def test_what_is_no_frame_of_an_edge_is_refused_and_ends_the_session(parts: Parts) -> None:
    """And the receiver lives on."""
    hub = receiver()
    fence = opened(hub)
    (error,) = said(hub.receive(b"p", "key-a", parts, 0.0))
    assert isinstance(error, frames.ErrorFrame)
    assert error.code == "malformed"
    assert isinstance(
        said(hub.receive(b"p", "key-a", sent(fence, items(1, 1)), 0.0))[0], frames.Bye
    )
    assert opened(hub) > fence


@pytest.mark.fault("+b")
def test_an_edge_that_sends_more_than_its_credit_is_cut_off() -> None:
    """The hub's memory is bounded by the sum of the windows (fault +b)."""
    hub = receiver(window=1000)
    fence = opened(hub)
    body = zstandard.ZstdCompressor(level=0).compress(b"\0" * 1000) + b"\0" * 4_000_000
    answers: list[frames.Frame] = []
    for seq in range(1, 5):
        one = Item(seq, 0, 1, seq, seal(body), body)
        answers += said(hub.receive(b"p", "key-a", sent(fence, [one]), 0.0))
    assert isinstance(answers[0], frames.ErrorFrame)
    assert answers[0].code == "credit"


def test_the_limit_rises_only_with_what_the_disk_took() -> None:
    """Not with what was merely received."""
    hub, lane = receiver(window=1000), Lane()
    fence = opened(hub)
    (request,) = hub.receive(b"p", "key-a", sent(fence, items(1, 3)), 0.0)
    ping = encode(frames.Ping(session=fence, n=1))
    (before,) = said(hub.receive(b"p", "key-a", ping, 0.0))
    assert isinstance(request, Request)
    (ack,) = said(hub.applied(request, request.apply(lane)))
    assert isinstance(before, frames.Pong)
    assert isinstance(ack, frames.Ack)
    assert before.limit == 1000
    assert ack.limit == 1000 + request.size


def test_a_herd_is_let_in_one_by_one() -> None:
    """Those who come too fast are asked to come later, and then get in (fault +a)."""
    hub = Receiver(lambda key: key, lambda node, epoch: [], fence=1000)
    nodes = [f"{number:032x}" for number in range(HELLOS_PER_SECOND + 5)]
    answers = [said(hub.receive(b"p", node, hello(node), 0.0))[0] for node in nodes]
    assert sum(isinstance(answer, frames.Welcome) for answer in answers) == HELLOS_PER_SECOND
    assert answers[-1] == frames.Bye(session=0, why="busy", retry_ms=1000)
    last = said(hub.receive(b"p", nodes[-1], hello(nodes[-1]), 1.0))[0]
    assert isinstance(last, frames.Welcome)


def test_an_edge_that_greets_without_end_takes_no_others_place() -> None:
    """It is asked to come later, and the other gets in at once."""
    hub = receiver()
    answers = [said(hub.receive(b"p", "key-a", hello(), 0.0))[0] for _ in range(500)]
    assert sum(isinstance(answer, frames.Welcome) for answer in answers) == HELLOS_AT_ONCE
    assert answers[-1] == frames.Bye(session=0, why="busy", retry_ms=1000)
    opened(hub, "key-b")


def test_a_cloned_key_is_refused_on_both_machines_until_it_is_pardoned() -> None:
    """Fault 20; what they are told names the remedy."""
    pardons: dict[str, int] = {}
    hub = receiver(pardoned=lambda key: pardons.get(key, 0))
    last: frames.Frame | None = None
    for step in range(8):
        last = said(hub.receive(b"p", "key-a", hello(boot=step % 2), step * 5.0))[0]
    assert isinstance(last, frames.ErrorFrame)
    assert last.code == "cloned"
    assert "flowback keys pardon" in last.msg
    assert hub.cloned(NODE)
    pardons["key-a"] = 1
    assert not hub.cloned(NODE)
    assert isinstance(said(hub.receive(b"p", "key-a", hello(boot=1), 50.0))[0], frames.Welcome)


def test_the_alarm_of_a_cloned_key_ends_with_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next key of the node is let in, and the second machine does not end its session."""
    monkeypatch.setitem(KEYS, "key-a2", NODE)
    hub = receiver()
    for step in range(8):
        hub.receive(b"p", "key-a", hello(boot=step % 2), step * 5.0)
    fence = opened(hub, "key-a2", 40.0)
    (refused,) = said(hub.receive(b"q", "key-a", hello(boot=1), 41.0))
    assert isinstance(refused, frames.ErrorFrame)
    (pong,) = said(hub.receive(b"p", "key-a2", encode(frames.Ping(session=fence, n=1)), 42.0))
    assert isinstance(pong, frames.Pong)
    assert hub.known[NODE].refused == ""
    monkeypatch.delitem(KEYS, "key-a")
    assert not hub.cloned(NODE)
