"""How much may be under way, whose turn it is, and when to try again."""

import random

from edge.protocol.clones import CloneWatch
from edge.protocol.flow import LARGEST, SMALLEST, Backoff, Share, Window


def test_the_backlog_gets_a_fifth_while_lane_0_always_has_something() -> None:
    """Lane 0 first, yet the backlog is never starved (issue 6)."""
    share = Share()
    sent = [0, 0]
    rng = random.Random(1)
    for _ in range(2000):
        lane = share.pick([0, 1])
        size = rng.randrange(1, 300_000)
        sent[lane] += size
        share.sent(lane, size, contended=True)
    assert 0.19 < sent[1] / sum(sent) < 0.25


def test_a_day_of_backlog_alone_owes_lane_0_nothing_for_long() -> None:
    """Uncontended bytes are nobody's debt: lane 0 goes first at once."""
    share = Share()
    for _ in range(10_000):
        share.sent(1, 250_000, contended=False)
    assert share.pick([0, 1]) == 0


def test_back_off_grows_with_jitter_and_is_reset_by_progress_only() -> None:
    """0.5 s to 60 s; a herd of edges spreads out."""
    backoff = Backoff(0.5, 60.0, random.Random(3))
    waits = [backoff.next() for _ in range(200)]
    assert all(0.05 <= wait <= 60 for wait in waits)
    assert max(waits[:3]) <= 2
    assert max(waits[10:]) > 30 > min(waits[10:])
    backoff.reset()
    assert backoff.next() <= 0.5


def test_the_window_follows_the_line() -> None:
    """It opens on a fast line, and closes to what a slow one carries in seconds."""
    window = Window()
    for step in range(40):
        window.delivered(window.size, 0.005, step * 0.01)
    assert window.size == LARGEST
    for step in range(20):
        window.delivered(SMALLEST, 8.0, 100 + step * 10)
    assert window.size == SMALLEST


def test_patience_grows_with_what_is_under_way_on_a_slow_line() -> None:
    """A large entry on 50 kbit/s must not look like a dead hub."""
    window = Window()
    assert window.patience(5.0, 0) == 5.0
    assert window.patience(5.0, 256 * 1024) > 256 * 1024 / 6250
    for step in range(50):
        window.delivered(100_000, 0.01, step)
    assert window.patience(5.0, 256 * 1024) < 6


def test_a_crash_loop_is_no_clone() -> None:
    """Every start has a new boot number, and an old one never returns."""
    watch = CloneWatch()
    assert not any(watch.hello(boot, now=boot * 0.1) for boot in range(100))


def test_two_machines_that_alternate_are_found_within_a_minute() -> None:
    """The boot that was replaced comes back, again and again."""
    watch = CloneWatch()
    alarms = [watch.hello(step % 2, now=step * 5.0) for step in range(8)]
    assert alarms[0:2] == [False, False]
    assert alarms[-1]


def test_a_boot_that_returns_once_an_hour_is_no_alarm() -> None:
    """Late frames of an old connection happen."""
    watch = CloneWatch()
    assert not any(watch.hello(step % 2, now=step * 3600.0) for step in range(20))
