"""Presets and parameters laid over them; the friction score; the table of a replay."""

import math
import re
from dataclasses import asdict, fields
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.detect import DEFAULT
from edge.detect.friction import WEIGHTS, friction
from edge.detect.presets import (
    PRESETS,
    BadDefinition,
    configured,
    preset,
    watch_ms,
    with_parameters,
)
from edge.detect.rage_click import RageClick
from edge.detect.replay import compare, detect, table
from edge.events.event import SIGNALS
from edge.events.raw import Backtrack
from tests.edge.detect.make import STREAM, clicks, names, raw

DOCS = Path(__file__).parents[3] / "edge" / "DETECTORS.md"


def test_the_defaults_are_all_signals_in_order() -> None:
    """One detector a signal, in the order of the schema: the order in which they claim a click."""
    assert tuple(detector.signal for detector in DEFAULT) == SIGNALS


def test_parameters_are_laid_over_a_preset() -> None:
    """One parameter changes one detector and nothing else."""
    changed = configured(parameters={"rage_click": {"clicks": 4, "kinds": ["key"]}})
    assert changed[0] == RageClick(clicks=4, kinds=frozenset({"key"}))
    assert changed[1:] == DEFAULT[1:]


REFUSED: list[tuple[str, dict[str, dict[str, object]], str]] = [
    ("nobody", {}, "nobody"),
    ("highlight", {"dead_click": {}}, "dead_click"),
    ("flowback", {"rage_click": {"click": 4}}, "rage_click has no 'click'"),
    ("flowback", {"rage_click": {"clicks": "4"}}, "rage_click.clicks"),
    ("flowback", {"rage_click": {"clicks": True}}, "rage_click.clicks"),
    ("flowback", {"rage_click": {"clicks": 3.5}}, "rage_click.clicks"),
    ("flowback", {"rage_click": {"clicks": None}}, "rage_click.clicks"),
    ("flowback", {"rage_click": {"clicks": 0}}, "rage_click.clicks"),
    ("flowback", {"rage_click": {"clicks": 1}}, "rage_click.clicks"),
    ("flowback", {"rage_click": {"within_ms": -1}}, "rage_click.within_ms"),
    ("flowback", {"rage_click": {"within_ms": math.inf}}, "rage_click.within_ms"),
    ("flowback", {"rage_click": {"within_ms": math.nan}}, "rage_click.within_ms"),
    ("flowback", {"rage_click": {"within_ms": True}}, "rage_click.within_ms"),
    ("flowback", {"rage_click": {"exclusive": 1}}, "rage_click.exclusive"),
    ("flowback", {"rage_click": {"kinds": ["foo"]}}, "rage_click.kinds"),
    ("flowback", {"rage_click": {"kinds": "key"}}, "rage_click.kinds"),
    ("flowback", {"rage_click": {"kinds": [1]}}, "rage_click.kinds"),
    ("flowback", {"scroll_milestone": {"depths": [75, 25]}}, "scroll_milestone.depths"),
    ("flowback", {"scroll_milestone": {"depths": [25, 25]}}, "scroll_milestone.depths"),
    ("flowback", {"scroll_milestone": {"depths": [0, 25]}}, "scroll_milestone.depths"),
    ("flowback", {"scroll_milestone": {"depths": [25, 101]}}, "scroll_milestone.depths"),
    ("flowback", {"scroll_milestone": {"depths": []}}, "scroll_milestone.depths"),
    ("flowback", {"scroll_milestone": {"depths": [25, "x"]}}, "scroll_milestone.depths"),
    ("flowback", {"form_abandon": {"fields": 65}}, "form_abandon.fields"),
    ("flowback", {"backtrack": {"quick": {"stayed_ms": 1}}}, "backtrack.quick"),
    ("flowback", {"backtrack": {"quick": False}}, "backtrack.quick"),
    ("amplitude", {"dead_click": {"life": ["joy"]}}, "dead_click.life"),
]


