"""
fsync fails (fault 9): nobody is told that something is on disk that may not be, and what
is sent again counts once.
"""

import pytest

from edge.journal import database
from edge.journal.verify import verify
from tests.edge.collector.site import Site, signal
from tests.faults.failing_sync import FailingSync
from tests.stack import wait_for


@pytest.fixture
def sync(monkeypatch):
    """A fault under every writing connection that is opened."""
    made = FailingSync()
    real = database.open_writer

    def open_writer(path, **more):
        connection = real(path, **more)
        made.put_under(connection)
        return connection

    monkeypatch.setattr(database, "open_writer", open_writer)
    return made


@pytest.fixture
def site(tmp_path, sync):
    made = Site(tmp_path)
    made.grant()
    yield made
    sync.on = False
    made.stop()


def numbers(site):
    return sorted(event.n for event in site.browser_events())


def ready(site):
    return site.client.get("/ready")


@pytest.mark.fault(9)
def test_a_failed_sync_is_answered_503_and_the_retry_counts_once(site, sync):
    """The outcome is unknown: the row may be there after the reopening; its number decides."""
    before = site.journal._connection
    sync.on = True
    refused = site.send(signal(1), signal(2))
    assert sync.failed > 0, "the fault did not happen"
    assert refused.status_code == 503
    assert int(refused.headers["Retry-After"]) > 0
    sync.on = False
    wait_for(lambda: ready(site).status_code == 200, what="ready again, without a restart")

    again = site.send(signal(1), signal(2))
    assert again.status_code == 202
    assert again.json()["accepted"] + again.json()["duplicate"] == 2
    assert numbers(site) == [1, 2]
    assert site.journal._connection is not before, "the connection was opened anew"
    own = site.journal.own
    assert site.journal.heads[1] == site.journal.head(own, 1), "the head was read again"
    site.stop()
    assert verify(site.folder / "journal.db").problems == []
    site.start()
    assert numbers(site) == [1, 2]


def test_a_disk_that_goes_on_failing_shuts_the_door_and_opens_it_again(site, sync):
    """Ready says why, health says that the process lives; then it heals by itself."""
    site.send(signal(1))
    sync.on = True
    refused = site.send(signal(2))
    wait_for(lambda: ready(site).json()["probes"]["disk"] != "ok", what="the probe")
    unready = ready(site)
    assert (refused.status_code, unready.status_code) == (503, 503)
    assert "cannot be written" in unready.json()["probes"]["disk"]
    assert site.send(signal(2)).json()["error"] in ("disk_full", "overloaded")
    assert site.client.get("/health").status_code == 200
    failed = sync.failed
    wait_for(lambda: sync.failed > failed, what="another attempt")

    sync.on = False
    wait_for(lambda: ready(site).status_code == 200, what="ready again")
    assert site.send(signal(2)).status_code == 202
    assert numbers(site) == [1, 2]
    wait_for(site.client.app.state.collector.watch.ballast.path.exists, what="the ballast again")
