"""Whose sessions are erased: a tombstone by its signature, a claim by the session's grant."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edge.events.entry import Group, Stamp
from edge.events.event import ConsentPayload, PolicyPayload, PolicyUpdated
from edge.keys.signing import Stone, new_signing_key, sign, verify_key
from edge.protocol.frames import Errand
from hub.stores.records.claims import LIFE, Claims
from tests.hub.hubkit import REAL_NODE, SHOP, T0, HubKit, dump, quiet, tombstone

GONE = "gone-visit-0000000000"
OTHER_NODE = "f" * 32
MINE, THEIRS = "m" * 43, "t" * 43
KEY, NEXT, FOREIGN = new_signing_key(), new_signing_key(), new_signing_key()


class Knowing(HubKit):
    """A hub that knows the verify keys of its edges."""

    def make_hub(self, **more: Any) -> Any:
        """REAL_NODE has two while its key rotates, the other node one."""
        keys = {REAL_NODE: [verify_key(KEY), verify_key(NEXT)], OTHER_NODE: [verify_key(FOREIGN)]}
        return super().make_hub(verify_keys=lambda node: keys.get(node, []), **more)


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[HubKit]:
    with contextlib.closing(Knowing(tmp_path)) as made:
        yield made


def stone(session: str = GONE, *, claim: str = "") -> Stone:
    return Stone(SHOP, session, "e" * 32, T0, claim)


def grant(receipt: str = MINE, *, at: int = T0, session: str = GONE) -> Group:
    payload = PolicyPayload(
        allow=True,
        reason="throttle_ready",
        consent=ConsentPayload(state="granted", receipt_hash=receipt),
    )
    stamp = Stamp(project=SHOP, received_at=at, session=session)
    return Group(stamp=stamp, events=[PolicyUpdated(timestamp=at, id=f"g{at}", payload=payload)])


def claim(receipt: str = MINE, *, session: str = GONE) -> Group:
    payload = PolicyPayload(allow=False, reason="consent_withdrawn", claim=receipt)
    stamp = Stamp(project=SHOP, received_at=T0, session=session)
    return Group(stamp=stamp, events=[PolicyUpdated(timestamp=T0, id="c" * 32, payload=payload)])


def put(kit: HubKit, *groups: Group, node: str = REAL_NODE) -> None:
    kit.put(kit.entry(0, [*groups], node=node))
    kit.apply()


def visited(kit: HubKit, *, receipt: str = MINE, node: str = REAL_NODE) -> None:
    put(kit, grant(receipt), *quiet(GONE).groups(0), node=node)


def is_erased(kit: HubKit) -> bool:
    found = dump(kit.hub)["event"]
    assert bool(found) is not ((SHOP, GONE) in kit.hub.records.tombstones)
    return not found


def dropped(kit: HubKit) -> dict[str, int]:
    rows = kit.hub.store.read("select reason, sum(events) from dropped group by reason")
    return {str(reason): int(count) for reason, count in rows}


@pytest.mark.parametrize("key", [KEY, NEXT], ids=["old key", "new key"])
def test_a_tombstone_that_its_edge_signed_holds(kit: HubKit, key: Any) -> None:
    """By any key that the edge was enrolled with."""
    visited(kit)
    put(kit, tombstone(GONE, SHOP, signatures=sign([key], REAL_NODE, stone())))
    assert is_erased(kit)
    assert dropped(kit) == {}


@pytest.mark.parametrize(
    "signatures",
    [
        [],
        ["", "no signature", "é" * 86, "A" * 86],
        sign([FOREIGN], REAL_NODE, stone()),
        sign([KEY], OTHER_NODE, stone()),
        sign([KEY], REAL_NODE, stone("another-session-000000")),
        sign([KEY], REAL_NODE, stone(claim=THEIRS)),
        [*["A" * 86] * 4, *sign([KEY], REAL_NODE, stone())],
    ],
    ids=["none", "junk", "another's key", "another node", "another session", "other words", "many"],
)
def test_any_other_tombstone_is_refused_counted_and_said(
    kit: HubKit, signatures: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """It erases nothing, and is no choice of the visitor either."""
    visited(kit)
    before = dump(kit.hub)
    put(kit, tombstone(GONE, SHOP, signatures=signatures))
    assert not is_erased(kit)
    assert dump(kit.hub) == before
    assert dropped(kit) == {"tombstone_unsigned": 1}
    assert "a deletion is refused" in capsys.readouterr().out
    text = kit.hub.metrics.text().decode()
    assert 'flowback_hub_events_dropped_total{reason="tombstone_unsigned"} 1.0' in text


def test_one_edge_cannot_sign_for_another(kit: HubKit) -> None:
    """What REAL_NODE signed says nothing when OTHER_NODE sends it."""
    visited(kit)
    signed = tombstone(GONE, SHOP, signatures=sign([KEY], REAL_NODE, stone()))
    put(kit, signed, node=OTHER_NODE)
    assert not is_erased(kit)


def test_an_edge_enrolled_without_a_signing_key_keeps_working(
    kit: HubKit, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its tombstones hold, and the log says once what to do."""
    visited(kit, node="a" * 32)
    for session in (GONE, "another-session-000000"):
        put(kit, tombstone(session, SHOP), node="a" * 32)
    assert is_erased(kit)
    assert capsys.readouterr().out.count("flowback keys rotate") == 1


