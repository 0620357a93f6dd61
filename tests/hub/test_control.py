"""What a hub tells its edges: only what changed, to those it concerns, in revisions that rise."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edge import keys
from edge.config import ConfigError
from edge.keys.signing import is_control
from edge.policy.throttle import Window
from edge.projects import ProjectBook, make
from edge.protocol.control import MAX_ITEM, BadControl, Item, open_signed
from edge.protocol.frames import Complaint
from hub.control import WIRE_BYTES, Control
from hub.stores.records import Records
from hub.stores.records.control_log import Saying

NOW = 1_790_000_000_000
DAY = 86_400_000


class Desk:
    """A hub's folder with a real edge and a demo's, and the control made of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = NOW
        self.rules = folder / "rules.toml"
        self.rules.write_text("")
        self.erased: list[tuple[str, str]] = []
        self.hub = keys.HubKeys.open(folder)
        self.book = ProjectBook.open(folder)
        self.ring = keys.Keyring(folder)
        self.nodes = {name: self.admit(name) for name in ("berlin", "paris", "demo")}
        self.open()

    def admit(self, name: str) -> str:
        own = keys.EdgeKeys.make(self.folder / name)
        asked = keys.request(self.folder / name, self.folder / "asked", name=name)
        keys.enroll(self.ring, asked, asked.fingerprint(), demo=name == "demo")
        return own.node

    def open(self) -> None:
        self.records = Records(self.folder / "records.sqlite")
        self.control = Control(
            self.records.control,
            folder=self.folder,
            keyring=self.ring,
            projects=self.book,
            erased=self.erased,
            rules=str(self.rules),
            clock_ms=lambda: self.now,
        )

    def rule(self, text: str) -> None:
        """Write the file of rules, and let it stand still."""
        self.rules.write_text(text)
        self.control._rules.look()
        self.control._rules.look()

    def restart(self) -> None:
        self.records.close()
        self.open()

    def told(self, name: str, have: int = 0) -> dict[tuple[str, str], Any]:
        """Return subject → value of all that an edge lacks, as it would read it."""
        items: list[Item] = []
        node = self.nodes[name]
        verify = keys.HubKeys.load(self.folder).verify
        for signed in self.control.by_hand(node, have):
            sheet = open_signed(signed, node, lambda body, sig: is_control(verify, body, sig))
            items += sheet.items
        return {item.subject: item.value for item in items}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.records.close()


def shop(desk: Desk, name: str = "shop", **options: Any) -> None:
    desk.book.add(make(name, origins=["https://shop.example"], **options))


def test_only_what_changed_is_told_and_each_change_once(desk: Desk) -> None:
    """A look at the same files, also after a restart, says nothing."""
    shop(desk)
    assert desk.control.publish() == 2  # the project, and the hub's keys
    assert desk.control.publish() == 0
    desk.restart()
    assert desk.control.publish() == 0
    before = desk.control.head
    desk.book.quiet("shop", Window(start=1, end=2))
    assert desk.control.publish() == 1
    assert desk.control.head > before
    assert [*desk.told("berlin", before)] == [("project", "shop")]


def test_an_edge_is_told_only_what_concerns_it(desk: Desk) -> None:
    """Demo projects go to demo edges alone, and one edge's rules to that edge."""
    shop(desk)
    shop(desk, "show", demo=True)
    desk.rule("raw_days = 9\n[edges.paris]\nk_min = 30\n")
    desk.control.publish()
    assert {key for kind, key in desk.told("berlin") if kind == "project"} == {"shop"}
    assert {key for kind, key in desk.told("demo") if kind == "project"} == {"show"}
    mine = {key: value for (kind, key), value in desk.told("paris").items() if kind == "rules"}
    assert mine == {"": {"raw_days": 9}, desk.nodes["paris"]: {"k_min": 30}}
    assert [*desk.told("berlin")].count(("rules", "")) == 1
    assert not any(key == desk.nodes["paris"] for _, key in desk.told("berlin"))


