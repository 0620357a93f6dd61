"""A session's detectors: any order, any split, a crash anywhere; bounded; what changed is told."""

import random
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from edge.detect import bursts
from edge.detect.bursts import MAX_EARLY, MAX_ROWS
from edge.detect.form_abandon import MAX_FIELDS, MAX_SENT
from edge.detect.ledger import same
from edge.detect.presets import PRESETS, configured
from edge.detect.replay import final
from edge.detect.session import MAX_PAST, SessionDetection
from edge.detect.views import MAX_VIEWS
from edge.events.event import SignalNormalized, SignalRaw
from edge.events.raw import (
    Backtrack,
    Click,
    Error,
    Hover,
    Idle,
    Input,
    Leave,
    Nav,
    Pointer,
    Reaction,
    Scroll,
    Select,
    Submit,
)
from tests.edge.detect.make import OTHER, STREAM, T0, clicks, raw, reaction

TARGETS = st.sampled_from(["a#x", "button#y", "div"])
MS = st.integers(0, 4000)
MAYBE_MS = st.none() | MS
PAYLOADS = st.one_of(
    st.builds(
        Click,
        target=TARGETS,
        kind=st.sampled_from([None, None, None, "stepper", "inert"]),
        selected=st.sampled_from([False, False, True]),
    ),
    st.builds(
        Reaction,
        of=st.integers(0, 39),
        watched=st.sampled_from([1000, 3000, 8000]),
        dom=MAYBE_MS,
        request=MAYBE_MS,
        focus=st.sampled_from([None, None, 0]),
    ),
    st.builds(Error, of=st.none() | st.integers(0, 39), after=st.none() | MS),
    st.builds(Select, target=TARGETS),
    st.builds(Hover, target=TARGETS, dwell=st.sampled_from([100, 3000, 5000])),
    st.builds(Scroll, depth=st.integers(0, 100)),
    st.builds(Pointer, changes=st.integers(10, 30), duration=st.just(900)),
    st.builds(Backtrack, origin=st.just("/"), stayed=MS, interacted=st.booleans()),
    st.builds(Input, target=TARGETS, phase=st.just("change"), form=st.just("form")),
    st.builds(Submit, target=st.just("form")),
    st.builds(Leave, stayed=MS, depth=st.integers(0, 100)),
    st.builds(Nav),
    st.builds(Idle, duration=MS),
)
ITEMS = st.lists(
    st.tuples(
        st.sampled_from([STREAM, STREAM, OTHER]),
        st.integers(0, 6000),
        st.integers(0, 2),
        PAYLOADS,
    ),
    min_size=1,
    max_size=40,
)
Item = tuple[str, SignalRaw]


def to_items(drawn: Sequence[tuple[str, int, int, Any]]) -> list[Item]:
    """Number the events; what answers a click is aimed at one of its stream."""
    items = []
    for n, (stream, at, view, told) in enumerate(drawn):
        payload = told
        theirs = [k for k, (s, _, _, p) in enumerate(drawn) if s == stream and type(p) is Click]
        if isinstance(payload, Reaction | Error) and payload.of is not None and theirs:
            payload = replace(payload, of=theirs[payload.of % len(theirs)])
        items.append((stream, SignalRaw(n=n, timestamp=T0 + at, view=view, payload=payload)))
    return items


def feed(detection: SessionDetection, items: Sequence[Item]) -> list[SignalNormalized]:
    """Feed *items* in their order, neighbours of one stream together."""
    changes: list[SignalNormalized] = []
    batch: list[SignalRaw] = []
    for place, (stream, event) in enumerate(items):
        batch.append(event)
        if place + 1 == len(items) or items[place + 1][0] != stream:
            changes += detection.add(stream, batch)
            batch = []
    return changes


def split(items: Sequence[Item], sizes: random.Random) -> list[Sequence[Item]]:
    parts, start = [], 0
    while start < len(items):
        end = start + sizes.randint(1, 7)
        parts.append(items[start:end])
        start = end
    return parts


def alike(one: dict[str, SignalNormalized], other: dict[str, SignalNormalized]) -> bool:
    return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)


@settings(max_examples=150)
@given(ITEMS, st.randoms(use_true_random=False), st.sampled_from(sorted(PRESETS)))
def test_any_order_and_any_split_end_in_the_same(
    drawn: list[tuple[str, int, int, Any]], chance: random.Random, name: str
) -> None:
    """The signals that stand depend on the events, not on how they arrived."""
    items = to_items(drawn)
    want = final(feed(SessionDetection("s", PRESETS[name]), items))
    shuffled = list(items)
    chance.shuffle(shuffled)
    detection = SessionDetection("s", PRESETS[name])
    changes = [change for part in split(shuffled, chance) for change in feed(detection, part)]
    assert alike(final(changes), want)


