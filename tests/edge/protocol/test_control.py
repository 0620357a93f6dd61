"""Control sheets: signed as a whole, for one edge, in one order, whatever way they come."""

from collections.abc import Sequence

import msgpack
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.keys.signing import is_control, new_signing_key, sign_control, verify_key
from edge.protocol import control
from edge.protocol.control import BadControl, Item, Sheet, Signed

NODE = "a" * 32
OTHER = "b" * 32
HUB = new_signing_key()
KEYS = [verify_key(HUB)]

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@st.composite
def logs(draw: st.DrawFn) -> list[Item]:
    """A hub's log: revisions that rise with gaps, few subjects so that many are told anew."""
    rev, items = 0, []
    for _ in range(draw(st.integers(1, 25))):
        rev += draw(st.integers(1, 5))
        kind, key = draw(st.sampled_from("pqr")), draw(st.sampled_from("xyz"))
        items.append(Item(rev, kind, key, draw(st.integers(0, 2)), draw(values)))
    return items


def signed(sheet: Sheet) -> Signed:
    body = control.encode(sheet)
    return Signed(sheet.rev, body, sign_control(HUB, body))


def opened(one: Signed, node: str = NODE) -> Sheet:
    return control.open_signed(one, node, lambda body, sig: is_control(KEYS, body, sig))


def state_of(items: Sequence[Item]) -> dict[control.Subject, Item]:
    return {item.subject: item for item in items}


@given(logs(), st.integers(0, 60), st.integers(1100, 1300))
def test_what_is_encoded_comes_back_the_same(items: list[Item], have: int, size: int) -> None:
    """Every sheet that a log makes, through bytes and signature."""
    for sheet in control.compose(NODE, have, items, at=7, max_bytes=size):
        assert opened(signed(sheet)) == sheet
        assert len(control.encode(sheet)) <= max(size, 1024 + control.size_of(sheet.items[0]))


@given(logs(), st.data())
def test_sheets_in_any_order_and_number_end_in_the_hubs_state(
    items: list[Item], data: st.DataObject
) -> None:
    """Lost, doubled and late ones, made at different times of the log; nothing is skipped."""
    held: dict[control.Subject, Item] = {}
    have = 0
    made: list[Sheet] = []
    for grown in sorted(data.draw(st.sets(st.integers(1, len(items)), max_size=4)) | {len(items)}):
        from_rev = data.draw(st.sampled_from([0, have, *(sheet.rev for sheet in made)]))
        made += control.compose(NODE, from_rev, items[:grown], at=1, max_bytes=1060)
        for sheet in data.draw(st.lists(st.sampled_from(made), max_size=8)):
            taken = control.take(have, sheet)
            assert taken.rev >= have
            assert bool(taken.items) == (taken.verdict == "next")
            have = taken.rev
            held |= state_of(taken.items)
            for item in state_of(items[:grown]).values():
                assert item.rev > have or held[item.subject] == item, "passed over"
    for sheet in control.compose(NODE, have, items, at=1):
        taken = control.take(have, sheet)
        assert taken.verdict == "next"
        have = taken.rev
        held |= state_of(taken.items)
    assert held == state_of(items)
    assert have == items[-1].rev


@given(logs(), st.integers(0, 130))
def test_an_edge_that_was_away_gets_only_what_it_lacks_and_that_still_holds(
    items: list[Item], have: int
) -> None:
    """Each subject once, its newest item, and nothing that the edge has."""
    told = [item for sheet in control.compose(NODE, have, items, at=1) for item in sheet.items]
    lacking = [item for item in state_of(items).values() if item.rev > have]
    assert told == sorted(lacking, key=lambda item: item.rev)


def test_a_replay_and_a_downgrade_say_nothing_new() -> None:
    """An old sheet is signed for ever; it is refused by its revision."""
    old = Sheet(node=NODE, after=0, rev=5, items=[Item(5, "project", "shop", 1, {"old": True})])
    assert control.take(9, old) == ("old", 9, ())
    assert control.take(5, old) == ("old", 5, ())


def test_a_sheet_that_skips_what_the_edge_lacks_is_not_taken() -> None:
    """Otherwise a courier who drops one would have it passed over for good."""
    sheet = Sheet(node=NODE, after=4, rev=5, items=[Item(5, "project", "shop", 1, None)])
    assert control.take(3, sheet) == ("early", 3, ())
    assert control.take(4, sheet).verdict == "next"


def test_an_overlapping_sheet_gives_only_what_is_new() -> None:
    """A sheet by hand that the network overtook half."""
    items = [Item(3, "a", "", 1, 1), Item(6, "b", "", 1, 2)]
    taken = control.take(4, Sheet(node=NODE, after=2, rev=6, items=items))
    assert taken == ("next", 6, items[1:])


