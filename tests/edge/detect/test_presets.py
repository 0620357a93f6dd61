"""Presets and parameters laid over them; the friction score; the table of a replay."""

import math
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.detect import DEFAULT
from edge.detect.friction import WEIGHTS, friction
from edge.detect.presets import PRESETS, BadDefinition, configured, preset
from edge.detect.rage_click import RageClick
from edge.detect.replay import compare, detect, table
from edge.events.event import SIGNALS
from tests.edge.detect.make import STREAM, clicks

DOCS = Path(__file__).parents[3] / "edge" / "DETECTORS.md"


def test_the_defaults_are_all_signals_in_order() -> None:
    """One detector a signal, in the order of the schema: the order in which they claim a click."""
    assert tuple(detector.signal for detector in DEFAULT) == SIGNALS


def test_parameters_are_laid_over_a_preset() -> None:
    """One parameter changes one detector and nothing else."""
    changed = configured(parameters={"rage_click": {"clicks": 4, "kinds": ["key"]}})
    assert changed[0] == RageClick(clicks=4, kinds=frozenset({"key"}))
    assert changed[1:] == DEFAULT[1:]


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("nobody", {}),
        ("highlight", {"dead_click": {}}),
        ("flowback", {"rage_click": {"click": 4}}),
        ("flowback", {"rage_click": {"clicks": "4"}}),
        ("flowback", {"rage_click": {"clicks": True}}),
        ("flowback", {"rage_click": {"clicks": 3.5}}),
        ("flowback", {"rage_click": {"within_ms": -1}}),
        ("flowback", {"rage_click": {"exclusive": 1}}),
    ],
)
def test_a_definition_that_does_not_fit_is_refused(
    name: str, parameters: dict[str, dict[str, object]]
) -> None:
    """Unknown names and wrong values say what there is."""
    with pytest.raises(BadDefinition):
        configured(name, parameters)


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
