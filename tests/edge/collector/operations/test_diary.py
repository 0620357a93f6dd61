"""What an edge writes into the audit log by itself, and that a forged log is found out."""

import json

import pytest

from edge.audit import HEAD, NAME, AuditLog
from edge.collector.operations.diary import changes, started
from edge.commands.audit import journal_anchor
from edge.projects import ProjectBook, make
from tests.edge.collector.site import SECRET, SESSION, Site, signal
from tests.stack import wait_for


@pytest.fixture
def site(tmp_path):
    made = Site(tmp_path)
    yield made
    made.stop()


def rows(site):
    return [(row["what"], row["about"]) for row in AuditLog(site.folder).rows()]


def whats(site):
    return [what for what, _ in rows(site)]


def test_starts_and_ends_are_told_with_the_settings_that_hold(site):
    """And with each project's consent mode: the audit asks for nothing else first."""
    site.restart()
    wait_for(lambda: whats(site) == ["edge.started", "edge.ended", "edge.started"], what="rows")
    about = rows(site)[0][1]
    assert about["settings"]["region"] == "DE"
    assert about["consent"] == {"shop": "ask", "bank": "ask", "intranet": "host"}
    assert AuditLog(site.folder).verify().problems == []


def test_a_deletion_is_told_without_naming_the_visitor(site):
    """By its receipt, project and number of events; on disk when it is answered."""
    site.grant()
    site.send(signal(1))
    headers = {"Authorization": f"Bearer {SECRET}"}
    answer = site.client.delete(f"/sessions/{SESSION}?k=key-of-shop", headers=headers).json()

    [(_, about)] = [row for row in rows(site) if row[0] == "session.erased"]
    assert about == {"project": "shop", "receipt": answer["receipt"], "events": answer["erased"]}
    assert SESSION not in (site.folder / NAME).read_text()


def test_a_changed_consent_mode_is_told(site):
    """Whoever edited projects.json, and whether or not a command was used."""
    wait_for(lambda: "edge.started" in whats(site), what="the start")
    path = site.folder / "projects.json"
    wait_for(lambda: site.client.app.state.collector.diary._projects is not None, what="a look")
    path.write_text(path.read_text().replace('"host"', '"regional"'))

    wait_for(lambda: "project.changed" in whats(site), what="the change")
    [(_, about)] = [row for row in rows(site) if row[0] == "project.changed"]
    assert about == {"project": "intranet", "fields": {"consent": ["host", "regional"]}}


def test_a_project_that_comes_or_goes_is_a_row():
    """And a new write key is told, not shown."""
    shop = make("shop", origins=["https://shop.example"])
    renewed = make("shop", origins=["https://shop.example"])
    assert list(changes({}, {"shop": shop})) == [
        ("project.added", {"project": "shop", "consent": "ask"})
    ]
    assert list(changes({"shop": shop}, {})) == [("project.removed", {"project": "shop"})]
    assert list(changes({"shop": shop}, {"shop": renewed})) == [
        ("project.changed", {"project": "shop", "fields": {"key": "changed"}})
    ]


def test_of_a_list_only_the_difference_is_told():
    """A row stays small where one of thousands changes, and says what did."""
    many = [f"https://shop{n}.example" for n in range(3000)]
    one, other = (
        make("shop", key="k", origins=many + more) for more in ([], ["https://new.example"])
    )
    fields = {"origins": {"added": ["https://new.example"], "removed": []}}
    assert list(changes({"shop": one}, {"shop": other})) == [
        ("project.changed", {"project": "shop", "fields": fields})
    ]
    [(_, back)] = changes({"shop": other}, {"shop": one})
    assert back["fields"] == {"origins": {"added": [], "removed": ["https://new.example"]}}
    turned = make("shop", key="k", origins=many[::-1])
    [(_, about)] = changes({"shop": one}, {"shop": turned})
    assert about["fields"] == {"origins": "reordered"}


def test_no_older_key_is_shown(tmp_path):
    """A key that pages still carry is as good as the new one."""
    book = ProjectBook.open(tmp_path)
    book.add(make("shop", key="secret-one", origins=["https://shop.example"]))
    before = {"shop": book.known("shop")}
    book.new_key("shop")
    after = {"shop": book.known("shop")}
    [(_, about)] = changes(before, after)
    assert about["fields"] == {"key": "changed", "older_keys": "changed"}
    [(_, about)] = changes(after, before)
    assert about["fields"] == {"key": "changed", "older_keys": "changed"}


def test_a_start_with_thousands_of_projects_is_rows_of_some():
    """Each project's mode is there once, and no row is long."""
    shop = make("shop", origins=["https://shop.example"])
    projects = {f"shop{n:04}" + "y" * 56: shop for n in range(1001)}
    first, *more = started(projects, version="1")
    assert first[0] == "edge.started"
    assert first[1]["version"] == "1"
    assert {what for what, _ in more} == {"edge.projects"}
    told = [name for _, about in (first, *more) for name in about["consent"]]
    assert told == [*projects]
    assert max(len(json.dumps(about)) for _, about in (first, *more)) < 2**15


def test_a_damaged_witness_is_a_row_and_degrades_until_the_next_start(site):
    """Fault 14 without its witness: nothing could tell, and that is told."""
    site.grant()
    assert site.send(signal(1)).status_code == 202
    site.stop()
    path = site.folder / "journal.high"
    path.write_bytes(b"\xa5" * path.stat().st_size)
    site.start()
    answer = site.client.get("/ready")
    assert answer.status_code == 200
    assert "journal.high is damaged" in answer.json()["probes"]["witness"]
    wait_for(lambda: "edge.started" in whats(site)[-1:], what="the rows")
    [about] = [about for what, about in rows(site) if what == "journal.no_witness"]
    assert "journal.high is damaged" in about["says"]
    site.restart()
    assert site.client.get("/ready").json()["probes"]["witness"] == "ok"


def test_the_journal_knows_the_last_row(site):
    """A log and a head that were cut off together are missed by the journal's mark."""
    ProjectBook.open(site.folder)
    log = AuditLog(site.folder)
    wait_for(lambda: journal_anchor(site.folder) == log.head() is not None, what="the mark")
    log.write("something")
    wait_for(lambda: journal_anchor(site.folder) == log.head(), what="the next mark")
    anchor = log.head()
    assert log.verify(anchor).problems == []

    lines = (site.folder / NAME).read_bytes().splitlines()[:-1]
    (site.folder / NAME).write_bytes(b"\n".join(lines) + b"\n")
    last = json.loads(lines[-1])
    (site.folder / HEAD).write_text(json.dumps({"n": last["n"], "hash": last["hash"]}))
    assert log.verify().problems == [], "nothing in the folder's own two files tells it"
    assert log.verify(anchor).problems == ["row 2: it is not the one that the journal marks"]


def test_a_log_that_cannot_be_written_stops_nothing_else(site):
    """Ready says so; the row waits."""
    wait_for(lambda: "edge.started" in whats(site), what="the start")
    kept = site.folder / "kept"
    (site.folder / NAME).rename(kept)
    (site.folder / NAME).mkdir()
    site.client.app.state.collector.diary.later("waits")
    wait_for(
        lambda: "cannot be written" in site.client.get("/ready").json()["probes"]["audit"],
        what="the probe",
    )
    assert site.client.get("/ready").status_code == 200
    site.grant()
    assert site.send(signal(1)).status_code == 202
    (site.folder / NAME).rmdir()
    kept.rename(site.folder / NAME)
    wait_for(lambda: "waits" in whats(site), what="the row")
    assert AuditLog(site.folder).verify().problems == []
