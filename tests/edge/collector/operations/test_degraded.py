"""When detection fails, ingest goes on; what was missed is made up, and both are said."""

from functools import partial

import pytest

from edge.collector import app
from edge.collector.agents import sessions
from edge.detect.session import SessionDetection
from edge.events.event import SignalRaw
from edge.keys import pair_demo
from tests.edge.collector.site import Site, now, signal
from tests.stack import wait_for


@pytest.fixture
def site(tmp_path):
    made = Site(tmp_path)
    made.grant()
    yield made
    made.stop()


@pytest.fixture
def broken(monkeypatch):
    """Detectors that raise while ``broken`` is non-empty; how often they did."""
    real = SessionDetection.add
    state = {"on": True, "raised": 0}

    def add(self, stream, events):
        if state["on"]:
            state["raised"] += 1
            raise ZeroDivisionError("a bug")
        return real(self, stream, events)

    monkeypatch.setattr(SessionDetection, "add", add)
    return state


def rage(first: int, at: int):
    return [signal(n, at=at + (n - first) * 100) for n in range(first, first + 4)]


def probe(site):
    return site.client.get("/ready").json()["probes"]["detection"]


def figure(site, name):
    lines = site.client.get("/metrics").text.splitlines()
    [value] = [line.split()[-1] for line in lines if line.startswith(f"flowback_edge_{name} ")]
    return float(value)


def test_events_are_kept_when_a_detector_raises(site, broken):
    """202, on disk, in the journal; ready, degraded, counted, and not one signal invented."""
    answer = site.send(*rage(1, now() - 2_000))

    assert (answer.status_code, answer.json()["accepted"]) == (202, 4)
    assert broken["raised"] == 1
    assert [e.n for e in site.browser_events() if isinstance(e, SignalRaw)] == [1, 2, 3, 4]
    assert site.signals() == []
    assert probe(site) == "a detector failed: ZeroDivisionError"
    ready = site.client.get("/ready")
    assert (ready.status_code, ready.json()["degraded"]) == (200, ["detection"])
    assert figure(site, "detection_failed_total") == 1


def test_what_was_missed_is_made_up_with_the_next_batch(site, broken, monkeypatch):
    """The detectors are rebuilt from the journal, and publish what nobody has published."""
    start = now() - 6_000
    site.send(*rage(1, start))
    broken["on"] = False
    site.send(signal(9, at=start + 4_000))
    assert site.signals() == [], "they rest for a while after a failure"

    monkeypatch.setattr(sessions, "REST", 0)
    state = site.client.app.state.collector
    state.ingest.sessions.clear()  # as after a restart
    site.send(signal(10, at=start + 4_600))
    [found] = site.signals()
    assert (found.payload.signal, found.payload.count) == ("rage_click", 4)
    assert figure(site, "detection_made_up_total") == 2
    site.send(signal(11, at=start + 5_000))
    assert len(site.signals()) == 1, "made up once"


def test_a_restart_remembers_what_was_missed(site, broken):
    """The count stands in the session's row."""
    site.send(*rage(1, now() - 5_000))
    broken["on"] = False
    site.restart()
    site.send(signal(9))

    assert [s.payload.signal for s in site.signals()] == ["rage_click"]


def test_detectors_that_fail_are_not_asked_at_every_batch(site, broken):
    """A session whose events always fail costs one attempt a minute, not a rebuild a batch."""
    for n in range(1, 30):
        assert site.send(signal(n)).status_code == 202
    assert broken["raised"] == 1
    assert len(site.browser_events()) == 29


def test_one_broken_session_leaves_the_others_alone(site, broken):
    """Its neighbours in the same commit are detected."""
    site.send(*rage(1, now() - 2_000))
    broken["on"] = False
    other = {"sessionId": "C" * 22, "stream": "D" * 10 + "A"}
    site.grant(**other)
    site.send(*rage(1, now() - 2_000), **other)

    assert [s.payload.signal for s in site.signals()] == ["rage_click"]


def test_ingest_goes_on_without_a_hub(tmp_path):
    """Ready, degraded by the link alone; what comes is kept and counted as pending."""
    pair_demo(tmp_path, tmp_path / "hub")
    site = Site(tmp_path, hub="tcp://127.0.0.1:1")
    site.grant()
    assert site.send(signal(1), signal(2)).status_code == 202
    ready = site.client.get("/ready")
    assert (ready.status_code, ready.json()["degraded"]) == (200, ["link"])
    wait_for(lambda: figure(site, "pending_events") > 2, what="the account")
    assert figure(site, "unaccounted") == 0
    assert figure(site, "link_up") == 0
    site.stop()


def test_an_entry_that_left_in_no_declared_way_is_noticed(site):
    """The account is counted from the rows that are there, so it can be wrong."""
    site.send(signal(1), signal(2))
    wait_for(lambda: figure(site, "pending_events") >= 2, what="the account")
    assert figure(site, "unaccounted") == 0
    site.journal.submit(
        lambda tx: tx.connection.execute("delete from entry where lane = 1")
    ).result()
    wait_for(lambda: figure(site, "unaccounted") == 2, what="the difference")
    says = "2 events are unaccounted for"
    wait_for(
        lambda: says in site.client.get("/ready").json()["probes"]["account"],
        what="the probe, when it has lasted",
    )


def test_damage_found_after_the_start_is_told_and_mended_by_the_next(site, monkeypatch):
    """A large file does not delay the start: the check goes on beside."""
    for n in range(1, 200):
        site.send(signal(n))
    site.stop()
    path = site.folder / "journal.db"
    pages = path.stat().st_size // 4096
    with path.open("r+b") as file:
        file.seek((pages - 2) * 4096)
        file.write(b"\xa5" * 4096)
    monkeypatch.setattr(app, "open_journal", partial(app.open_journal, patience=0))
    site.start()
    wait_for(
        lambda: "restart to mend it" in site.client.get("/ready").json()["probes"]["file"],
        what="the verdict",
    )
    assert site.client.get("/ready").json()["degraded"][0] == "file"
    monkeypatch.undo()
    site.restart()
    assert site.client.get("/ready").json()["probes"]["file"] == "ok"
    assert len(list(site.folder.glob("journal.db.*.corrupt"))) == 1