@settings(max_examples=100)
@given(ITEMS, st.randoms(use_true_random=False))
def test_a_crash_at_any_point_changes_nothing(
    drawn: list[tuple[str, int, int, Any]], chance: random.Random
) -> None:
    """Rebuilt from the events and the signals on disk, a session goes on as if nothing was."""
    items = to_items(drawn)
    chance.shuffle(items)
    parts = split(items, chance)
    crash = chance.randint(0, len(parts))
    whole = SessionDetection("s")
    want = [change for part in parts for change in feed(whole, part)]
    published: list[SignalNormalized] = []
    first = SessionDetection("s")
    for part in parts[:crash]:
        published += feed(first, part)
    second = SessionDetection("s")
    for part in parts[:crash]:
        feed(second, part)
    assert second.restore(published) == []
    for part in parts[crash:]:
        published += feed(second, part)
    assert published == want


@settings(max_examples=60)
@given(ITEMS)
def test_an_event_twice_changes_nothing(drawn: list[tuple[str, int, int, Any]]) -> None:
    """What was taken in before brings no other signal."""
    items = to_items(drawn)
    detection = SessionDetection("s")
    want = final(feed(detection, items))
    again = feed(detection, items)
    assert all(change.id in want and same(change, want[change.id]) for change in again)
    assert all(change.revision == 0 for change in again)


def test_ids_stay_and_revisions_count() -> None:
    """A burst that grows is one signal with a new revision."""
    detection = SessionDetection("s")
    (first,) = detection.add(STREAM, clicks(0, 100, 200))
    (second,) = detection.add(STREAM, clicks(300, first=3))
    assert (first.revision, first.payload.count) == (0, 3)
    assert (second.id, second.revision, second.payload.count) == (first.id, 1, 4)


def test_a_late_event_withdraws_and_may_bring_back() -> None:
    """A selection in the middle of a burst withdraws it; revisions go on counting."""
    detection = SessionDetection("s")
    (first,) = detection.add(STREAM, clicks(0, 100, 200))
    (gone,) = detection.add(STREAM, [raw(9, 150, Select(target="p"))])
    assert (gone.id, gone.revision, gone.void) == (first.id, 1, True)
    assert detection.signals() == []
    back = detection.add(STREAM, clicks(90, 110, first=20))
    assert [(b.id, b.revision, b.void) for b in back] == [(first.id, 2, False)]


def test_a_reaction_may_arrive_before_its_click() -> None:
    """It waits for its click, and the smaller number counts where there are two."""
    detection = SessionDetection("s")
    alive = reaction(2, 0, 3000, dom=10)
    assert detection.add(STREAM, [alive, reaction(1, 0, 3000)]) == []
    assert [s.payload.signal for s in detection.add(STREAM, clicks(0))] == ["dead_click"]
    assert detection.add(STREAM, [alive]) == []


def test_an_id_is_a_hash_of_its_cause() -> None:
    """Detector, version, session and first event make the id: another session has another."""
    ids = [SessionDetection(s).add(STREAM, clicks(0, 1, 2))[0].id for s in ("s", "s", "t")]
    assert ids[0] == ids[1] != ids[2]
    assert len(ids[0]) == 32


def test_detectors_that_changed_are_told_at_a_restart() -> None:
    """What the rows say now and nobody published is returned by restore."""
    events = [*clicks(0, 100, 200, 300), *clicks(9000, 9100, 9200, first=4)]
    four = configured(parameters={"rage_click": {"clicks": 4}})
    published = SessionDetection("s", four).add(STREAM, events)
    again = SessionDetection("s")
    again.add(STREAM, events)
    (new,) = again.restore(published)
    assert (len(published), new.timestamp) == (1, T0 + 9000)


BURST_DETECTORS = 4
VIEW_ROWS = MAX_FIELDS + MAX_SENT + 1
BOUND = (
    MAX_ROWS * (2 + BURST_DETECTORS)  # each in a stream of its own, first of a signal of each
    + MAX_EARLY
    + MAX_VIEWS * (1 + 2 * VIEW_ROWS)  # each row the first of a signal
    + MAX_PAST
)
"""What a session may hold, rows, reactions, views and signals (edge/DETECTORS.md)."""


def flood(step: int, *, backwards: bool) -> list[SignalRaw]:
    """A hundred of each; *backwards*, each lies before the last."""
    events = []
    for k in range(100):
        n = 4 * (100 * step + k)
        at = 10_000_000 - 40 * n if backwards else 40 * n
        view = n % 1000
        events += [
            raw(n, at, Click(target=f"a#x{'y' * (n % 3)}"), view=view),
            raw(n + 1, at, Reaction(of=n + 10**9, watched=1), view=view),
            raw(n + 2, at, Scroll(depth=(n % 100) + 1), view=n),
            raw(n + 3, at, Input(target=f"i{n}", phase="change", form=f"f{n % 7}"), view=step % 3),
        ]
    end = raw(4 * (100 * step + 99) + 10**6, 20_000_000, Leave(stayed=1), view=step % 3)
    return [*events, end]


