"""A body to a batch: the quick way and the careful way say the same."""

import json
from typing import get_args

import msgpack
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.collector.http import batch as module
from edge.collector.http.batch import MAX_TEXTS, SCRUB, parse
from edge.events.event import Answers, FeedbackPayload
from edge.events.raw import RawPayload
from edge.privacy import scrub_page
from tests.edge.collector.site import batch, signal, tap

HOSTILE = "button[title='jane@example.com']"


def test_every_text_of_the_schema_is_scrubbed():
    """A string field with other than enumerated values has a scrubber, or this fails."""
    for struct in (*get_args(RawPayload), FeedbackPayload):
        for field in msgspec.structs.fields(struct):
            if _is_text(field.type):
                assert field.encode_name in SCRUB, (struct.__name__, field.name)
    texts = {field.name for field in msgspec.structs.fields(Answers) if _is_text(field.type)}
    assert texts == {"detector", "target"}  # what `_answers` scrubs, beside the evidence


def _is_text(kind: object) -> bool:
    info = msgspec.inspect.type_info(kind)
    parts = info.types if isinstance(info, msgspec.inspect.UnionType) else (info,)
    return any(isinstance(part, msgspec.inspect.StrType) for part in parts)


TARGETS = st.sampled_from(["button", "main>a", HOSTILE, "x" * 900, "input#email-7", "*"])
PAGES = st.sampled_from(["/", "/cart", "/users/jane", "/a?token=1&page=2", "/x" * 3000, ""])
TEXTS = st.sampled_from(["thanks", "mail me: jane@example.com", "call +49 30 1234567", "a" * 900])


@st.composite
def events(draw):
    """Return a wire event as a widget, or somebody else, may make it."""
    n = draw(st.integers(0, 60))
    if draw(st.booleans()):
        event = tap(n)
        event["payload"]["comment"] = draw(TEXTS)
        event["payload"]["answers"] = {
            "detector": draw(TEXTS)[:64],
            "target": draw(TARGETS),
            "evidence": draw(st.lists(st.sampled_from(["AAAAAAAAAAA:1", "jane@example.com"]))),
        }
    else:
        event = signal(n)
        event["payload"]["target"] = draw(TARGETS)
    event["page"] = draw(PAGES)
    return event


@given(
    found=st.lists(events(), max_size=6),
    pack=st.sampled_from([lambda data: json.dumps(data).encode(), msgpack.packb]),
)
def test_quick_and_careful_decoding_agree(found, pack):
    """A field that nobody knows sends a body the careful way; its events come out the same."""
    body = pack(batch(*found))
    quick = parse(body)
    careful = parse(pack({**batch(*found), "nobody": "knows"}))

    assert careful.unknown_fields == quick.unknown_fields + 1
    assert careful.events == quick.events
    assert careful.rejected == quick.rejected
    assert len(quick.events) + len(quick.rejected) == len(found)
    told = msgspec.json.encode(quick.events).decode()
    assert "example.com" not in told
    assert "token" not in told


WRONG = [
    (signal(1, page=5), "Expected `str`, got `int` - at `$.page`", "wrong_type"),
    ({**signal(1), "page": 5}, "Expected `str`, got `int` - at `$.page`", "wrong_type"),
    (signal(1, target=7), "Expected `str`, got `int` - at `$.payload.target`", "wrong_type"),
    ({**signal(1), "payload": 7}, "Expected `object`, got `int` - at `$.payload`", "wrong_type"),
    (signal(1, ["click"]), "Expected `str`, got `list` - at `$.payload.action`", "wrong_type"),
    (
        tap(1, comment=[]),
        "Expected `str | null`, got `array` - at `$.payload.comment`",
        "wrong_type",
    ),
    (tap(1, "angry"), "Invalid enum value 'angry' - at `$.payload.reaction`", "unknown_value"),
    ({"n": 1, "type": "signal.raw"}, "Object missing required field `timestamp`", "missing_field"),
    (signal(1, "sneeze"), "an event must be an object with known actions", "unknown_action"),
]


@pytest.mark.parametrize(("event", "error", "reason"), WRONG)
def test_what_is_wrong_is_named_by_its_path(event, error, reason):
    """And counted under a reason that its finder gives, whatever the words are."""
    [rejected] = parse(json.dumps(batch(event)).encode()).rejected
    assert rejected == (1, error, reason)