@pytest.mark.parametrize(("name", "parameters", "says"), REFUSED)
def test_a_definition_that_does_not_fit_is_refused(
    name: str, parameters: dict[str, dict[str, object]], says: str
) -> None:
    """Unknown names and wrong values are told with their key."""
    with pytest.raises(BadDefinition, match=re.escape(says)):
        configured(name, parameters)


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_every_parameter_takes_its_own_value_again(name: str) -> None:
    """What is shown of a preset can be set: through JSON and back nothing changes."""
    for detector in PRESETS[name]:
        shown = msgspec.json.decode(msgspec.json.encode(asdict(detector)))  # type: ignore[call-overload]
        shown.pop("quick", None)
        assert with_parameters(detector, shown) == detector


@given(
    st.floats(0, 60_000) | st.none(),
    st.floats(0, 60_000),
    st.booleans(),
)
def test_no_length_of_a_quick_back_loses_a_step_back(
    stayed_ms: float | None,
    stayed: float,
    interacted: bool,  # noqa: FBT001 - drawn
) -> None:
    """It is one or the other, whatever is set."""
    laid = {} if stayed_ms is None else {"quick_back": {"stayed_ms": stayed_ms}}
    back = raw(0, 0, Backtrack(origin="/", stayed=stayed, interacted=interacted))
    assert len(names([back], configured(parameters=laid))) == 1


def test_a_quick_back_may_be_a_backtrack_too() -> None:
    """Null is what it says: no step back is taken out."""
    both = configured(parameters={"backtrack": {"quick": None}})
    back = raw(0, 0, Backtrack(origin="/", stayed=1, interacted=False))
    assert names([back], both) == ["backtrack", "quick_back"]


def test_how_long_the_page_must_be_watched_is_known() -> None:
    """The widget's 3 s do for Flowback's own and for all presets but Sentry's."""
    waits = {name: watch_ms(detectors) for name, detectors in PRESETS.items()}
    assert waits["flowback"] == 2500
    assert [name for name, ms in waits.items() if ms > 3000] == ["sentry"]


def test_every_detector_and_parameter_is_documented() -> None:
    """The docs name every signal, every parameter of the defaults and every preset."""
    text = DOCS.read_text("utf-8")
    for detector in DEFAULT:
        line = next(row for row in text.splitlines() if row.startswith(f"| `{detector.signal}` "))
        for field in fields(detector):  # type: ignore[arg-type]
            assert f"`{field.name}`" in (text if field.name == "exclusive" else line), field.name
    for name in PRESETS.keys() - {"flowback"}:
        assert f"`{name}`" in text


def test_a_replay_shows_the_difference() -> None:
    """Four clicks wanted instead of three: one burst goes, one stays."""
    recorded = [("s", STREAM, clicks(0, 100, 200)), ("t", STREAM, clicks(0, 100, 200, 300))]
    before = detect(recorded, preset("flowback"))
    after = detect(recorded, configured(parameters={"rage_click": {"clicks": 4}}))
    rows = compare(before, after)
    assert [(r.signal, r.before, r.after, r.gone, r.new, r.changed) for r in rows] == [
        ("rage_click", 2, 1, 1, 0, 0)
    ]
    assert table(rows).splitlines() == [
        "signal      before  after  gone  new  changed",
        "rage_click       2      1     1    0        0",
        "all              2      1     1    0        0",
    ]


def test_the_owners_example_of_friction() -> None:
    """One rage click, one hesitation and one backtrack give 0.65."""
    made = friction({"rage_click": 1, "hesitation": 1, "backtrack": 1})
    assert round(made.score, 2) == 0.65
    assert made.contributions == {"rage_click": 0.5, "hesitation": 0.25, "backtrack": 0.3}


def test_every_signal_has_a_weight() -> None:
    """No signal is forgotten, and what is no friction weighs nothing."""
    assert WEIGHTS.keys() == set(SIGNALS)
    assert friction({"scroll_milestone": 9}).score == 0


@given(
    st.dictionaries(st.sampled_from(SIGNALS), st.integers(0, 50)),
    st.sampled_from(sorted(WEIGHTS.keys() - {"scroll_milestone"})),
)
def test_friction_grows_and_stays_within_one(counts: dict[str, int], more: str) -> None:
    """Each signal adds, the score stays in 0…1, and the contributions are the sum's terms."""
    made = friction(counts)
    grown = friction({**counts, more: counts.get(more, 0) + 1})
    assert 0 <= made.score <= grown.score <= 1
    assert made.score < grown.score or made.score > 0.999
    assert math.isclose(made.score, 1 - math.exp(-sum(made.contributions.values())))
