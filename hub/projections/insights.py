"""Insights as they were last made, why they say so, what they said before, and when."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.projections.comments import still_there
from hub.stores.analytics import Reader, Transaction

CREATE = (
    """
    create table if not exists insight (
      project varchar not null, id varchar not null, revision bigint not null,
      rank bigint not null, body varchar not null
    )
    """,
    "create table if not exists insight_run (project varchar not null, ran bigint not null)",
    """
    create table if not exists insight_why (
      project varchar not null, id varchar not null, body varchar not null
    )
    """,
    """
    create table if not exists insight_history (
      project varchar not null, id varchar not null, revision bigint not null,
      made bigint not null, body varchar not null
    )
    """,
    "create table if not exists insight_note (project varchar not null, body varchar not null)",
)
"""``rank`` is the place in the list, from 0; -1 is one that is not found any more
and keeps only its revision."""

KEPT = 50
"""Revisions of one insight that are kept, the newest."""

_STORED = "select body from insight where project = ? and rank >= 0 order by rank"
_LISTED = "select id from insight where project = ? and rank >= 0"
_WHY = "select body from insight_why where project = ? and id = ?"
_HISTORY = """
select body from insight_history where project = ? and id = ? order by revision desc
"""
_KNOWN = "select id, revision, body from insight where project = ?"


def stored(reader: Reader, project: str) -> list[dict[str, Any]]:
    """Return the fields of a project's insights in their order."""
    return [json.loads(body) for (body,) in reader.read(_STORED, [project])]


def why(reader: Reader, project: str, insight: str) -> dict[str, Any] | None:
    """Return what explains an insight; None where it is not listed."""
    rows = reader.read(_WHY, [project, insight])
    return json.loads(rows[0][0]) if rows else None


def history(reader: Reader, project: str, insight: str) -> list[dict[str, Any]]:
    """Return what an insight said, the newest first."""
    return [json.loads(body) for (body,) in reader.read(_HISTORY, [project, insight])]


def note(reader: Reader, project: str) -> dict[str, Any]:
    """Return what the last run said of the project as a whole."""
    rows = reader.read("select body from insight_note where project = ?", [project])
    return json.loads(rows[0][0]) if rows else {}


def last_run(reader: Reader, project: str) -> int | None:
    """Return when a project's insights were last made, ms since 1970."""
    rows = reader.read("select max(ran) from insight_run where project = ?", [project])
    return None if rows[0][0] is None else int(rows[0][0])


@dataclass(slots=True)
class Replaced:
    """What a run changed: insights that say something new, and ids of those that went."""

    new: list[dict[str, Any]]
    gone: list[tuple[str, int]]
    """(id, revision)."""
    listed: int
    """How many there are."""

    @property
    def any(self) -> bool:
        """Whether anything changed."""
        return bool(self.new or self.gone)


def replace(
    transaction: Transaction,
    project: str,
    found: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]],
    ran: int,
    about: Mapping[str, Any] | None = None,
) -> Replaced:
    """
    Make *found*, (fields, why they say so), the insights of *project*.

    One that says something new gets the next revision and ``made`` = *ran*; one that is
    not found any more keeps its revision for when it comes back. *about* is the run's note.
    What quotes a comment that is gone is left out: its session was erased meanwhile.
    """
    texts = [text for _, reason in found for text in quotes(reason)]
    there = still_there(transaction, project, texts)
    found = [(fields, reason) for fields, reason in found if quotes(reason) <= there]
    known = {row[0]: (row[1], json.loads(row[2])) for row in transaction.read(_KNOWN, [project])}
    listed = {str(row[0]) for row in transaction.read(_LISTED, [project])}
    rows: list[tuple[str, str, int, int, str]] = []
    new = []
    for rank, (fields, _) in enumerate(found):
        revision, old = known.pop(fields["id"], (-1, {}))
        body = {**fields, "revision": revision, "made": old.get("made", ran)}
        if body != old:
            revision += 1
            body.update(revision=revision, made=ran)
            new.append(body)
        rows.append((project, fields["id"], revision, rank, json.dumps(body)))
    gone = [(name, int(old[0])) for name, old in known.items()]
    # The words go: they may tell of a session that was erased.
    rows += [(project, name, revision, -1, "{}") for name, revision in gone]
    for table in ("insight", "insight_run", "insight_why", "insight_note"):
        transaction.execute(f"delete from {table} where project = ?", [project])  # noqa: S608
    transaction.append("insight", ("project", "id", "revision", "rank", "body"), rows)
    transaction.append("insight_run", ("project", "ran"), [(project, ran)])
    whys = [(project, fields["id"], json.dumps(reason)) for fields, reason in found]
    transaction.append("insight_why", ("project", "id", "body"), whys)
    transaction.append("insight_note", ("project", "body"), [(project, json.dumps(about or {}))])
    _remember(transaction, project, new)
    return Replaced(new, [one for one in gone if one[0] in listed], len(found))


def quotes(reason: Mapping[str, Any]) -> set[str]:
    """Return the texts that an insight may quote, by what explains it."""
    return {str(row["text"]) for row in reason["rows"].values() if "text" in row}


def _remember(transaction: Transaction, project: str, new: Sequence[Mapping[str, Any]]) -> None:
    columns = ("project", "id", "revision", "made", "body")
    rows = [(project, body["id"], body["revision"], body["made"], json.dumps(body)) for body in new]
    transaction.append("insight_history", columns, rows)
    for body in new:
        transaction.execute(
            "delete from insight_history where project = ? and id = ? and revision <= ?",
            [project, body["id"], body["revision"] - KEPT],
        )


def forget(transaction: Transaction, texts: Iterable[tuple[str, str]]) -> None:
    """Take back whatever quotes one of *texts*, (project, text); the next run words it anew."""
    for project, text in texts:
        said = {json.dumps(form)[1:-1] for form in (text, " ".join(text.split()))}
        for table in ("insight", "insight_why", "insight_history"):
            rows = transaction.read(f"select id, body from {table} where project = ?", [project])  # noqa: S608
            for id_ in {str(name) for name, body in rows if any(one in body for one in said)}:
                transaction.execute(
                    "update insight set rank = -1, body = '{}' where project = ? and id = ?",
                    [project, id_],
                )
                for told in ("insight_why", "insight_history"):
                    transaction.execute(
                        f"delete from {told} where project = ? and id = ?",  # noqa: S608
                        [project, id_],
                    )