def test_what_was_taken_out_is_withdrawn(desk: Desk) -> None:
    """The edge goes back to its own word of it."""
    shop(desk)
    desk.rule("raw_days = 9\n")
    desk.control.publish()
    (desk.folder / "projects.json").write_text('{"projects": []}')
    desk.rule("")
    desk.book.reload()
    desk.control.publish()
    assert desk.told("berlin")["project", "shop"] is None
    assert desk.told("berlin")["rules", ""] is None


def test_a_lost_file_of_projects_takes_nothing_back(desk: Desk) -> None:
    """As after a restore that forgot it."""
    shop(desk)
    desk.control.publish()
    (desk.folder / "projects.json").unlink()
    desk.book = ProjectBook.open(desk.folder)
    desk.restart()
    assert desk.control.publish() == 0


def test_erasures_reach_every_edge_once_and_end_with_the_days_of_raw_data(desk: Desk) -> None:
    """A new edge of next year is not told of sessions that nobody can hold any more."""
    desk.control.publish()
    desk.erased.append(("shop", "s" * 22))
    assert desk.control.publish() == 1
    assert desk.control.publish() == 0
    subject = ("erase", f"shop/{'s' * 22}")
    assert {subject in desk.told(name) for name in desk.nodes} == {True}
    desk.restart()
    assert desk.control.publish() == 0
    desk.now += 181 * DAY
    assert subject not in desk.told("berlin")
    assert desk.control.publish() == 0, "not told anew either"


def test_revisions_rise_also_in_a_hub_of_a_backup_whose_edges_hold_more(desk: Desk) -> None:
    """What it gave and forgot is not given again, even where its clock stands behind."""
    desk.control.publish()
    ahead = desk.now + 1000
    desk.control.heard(desk.nodes["berlin"], ahead)
    shop(desk)
    desk.control.publish()
    assert desk.control.head > ahead
    assert ("project", "shop") in desk.told("berlin", ahead)


def test_an_edge_that_claims_a_revision_of_the_far_future_ends_them_for_nobody(desk: Desk) -> None:
    """The last number there is, so that no other could follow."""
    desk.control.heard(desk.nodes["berlin"], 2**63 - 1)
    shop(desk)
    desk.control.publish()
    assert desk.control.head < desk.now + DAY
    assert ("project", "shop") in desk.told("paris")


def test_what_an_edge_said_is_known_after_a_restart(desk: Desk) -> None:
    """Also of an edge that sends files only."""
    node = desk.nodes["berlin"]
    assert desk.control.report_of(node) is None
    desk.control.heard(node, 5, [Complaint("rules", "", 5, "looser")])
    desk.control.heard(node, 6)
    desk.records.control._journal.submit(lambda _: None).result(10)
    desk.restart()
    report = desk.control.report_of(node)
    assert report is not None
    assert (report.rev, [one.why for one in report.complaints]) == (6, ["looser"])


def test_sheets_of_the_wire_are_small_and_those_of_a_file_are_not(desk: Desk) -> None:
    """On a slow line none may starve the answers to PINGs."""
    desk.erased += [("shop", f"{n:022}") for n in range(2000)]
    while desk.control.publish():
        pass
    node = desk.nodes["berlin"]
    have, count = 0, 0
    while (sheet := desk.control.next_sheet(node, have)) is not None:
        assert len(sheet.body) <= WIRE_BYTES
        assert sheet.rev > have
        have, count = sheet.rev, count + 1
    assert have == desk.control.head_of(node)
    assert count > 2 * len(desk.control.by_hand(node, 0))


