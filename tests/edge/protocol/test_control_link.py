"""Control on the link, and versions: both ends alone, without a socket."""

import random
from collections.abc import Sequence

import pytest

from edge.protocol import frames
from edge.protocol.control import Signed
from edge.protocol.me import Me, Phase
from edge.protocol.packing import MAX_MESSAGE, Parts, decode, encode
from edge.protocol.receiver import Receiver
from edge.protocol.sender import Sender
from edge.protocol.sessions import Send, Step
from tests.edge.protocol.test_sender import Entries

NODE = "a" * 32
TIPS = [frames.Cursor(0, 0, 0), frames.Cursor(1, 0, 0)]


class Hub:
    """What a hub would tell: sheets 1 … *head*, one a revision; and what it heard."""

    def __init__(self, head: int = 0) -> None:
        self.head = head
        self.heards: list[tuple[int, list[str] | None]] = []

    def next_sheet(self, node: str, have: int) -> Signed | None:
        assert node == NODE
        return Signed(have + 1, b"sheet %d" % (have + 1), b"s" * 64) if have < self.head else None

    def heard(self, node: str, rev: int, complaints: Sequence[frames.Complaint] | None) -> None:
        assert node == NODE
        self.heards.append((rev, complaints and [one.why for one in complaints]))


def receiver(hub: Hub | None, versions: Sequence[int] = frames.VERSIONS) -> Receiver:
    return Receiver(
        {"key": NODE}.get, lambda *_: TIPS, fence=1, control=hub, versions=versions, heartbeat=5
    )


def hello(control: int | None, versions: Sequence[int] = (1,)) -> Parts:
    lanes = [frames.LaneState(0, 0, 1, 0), frames.LaneState(1, 0, 1, 0)]
    return encode(
        frames.Hello(
            versions=[*versions],
            node=NODE,
            epoch=7,
            boot=1,
            n=1,
            schema=[1, 1],
            lanes=lanes,
            maxmsg=MAX_MESSAGE,
            control=control,
        )
    )


def said(steps: Sequence[Step]) -> list[frames.Frame]:
    return [decode(step.parts)[0] for step in steps if isinstance(step, Send)]


def told(steps: Sequence[Step]) -> list[int]:
    return [frame.rev for frame in said(steps) if isinstance(frame, frames.ControlFrame)]


def greet(made: Receiver, control: int | None) -> tuple[int, list[int]]:
    steps = made.receive(b"p", "key", hello(control), 0.0)
    [welcome, *_] = said(steps)
    assert isinstance(welcome, frames.Welcome)
    return welcome.session, told(steps)


def stat(made: Receiver, fence: int, rev: int, *whys: str) -> list[int]:
    complaints = [frames.Complaint("rules", "", rev, why) for why in whys]
    frame = frames.Stat(session=fence, control=rev, complaints=complaints)
    return told(made.receive(b"p", "key", encode(frame), 0.0))


def ping(made: Receiver, fence: int, rev: int | None) -> list[int]:
    frame = frames.Ping(session=fence, n=1, control=rev)
    return told(made.receive(b"p", "key", encode(frame), 0.0))


def test_an_edge_gets_what_it_lacks_a_sheet_at_a_time() -> None:
    """The next one when it says that it holds the last: none piles up on a slow line."""
    hub = Hub(3)
    made = receiver(hub)
    fence, first = greet(made, 0)
    assert first == [1]
    assert [stat(made, fence, rev) for rev in (1, 2, 3)] == [[2], [3], []]
    assert [rev for rev, _ in hub.heards] == [0, 1, 2, 3]


def test_an_edge_that_holds_all_gets_nothing() -> None:
    """Also after a restart of the hub."""
    assert greet(receiver(Hub(3)), 3)[1] == []


def test_an_edge_without_control_is_told_nothing() -> None:
    """It was enrolled before hubs signed, or is of a version before control."""
    made = receiver(Hub(3))
    fence, first = greet(made, None)
    assert first == []
    assert ping(made, fence, None) == []
    assert made.announce() == []


def test_a_sheet_that_was_lost_is_sent_again_and_one_under_way_is_not() -> None:
    """The first PING may have crossed it; the next one that says the same tells it is lost."""
    made = receiver(Hub(2))
    fence, _ = greet(made, 0)
    assert ping(made, fence, 0) == [1]
    assert stat(made, fence, 1) == [2]
    assert ping(made, fence, 2) == []


def test_what_is_new_reaches_edges_that_are_there_at_once() -> None:
    """Without waiting for their PING; not twice while it is under way."""
    hub = Hub(1)
    made = receiver(hub)
    fence, _ = greet(made, 1)
    assert told(made.announce()) == []
    hub.head = 3
    assert told(made.announce()) == [2]
    assert told(made.announce()) == []
    assert stat(made, fence, 2) == [3]


@pytest.mark.parametrize("now", [None, "b" * 32], ids=["revoked", "another-nodes"])
def test_a_key_that_is_not_admitted_any_more_is_told_nothing_new(now: str | None) -> None:
    """What is new meets a connection that is open still: it hears why it ends, once."""
    hub, keys = Hub(1), {"key": NODE}
    made = Receiver(keys.get, lambda *_: TIPS, fence=1, control=hub, heartbeat=5)
    fence, _ = greet(made, 1)
    hub.head = 2
    keys |= {"key": now}  # type: ignore[dict-item]
    [error] = said(made.announce())
    assert isinstance(error, frames.ErrorFrame)
    assert (error.code, error.fatal) == ("revoked", True)
    assert made.announce() == []
    keys["key"] = NODE
    assert ping(made, fence, 1) == [], "its session is over"


