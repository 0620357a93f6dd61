"""
An excess in words: where trouble is more frequent than elsewhere, for whom, by how much.

Also what is said beside it: how many sessions wrote comments that are alike there.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ai.excess import Excess
from ai.facts import Fact, Op, Row, Rows, make
from ai.faithful import Summary
from ai.trend import Trend
from ai.words import ADVICE, HYPOTHESES, NAMES, trend_sentence

RATE, VOICES = "e2", "e3"
"""Evidence of the comparison, and of the comments beside it."""

NAMES_OF_TAPS = {
    "thumbs_down": ("bad tap", "bad taps"),
    "confused": ("confused tap", "confused taps"),
}
_TAPPED = "what visitors find here may not be what they came for"
_READ = (
    "Read what visitors wrote here.",
    "Watch visitors use the page on a phone and on a desktop.",
)


@dataclass(frozen=True, slots=True)
class Surplus:
    """An excess with the *name* of its element and its sessions in the period *before*."""

    excess: Excess
    trend: Trend
    before: tuple[int, int]
    """Sessions hit and exposed."""
    name: str = ""

    @property
    def row(self) -> Row:
        """The figures as the evidence row that every number is computed from."""
        cell = self.excess.cell
        place = dict(zip(_labels(cell.place), cell.place, strict=True))
        hit, exposed = self.excess.elsewhere
        return {
            **place,
            "name": self.name,
            "hit": cell.hit,
            "exposed": cell.exposed,
            "hit elsewhere": hit,
            "exposed elsewhere": exposed,
            "hit before": self.before[0],
            "exposed before": self.before[1],
        }


def surplus(found: Surplus, *, named: bool = True) -> tuple[Summary, Rows]:
    """Return the summary of an excess and its evidence; not *named*: without its place's name."""
    cell, rows = found.excess.cell, {RATE: found.row}
    kind = cell.kind
    many = _many(kind)
    where = _where(found) if named else "in one place"
    facts: list[Fact] = []
    said = [_rate(found, rows, facts, where)]
    before = _share(rows, facts, "hit before", "exposed before")
    said.append(trend_sentence(found.trend, before))
    summary = Summary(
        title=f"More {many} {where}",
        description=" ".join(said),
        hypothesis=f"Not proven: {HYPOTHESES.get(kind, _TAPPED)}.",
        recommendations=ADVICE.get(kind, _READ),
        facts=tuple(facts),
        evidence=(RATE,),
    )
    return summary, rows


def against(summary: Summary, rows: Rows, found: Surplus) -> tuple[Summary, Rows]:
    """Return *summary* with the comparison of *found* beside what it says."""
    rows = {**rows, RATE: found.row}
    facts = [*summary.facts]
    said = _rate(found, rows, facts, _where(found))
    return _with(summary, said, facts, RATE), rows


def beside(
    summary: Summary, rows: Rows, page: str, here: int, both: int | None
) -> tuple[Summary, Rows]:
    """Return *summary* with the comments of *here* sessions, *both* of which had the trouble."""
    row: dict[str, str | int | float] = {"page": page, "wrote": here}
    if both is not None:
        row["wrote and hit"] = both
    rows = {**rows, VOICES: row}
    facts = [*summary.facts]
    said = f"Sessions that wrote comments alike here: {_one(rows, facts, 'wrote')}"
    if both is not None:
        said += f"; of these with the same trouble: {_one(rows, facts, 'wrote and hit')}"
    return _with(summary, f"{said}.", facts, VOICES), rows


def _with(summary: Summary, said: str, facts: Sequence[Fact], evidence: str) -> Summary:
    return replace(
        summary,
        description=f"{summary.description} {said}",
        facts=tuple(facts),
        evidence=(*summary.evidence, evidence),
    )


def _rate(found: Surplus, rows: Rows, facts: list[Fact], where: str) -> str:
    many = _many(found.excess.cell.kind)
    here = _share(rows, facts, "hit", "exposed")
    low = _fact(rows, facts, "low", "hit", "exposed", "interval from")
    high = _fact(rows, facts, "high", "hit", "exposed", "interval to")
    other = _fact(rows, facts, "ratio", "hit elsewhere", "exposed elsewhere", "rate elsewhere")
    return (
        f"{here} sessions had {many} {where}, with an interval from {low} to {high};"
        f" elsewhere on the site it is {other}."
    )


def _share(rows: Rows, facts: list[Fact], hit: str, exposed: str) -> str:
    said = f"{_one(rows, facts, hit)} of {_one(rows, facts, exposed)}"
    if rows[RATE][exposed]:
        share = _fact(rows, facts, "ratio", hit, exposed, f"share {hit}")
        return f"{said} ({share})"
    return said


def _one(rows: Rows, facts: list[Fact], field: str) -> str:
    return _fact(rows, facts, "sum", field, "", f"sessions {field}")


def _fact(rows: Rows, facts: list[Fact], op: Op, field: str, per: str, name: str) -> str:
    evidence = RATE if field in rows.get(RATE, {}) else VOICES
    id_ = f"f{len(facts) + 1}"
    facts.append(make(id_, name, op, rows, [evidence], field=field, per=per))
    return f"{{{id_}}}"


def _labels(place: tuple[str, ...]) -> tuple[str, ...]:
    return ("page", "target") if len(place) == 2 else ("page", "cohort", "device")


def _many(kind: str) -> str:
    return (NAMES.get(kind) or NAMES_OF_TAPS[kind])[1]


def _where(found: Surplus) -> str:
    place = found.excess.cell.place
    if len(place) == 2:
        return f"at {found.name or place[1]} on {place[0]}"
    page, cohort, device = place
    who = " on ".join(filter(None, (cohort, device)))
    return f"on {page} for {who}" if who else f"on {page}"
