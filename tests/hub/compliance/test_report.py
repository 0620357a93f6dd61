"""The report for an auditor who has nothing else: what it says, and that nobody can alter it."""

import hashlib
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.exceptions import BadSignatureError

from edge import keys
from edge.audit import AuditLog
from edge.keys.curve import fingerprint
from hub.api import shapes
from hub.api.shapes import SignedReport
from hub.compliance.seal import BadReport, opened, read, seal
from hub.compliance.words import summary
from hub.stores.records.control_log import Saying
from tests.hub.hubkit import (
    DEMO,
    REAL_NODE,
    SHOP,
    T0,
    HubKit,
    denial,
    main_job,
    quiet,
    tombstone,
)

DAY = 86_400_000
PERIOD = {"start": T0 - DAY, "end": T0 + DAY}
GONE = "gone-visit-00000000000"


def made(kit: HubKit, **period: int) -> SignedReport:
    """Ask the API for a report."""
    answer = kit.client().post("/api/reports/compliance", json=period or PERIOD)
    assert answer.status_code == 200, answer.text
    return opened(answer.content)


def told(kit: HubKit, visits: int, denials: int) -> None:
    """Let so many visits and denials of the shop come."""
    found = [quiet(f"visit-{number:016}") for number in range(visits)]
    groups = [denial(f"{number:032}") for number in range(denials)]
    kit.put(kit.entry(0, groups, node=REAL_NODE))
    kit.tell(*found, node=REAL_NODE)


def test_choices_are_shown_where_k_share_them_and_else_said_to_be_hidden(kit: HubKit) -> None:
    """Twelve grants are shown at k = 10, four denials are hidden and counted as hidden."""
    told(kit, 12, 4)
    shop = next(one for one in made(kit).report.consent if one.project == SHOP)
    assert (shop.k, shop.sessions) == (10, 12)
    assert shop.choices == {"granted": 12}
    assert shop.hidden == {"denied": "few"}
    assert (shop.mode, shop.demo) == ("ask", False)


def test_below_k_neither_a_count_nor_a_day_is_told(kit: HubKit) -> None:
    told(kit, 3, 0)
    report = made(kit).report
    shop = next(one for one in report.consent if one.project == SHOP)
    kept = next(one for one in report.retention if one.project == SHOP)
    assert (shop.sessions, shop.choices) == (None, {})
    assert (kept.oldest_day, kept.overdue) == (None, None)


@pytest.mark.parametrize(("days", "word"), [(10, "within them"), (400, "LONGER THAN ALLOWED")])
def test_an_event_that_stays_too_long_is_named(kit: HubKit, days: int, word: str) -> None:
    told(kit, 12, 0)
    kit.now = T0 + days * DAY
    report = made(kit).report
    kept = next(one for one in report.retention if one.project == SHOP)
    assert kept.oldest_day == "2026-09-21"
    assert kept.overdue is (days == 400)
    assert any(word in line for line in summary(report))


def test_an_erasure_has_a_receipt_that_names_nobody(kit: HubKit) -> None:
    """Under way until its bytes are gone; found by the hash of the id that the visitor has."""
    kit.tell(main_job(GONE), main_job("another-visit-00000000"))
    kit.put(kit.entry(0, [tombstone(GONE)]))
    kit.hub.worker.step()
    answer = made(kit)
    [row] = answer.report.erasures
    assert row.session_hash == hashlib.sha256(GONE.encode()).hexdigest()
    assert (row.project, row.state) == (DEMO, "under way")
    kit.apply()
    while kit.hub.worker.step():
        pass
    later = made(kit)
    assert [one.state for one in later.report.erasures] == ["complete"]
    assert later.report.waiting.erasures == 0
    assert GONE.encode() not in msgspec.json.encode(later)


def test_rules_are_the_strictest_that_the_edge_was_told(kit: HubKit) -> None:
    """The region's row, the hub's word for all, its word for this edge; what is looser is not."""
    edge = keys.EdgeKeys.make(kit.folder / "edge")
    asked = keys.request(kit.folder / "edge", kit.folder / "asked", name="berlin", region="DE")
    keys.enroll(keys.Keyring(kit.folder), asked, asked.fingerprint())
    log = kit.hub.records.control
    log.append(
        [
            Saying("", "rules", "", {"raw_days": 9, "k_min": 1}),
            Saying(edge.node, "rules", edge.node, {"k_min": 40}),
        ],
        now=T0,
    )
    [row] = made(kit).report.rules
    assert (row.edge, row.region, row.known) == ("berlin", "DE", "never said")
    assert row.tightened == {"raw_days": 9, "k_min": 40}
    assert (row.rules.raw_days, row.rules.k_min) == (9, 40)
    log.heard(edge.node, log.head, [], now=T0)
    assert made(kit).report.rules[0].known == "yes"


def test_keys_and_their_history_and_the_head_of_the_audit_chain(kit: HubKit) -> None:
    log = AuditLog(kit.folder)
    log.write("keys.new", fingerprint=fingerprint(kit.keys.current.public))
    log.write("project.changed", project="shop")
    report = made(kit).report
    assert [(key.of, key.state) for key in report.keys] == [("hub", "in use")]
    assert [row.what for row in report.key_history] == ["keys.new"]
    assert report.hub.fingerprint == kit.keys.card().fingerprint()
    head = log.head()
    assert head is not None
    assert (report.audit.rows, report.audit.hash, report.audit.problems) == (head.n, head.hash, [])
    assert [*log.rows()][-1]["what"] == "report.compliance"


