"""What one sender may nest and how large one event may be."""

import json

import msgpack
import pytest

from edge.collector.http.batch import MAX_EVENT, parse
from edge.collector.http.bounds import MAX_DEPTH, MAX_KEYS, OutOfBounds, check_shape, check_size
from edge.collector.http.errors import NotABatch
from tests.edge.collector.site import batch, signal, tap


def nested(depth):
    found = 1
    for _ in range(depth):
        found = {"a": found}
    return found


def test_depth_ends_at_its_limit():
    """16 objects within one another pass, 17 do not; lists count as objects do."""
    check_shape(nested(MAX_DEPTH))
    for deep in (nested(MAX_DEPTH + 1), [nested(MAX_DEPTH)]):
        with pytest.raises(OutOfBounds, match="deep"):
            check_shape(deep)


def test_keys_end_at_their_limit():
    """64 keys pass, 65 do not, wherever they stand."""
    check_shape({str(n): 0 for n in range(MAX_KEYS)})
    with pytest.raises(OutOfBounds, match="keys"):
        check_shape({"inner": [{str(n): 0 for n in range(MAX_KEYS + 1)}]})


def test_a_number_that_msgpack_cannot_hold_is_out_of_bounds():
    """10^400 is no size of anything."""
    with pytest.raises(OutOfBounds, match="no event can hold"):
        check_size({"n": 10**400}, MAX_EVENT)


@pytest.mark.parametrize("pack", [lambda data: json.dumps(data).encode(), msgpack.packb])
def test_an_event_over_16_kib_costs_only_itself(pack):
    """It is told by its number before any of its text is looked at."""
    large = {**tap(2), "more": "x" * MAX_EVENT}
    parsed = parse(pack(batch(signal(1), large, signal(3))))

    assert [event.n for event in parsed.events] == [1, 3]
    assert [(row.n, row.error) for row in parsed.rejected] == [(2, "an event has at most 16 KiB")]


def test_an_event_nested_too_deep_costs_only_itself():
    """So does one with too many keys; the same beside the events refuses the batch."""
    wide = {str(n): 0 for n in range(MAX_KEYS + 1)}
    body = batch(signal(1), {**signal(2), "x": nested(17)}, {**signal(3), "x": wide})
    parsed = parse(json.dumps(body).encode())

    assert [event.n for event in parsed.events] == [1]
    assert [row.n for row in parsed.rejected] == [2, 3]
    with pytest.raises(NotABatch, match="deep"):
        parse(json.dumps(batch(signal(1), x=nested(17))).encode())


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf"), 1e300])
def test_only_finite_numbers_are_numbers(number):
    """What msgpack can carry and no sum survives is rejected with its event."""
    events = [
        signal(1, "wearable", subtype="stress", value=number),
        signal(2, "custom", subtype="x", value=number),
        signal(3, x=number),
        signal(4, "scroll", depth=number),
        signal(5, "idle", duration=number),
    ]
    parsed = parse(msgpack.packb(batch(*events)))

    assert parsed.events == []
    assert len(parsed.rejected) == 5


def test_when_a_batch_was_sent_is_a_moment():
    """No number that would set the device's clock beyond all numbers."""
    for sent_at in (-1, 10**400, 2**60, "now", None):
        with pytest.raises(NotABatch):
            parse(json.dumps(batch(signal(1), sentAt=sent_at)).encode())


def test_every_unknown_field_is_counted():
    """Beside the events, in an event, in its payload and in what a tap answers."""
    answers = {"detector": "rage_click", "evidence": [], "who": "me"}
    whole = batch({**signal(1, a=1), "b": 2}, tap(2, answers=answers), c=3)
    parsed = parse(json.dumps(whole).encode())

    assert (len(parsed.events), parsed.unknown_fields) == (2, 4)
