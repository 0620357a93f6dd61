"""When detection fails, ingest goes on; what was missed is made up, and both are said."""

import pytest

from edge.collector.agents import sessions
from edge.detect.session import SessionDetection
from edge.events.event import SignalRaw
from tests.edge.collector.site import Site, now, signal


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
