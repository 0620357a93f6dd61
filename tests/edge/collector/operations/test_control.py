"""What an edge makes of the hub's word: each kind of item, held, refused, kept for later."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from edge import keys
from edge.collector.operations import control as room
from edge.collector.operations.control import Control
from edge.collector.regions import Regions
from edge.keys.signing import new_signing_key, sign_control, verify_key
from edge.keys.watch import KeyWatch, of_edge
from edge.policy.throttle import Window
from edge.projects import Project, ProjectBook, ProjectRefused, make
from edge.protocol.control import Item, Sheet, Signed, encode

SESSION = "s" * 22


class Site:
    """An edge in DE that trusts a hub, and the hub's hand."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "edge"
        self.hub = keys.HubKeys.make(folder / "hub")
        keys.EdgeKeys.make(self.folder)
        self.own = keys.EdgeKeys.trust(self.folder, self.hub.card("tcp://hub:1"))
        self.rev = 0
        self.start()

    def start(self) -> None:
        self.control = Control(self.folder, of_edge(self.folder), region="DE")

    def tell(self, kind: str, key: str, value: Any, *, needs: int = 1) -> None:
        """Say one thing."""
        before, self.rev = self.rev, self.rev + 1
        item = Item(self.rev, kind, key, needs, msgspec.to_builtins(value))
        sheet = Sheet(node=self.own.node, after=before, rev=self.rev, items=[item])
        body = encode(sheet)
        self.control.take(Signed(self.rev, body, sign_control(self.hub.signing[0], body)))

    @property
    def book(self) -> ProjectBook:
        return ProjectBook.open(self.folder)

    @property
    def whys(self) -> list[str]:
        return [one.why for one in self.control.complaints()]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def project(name: str = "shop", **options: Any) -> Project:
    return make(name, origins=["https://shop.example"], **options)


def test_the_hubs_word_of_a_project_takes_the_place_of_the_edges_own(site: Site) -> None:
    """Whole, but for windows in which nobody is asked; withdrawn, the edge's own holds again."""
    mine = project()
    theirs = project(consent="host", key=mine.key)
    site.book.add(mine)
    site.book.quiet("shop", Window(start=1, end=2))
    site.tell("project", "shop", theirs)
    held = site.book.known("shop")
    assert (held.key, held.consent) == (theirs.key, "host")
    assert held.prompts.suppressed == (Window(start=1, end=2),)
    with pytest.raises(ProjectRefused, match="change it there"):
        site.book.new_key("shop")
    site.book.quiet("shop", Window(start=3, end=4))
    assert len(site.book.known("shop").prompts.suppressed) == 2
    site.tell("project", "shop", None)
    assert site.book.known("shop").key == mine.key
    assert len(site.book.known("shop").prompts.suppressed) == 1


def test_a_project_of_the_hub_alone_is_quietened_here_and_stays_so(site: Site) -> None:
    """Also when the hub says something new of it."""
    site.tell("project", "shop", project())
    site.book.quiet("shop", Window(start=3, end=4))
    site.book.add(project("blog"))
    site.tell("project", "shop", project(consent="host"))
    assert site.book.known("shop").prompts.suppressed == (Window(start=3, end=4),)
    assert [one["id"] for one in json.loads(site.book.path.read_text())["projects"]] == ["blog"]


def test_pages_that_carry_a_key_which_the_hub_does_not_know_are_not_cut_off(site: Site) -> None:
    """Before the hub ruled here each end had its own; once it rules it may retire any."""
    site.book.add(mine := project())
    site.tell("project", "shop", project())
    assert "would be cut off" in site.whys[0]
    assert site.book.known("shop") == mine
    site.tell("project", "shop", project(key=mine.key))
    site.tell("project", "shop", theirs := project())
    assert site.whys == []
    assert site.book.known("shop").key == theirs.key


@pytest.mark.parametrize(
    ("key", "value", "why"),
    [
        ("shop", project(demo=True), "a demo for good, or never"),
        ("other", project(), "it is of 'shop'"),
        ("shop", {"id": "shop"}, "missing required field"),
        ("shop", 5, "Expected `object`"),
    ],
)
def test_a_project_that_cannot_be_is_refused_and_the_one_before_stays(
    site: Site, key: str, value: Any, why: str
) -> None:
    """And told, until a good one comes."""
    site.tell("project", "shop", before := project())
    site.tell("project", key, value)
    assert len(site.whys) == 1
    assert why in site.whys[0]
    assert site.book.known("shop") == before
    assert site.control.rev == 2
    site.tell("project", key, project(key) if key == "other" else project())
    assert site.whys == []


def test_another_projects_write_key_is_not_taken_over(site: Site) -> None:
    """Whose batches would count for whom?"""
    site.book.add(mine := project("mine"))
    site.tell("project", "theirs", project("theirs", key=mine.key))
    assert "has the same key" in site.whys[0]
    assert site.book.get("theirs") is None


@pytest.mark.parametrize(
    ("value", "why"),
    [({"raw_days": 4000}, "looser"), ({"raw_dayz": 1}, "no field"), ({"raw_days": "x"}, "cannot")],
)
def test_a_rule_that_loosens_or_is_none_is_refused(site: Site, value: Any, why: str) -> None:
    """The tight one before it holds on."""
    site.tell("rules", "", {"raw_days": 9})
    site.tell("rules", "", value)
    assert why in site.whys[0]
    assert site.control.rules() == [{"raw_days": 9}]