@pytest.mark.parametrize(
    "text", ["raw_days = 'many'", "raw_dayz = 3", "edges = 3", "[edges]\nx = 3", "\x00", "a = ["]
)
def test_a_bad_file_of_rules_is_an_error_at_the_start_and_later_changes_nothing(
    desk: Desk, text: str
) -> None:
    """Each names the file; what it said before still holds."""
    desk.rule("raw_days = 9\n")
    desk.control.publish()
    desk.rule(text)
    assert desk.control.publish() == 0
    desk.control.look()
    assert "rules.toml" in desk.control.trouble
    desk.records.close()
    with pytest.raises(ConfigError, match=r"rules\.toml"):
        desk.open()


def test_half_a_file_of_rules_is_not_taken_for_the_whole(desk: Desk) -> None:
    """It is read when it stood still for a look: an editor may empty it before it writes."""
    desk.rule("raw_days = 9\n[edges.paris]\nk_min = 30\n")
    desk.control.look()
    before = desk.control.head
    for half in ("", "raw_days = 9\n", "raw_days = 9\n[edges.paris]\n"):
        desk.rules.write_text(half)
        desk.control.look()
    assert desk.control.head == before
    desk.rules.write_text("raw_days = 9\n[edges.paris]\nk_min = 40\n")
    desk.control.look()
    assert desk.control.head == before
    desk.control.look()
    assert desk.told("paris", before) == {("rules", desk.nodes["paris"]): {"k_min": 40}}


def test_rules_for_an_edge_that_nobody_is_called_are_said(desk: Desk) -> None:
    """And hold once one is."""
    desk.rule("[edges.rome]\nk_min = 30\n")
    desk.control.look()
    assert "rome" in desk.control.trouble
    desk.nodes["rome"] = desk.admit("rome")
    desk.control.look()
    assert desk.control.trouble == ""
    assert desk.told("rome")["rules", desk.nodes["rome"]] == {"k_min": 30}


def test_what_is_too_large_to_travel_is_refused_and_holds_nothing_else_up(desk: Desk) -> None:
    """It would never fit a sheet."""
    with pytest.raises(BadControl, match="too large"):
        desk.control.log.append([Saying("", "x", "", "y" * MAX_ITEM)], now=NOW)
    shop(desk)
    origins = [f"https://{n}.example" for n in range(20_000)]
    desk.book.add(make("large", origins=origins))
    desk.control.look()
    assert desk.control.trouble == "too large to tell edges: project large"
    assert {key for kind, key in desk.told("berlin") if kind == "project"} == {"shop"}


def test_rotated_keys_are_told_and_sheets_are_signed_with_the_one_in_use(desk: Desk) -> None:
    """So an edge that knows only the current key can learn the next."""
    desk.control.publish()
    card = desk.hub.card()
    after = keys.HubKeys.rotate(desk.folder)
    desk.control.publish()
    told = desk.told("berlin")["hub", "keys"]
    assert told == {"keys": [key.public for key in after.keys], "verify": after.verify}
    for signed in desk.control.by_hand(desk.nodes["berlin"], 0):
        assert is_control(card.verify, signed.body, signed.sig)


def test_an_edge_that_never_ends_to_complain_fills_neither_log_nor_records(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thousand reports, each with new complaints: few are written, and the newest is kept."""
    lines: list[object] = []
    monkeypatch.setattr("hub.control.log.warning", lambda *_, **more: lines.append(more))
    written: list[int] = []
    heard = desk.control.log.heard
    monkeypatch.setattr(
        desk.control.log, "heard", lambda *of, **more: (written.append(1), heard(*of, **more))
    )
    node = desk.nodes["berlin"]
    for number in range(1000):
        told = [Complaint("rules", f"{number}/{at}", 1, "looser") for at in range(16)]
        desk.control.heard(node, 7, told)
        desk.now += 8
    assert len(written) == len(lines) < 25
    desk.control.heard(desk.nodes["paris"], 7, told)
    assert len(written) == len(lines) < 26, "and another edge is heard at once"
    desk.now += 60_000
    desk.control.look()
    report = desk.control.report_of(node)
    assert report is not None
    assert report.complaints == told
    desk.control.look()
    assert len(written) < 27
