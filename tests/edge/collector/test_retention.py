"""What the law ends (P8)."""

import pytest

from edge.collector.operations import retention
from edge.collector.operations.housekeeping import sweep
from edge.journal.verify import verify
from edge.policy.regions import resolve
from tests.edge.collector.site import Site, signal

DAY = 86_400_000


@pytest.fixture(params=["DE", "US", "UNKNOWN"])
def site(request, tmp_path):
    made = Site(tmp_path, region=request.param)
    made.region = request.param
    yield made
    made.stop()


def age(site, days: float) -> None:
    """Make everything in the journal *days* older."""
    by = int(days * DAY)
    site.journal.submit(
        lambda tx: tx.connection.execute("update entry set at = at - ?", (by,))
    ).result()


def swept(site) -> int:
    return site.client.portal.call(sweep, site.client.app.state.collector)


def test_a_row_older_than_its_regions_cap_is_gone(site):
    """One day over; what is one day younger stays, and the metric is below the cap."""
    cap = resolve(site.region).raw_days
    site.grant()
    site.send(signal(1, name="old"))
    age(site, 2)
    site.send(signal(2, name="young"))
    age(site, cap - 1)

    assert swept(site) > 0
    assert [event.payload.name for event in site.browser_events()] == ["young"]
    assert retention.oldest(site.journal) <= cap * 86_400


def test_what_the_hub_does_not_hold_leaves_a_gap_with_its_reason(site):
    """Acknowledged entries end in silence, others are declared."""
    site.grant()
    site.send(signal(1))
    site.send(signal(2))
    own = site.journal.own
    site.journal.submit(lambda tx: tx.move_cursor("hub", own, 1, 1)).result()
    age(site, resolve(site.region).raw_days + 1)
    swept(site)

    [gap] = site.journal.gaps(own, 1)
    assert (gap.lo, gap.hi, gap.why) == (2, 2, "retention")
    assert site.browser_events() == []
    site.stop()
    assert verify(site.folder / "journal.db").problems == []
    site.start()


def test_a_session_that_can_send_nothing_any_more_is_forgotten(site):
    """A widget retries for 7 days; after that its row says nothing to anyone."""
    site.grant()
    site.journal.submit(
        lambda tx: tx.connection.execute("update session set at = at - ?", (8 * DAY,))
    ).result()
    swept(site)

    assert site.journal.read("select count(*) from session") == [(0,)]


def test_a_young_journal_is_left_alone(site):
    """Nothing ends before its time."""
    site.grant()
    site.send(signal(1))

    assert swept(site) == 0
    assert len(site.browser_events()) == 1
