"""When a change is told."""

from hub.changes import QUIET_MS, Changes


def test_a_change_waits_for_k_sessions_or_a_minute() -> None:
    """The same visitor moving on is no change; k visitors are, and so is a quiet minute."""
    now = 1_000
    changes = Changes(lambda _: 3, clock=lambda: now)
    first, _ = changes.version("p")
    for _ in range(9):
        changes.touched("p", {1, 2})
    assert changes.version("p")[0] == first
    changes.touched("p", {3})
    second, at = changes.version("p")
    assert (second > first, at) == (True, now)
    changes.touched("p", {4})
    now += QUIET_MS
    assert changes.version("p")[0] > second


def test_versions_are_per_project_and_only_grow() -> None:
    """Another project's change is not told; one as a whole is told at once."""
    changes = Changes(lambda _: 1, clock=lambda: 5)
    p, q = changes.version("p")[0], changes.version("q")[0]
    changes.touched("p", {1})
    changes.changed("p")
    assert changes.version("p")[0] > p
    assert changes.version("q")[0] == q
