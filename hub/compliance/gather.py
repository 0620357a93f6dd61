"""Gather the report's parts, each from the file or the room that holds it."""

import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec

from edge import VERSION
from edge.audit import AuditLog
from edge.keys import EdgeRecord, HubKeys, Keyring
from edge.keys.curve import fingerprint
from edge.policy import regions
from edge.projects import Project
from hub.api import shapes
from hub.api.shapes import SignedReport
from hub.compliance.seal import seal
from hub.disclosure.answers import Answers, Ask
from hub.disclosure.retention import day_of
from hub.stores.records import Records
from hub.stores.records.tombstones import Buried

DAY = 86_400_000
PERIOD = 90 * DAY
GRACE = DAY
"""Retention works nightly: an event is overdue a day after its last."""
_KEYS = ("keys.", "enroll.")
"""What rows of the audit log about keys begin with."""


@dataclass(frozen=True, slots=True)
class Gatherer:
    """
    Makes signed reports of the hub in *folder*. :meth:`report` may be called from any thread.

    Each report is a row in the audit log, which is written first: the head of the chain
    that the report names is that row.
    """

    folder: Path
    answers: Answers
    records: Records
    clock: Callable[[], int] = lambda: int(time.time() * 1000)

    def report(self, start: int | None = None, end: int | None = None) -> SignedReport:
        """
        Return the signed report with consent figures from *start* to before *end*, ms since
        1970; the last 90 days where they are not said.

        Raises BadKey, AuditUnavailable, BadPeriod and what the stores raise.
        """
        found = self.facts(start, end)
        log = AuditLog(self.folder)
        log.write("report.compliance", start=found.start, end=found.end)
        secret = HubKeys.load(self.folder).signing[0]
        return seal(msgspec.structs.replace(found, audit=_chain(log)), secret)

    def facts(self, start: int | None = None, end: int | None = None) -> shapes.Report:
        """Return what a report would say now, unsigned and without a row in the audit log."""
        now = self.clock()
        end = now if end is None else end
        start = max(0, end - PERIOD) if start is None else start
        keys, log = HubKeys.load(self.folder), AuditLog(self.folder)
        projects = self.answers.every_project()
        tombstones = self.records.tombstones
        return shapes.Report(
            format=1,
            made=now,
            start=start,
            end=end,
            hub=_identity(keys),
            rules_as_of=regions.AS_OF,
            rules=[*self._rules()],
            consent=[self._consent(project, start, end) for project in projects],
            retention=[self._retention(project, now) for project in projects],
            erasures=[_erasure(one) for one in tombstones.listed()],
            waiting=shapes.ErasuresWaiting(
                erasures=tombstones.waiting,
                claims=len(tombstones.claims),
                errands=len(tombstones.errands),
            ),
            keys=[*_keys(keys, Keyring(self.folder))],
            key_history=[*_history(log)],
            audit=_chain(log),
        )

    def _consent(self, project: Project, start: int, end: int) -> shapes.ProjectConsent:
        shown = self.answers.consent(Ask(project_id=project.id, start=start, end=end))
        return shapes.ProjectConsent(
            project=project.id,
            demo=project.demo,
            mode=project.consent,
            k=shown.scope.k,
            sessions=shown.scope.sessions,
            choices=shown.choices,
            hidden=shown.hidden,
        )

    def _retention(self, project: Project, now: int) -> shapes.Retention:
        kept = self.answers.kept(project)
        rows = [regions.resolve(part) for one in kept.regions or {""} for part in one.split("+")]
        days = min(row.raw_days for row in rows)
        late = kept.oldest is not None and kept.oldest < now - days * DAY - GRACE
        return shapes.Retention(
            project=project.id,
            raw_days=days,
            agg_days=min(row.agg_days for row in rows),
            oldest_day=None if kept.oldest is None else day_of(kept.oldest),
            overdue=None if kept.hidden else late,
        )

    def _rules(self) -> Iterator[shapes.RulesInForce]:
        told = {
            audience: value
            for (audience, kind, _), value in self.records.control.said().items()
            if kind == "rules" and value
        }
        keyring = Keyring(self.folder)
        nodes = dict.fromkeys(record.node for record in keyring.records())
        for node in nodes:
            record = keyring.of_node(node)
            if record is not None:
                yield self._rules_of(record, [told.get(one, {}) for one in ("", node)])

    def _rules_of(self, record: EdgeRecord, told: list[dict[str, Any]]) -> shapes.RulesInForce:
        row = regions.resolve(record.region)
        tightened = regions.combine(row, *told)
        heard = self.records.control.report_of(record.node)
        return shapes.RulesInForce(
            edge=record.name,
            node=record.node,
            region=record.region,
            law=regions.law(record.region),
            rules=regions.tighten(row, tightened),
            tightened=tightened,
            known=self._known(record),
            complaints=[f"{one.kind} {one.key}: {one.why}" for one in heard.complaints]
            if heard
            else [],
        )

    def _known(self, record: EdgeRecord) -> Literal["yes", "not yet", "never said", "revoked"]:
        if record.revoked is not None:
            return "revoked"
        heard = self.records.control.report_of(record.node)
        if heard is None:
            return "never said"
        audiences = ("", "demo" if record.demo else "real", record.node)
        return "yes" if heard.rev >= self.records.control.head_of(audiences) else "not yet"


def _identity(keys: HubKeys) -> shapes.HubIdentity:
    card = keys.card()
    return shapes.HubIdentity(
        version=VERSION, fingerprint=card.fingerprint(), keys=card.keys, verify=[*card.verify]
    )


def _erasure(one: Buried) -> shapes.Erasure:
    return shapes.Erasure(
        project=one.project,
        session_hash=hashlib.sha256(one.session.encode()).hexdigest(),
        heard=one.at,
        state="complete" if one.complete else "under way",
    )


def _keys(keys: HubKeys, keyring: Keyring) -> Iterator[shapes.Key]:
    states: tuple[Literal["in use", "next"], ...] = ("in use", "next")
    for key, state in zip(keys.keys, states, strict=False):
        yield shapes.Key(
            of="hub",
            node="",
            state=state,
            fingerprint=fingerprint(key.public),
            made=key.made,
            revoked=None,
        )
    for record in keyring.records():
        yield shapes.Key(
            of=record.name,
            node=record.node,
            state="admitted" if record.revoked is None else "revoked",
            fingerprint=fingerprint(record.key),
            made=record.made,
            revoked=record.revoked,
        )


def _history(log: AuditLog) -> Iterator[shapes.AuditRow]:
    for row in log.rows():
        if str(row.get("what", "")).startswith(_KEYS):
            yield shapes.AuditRow(**{name: row[name] for name in shapes.AuditRow.__struct_fields__})


def _chain(log: AuditLog) -> shapes.AuditChain:
    found = log.verify()
    return shapes.AuditChain(rows=found.rows, hash=found.last.hash, problems=found.problems)