def test_what_an_edge_complains_of_is_heard() -> None:
    """And that it no longer does."""
    hub = Hub(1)
    made = receiver(hub)
    fence, _ = greet(made, 0)
    stat(made, fence, 1, "it is looser")
    stat(made, fence, 1)
    assert hub.heards[-2:] == [(1, ["it is looser"]), (1, [])]


def test_a_stale_session_is_told_nothing() -> None:
    """A frame of before the last HELLO."""
    made = receiver(Hub(1))
    fence, _ = greet(made, 0)
    greet(made, 0)
    assert stat(made, fence, 1) == []


@pytest.mark.parametrize(
    ("edge", "hub", "spoken"),
    [((1,), (1, 2, 3), 1), ((1, 2, 3), (1, 2, 3), 3), ((2, 3, 4), (1, 2, 3), 3), ((3, 1), (1,), 1)],
)
def test_the_highest_version_that_both_speak_is_taken(
    edge: tuple[int, ...], hub: tuple[int, ...], spoken: int
) -> None:
    """A hub N serves edges of N-2 to N, and a newer edge that still speaks an older one."""
    made = receiver(None, hub)
    [welcome] = said(made.receive(b"p", "key", hello(None, edge), 0.0))
    assert isinstance(welcome, frames.Welcome)
    assert welcome.version == spoken
    assert made.known[NODE].refused == ""


@pytest.mark.parametrize("edge", [(), (4, 5), (0,)])
def test_without_a_common_version_the_edge_is_refused_for_good_and_it_is_remembered(
    edge: tuple[int, ...],
) -> None:
    """Both lists are named, for whoever must upgrade one of them; an upgrade ends it."""
    made = receiver(None, (1, 2, 3))
    [error] = said(made.receive(b"p", "key", hello(None, edge), 0.0))
    assert isinstance(error, frames.ErrorFrame)
    assert (error.code, error.fatal) == ("version", True)
    assert str([*edge]) in error.msg
    assert "[1, 2, 3]" in error.msg
    assert made.known[NODE].refused.startswith("version: ")
    made.receive(b"p", "key", hello(None, (3,)), 0.0)
    assert made.known[NODE].refused == ""


def test_the_versions_are_the_newest_and_two_before_it() -> None:
    """As far as there are any."""
    assert frames.VERSIONS[-1] == frames.PROTOCOL
    assert len(frames.VERSIONS) == min(3, frames.PROTOCOL)


def sender(rev: int | None, versions: Sequence[int] = (1,)) -> Sender:
    made = Sender(
        Entries(3),
        Me(node=NODE, epoch=7, boot=1),
        rng=random.Random(1),
        control=lambda: rev,
        versions=versions,
    )
    made.opened(0.0)
    [parts] = made.connected(0.0)
    first, _ = decode(parts)
    assert isinstance(first, frames.Hello)
    assert (first.control, first.versions) == (rev, [*versions])
    return made


def welcome(made: Sender, version: int = 1) -> None:
    cursors = [frames.Cursor(0, 0, 0), frames.Cursor(1, 0, 0)]
    frame = frames.Welcome(
        version=version,
        session=5,
        n=made.hellos,
        limit=2**20,
        cursors=cursors,
        maxmsg=MAX_MESSAGE,
        heartbeat=5.0,
    )
    made.receive(encode(frame), 0.0)


def sheet(session: int, body: bytes = b"x") -> Parts:
    return encode(frames.ControlFrame(session=session, rev=1, sig=b"s" * 64), body)


def test_a_sheet_of_this_session_is_kept_for_the_shell_and_no_other() -> None:
    """A late one of an older session comes again by itself."""
    made = sender(0)
    made.receive(sheet(5), 0.0)
    assert not made.sheets
    welcome(made)
    made.receive(sheet(4), 0.0)
    made.receive(sheet(5, b"y" * 2**20), 0.0)
    assert not made.sheets, "too large"
    made.receive(sheet(5), 0.0)
    assert [*made.sheets] == [Signed(1, b"x", b"s" * 64)]


def test_the_edge_says_how_far_it_holds_control() -> None:
    """In STAT after a sheet, in every PING, and nowhere where it takes none."""
    made = sender(9)
    assert made.stat() == []
    welcome(made)
    [parts] = made.stat([frames.Complaint("rules", "", 9, "looser")])
    frame, _ = decode(parts)
    assert isinstance(frame, frames.Stat)
    assert (frame.control, frame.complaints[0].why) == (9, "looser")
    [parts] = made.tick(5.1)
    pinged, _ = decode(parts)
    assert isinstance(pinged, frames.Ping)
    assert pinged.control == 9
    without = sender(None)
    welcome(without)
    assert without.stat() == []


def test_an_edge_does_not_speak_a_version_that_it_does_not_know() -> None:
    """A hub that answers with one is refused in words, and nothing is sent to it."""
    made = sender(None, (1, 2))
    welcome(made, version=3)
    assert made.fatal
    assert "version 3" in made.last_error
    assert made.phase is Phase.AWAY
    assert made.pump(0.0) == []
    other = sender(None, (1, 2))
    welcome(other, version=2)
    assert (other.version, other.phase) == (2, Phase.FLOWING)


def test_a_mended_refusal_is_tried_again_at_once() -> None:
    """However long the back-off had become."""
    made = sender(None)
    for _ in range(10):
        made.leave(0.0, "refused")
    assert not made.wants_socket(0.01)
    made.hurry(0.01)
    assert made.wants_socket(0.01)
