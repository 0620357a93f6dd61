"""Insights as they were last made, and when."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from hub.stores.analytics import Reader, Transaction

CREATE = (
    """
    create table if not exists insight (
      project varchar not null, id varchar not null, revision bigint not null,
      rank bigint not null, body varchar not null
    )
    """,
    "create table if not exists insight_run (project varchar not null, ran bigint not null)",
)
"""``rank`` is the place in the list, from 0; -1 is one that is not found any more
and keeps only its revision."""

_STORED = "select body from insight where project = ? and rank >= 0 order by rank"
_LISTED = "select id from insight where project = ? and rank >= 0"
_KNOWN = "select id, revision, body from insight where project = ?"


def stored(reader: Reader, project: str) -> list[dict[str, Any]]:
    """Return the fields of a project's insights in their order."""
    return [json.loads(body) for (body,) in reader.read(_STORED, [project])]


def last_run(reader: Reader, project: str) -> int | None:
    """Return when a project's insights were last made, ms since 1970."""
    rows = reader.read("select max(ran) from insight_run where project = ?", [project])
    return None if rows[0][0] is None else int(rows[0][0])


def replace(
    transaction: Transaction, project: str, found: Sequence[Mapping[str, Any]], ran: int
) -> bool:
    """
    Make *found* the insights of *project*; return whether anything changed.

    One that says something new gets the next revision and ``made`` = *ran*; one that is
    not found any more keeps its revision for when it comes back.
    """
    known = {row[0]: (row[1], json.loads(row[2])) for row in transaction.read(_KNOWN, [project])}
    listed = {str(row[0]) for row in transaction.read(_LISTED, [project])}
    rows: list[tuple[str, str, int, int, str]] = []
    changed = listed != {str(fields["id"]) for fields in found}
    for rank, fields in enumerate(found):
        revision, old = known.pop(fields["id"], (-1, {}))
        body = {**fields, "revision": revision, "made": old.get("made", ran)}
        if body != old:
            revision += 1
            body.update(revision=revision, made=ran)
            changed = True
        rows.append((project, fields["id"], revision, rank, json.dumps(body)))
    # The words go: they may tell of a session that was erased.
    rows += [(project, name, old[0], -1, "{}") for name, old in known.items()]
    transaction.execute("delete from insight where project = ?", [project])
    transaction.append("insight", ("project", "id", "revision", "rank", "body"), rows)
    transaction.execute("delete from insight_run where project = ?", [project])
    transaction.append("insight_run", ("project", "ran"), [(project, ran)])
    return changed