def test_of_file_hub_and_row_the_strictest_counts_field_by_field(tmp_path: Path) -> None:
    """In whatever order they came; a file that is looser than the hub is no error."""
    file = tmp_path / "rules.toml"
    file.write_text("raw_days = 8\nk_min = 20\n")
    regions = Regions("DE", rules=str(file))
    assert regions.follow([{"raw_days": 9, "k_min": 30}, {"k_min": 25}])
    assert (regions.pinned.raw_days, regions.pinned.k_min) == (8, 30)
    assert not regions.follow([{"raw_days": 9, "k_min": 30}, {"k_min": 25}])
    file.write_text("raw_days = 20\n")
    regions.reload()
    assert (regions.pinned.raw_days, regions.pinned.k_min) == (9, 30)
    assert regions.follow([])
    assert regions.pinned.raw_days == 20


def test_what_is_too_new_is_kept_and_holds_after_the_upgrade(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told meanwhile; another kind, or a known kind that needs a newer reader."""
    site.tell("project", "shop", project(), needs=2)
    site.tell("hologram", "x", {"a": 1})
    assert site.control.rev == 2
    assert site.whys == [
        "project needs a newer version of this edge",
        "hologram needs a newer version of this edge",
    ]
    site.start()
    assert len(site.whys) == 2
    assert site.book.get("shop") is None
    monkeypatch.setitem(room.READERS, "project", 2)
    site.start()
    assert site.book.get("shop") is not None
    assert site.whys == ["hologram needs a newer version of this edge"]


def test_an_erasure_waits_until_it_is_done(site: Site) -> None:
    """Also over a restart in between: only the edge itself says that it is."""
    site.tell("erase", f"shop/{SESSION}", {"project": "shop", "session": SESSION})
    site.start()
    [errand] = site.control.errands()
    assert (errand.project, errand.session, errand.receipt) == ("shop", SESSION, "")
    site.control.erased([errand])
    assert site.control.errands() == []
    site.start()
    assert site.control.errands() == []


@pytest.mark.parametrize("value", [{}, {"project": "shop"}, {"project": "shop", "session": "x"}])
def test_an_erasure_of_nothing_is_refused(site: Site, value: Any) -> None:
    """And holds nothing up."""
    site.tell("erase", "shop/x", value)
    assert site.whys
    assert site.control.errands() == []


def test_the_hubs_next_keys_are_trusted_and_the_former_forgotten(site: Site) -> None:
    """The address stays; a sheet signed with the next key is taken from then on."""
    folder = site.folder.parent / "hub"
    for change in (keys.HubKeys.rotate, keys.HubKeys.switch):
        after = change(folder)
        told = {"keys": [one.public for one in after.keys], "verify": after.verify}
        site.tell("hub", "keys", told)
        assert keys.EdgeKeys.load(site.folder).hub == after.card("tcp://hub:1")
        site.hub = after
    site.tell("project", "shop", project())
    assert site.book.get("shop") is not None
    assert site.whys == []


@pytest.mark.parametrize(
    "value",
    [
        {"keys": [], "verify": [verify_key(new_signing_key())]},
        {"keys": ["x" * 40], "verify": []},
        {"keys": ["é"], "verify": [verify_key(new_signing_key())]},
        {"keys": ["x" * 40], "verify": ["short"]},
    ],
)
def test_keys_that_would_cut_the_edge_off_are_refused(site: Site, value: Any) -> None:
    """The card stays as it was."""
    site.tell("hub", "keys", value)
    assert len(site.whys) == 1
    assert keys.EdgeKeys.load(site.folder).hub == site.hub.card("tcp://hub:1")


def test_a_sheet_of_a_stranger_changes_nothing_and_is_told(site: Site) -> None:
    """Until a good one comes."""
    honest = site.hub
    site.hub = msgspec.structs.replace(honest, signing=[new_signing_key()])
    site.tell("project", "shop", project())
    assert site.control.rev == 0
    assert "not signed" in site.whys[0]
    site.hub, site.rev = honest, 0
    site.tell("project", "shop", project())
    assert (site.control.rev, site.whys) == (1, [])


def test_without_a_verify_key_no_control_is_taken(site: Site) -> None:
    """An edge from before hubs signed; a new card is seen without a restart."""
    card = site.hub.card()
    keys.EdgeKeys.trust(site.folder, msgspec.structs.replace(card, verify=[]))
    site.start()
    assert site.control.rev is None
    site.tell("project", "shop", project())
    assert site.book.get("shop") is None
    keys.EdgeKeys.trust(site.folder, card)
    site.control.keys.reload()
    assert site.control.rev == 0


def test_changed_key_files_are_seen_and_bad_ones_leave_what_was(site: Site) -> None:
    """Twice a second at the most."""
    now = 0.0
    watch = KeyWatch(
        (site.folder / "edge.key",), lambda: keys.EdgeKeys.load(site.folder), lambda: now
    )
    before = watch.look()
    rotated = keys.EdgeKeys.rotate(site.folder)
    assert watch.look() is before
    now = 1.0
    assert watch.look().keys[0].public == rotated.keys[0].public
    (site.folder / "edge.key").chmod(0o644)
    now = 2.0
    assert watch.look().keys[0].public == rotated.keys[0].public
