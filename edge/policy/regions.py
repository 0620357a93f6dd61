"""
Regional rules: which row of ``regional_rules.json`` applies, and the stricter of two.

The file is data of the project, read once when this module is loaded; the rows
are engineering defaults with their sources, no legal advice.
"""

import contextlib
import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

import msgspec

from edge.errors import FlowbackError
from edge.events.wire import RegionRow

UNKNOWN = "UNKNOWN"
"""What a failed lookup resolves to: the strictest row."""
_ANY = "*"


class RuleLoosened(FlowbackError):
    """A regional rule was loosened. Overrides may only tighten: remove it or make it stricter."""


class BadRule(FlowbackError):
    """An override names no field of a regional rule, or gives it a value that does not fit."""


_ORDERS: dict[str, tuple[str, ...]] = {
    "model": ("opt_out", "opt_in"),
    "prompt": ("yes", "after_choice"),
    "residency": ("any", "edge", "in_country"),
    "gpc": ("policy", "must"),
    "dnt": ("policy", "must"),
    "voice": ("separate_opt_in", "forbidden"),
}
"""Fields whose values are ordered, loosest first ("resolve" in the file)."""


def _greater(field: str) -> Callable[[Any, Any], Any]:
    return lambda a, b: max(a, b, key=_ORDERS[field].index)


_STRICTER: dict[str, Callable[[Any, Any], Any]] = {
    "model": _greater("model"),
    "capture_before_choice": lambda a, b: a and b,
    "store_before_choice": lambda a, b: a and b,
    "counts_before_choice": lambda a, b: a and b,
    "gpc": _greater("gpc"),
    "dnt": _greater("dnt"),
    "prompt": _greater("prompt"),
    "reprompt_min_days": max,
    "consent_ttl_days": min,
    "raw_days": min,
    "agg_days": min,
    "voice": _greater("voice"),
    "k_min": max,
    "hub_raw": lambda a, b: a and b,
    "residency": _greater("residency"),
}
"""Each field of a row → the stricter of two values."""


class _Rule(msgspec.Struct, frozen=True):
    """A row as it stands in the file; what a decision does not need is left there."""

    id: str
    match: tuple[str, ...]
    law: str
    model: str
    capture_before_choice: bool
    store_before_choice: bool
    counts_before_choice: bool
    gpc: str
    dnt: str
    prompt: str
    reprompt_min_days: int
    consent_ttl_days: int
    raw_days: int
    agg_days: int
    voice: str
    k_min: int
    residency: str
    hub_raw: bool = True


class _Globals(msgspec.Struct, frozen=True):
    prompt_min_interval_s: int


class _File(msgspec.Struct, frozen=True, rename={"globals": "global"}):
    as_of: str
    globals: _Globals
    regions: tuple[_Rule, ...]


def _load() -> _File:
    text = files("edge.policy").joinpath("regional_rules.json").read_bytes()
    return msgspec.json.decode(text, type=_File)


_file = _load()
_rules: dict[str, _Rule] = {rule.id: rule for rule in _file.regions}
_ids: dict[str, str] = {rule.id.upper(): rule.id for rule in _file.regions}
_CODE = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
"""ISO 3166: a country, or a subdivision. Anything else is a slip, and has the strictest row."""
_matches: dict[str, str] = {}
for _rule in _file.regions:
    for _code in _rule.match:
        # The first row of a code has it: a country's own row stands before the collecting ones.
        _matches.setdefault(_code, _rule.id)
AS_OF = _file.as_of
"""The day on which the rows were last held against the laws that they name."""
PROMPT_MIN_INTERVAL_MS = _file.globals.prompt_min_interval_s * 1000
"""ms between two questions to one session, everywhere."""


def row_id(region: str | None) -> str:
    """
    Return the id of the row for *region*: a row's id, a country (``DE``) or a
    subdivision (``US-CA``), in any case. Subdivision before country before everywhere;
    what is none of them or matches nothing has the strictest row.
    """
    code = (region or "").strip().upper()
    if code in _ids:
        return _ids[code]
    if not _CODE.fullmatch(code):
        return _matches[_ANY]
    return _matches.get(code) or _matches.get(code.partition("-")[0]) or _matches[_ANY]


