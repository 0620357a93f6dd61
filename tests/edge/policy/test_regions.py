"""Regional rules: which row applies, the stricter of two, overrides that only tighten."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict

from edge.events.wire import RegionRow
from edge.policy import regions
from edge.policy.regions import BadRule, RuleLoosened, known, resolve, row_id
from edge.policy.residency import travel

SHARED = Path(__file__).parents[4] / "shared"
RULES = json.loads((Path(regions.__file__).parent / "regional_rules.json").read_text("utf-8"))
IDS = [rule["id"] for rule in RULES["regions"]]
ORDERS: dict[str, Any] = {
    "model": ["opt_out", "opt_in"].index,
    "prompt": ["yes", "after_choice"].index,
    "residency": ["any", "edge", "in_country"].index,
    "gpc": ["policy", "must"].index,
    "dnt": ["policy", "must"].index,
    "voice": ["separate_opt_in", "forbidden"].index,
    "hub_raw": lambda may: not may,
    "capture_before_choice": lambda may: not may,
    "store_before_choice": lambda may: not may,
    "counts_before_choice": lambda may: not may,
    "reprompt_min_days": lambda days: days,
    "consent_ttl_days": lambda days: -days,
    "raw_days": lambda days: -days,
    "agg_days": lambda days: -days,
    "k_min": lambda k: k,
}
"""Field → how strict a value is, as the file's "resolve" says."""


def test_the_rules_are_the_ones_that_were_given() -> None:
    """The copy in the project is the given file, where that lies beside this checkout."""
    origin = SHARED / "regional_rules.json"
    copy = Path(regions.__file__).parent / "regional_rules.json"
    assert not origin.exists() or copy.read_bytes() == origin.read_bytes()


def test_subdivision_before_country_before_everywhere() -> None:
    """California is not the rest of the United States; what has no row has the strictest."""
    assert [row_id(code) for code in ("US-CA", "US-WY", "US", "DE-BY", "GB", "EU")] == [
        "US-CA",
        "US-rest",
        "US-rest",
        "DE",
        "UK",
        "EU",
    ]
    assert [row_id(code) for code in ("ZZ", "", None, "not a region")] == ["UNKNOWN"] * 4


def test_every_row_can_be_resolved_by_its_codes() -> None:
    """Each code of the file leads to a row that lists it."""
    for rule in RULES["regions"]:
        for code in rule["match"]:
            listed = next(r for r in RULES["regions"] if r["id"] == row_id(code))
            assert code in listed["match"]


@given(st.sampled_from(IDS), st.sampled_from(IDS))
def test_the_stricter_holds_on_every_field(pinned: str, visitor: str) -> None:
    """A merged row is nowhere looser than either, and everywhere equal to one of them."""
    merged = asdict(resolve(pinned, visitor))
    rows = [asdict(resolve(pinned)), asdict(resolve(visitor))]
    for field, strictness in ORDERS.items():
        assert merged[field] in (rows[0][field], rows[1][field])
        assert strictness(merged[field]) == max(strictness(row[field]) for row in rows)


def test_a_failed_lookup_applies_the_strictest_row() -> None:
    """I22: where the visitor's region cannot be found, UNKNOWN is merged in."""
    row = resolve("US-rest", regions.UNKNOWN)
    assert row.row == "US-rest+UNKNOWN"
    assert (row.model, row.capture_before_choice, row.raw_days, row.k_min) == (
        "opt_in",
        False,
        30,
        20,
    )


def test_without_a_database_the_pinned_region_stands_alone() -> None:
    """No lookup is configured: nothing is merged."""
    assert resolve("FR").row == "FR"
    assert resolve("FR", "FR").row == "FR"


@given(st.sampled_from(IDS), st.sampled_from(sorted(ORDERS)), st.data())
def test_an_override_may_only_tighten(pinned: str, field: str, data: st.DataObject) -> None:
    """P10: a stricter value is taken, a looser one is a load error."""
    row = resolve(pinned)
    values = {
        "model": ["opt_out", "opt_in"],
        "prompt": ["yes", "after_choice"],
        "residency": ["any", "edge", "in_country"],
        "gpc": ["policy", "must"],
        "dnt": ["policy", "must"],
        "voice": ["separate_opt_in", "forbidden"],
    }.get(field) or ([True, False] if isinstance(getattr(row, field), bool) else [1, 90, 181, 999])
    value = data.draw(st.sampled_from(values))
    strictness = ORDERS[field]
    if strictness(value) < strictness(getattr(row, field)):
        with pytest.raises(RuleLoosened):
            resolve(pinned, overrides={field: value})
    else:
        assert getattr(resolve(pinned, overrides={field: value}), field) == value


@pytest.mark.parametrize(
    "override",
    [{"raw_day": 1}, {"raw_days": "1"}, {"raw_days": -1}, {"model": "none"}, {"k_min": True}],
)
def test_an_override_that_does_not_fit_is_refused(override: dict[str, Any]) -> None:
    """Unknown fields and wrong values are load errors too."""
    with pytest.raises(BadRule):
        resolve("DE", overrides=override)


def test_an_override_tightens_the_pinned_row_whatever_the_visitor() -> None:
    """A visitor of a stricter region does not turn a good override into an error."""
    row = resolve("US-rest", regions.UNKNOWN, {"raw_days": 60})
    assert row.raw_days == 30


def test_where_events_may_go() -> None:
    """A row that keeps events in the country names it; two countries leave none."""
    assert resolve("CN", "US-rest").home == ["CN"]
    assert resolve("DE").home == []
    assert resolve("DE").hub_raw
    assert not resolve("US-rest", "CN").hub_raw


@pytest.mark.parametrize(
    ("pinned", "visitor", "hub", "leaves"),
    [
        ("DE", None, "DE", True),
        ("DE", "FR", "DE", True),
        ("DE", "FR", "FR", False),
        ("DE", "CN", "DE", False),
        ("DE", "CN", "CN", False),
        ("at", None, "AT", True),
        ("AT", None, "PL", False),
        ("US-PA", None, "US", True),
        ("UK", None, "GB", True),
        ("UNKNOWN", None, "DE", False),
        ("DE", None, None, False),
    ],
)
def test_an_override_keeps_events_in_the_edges_country(
    pinned: str, visitor: str | None, hub: str | None, *, leaves: bool
) -> None:
    """Whatever the file says of that row; with a visitor of another such country none is left."""
    row = resolve(pinned, visitor, {"residency": "in_country"})
    assert travel(row, share_raw=True, hub_country=hub).signals is leaves


@given(st.sampled_from(IDS), st.data())
def test_no_way_to_write_a_region_leads_to_a_looser_row(name: str, data: st.DataObject) -> None:
    """A row's id in any case is that row; a slip in it is the strictest one."""
    cased = "".join(data.draw(st.sampled_from([c.upper(), c.lower()])) for c in name)
    assert row_id(cased) == name
    assert row_id(f"{cased}xy") in (name, regions.UNKNOWN)


def test_a_slip_is_no_region() -> None:
    """Settings refuse it, so that a typing error is no country's rest."""
    assert row_id("us-wiretap") == "US-WIRETAP"
    assert row_id("US-wiretapp") == regions.UNKNOWN
    assert [known(code) for code in ("us-ca", "unknown", "US-wiretapp", "")] == [
        True,
        True,
        False,
        False,
    ]


def test_rows_travel_as_they_are() -> None:
    """A row is the wire's own type."""
    assert isinstance(resolve("DE", "US-CA"), RegionRow)