@pytest.mark.parametrize("item", [7, None, "five", [], {}])
def test_what_is_no_event_has_no_number(item):
    """It costs only itself."""
    parsed = parse(json.dumps(batch(signal(1), item, signal(2))).encode())
    assert [event.n for event in parsed.events] == [1, 2]
    assert [one.n for one in parsed.rejected] == [None]


@pytest.mark.parametrize("n", [-1, 2**53, 2**70, 10**400, 1.5, True, "1", None])
def test_a_number_that_no_event_can_have_is_none(n):
    """It is neither told nor noted."""
    [rejected] = parse(json.dumps(batch({**signal(1), "n": n})).encode()).rejected
    assert (rejected.n, rejected.reason) == (None, "wrong_type")


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["click", "/a", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["n", "type", "page", "payload", "action", "target", "answers"]), inner
        )
    ),
    max_leaves=8,
)


@given(PLAIN, st.sampled_from([None, "page", "payload", "type", "timestamp"]))
def test_whatever_an_event_is_it_costs_only_itself(junk, key):
    """Nothing but a rejection comes of it, or an event; the others are there."""
    item = junk if key is None else {**signal(2), key: junk}
    parsed = parse(json.dumps(batch(signal(1), item, signal(3), nobody="knows")).encode())
    assert [event.n for event in parsed.events if event.n != 2] == [1, 3]
    assert len(parsed.events) + len(parsed.rejected) == 3


def test_an_ordinary_body_goes_the_quick_way(monkeypatch):
    """The careful way costs three times as much and is for the others."""
    monkeypatch.setattr(module, "_one_by_one", pytest.fail)
    assert len(parse(json.dumps(batch(signal(1), tap(2))).encode()).events) == 2


FIT = MAX_TEXTS // 250
HOSTILE_PAGES = [(f"/{n}" + "/%" * 200)[:250] for n in range(490)]


def test_one_request_has_so_much_scrubbed_and_no_more(monkeypatch):
    """A small body that inflates to many long texts stops nobody: what is too much is rejected."""
    asked = []
    monkeypatch.setattr(module, "scrub_page", lambda text: asked.append(text) or scrub_page(text))
    monkeypatch.setitem(SCRUB, "origin", module.scrub_page)
    found = [signal(n, "scroll", depth=1, page=page) for n, page in enumerate(HOSTILE_PAGES)]
    parsed = parse(json.dumps(batch(*found)).encode())

    assert sum(map(len, asked)) <= MAX_TEXTS
    assert [event.n for event in parsed.events] == list(range(FIT))
    assert [one.n for one in parsed.rejected] == list(range(FIT, 490))
    assert "32,768 characters" in parsed.rejected[0].error


@pytest.mark.parametrize("careful", [{}, {"nobody": "knows"}])
def test_what_repeats_is_scrubbed_once_and_counts_once(careful):
    """Hundreds of events of one long page are no burden; what came after too much still passes."""
    long = "/x" * 1000
    many = [signal(n, "scroll", depth=1, page=long) for n in range(300)]
    others = [signal(300 + n, "scroll", depth=1, page=f"/{n}" + long) for n in range(20)]
    parsed = parse(
        json.dumps({**batch(*many, *others, signal(400, page=long)), **careful}).encode()
    )

    taken = {event.n for event in parsed.events}
    assert {*range(300)} <= taken
    assert len(parsed.rejected) == 321 - len(taken)
    assert 0 < len(parsed.rejected) < 20


@pytest.mark.parametrize("careful", [{}, {"nobody": "knows"}])
def test_comments_count_too(careful):
    """Comments of full length: eight are looked at, the others are rejected by their numbers."""
    found = [tap(n, comment=(f"{n} " + "(1::" * 1000)[:4000]) for n in range(30)]
    parsed = parse(json.dumps({**batch(*found), **careful}).encode())

    assert [event.n for event in parsed.events] == list(range(8))
    assert [one.n for one in parsed.rejected] == list(range(8, 30))


def test_a_widgets_largest_batch_fits():
    """Fifty events, each with a page, a target and a name of its own."""
    found = [
        signal(
            n, page=f"/{'p' * 80}/{n}", target=f"button.{'c' * 30}:nth-of-type({n})", name=f"n{n}"
        )
        for n in range(50)
    ]
    assert len(parse(json.dumps(batch(*found)).encode()).events) == 50
