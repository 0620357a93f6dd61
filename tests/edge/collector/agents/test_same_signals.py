"""
What is found depends on what visitors did: on no restart, on no full cache, on no wrong
clock and on no slow network. Through the collector's own ingest, on real journals.
"""

from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from edge.collector.agents.trail import STATE_LIFE
from edge.detect.presets import Definition
from edge.detect.replay import final
from edge.events.event import SignalRaw
from edge.events.raw import Click, Input, Leave, Reaction, Scroll
from tests.edge.collector.agents.desk import OTHERS, SESSION, desk
from tests.edge.detect.make import OTHER, STREAM
from tests.edge.detect.test_session import PAYLOADS

START = 1_800_000_000_000
MINUTE = 60_000
PAUSES = st.sampled_from([0, 100, 900, 5_000, 20 * MINUTE, 59 * MINUTE, 61 * MINUTE])
EVENTS = st.lists(
    st.tuples(st.integers(0, 3000), st.integers(0, 1), PAYLOADS), min_size=1, max_size=6
)
BATCHES = st.lists(
    st.tuples(PAUSES, st.sampled_from([STREAM, STREAM, OTHER]), EVENTS), min_size=1, max_size=14
)
FAULTS = st.sampled_from(["none", "none", "restart", "forget", "crowd"])


def numbered(batches):
    """Return (now, stream, events) of each batch; reactions and errors aim at their stream's."""
    now, n, made, clicks = START, 0, [], {STREAM: [], OTHER: []}
    for pause, stream, drawn in batches:
        now += pause + 4000
        events = []
        for back, view, told in drawn:
            payload = told
            if type(payload) is Click:
                clicks[stream].append(n)
            of = getattr(payload, "of", None)
            if of is not None and clicks[stream]:
                payload = replace(payload, of=clicks[stream][of % len(clicks[stream])])
            events.append(SignalRaw(n=n, timestamp=now - back, view=view, payload=payload))
            n += 1
        made.append((now, stream, events))
    return made


def told(batches, faults=(), *, harmless=False, **options):
    """What an edge says of *batches*, with a fault before each, or none that does harm."""
    with desk(**options) as edge:
        for place, (now, stream, events) in enumerate(batches):
            fault = faults[place] if place < len(faults) else "none"
            if fault == "crowd":
                # One commit: half of it, other sessions that push this one out, the rest.
                half = len(events) // 2
                crowd = [(other, stream, [replace(events[0], timestamp=now)]) for other in OTHERS]
                parts = [events[:half], events[half:]]
                mine = [(SESSION, stream, part) for part in parts if part]
                between = [] if harmless else crowd
                edge.together([*mine[:-1], *between, mine[-1]], now=now)
                continue
            if fault == "restart" and not harmless:
                edge.restart()
            elif fault == "forget" and not harmless:
                edge.ingest.sessions.clear()
            edge.send(stream, events, now=now)
        return edge.published()


FORM = Input(target="input#mail", phase="change", form="form#order")
LONG = [
    (0, STREAM, [(0, 0, FORM)]),
    *[(20 * MINUTE, STREAM, [(0, 0, Scroll(depth=5 * k))]) for k in range(4)],
    (5 * MINUTE, STREAM, [(0, 0, Leave(stayed=85 * MINUTE))]),
]
"""A form that is begun, and left 85 minutes later."""


@settings(max_examples=25)
@given(BATCHES, st.lists(FAULTS, max_size=14))
@example(LONG, ["none"] * 5 + ["restart"])
@example(LONG, ["forget"] * 6)
@example(LONG, ["crowd"] * 6)
@example([(0, STREAM, [(900 - 100 * k, 0, Click(target="b")) for k in range(4)])], ["crowd"])
def test_no_restart_and_no_full_cache_changes_what_is_found(drawn, faults):
    """Not one revision differs: with restarts at any point, evictions even within a commit."""
    batches = numbered(drawn)
    assert told(batches, faults, limit=1) == told(batches, faults, harmless=True)


def test_a_form_left_after_an_hour_and_a_half_is_abandoned():
    """What the property holds equal is a finding, not silence on both sides."""
    names = [signal.payload.signal for signal in told(numbered(LONG), ["restart"] * 6)]
    assert names == ["form_abandon"]


def test_after_an_hour_of_silence_a_state_begins_anew():
    """A click that comes 61 minutes late revises nothing, with a restart or without."""
    clicks = [(40 * k, 0, Click(target="button")) for k in (2, 1)]
    late = [(0, STREAM, clicks), (61 * MINUTE, STREAM, [(61 * MINUTE + 4000, 0, clicks[0][2])])]
    soon = [late[0], (59 * MINUTE, STREAM, [(59 * MINUTE + 4000, 0, clicks[0][2])])]
    for faults in ([], ["none", "restart"]):
        assert told(numbered(late), faults) == []
        assert [s.payload.count for s in told(numbered(soon), faults)] == [3]
    assert STATE_LIFE == 60 * MINUTE