def test_a_receipt_of_a_later_grant_erases_nothing(kit: HubKit) -> None:
    """Whoever knows a session's id may grant it anew at another edge, and delete it there."""
    visited(kit)
    theirs = stone(claim=THEIRS)
    stamped = tombstone(GONE, SHOP, claim=THEIRS, signatures=sign([FOREIGN], OTHER_NODE, theirs))
    put(kit, grant(THEIRS, at=T0 + 60_000), stamped, node=OTHER_NODE)
    put(kit, claim(THEIRS), node=OTHER_NODE)
    assert not is_erased(kit)
    assert dropped(kit) == {"receipt_of_another": 2}


@pytest.mark.parametrize("order", ["grant first", "claim first", "together"])
def test_a_claim_erases_what_its_receipt_was_granted_with(kit: HubKit, order: str) -> None:
    """At whichever edge the visitor asked, also while the one that holds it is away."""
    visit = [grant(), *quiet(GONE).groups(0)]
    if order == "together":
        put(kit, claim(), *visit)
    else:
        for groups in [visit, [claim()]] if order == "grant first" else [[claim()], visit]:
            put(kit, *groups, node=OTHER_NODE if groups == [claim()] else REAL_NODE)
    assert is_erased(kit)
    put(kit, *quiet(GONE).groups(0))
    assert is_erased(kit)


@pytest.mark.parametrize("order", ["grant first", "claim first"])
def test_the_edge_that_holds_the_session_is_told_until_it_has_erased_it(
    kit: HubKit, order: str
) -> None:
    """Also after a restart of the hub; its own tombstone ends it, another edge's does not."""
    steps = [lambda: visited(kit), lambda: put(kit, claim(), node=OTHER_NODE)]
    for step in steps if order == "grant first" else reversed(steps):
        step()
    kit.hub.stop()
    kit.hub = kit.make_hub()
    errands = kit.hub.records.tombstones.errands
    assert errands.of(REAL_NODE) == [Errand(SHOP, GONE, MINE)]
    assert errands.of(OTHER_NODE) == []
    assert "flowback_hub_errands_waiting 1.0" in kit.hub.metrics.text().decode()
    stamped = {
        node: sign([key], node, stone()) for node, key in ((REAL_NODE, KEY), (OTHER_NODE, FOREIGN))
    }
    put(kit, tombstone(GONE, SHOP, signatures=stamped[OTHER_NODE]), node=OTHER_NODE)
    assert len(errands) == 1
    put(kit, tombstone(GONE, SHOP, signatures=stamped[REAL_NODE]))
    assert len(errands) == 0


def test_a_claim_that_waits_survives_a_restart(kit: HubKit) -> None:
    """And is a metric meanwhile."""
    put(kit, claim(), claim(THEIRS, session="another-session-000000"))
    assert "flowback_hub_claims_waiting 2.0" in kit.hub.metrics.text().decode()
    kit.hub.stop()
    kit.hub = kit.make_hub()
    visited(kit)
    assert is_erased(kit)


@pytest.mark.parametrize("order", ["grant first", "claim first"])
def test_a_claim_with_another_receipt_changes_nothing(kit: HubKit, order: str) -> None:
    """Whatever comes first."""
    if order == "claim first":
        put(kit, claim(THEIRS), node=OTHER_NODE)
    visited(kit)
    if order == "grant first":
        put(kit, claim(THEIRS), node=OTHER_NODE)
    assert not is_erased(kit)


def test_claims_are_kept_for_a_time_and_in_bounds(kit: HubKit) -> None:
    """The oldest go; a claim made up by anybody costs a line for half a year at most."""
    claims = Claims(kit.hub.records.tombstones._journal, most=2)
    claims.wait([(SHOP, "one", MINE)], at=1)
    claims.wait([(SHOP, "two", MINE)], at=2)
    claims.wait([(SHOP, "three", MINE), (SHOP, "three", MINE)], at=3)
    assert [len(claims.of((SHOP, name))) for name in ("one", "two", "three")] == [0, 1, 1]
    claims.wait([(SHOP, "four", MINE)], at=LIFE + 4)
    assert len(claims) == 1