def law(region: str) -> str:
    """Return the name of the law that a row stands for."""
    return _rules[row_id(region)].law


def known(region: str) -> bool:
    """Say whether *region* has a row of its own; settings check their pinned region with it."""
    return region.strip().upper() == UNKNOWN or row_id(region) != UNKNOWN


def resolve(
    pinned: str, visitor: str | None = None, overrides: Mapping[str, Any] | None = None
) -> RegionRow:
    """
    Return the merged row for an edge pinned to *pinned* and a visitor in *visitor*.

    *visitor* is None where no lookup database is configured (then the pinned
    region stands alone) and ``UNKNOWN`` where a lookup failed. *overrides*
    are fields of :class:`RegionRow` by their names in the file; they tighten the pinned
    row, before the visitor's is merged in.
    Raises :class:`RuleLoosened` and :class:`BadRule`.
    """
    row = _row(row_id(pinned))
    if overrides:
        row = tighten(row, overrides)
        if row.residency == "in_country" and not row.home:
            row = msgspec.structs.replace(row, home=_home(pinned))
    if visitor is None or row_id(visitor) == row.row:
        return row
    return stricter(row, _row(row_id(visitor)))


def tighten(row: RegionRow, overrides: Mapping[str, Any]) -> RegionRow:
    """
    Return *row* with *overrides*, none of which may be looser than the row.

    Raises :class:`RuleLoosened` and :class:`BadRule`.
    """
    for field, value in overrides.items():
        if field not in _STRICTER:
            raise BadRule(f"{field!r} is no field of a regional rule: {', '.join(_STRICTER)}")
        have = getattr(row, field)
        if type(value) is not type(have) or value not in _ORDERS.get(field, (value,)):
            raise BadRule(f"{field!r} cannot be {value!r}")
        if isinstance(value, int) and value < 0:
            raise BadRule(f"{field!r} cannot be negative")
        if _STRICTER[field](have, value) != value:
            raise RuleLoosened(
                f"{field} = {value!r} is looser than {have!r} of {row.row}: "
                "overrides may only tighten"
            )
    return msgspec.structs.replace(row, **overrides)


def combine(row: RegionRow, *told: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of *told* that are stricter than *row*, of several the strictest."""
    found: dict[str, Any] = {}
    for overrides in told:
        for field, value in overrides.items():
            have = found.get(field, getattr(row, field))
            if _STRICTER[field](have, value) != have:
                found[field] = value
    return found


def check(overrides: Mapping[str, Any]) -> None:
    """Raise :class:`BadRule` where *overrides* fit no row, however strict or loose they are."""
    for field, value in overrides.items():
        with contextlib.suppress(RuleLoosened):
            tighten(_row(_matches[_ANY]), {field: value})


def stricter(one: RegionRow, other: RegionRow) -> RegionRow:
    """Return the stricter of two rows, field by field, named after both."""
    merged = {
        field: choose(getattr(one, field), getattr(other, field))
        for field, choose in _STRICTER.items()
    }
    names = dict.fromkeys([*one.row.split("+"), *other.row.split("+")])
    homes = [{*row.home} for row in (one, other) if row.residency == "in_country"]
    home = sorted(set.intersection(*homes)) if homes else []
    return RegionRow(row="+".join(names), home=home, **merged)


def _home(region: str) -> list[str]:
    """Return the country of a code, or those that a row stands for; none where it names none."""
    code = region.strip().upper()
    codes = _rules[row_id(code)].match if code in _ids and code not in _matches else (code,)
    return sorted({code.partition("-")[0] for code in codes if _CODE.fullmatch(code)})


@lru_cache(maxsize=256)
def _row(key: str) -> RegionRow:
    return _to_row(_rules[key])


def _to_row(rule: _Rule) -> RegionRow:
    fields = {field: getattr(rule, field) for field in _STRICTER}
    fields["home"] = _home(rule.id) if rule.residency == "in_country" else []
    return msgspec.convert({"row": rule.id, **_camel(fields)}, RegionRow)


def _camel(fields: Mapping[str, Any]) -> dict[str, Any]:
    names: Iterable[tuple[str, str]] = zip(
        RegionRow.__struct_fields__, RegionRow.__struct_encode_fields__, strict=True
    )
    return {wire: fields[field] for field, wire in names if field in fields}