def test_a_state_with_too_many_commits_begins_anew_alike(monkeypatch):
    """Where the positions overflow, memory forgets too."""
    monkeypatch.setattr("edge.collector.agents.trail.MAX_BYTES", 6)
    burst = [(0, STREAM, [(4000 + 4000 * k - 100 * k, 0, Click(target="b"))]) for k in range(12)]
    runs = [told(numbered(burst), ["forget"] * k) for k in (0, 5, 12)]
    assert runs[0] == runs[1] == runs[2]
    assert [s.payload.count for s in final(runs[0]).values()] == [7, 5]


@settings(max_examples=25)
@given(
    BATCHES.map(lambda drawn: [(min(p, 5_000), *rest) for p, *rest in drawn]),
    st.integers(-2, 2) | st.integers(-5_000, 5_000) | st.integers(-(10**11), 10**11),
    st.lists(st.integers(0, 50_000), min_size=14, max_size=14),
)
@example(
    [(0, STREAM, [(600, 0, Click(target="b")), (300, 0, Click(target="b"))])], 5000, [800] * 14
)
def test_no_wrong_clock_and_no_slow_network_changes_what_is_found(drawn, skew, latencies):
    """Any constant skew and any latencies: the same signals, all moved by one length of time."""
    batches = numbered(drawn)
    with desk() as edge:
        received = 0
        for latency, (now, stream, events) in zip(latencies, batches, strict=False):
            received = max(received, now + latency)
            theirs = [replace(event, timestamp=event.timestamp + skew) for event in events]
            edge.send(stream, theirs, now=received, sent_at=now + skew)
        wrong = final(edge.published())
    right = final(told(batches))

    assert {key: (s.payload, s.view) for key, s in wrong.items()} == {
        key: (s.payload, s.view) for key, s in right.items()
    }
    assert len({wrong[key].timestamp - right[key].timestamp for key in wrong}) <= 1


def test_clicks_that_are_no_rage_stay_none_on_a_clock_that_is_ahead():
    """Three clicks 300 ms apart, 5 s ahead, the first request slow, all sent at once."""
    events = [
        SignalRaw(n=k, timestamp=START + 300 * k + 5000, payload=Click(target="button"))
        for k in range(3)
    ]
    with desk() as edge:
        scroll = [SignalRaw(n=9, timestamp=START + 5000, payload=Scroll(depth=1))]
        edge.send(STREAM, scroll, now=START + 800, sent_at=START + 5000)
        edge.send(STREAM, events, now=START + 700, sent_at=START + 5650)
        assert edge.published() == []


def test_a_batch_that_ends_after_it_was_sent_keeps_its_distances():
    """A clock that is set back between click and sending makes no burst."""
    events = [
        SignalRaw(n=k, timestamp=START + 2000 * k + 5000, payload=Click(target="button"))
        for k in range(3)
    ]
    with desk() as edge:
        edge.send(STREAM, events, now=START)
        assert edge.published() == []


def test_a_session_keeps_the_definition_with_which_it_began():
    """Also through a restart; the next session takes the new one."""
    burst = [Click(target="button") for _ in range(3)]
    four = Definition(parameters={"rage_click": {"clicks": 4}})

    def clicks(first, at):
        return [
            SignalRaw(n=first + k, timestamp=START + at + 100 * k, payload=payload)
            for k, payload in enumerate(burst)
        ]

    with desk(detect=four) as edge:
        edge.send(STREAM, clicks(0, 0), now=START + 1000)
        edge.project = replace(edge.project, detect=None)
        edge.restart()
        edge.send(STREAM, clicks(3, 60_000), now=START + 61_000)
        assert edge.published() == []
        edge.send(STREAM, clicks(6, 60_300), now=START + 62_000)
        assert [s.payload.count for s in edge.published()] == [6]


def test_a_preset_is_what_an_edge_detects_by():
    """Datadog calls a click dead after 100 ms, and has no hesitation."""
    events = [
        SignalRaw(n=0, timestamp=START, payload=Click(target="button")),
        SignalRaw(n=1, timestamp=START + 900, payload=Reaction(of=0, watched=900)),
    ]
    for detect, names in ((Definition(preset="datadog"), ["dead_click"]), (None, [])):
        with desk(detect=detect) as edge:
            edge.send(STREAM, events, now=START + 1000)
            assert [s.payload.signal for s in edge.published()] == names


def test_a_definition_that_no_longer_fits_is_no_end():
    """After an upgrade a parameter may be gone: the session goes on by the defaults."""
    with desk() as edge:
        stale = Definition(parameters={"rage_click": {"gone": 1}})
        edge.send(STREAM, [SignalRaw(n=0, timestamp=START, payload=Click(target="b"))], now=START)
        session = edge.ingest.sessions._cache["A" * 22]
        session.record.detect = stale
        edge.journal.submit(lambda tx: edge.ingest.sessions.save(tx, session, START)).result()
        edge.restart()
        more = [
            SignalRaw(n=k, timestamp=START + 100 * k, payload=Click(target="b")) for k in (1, 2)
        ]
        edge.send(STREAM, more, now=START + 900)
        assert [s.payload.signal for s in edge.published()] == ["rage_click"]