def test_a_broken_audit_chain_is_said(kit: HubKit) -> None:
    log = AuditLog(kit.folder)
    for number in range(3):
        log.write("project.changed", project=f"p{number}")
    log.path.write_bytes(log.path.read_bytes().replace(b"p1", b"p9"))
    problems = made(kit).report.audit.problems
    assert problems
    assert problems[0].startswith("row 2")


def test_looking_is_no_report(kit: HubKit) -> None:
    """`GET /api/privacy` says the same, unsigned, and writes no row."""
    told(kit, 12, 4)
    window = {"from": PERIOD["start"], "to": PERIOD["end"]}
    answer = kit.client().get("/api/privacy", params=window)
    assert answer.status_code == 200
    assert [*AuditLog(kit.folder).rows()] == []
    signed = msgspec.to_builtins(made(kit).report)
    assert {**answer.json(), "audit": None} == {**signed, "audit": None}


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_hub_without_its_keys_says_so(kit: HubKit, method: str) -> None:
    (kit.folder / "hub.key").unlink()
    path = {"get": "/api/privacy", "post": "/api/reports/compliance"}[method]
    answer = kit.client().request(method, path, json=PERIOD if method == "post" else None)
    assert (answer.status_code, answer.json()["title"]) == (503, "The hub's keys cannot be used")


@pytest.mark.parametrize("body", [{"start": 5, "end": 5}, {"start": -1, "end": 9}, {"start": "x"}])
def test_a_period_that_is_none_is_refused_and_leaves_no_row(
    kit: HubKit, body: dict[str, Any]
) -> None:
    answer = kit.client().post("/api/reports/compliance", json=body)
    assert answer.status_code == 400
    assert [*AuditLog(kit.folder).rows()] == []


def small() -> SignedReport:
    """A report of an empty hub, signed."""
    pair = keys.HubKeys(keys=[keys.curve.new_key(1)], signing=[keys.signing.new_signing_key()])
    card = pair.card()
    report = shapes.Report(
        format=1,
        made=T0,
        start=0,
        end=T0,
        hub=shapes.HubIdentity(
            version="1", fingerprint=card.fingerprint(), keys=card.keys, verify=[*card.verify]
        ),
        rules_as_of="2026-01-01",
        rules=[],
        consent=[],
        retention=[],
        erasures=[],
        waiting=shapes.ErasuresWaiting(erasures=0, claims=0, errands=0),
        keys=[],
        key_history=[
            shapes.AuditRow(n=1, at=1, who="größe", what="keys.new", about={"a": "\u2028é"})
        ],
        audit=shapes.AuditChain(rows=0, hash="0" * 64, problems=[]),
    )
    return seal(report, pair.signing[0])


SMALL = small()


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of every plain value in *value*."""
    pairs: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        pairs = [*value.items()]
    elif isinstance(value, list):
        pairs = [*enumerate(value)]
    else:
        return [path]
    return [leaf for key, one in pairs for leaf in leaves(one, (*path, key))]


PLAIN = msgspec.to_builtins(SMALL)


@given(st.sampled_from(leaves(PLAIN)), st.integers() | st.text(max_size=3))
def test_whatever_is_changed_in_it_is_seen(path: tuple[Any, ...], value: Any) -> None:
    """Each value of it, and nothing else: printed otherwise it is the same report."""
    changed = json.loads(json.dumps(PLAIN))
    place = changed
    for step in path[:-1]:
        place = place[step]
    if place[path[-1]] == value:
        return
    place[path[-1]] = value
    with pytest.raises(BadReport):
        opened(json.dumps(changed).encode())


def test_it_holds_however_it_is_printed() -> None:
    for indent, ascii_only in [(None, True), (1, False), (4, True)]:
        text = json.dumps(PLAIN, indent=indent, ensure_ascii=ascii_only)
        assert opened(text.encode()) == SMALL


def test_who_signs_with_a_key_of_his_own_is_found_out() -> None:
    """A forger's report either names the hub's keys, which did not sign, or another fingerprint."""
    forger = keys.signing.new_signing_key()
    with pytest.raises(BadReport, match="not of the hub"):
        opened(msgspec.json.encode(seal(SMALL.report, forger)))
    named = msgspec.structs.replace(SMALL.report.hub, verify=[keys.signing.verify_key(forger)])
    false = msgspec.structs.replace(SMALL.report, hub=named)
    with pytest.raises(BadReport, match="not of its keys"):
        opened(msgspec.json.encode(seal(false, forger)))


def test_a_second_report_beside_the_signed_one_is_refused() -> None:
    text = json.dumps(PLAIN)
    false = json.dumps({**PLAIN["report"], "erasures": []})
    with pytest.raises(BadReport):
        opened(('{"report": ' + false + ", " + text[1:]).encode())


def test_the_readme_says_how_to_check_one_without_flowback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its lines run as they stand."""
    readme = Path(__file__).parents[3] / "hub" / "README.md"
    lines = readme.read_text().split("## The report for an auditor")[1]
    code = lines.split("```python\n")[1].split("```")[0]
    path = tmp_path / "report.json"
    path.write_bytes(msgspec.json.encode(SMALL))
    exec(compile(code, "README", "exec"), {"FILE": str(path)})
    assert SMALL.report.hub.fingerprint in capsys.readouterr().out
    path.write_bytes(msgspec.json.encode(SMALL).replace(b"2026-01-01", b"2026-01-02"))
    with pytest.raises(BadSignatureError):
        exec(compile(code, "README", "exec"), {"FILE": str(path)})


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[" * 100_000, b"\xff", b'{"report":NaN,"signature":{}}', b"null"]
)
def test_what_is_no_report_is_refused_in_one_line(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "report.json"
    path.write_bytes(data)
    with pytest.raises(BadReport, match="no compliance report"):
        read(path)