@pytest.mark.parametrize("way", ["forwards", "backwards"])
def test_no_input_makes_the_state_exceed_its_bound(way: str) -> None:
    """Clicks, reactions for clicks that never come, views, fields and streams without end."""
    detection = SessionDetection("s")
    published: list[SignalNormalized] = []
    for step in range(60):
        published += detection.add(f"{step % 7:011}", flood(step, backwards=way == "backwards"))
        assert detection.size <= BOUND
    assert sum(len(bucket.rows) for bucket in detection._bursts.buckets) <= MAX_ROWS
    assert len(detection._bursts._early) <= MAX_EARLY
    assert len(detection._views.buckets) <= MAX_VIEWS
    assert all(len(bucket.rows) <= VIEW_ROWS for bucket in detection._views.buckets)
    assert all(len(bucket.live) <= len(bucket.rows) for bucket in detection._views.buckets)
    detection.restore(published)
    assert detection.size <= BOUND


FIELDS = [Input(target=f"i{k}", phase="change", form="form#f") for k in range(MAX_FIELDS + 9)]


@settings(max_examples=60)
@given(
    st.lists(st.integers(0, 900), min_size=1, max_size=4),
    st.lists(st.sampled_from(range(len(FIELDS))), min_size=MAX_FIELDS, max_size=120),
    st.lists(st.integers(0, 900), max_size=2),
    st.randoms(use_true_random=False),
)
def test_more_fields_than_are_told_apart_end_the_same_in_any_order(
    leaves: list[int], touched: list[int], sent: list[int], chance: random.Random
) -> None:
    """Some 64 fields of one view, several ends and submits among them."""
    events = [raw(n, 10 * n, FIELDS[which]) for n, which in enumerate(touched)]
    events += [raw(1000 + k, at, Leave(stayed=1)) for k, at in enumerate(leaves)]
    events += [raw(2000 + k, at, Submit(target=f"form#{k}")) for k, at in enumerate(sent)]
    want = final(SessionDetection("s").add(STREAM, events))
    shuffled = list(events)
    chance.shuffle(shuffled)
    detection = SessionDetection("s")
    parts = split([(STREAM, event) for event in shuffled], chance)
    changes = [c for part in parts for c in detection.add(STREAM, [e for _, e in part])]
    assert alike(final(changes), want)


def test_the_end_of_a_view_takes_no_field_its_place() -> None:
    """64 fields and two ends, the first end before them or after: 64 are counted."""
    fields = [raw(n, 100 + n, FIELDS[n]) for n in range(MAX_FIELDS)]
    early, late = raw(500, 0, Leave(stayed=1)), raw(501, 9000, Leave(stayed=1))
    for events in ([early, *fields, late], [early, late, *fields], [*fields, late, early]):
        detection = SessionDetection("s")
        changes = [change for event in events for change in detection.add(STREAM, [event])]
        (signal,) = final(changes).values()
        assert signal.payload.count == MAX_FIELDS


def test_what_is_forgotten_stands() -> None:
    """Bursts that leave the memory are neither withdrawn nor found a second time."""
    detection = SessionDetection("s")
    changes = []
    for burst in range(400):
        start = burst * 5000
        changes += detection.add(STREAM, clicks(start, start + 1, start + 2, first=3 * burst))
    assert len(final(changes)) == 400
    assert not any(change.void or change.revision for change in changes)
    assert detection.add(STREAM, clicks(0, 1, 2, first=90_000)) == []


def test_batches_of_any_size_are_taken_in_pieces() -> None:
    """Thousands of bursts at once end in the signals of the same in batches of fifty."""
    moments = [5000 * burst + 100 * click for burst in range(1000) for click in range(3)]
    events = clicks(*moments)
    at_once = final(SessionDetection("s").add(STREAM, events))
    detection = SessionDetection("s")
    starts = range(0, len(events), 50)
    pieces = [change for k in starts for change in detection.add(STREAM, events[k : k + 50])]
    assert len(at_once) == 1000
    assert alike(final(pieces), at_once)


def test_a_burst_without_end_is_counted_once() -> None:
    """Clicking on and on overflows the memory; each click still counts in one signal only."""
    events = clicks(*range(0, 300_000, 100))
    detection = SessionDetection("s")
    changes = [
        c for k in range(0, len(events), 50) for c in detection.add(STREAM, events[k : k + 50])
    ]
    assert sum(signal.payload.count for signal in final(changes).values()) == len(events)


def test_only_what_is_concerned_is_looked_at_again(monkeypatch: Any) -> None:
    """A click judges its own surroundings, not the whole session."""
    seen: list[int] = []
    original = bursts.Bursts._stretch

    def stretch(self: bursts.Bursts, bucket: Any) -> tuple[int, int]:
        first, last = original(self, bucket)
        seen.append(last - first)
        return first, last

    monkeypatch.setattr(bursts.Bursts, "_stretch", stretch)
    detection = SessionDetection("s")
    detection.add(STREAM, clicks(*range(0, 2_000_000, 10_000)))
    seen.clear()
    detection.add(STREAM, [reaction(999, 100, 1_003_000)])
    assert seen == [1]
