"""A rebuild over what the inbox keeps gives equal projections, and people's decisions stay."""

import contextlib
from pathlib import Path

import pytest

from edge.lock import FolderInUse, held
from flowback import main
from hub.rebuild import FRESH, rebuild
from tests.hub.hubkit import DEMO_NODE, REAL_NODE, SHOP, HubKit, dump, main_job, quiet, tombstone


def told(folder: Path) -> HubKit:
    """Return a hub that was told of visits, in several ticks, and of a deletion."""
    kit = HubKit(folder)
    for number in range(4):
        kit.tell(main_job(f"shop-{number}", SHOP), node=REAL_NODE)
    kit.tell(*(quiet(f"quiet-{number}") for number in range(12)), node=REAL_NODE)
    kit.put(kit.entry(0, [tombstone("shop-1", SHOP)], node=REAL_NODE))
    kit.apply()
    kit.hub.records.decide("shop", "insight-1", "dismissed", at=1, sessions=3)
    return kit


def test_a_rebuild_gives_equal_projections_and_keeps_decisions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The analytics of before are gone, those made anew are equal; the answers too."""
    kit = told(tmp_path / "hub")
    wanted = dump(kit.hub)
    answer = kit.client().get("/api/hotspots?projectId=shop&by=element").json()
    kit.close()
    (kit.folder / "analytics.duckdb").write_bytes(b"no database at all")
    assert main(["hub", "rebuild", "--data", str(kit.folder)]) == 0
    assert "11 entries" in capsys.readouterr().out
    assert not [*kit.folder.glob(f"{FRESH}*")]
    again = HubKit(kit.folder)
    with contextlib.closing(again):
        assert dump(again.hub) == wanted
        assert again.client().get("/api/hotspots?projectId=shop&by=element").json() == answer
        assert again.hub.records.decisions("shop")["insight-1"].decision == "dismissed"


def test_a_rebuild_that_is_cut_off_is_gone_on_with(tmp_path: Path) -> None:
    """What it left is of a prefix of the inbox: the hub's start applies the rest."""
    kit = told(tmp_path / "hub")
    wanted = dump(kit.hub)
    kit.close()

    def cut(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild(kit.folder, cut)
    again = HubKit(kit.folder)
    with contextlib.closing(again):
        again.apply()
        assert dump(again.hub) == wanted


def test_a_running_hub_is_left_alone(kit: HubKit) -> None:
    """The folder's lock says that it runs."""
    kit.put(kit.entry(0, main_job().groups(0), node=DEMO_NODE))
    with held(kit.folder), pytest.raises(FolderInUse):
        rebuild(kit.folder)
