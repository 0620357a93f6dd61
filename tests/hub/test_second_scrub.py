"""The hub scrubs again what an edge should have scrubbed (decision 11)."""

from edge.events import codec
from edge.events.entry import Group, Stamp
from edge.events.event import Answers, FeedbackPayload, FeedbackRecorded, SignalRaw
from edge.events.raw import Backtrack, Click
from edge.journal.entry import Entry, Origin
from hub.intake import hear

MAIL = "jane.doe@example.com"


def entry(*events) -> Entry:
    stamp = Stamp(project="shop", received_at=1, session="A" * 22, stream="B" * 11)
    body = codec.pack([Group(stamp=stamp, events=list(events))])
    origin = Origin("a" * 32, 1)
    return Entry(origin, 0, 1, len(events), 1, codec.seal(body), body, position=1)


def heard(*events):
    return hear([entry(*events)], lambda _node, _project: None)


def test_what_an_edge_let_through_is_scrubbed_and_counted():
    """Pages, selectors, names, comments and what a tap answers; nothing is refused."""
    found = heard(
        SignalRaw(timestamp=1, n=1, page=f"/a?email={MAIL}", payload=Click(target="a", name=MAIL)),
        SignalRaw(timestamp=1, n=2, payload=Backtrack(origin=f"/user/{MAIL}", stayed=1)),
        FeedbackRecorded(
            timestamp=1,
            n=3,
            payload=FeedbackPayload(
                reaction="confused",
                comment=f"write to {MAIL}",
                answers=Answers(detector="rage_click", target=f'a[title="{MAIL}"]'),
            ),
        ),
    )

    facts = list(found.facts())
    assert len(facts) == found.events == 3
    assert found.scrubbed == 5
    assert "jane" not in str(facts)


def test_what_is_clean_stays_as_it_is():
    """An honest edge's events pass untouched and count nothing."""
    click = SignalRaw(timestamp=1, n=1, page="/checkout", payload=Click(target="button#pay"))
    found = heard(click)

    [fact] = found.said["flowback.signal.raw"]
    assert fact.event == click
    assert found.scrubbed == 0
