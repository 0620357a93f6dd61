"""What of plain data the schema knows."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.events import codec
from edge.events.entry import Group, Stamp
from edge.events.event import BrowserEvent, FeedbackRecorded, SignalNormalized, SignalRaw
from edge.events.known import known
from edge.events.raw import Click, Custom, Hover

CLICK = {
    "type": "signal.raw",
    "n": 3,
    "timestamp": 1000,
    "page": "/a",
    "payload": {"action": "click", "target": "button", "x": 4.5},
}
TAP = {
    "type": "feedback.recorded",
    "n": 4,
    "timestamp": 2000,
    "payload": {
        "reaction": "confused",
        "answers": {"detector": "rage_click", "evidence": ["AAAAAAAAAAA:1"]},
    },
}
PLACES = {
    "event": lambda event: event,
    "payload": lambda event: event["payload"],
    "answers": lambda event: event["payload"].setdefault("answers", {"detector": "x"}),
}


@pytest.mark.parametrize("event", [CLICK, TAP])
def test_what_the_schema_knows_stays_as_it_is(event):
    """Nothing is counted, and it decodes."""
    assert known(event, BrowserEvent) == (event, 0)
    assert msgspec.to_builtins(msgspec.convert(event, BrowserEvent)) == event


@given(
    place=st.sampled_from(["event", "payload", "answers"]),
    extra=st.dictionaries(
        st.text(min_size=1).map("new_".__add__), st.recursive(st.none(), st.lists), min_size=1
    ),
)
def test_what_nobody_knows_is_counted_and_put_aside(place, extra):
    """Wherever it stands, and whatever is beneath it; the rest is unharmed."""
    event = msgspec.json.decode(msgspec.json.encode(TAP))
    PLACES[place](event).update(extra)

    with pytest.raises(msgspec.ValidationError, match="unknown field"):
        msgspec.convert(event, BrowserEvent)
    assert known(event, BrowserEvent) == (TAP, len(extra))


@given(
    data=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(["type", "payload", "n", "action", "answers", "evidence", "x"]),
                inner,
            )
        ),
    )
)
def test_any_data_can_be_sorted(data):
    """What is no event at all stays for the decoder to refuse."""
    sorted_, unknown = known(data, BrowserEvent)
    assert unknown >= 0
    assert type(sorted_) is type(data)


def test_what_a_newer_node_added_is_put_aside():
    """An entry of a newer schema is read; its own events keep every field that is known."""
    events = [
        SignalRaw(n=1, timestamp=5, page="/a", payload=Click(target="a")),
        SignalRaw(n=2, timestamp=6, payload=Hover(target="b", dwell=40, name="buy")),
        None,
        FeedbackRecorded(n=3, timestamp=7, payload=msgspec.convert(TAP, BrowserEvent).payload),
        SignalRaw(n=4, timestamp=8, payload=Custom(subtype="coupon")),
    ]
    group = Group(stamp=Stamp(project="shop", received_at=9), events=events)
    plain = msgspec.to_builtins([group])
    for event in plain[0]["events"]:
        if event is not None:
            event["payload"]["pressure"] = {"of": [1, 2]}
            event["mood"] = "good"
    body = codec.zstandard.ZstdCompressor().compress(msgspec.msgpack.encode(plain))

    assert codec.unpack(body) == [group]


def test_one_session_of_an_entry_is_read_alone():
    """The groups of the others are passed over, whatever is in them."""
    groups = [
        Group(
            stamp=Stamp(project="shop", received_at=1, session=session),
            events=[SignalRaw(n=n, timestamp=2, payload=Custom(subtype="coupon"))],
        )
        for n, session in enumerate(["a" * 22, "b" * 22, "a" * 22])
    ]
    plain = msgspec.to_builtins(groups)
    plain[1]["events"] = "damaged"
    plain[2]["events"][0]["mood"] = "new"
    body = codec.zstandard.ZstdCompressor().compress(msgspec.msgpack.encode(plain))

    assert codec.unpack_session(body, "a" * 22) == [groups[0], groups[2]]
    assert codec.unpack_session(body, "c" * 22) == []
    with pytest.raises(codec.BadEvent, match="decoded"):
        codec.unpack_session(body, "b" * 22)


def test_what_is_wrong_beside_what_is_new_is_still_refused():
    """An unknown field excuses nothing."""
    wrong = {**CLICK, "n": -1, "new": 1}
    plain = [{"stamp": {"project": "shop", "receivedAt": 1}, "events": [wrong]}]
    body = codec.zstandard.ZstdCompressor().compress(msgspec.msgpack.encode(plain))

    with pytest.raises(codec.BadEvent, match="decoded"):
        codec.unpack(body)


def test_derived_events_take_new_fields_in_one_pass():
    """Only what a browser fills is strict: derived events come from nodes, which may be newer."""
    plain = {"type": "signal.normalized", "id": "a", "timestamp": 1, "new": 1}
    plain["payload"] = {"signal": "rage_click", "version": 1, "new": 1}
    assert isinstance(msgspec.convert(plain, SignalNormalized), SignalNormalized)