@given(logs(), st.integers(0, 10_000), st.integers(1, 255))
def test_no_altered_byte_passes(items: list[Item], at: int, flip: int) -> None:
    """Neither in the body nor in the signature."""
    [*_, sheet] = control.compose(NODE, 0, items, at=1)
    whole = signed(sheet)
    both = bytearray(whole.body + whole.sig)
    both[at % len(both)] ^= flip
    bad = Signed(whole.rev, bytes(both[:-64]), bytes(both[-64:]))
    with pytest.raises(BadControl, match="not signed"):
        opened(bad)


def test_a_sheet_for_another_edge_is_refused() -> None:
    """A captured sheet of Berlin's does not rule Paris (E4)."""
    sheet = Sheet(node=OTHER, after=0, rev=1, items=[Item(1, "a", "", 1, None)])
    with pytest.raises(BadControl, match="another edge"):
        opened(signed(sheet))


def test_another_hubs_signature_and_another_kind_of_signature_are_refused() -> None:
    """A signature over control begins with words of its own."""
    sheet = Sheet(node=NODE, after=0, rev=1, items=[Item(1, "a", "", 1, None)])
    body = control.encode(sheet)
    for sig in (sign_control(new_signing_key(), body), sign_control(HUB, b"x" + body), bytes(64)):
        with pytest.raises(BadControl, match="not signed"):
            opened(Signed(1, body, sig))
    assert not is_control([], body, sign_control(HUB, body)), "no key trusts nobody"


@given(st.binary(max_size=300))
def test_any_bytes_under_a_signature_are_a_sheet_or_a_clear_error(body: bytes) -> None:
    """A hub that lost its mind costs an edge nothing else."""
    try:
        sheet = opened(Signed(1, body, sign_control(HUB, body)))
    except BadControl:
        return
    assert control.decode(control.encode(sheet)) == sheet


@pytest.mark.parametrize(
    "body",
    [
        msgpack.packb({"node": NODE, "after": 0, "rev": 1, "items": msgpack.ExtType(1, b"x")}),
        msgpack.packb({"node": NODE, "after": 3, "rev": 3, "items": []}),
        msgpack.packb({"node": NODE, "after": 0, "rev": 9, "items": [[4, "a", "", 1, None]]}),
        msgpack.packb({"node": NODE, "after": 0, "rev": 4, "items": [[4, "a", "", 1]] * 2}),
        msgpack.packb({"node": "x", "after": 0, "rev": 1, "items": []}),
        b"\x91" * 100_000,
        b"\x00" * (control.MAX_BODY + 1),
    ],
    ids=["extension", "empty", "rev", "order", "node", "deep", "large"],
)
def test_a_sheet_that_does_not_fit_is_refused(body: bytes) -> None:
    """Even a signed one."""
    with pytest.raises(BadControl):
        opened(Signed(1, body, sign_control(HUB, body)))


def test_keys_and_places_of_a_newer_version_are_passed_over() -> None:
    """Fields are only ever added."""
    plain = {"node": NODE, "after": 0, "rev": 2, "at": 1, "new": 1}
    body = msgpack.packb({**plain, "items": [[2, "a", "k", 1, 5, "new"]]})
    assert control.decode(body).items == [Item(2, "a", "k", 1, 5)]


def test_a_large_log_goes_in_pieces_that_follow_each_other() -> None:
    """No piece over the limit, none that could be left out."""
    items = [Item(n, "erase", str(n), 1, "x" * 200) for n in range(1, 4001)]
    sheets = list(control.compose(NODE, 0, items, at=1))
    assert [sheet.after for sheet in sheets] == [0, *(sheet.rev for sheet in sheets[:-1])]
    assert all(len(control.encode(sheet)) <= control.MAX_BODY for sheet in sheets)
    assert len(sheets) >= 4
    have = 0
    for sheet in sheets:
        have = control.take(have, sheet).rev
    assert have == 4000
    assert control.take(sheets[0].rev, sheets[2]).verdict == "early"


@given(st.integers(0, 2**50), st.integers(0, 2**50))
def test_revisions_only_rise_whatever_the_clock_says(last: int, now: int) -> None:
    """And after a restore they are above what was given before, where the clock is right."""
    assert control.next_rev(last, now) > last
    assert control.next_rev(last, now) >= now


def test_the_signed_form_travels_in_other_frames_unchanged() -> None:
    """A receipt's file carries it as plain msgpack."""
    sheet = Sheet(node=NODE, after=0, rev=1, items=[Item(1, "a", "", 1, None)])
    one = signed(sheet)
    packed = msgspec.msgpack.encode([one])
    assert msgspec.msgpack.decode(packed, type=list[Signed]) == [one]
