"""Days that are rolled up change no answer."""

import contextlib
import random
from pathlib import Path
from typing import Any

import pytest

from hub.projections import exposure
from hub.projections.hotspots import known_pages, places
from hub.projections.journeys import links
from hub.projections.rollup import ROLLUPS, split
from hub.projections.scope import LABELS, Scope
from tests.hub.hubkit import HOUR, REAL_NODE, SHOP, T0, HubKit, Visit

DAY = 24 * HOUR
BEGIN = T0 - T0 % DAY
PAGES = ("/a", "/b", "/c")


def visit(chance: random.Random, name: int) -> Visit:
    """Return a visit of some hours, on one of three days or over midnight."""
    at = (BEGIN - T0) / 1000 + chance.randrange(3 * 24) * 3600 + chance.randrange(3600)
    device, site = chance.choice(("phone", "desktop")), chance.choice(("vienna", "berlin"))
    made = Visit(f"visit-{name}", SHOP, at=at, device=device, site=site).consent(0)
    for _ in range(chance.randint(1, 6)):
        step = chance.randrange(3 * 3600)
        made.nav(chance.choice(PAGES), step)
        made.click(chance.choice("xy"), step + 1, chance.choice((None, "Name")))
        if chance.random() < 0.5:
            made.signal(chance.choice(("rage_click", "thrash")), step + 2, chance.choice("xy"))
    return made


def scopes(chance: random.Random) -> list[Scope]:
    """Return scopes of any hours and filters, the whole time among them."""
    found = [Scope(project=SHOP, start=0, end=BEGIN + 90 * DAY)]
    for _ in range(10):
        start = BEGIN + chance.randrange(-2, 70) * HOUR
        filters: dict[str, Any] = {
            "page": chance.choice((None, None, "/a")),
            "device": chance.choice((None, None, "phone")),
            "site": chance.choice((None, None, "berlin")),
        }
        end = start + chance.randrange(1, 80) * HOUR
        found.append(Scope(project=SHOP, start=start, end=end, **filters))
    return found


def answers(kit: HubKit, scope: Scope) -> list[Any]:
    """Return all that is asked of rows that can be rolled up."""
    store = kit.hub.store
    asked: list[Any] = [exposure.sessions(store, scope), *exposure.scores(store, scope)]
    asked += [sorted(exposure.by_label(store, scope, label).items()) for label in LABELS]
    for elements in (False, True):
        found, left_out = places(store, scope, elements=elements)
        for one in found:
            asked += [one.page, one.target, one.name, one.sessions, one.total, one.squares]
            asked += [sorted(one.signals.items()), sorted(one.affected.items())]
            asked += [value for _, value in sorted(one.contributions.items())]
        asked.append(left_out)
    asked += [(w.source, w.target, w.back, w.sessions) for w in links(store, scope)[0]]
    asked += [sorted(known_pages(store, SHOP, k)) for k in (1, 9)]
    return asked


def assert_same(rolled: HubKit, plain: HubKit, chance: random.Random) -> None:
    """Compare every answer of the two."""
    for scope in scopes(chance):
        for one, other in zip(answers(rolled, scope), answers(plain, scope), strict=True):
            if isinstance(one, float):
                assert one == pytest.approx(other, abs=1e-9), scope
            else:
                assert one == other, scope


def rolled_days(kit: HubKit) -> int:
    """Return how many days are sums."""
    return int(kit.hub.store.read("select count(*) from rolled")[0][0])


def pair(tmp_path: Path) -> tuple[HubKit, HubKit]:
    """Return a hub that rolls up whenever it has nothing to do, and one that never does."""
    rolled, plain = HubKit(tmp_path / "rolled"), HubKit(tmp_path / "plain")
    rolled.hub.worker._roller.quiet = 0.0  # type: ignore[union-attr]
    plain.hub.worker._roller = None
    return rolled, plain


@pytest.mark.parametrize("seed", range(2))
def test_sums_of_days_change_no_answer(tmp_path: Path, seed: int) -> None:
    """Sessions over midnight, late events, filters, periods that cut days: all the same."""
    chance = random.Random(seed)
    rolled, plain = pair(tmp_path)
    with contextlib.closing(rolled), contextlib.closing(plain):
        visits = [visit(chance, n) for n in range(40)]
        late = [visit(chance, n) for n in range(8)]  # of the same sessions, on other days
        for part in (visits[:30], visits[30:], late):
            for kit in (rolled, plain):
                kit.hub.bus.forget()
                for one in part:
                    for lane in (0, 1):
                        kit.put(kit.entry(lane, one.groups(lane), node=REAL_NODE))
                kit.apply()
            _roll_all(rolled)
            assert rolled_days(rolled) >= 3
            assert_same(rolled, plain, chance)
        around = rolled.hub.store.read("select count(distinct number) from seen_around")
        assert around[0][0] > 3, "nobody was there around midnight"


def _roll_all(kit: HubKit) -> None:
    roller = kit.hub.worker._roller
    assert roller is not None
    roller._next = 0.0
    while roller.step():
        pass


def test_whole_days_are_read_as_sums_alone(tmp_path: Path) -> None:
    """Of a period that is rolled up no row is read but those around midnight."""
    kit, plain = pair(tmp_path)
    with contextlib.closing(kit), contextlib.closing(plain):
        day = (BEGIN - T0) / 1000
        kit.tell(
            *(Visit(f"v{n}", SHOP, at=day + 60).nav("/a", 0) for n in range(3)), node=REAL_NODE
        )
        _roll_all(kit)
        scope = Scope(project=SHOP, start=BEGIN - HOUR, end=BEGIN + DAY + HOUR)
        parts = split(kit.hub.store, scope)
        assert (parts.start, parts.end) == (BEGIN, BEGIN + DAY)
        sql, arguments = parts.rows("seen")
        assert kit.hub.store.read(sql, arguments) == []
        assert exposure.sessions(kit.hub.store, scope) == 3


def test_an_erased_session_leaves_no_sum(tmp_path: Path) -> None:
    """The sums of its days go with it, and are made again without it."""
    kit, plain = pair(tmp_path)
    with contextlib.closing(kit), contextlib.closing(plain):
        chance = random.Random(5)
        for n in range(12):
            kit.tell(visit(chance, n), node=REAL_NODE)
        _roll_all(kit)
        before = rolled_days(kit)
        with kit.hub.store.transaction() as transaction:
            from hub.bus.messages import ERASED, Erased

            kit.hub.bus.run(transaction, {ERASED: [Erased(SHOP, "visit-3")]})
        assert rolled_days(kit) < before
        _roll_all(kit)
        assert rolled_days(kit) in (before, before - 1)
        scope = Scope(project=SHOP, start=0, end=BEGIN + 90 * DAY)
        assert exposure.sessions(kit.hub.store, scope) == 11


def test_every_sum_is_made_of_a_table_that_is_there(tmp_path: Path) -> None:
    """A day of every kind of row fills every table of sums."""
    kit, plain = pair(tmp_path)
    with contextlib.closing(kit), contextlib.closing(plain):
        made = Visit("v", SHOP).nav("/a", 0).click("x", 1).signal("thrash", 2, "x").nav("/b", 3)
        kit.tell(made, node=REAL_NODE)
        _roll_all(kit)
        for one in ROLLUPS:
            assert kit.hub.store.read(f"select count(*) from {one.name}")[0][0] > 0, one.name
