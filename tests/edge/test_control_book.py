"""The control book: what the hub told, kept across ends, taken once, judged in order."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from edge.control_book import ControlBook, Judged
from edge.keys.signing import new_signing_key, sign_control, verify_key
from edge.protocol import control
from edge.protocol.control import BadControl, Item, Signed

NODE = "a" * 32
HUB = new_signing_key()
KEYS = [verify_key(HUB)]


def sheet(after: int, *items: Item, node: str = NODE) -> Signed:
    made = control.Sheet(node=node, after=after, rev=items[-1].rev, items=list(items))
    body = control.encode(made)
    return Signed(made.rev, body, sign_control(HUB, body))


def project(rev: int, key: str = "shop", value: object = "v") -> Item:
    return Item(rev, "project", key, 1, value)


def all_are(verdict: str, why: str = "") -> Callable[[Item], Judged]:
    return lambda _item: Judged(verdict, why)  # type: ignore[arg-type]


@pytest.fixture
def book(tmp_path: Path) -> ControlBook:
    return ControlBook(tmp_path)


def take(book: ControlBook, signed: Signed) -> str:
    return book.take(signed, node=NODE, verify=KEYS).verdict


def test_what_was_taken_survives_the_process(book: ControlBook, tmp_path: Path) -> None:
    """Revision, what holds and what waits are on disk when ``take`` returns."""
    assert take(book, sheet(0, project(3))) == "next"
    again = ControlBook(tmp_path)
    assert (again.rev, again.waiting) == (3, [project(3)])
    assert again.settle(all_are("holds"))
    assert not again.settle(all_are("holds"))
    assert ControlBook(tmp_path).holding("project") == {"shop": project(3)}
    assert book.reload()
    assert book.holding("project") == {"shop": project(3)}
    assert (tmp_path / "control.json").stat().st_mode & 0o777 == 0o600


def test_what_was_only_laid_down_is_not_judged(book: ControlBook) -> None:
    """A hub that switched its key on that word would cut the edge off."""
    take(book, sheet(0, project(3)))
    book.settle(all_are("holds"))
    take(book, sheet(3, Item(5, "hub", "keys", 1, "next"), Item(6, "later", "x", 1, "v")))
    assert (book.rev_of(KEYS), book.judged_of(KEYS)) == (6, 4)
    book.settle(lambda item: Judged("done") if item.kind == "hub" else Judged("waits", "too new"))
    assert book.judged_of(KEYS) == 6, "what waits for a newer version is told as a trouble"
    assert book.judged_of([verify_key(new_signing_key())]) == 0


def test_a_replay_changes_nothing(book: ControlBook) -> None:
    """An old sheet, valid for ever, does not bring back what it said (E4)."""
    first = sheet(0, project(3, value="old"))
    take(book, first)
    take(book, sheet(3, project(5, value="new")))
    book.settle(all_are("holds"))
    before = book.path.read_bytes()
    assert take(book, first) == "old"
    assert book.path.read_bytes() == before


def test_a_sheet_that_skips_one_is_not_taken(book: ControlBook) -> None:
    """And is, once the one before it came."""
    assert take(book, sheet(3, project(5))) == "early"
    assert book.rev == 0
    assert not book.path.exists()
    take(book, sheet(0, project(3, "other")))
    assert take(book, sheet(3, project(5))) == "next"


def test_a_refused_item_leaves_the_one_before_and_is_told(book: ControlBook) -> None:
    """Until a later one holds."""
    take(book, sheet(0, project(1, value="good")))
    book.settle(all_are("holds"))
    take(book, sheet(1, project(2, value="loose")))
    book.settle(all_are("refused", "it is looser"))
    assert book.holding("project")["shop"].value == "good"
    assert [(t.key, t.rev, t.why) for t in book.troubles] == [("shop", 2, "it is looser")]
    assert book.rev == 2
    take(book, sheet(2, project(3, value="better")))
    book.settle(all_are("holds"))
    assert (book.holding("project")["shop"].value, book.troubles) == ("better", [])


def test_what_is_not_understood_waits_for_a_version_that_does(book: ControlBook) -> None:
    """The revision goes on, the edge tells, nothing is forgotten over a restart."""
    take(book, sheet(0, Item(1, "future", "x", 9, {"a": 1})))
    book.settle(all_are("waits", "needs a newer version"))
    assert [trouble.why for trouble in book.troubles] == ["needs a newer version"]
    upgraded = ControlBook(book.path.parent)
    upgraded.settle(all_are("holds"))
    assert upgraded.holding("future")["x"].value == {"a": 1}
    assert upgraded.troubles == []


def test_what_waits_is_replaced_by_a_later_item_of_its_subject(book: ControlBook) -> None:
    """Only the newest counts."""
    take(book, sheet(0, project(1), Item(2, "future", "x", 9, 1)))
    take(book, sheet(2, project(3)))
    assert [item.rev for item in book.waiting] == [2, 3]


def test_what_is_done_is_not_kept(book: ControlBook) -> None:
    """An erasure leaves its tombstone in the journal, not here."""
    take(book, sheet(0, Item(1, "erase", "shop/s", 1, {})))
    book.settle(all_are("done"))
    assert (book.rev, book.waiting, book.holding("erase")) == (1, [], {})


def test_a_withdrawn_item_holds_no_more(book: ControlBook) -> None:
    """None is the hub's word that it says no more."""
    take(book, sheet(0, project(1)))
    book.settle(all_are("holds"))
    take(book, sheet(1, project(2, value=None)))
    book.settle(all_are("holds"))
    assert book.holding("project") == {}


def test_sheets_of_strangers_and_for_others_are_refused(book: ControlBook) -> None:
    """And nothing is written."""
    good = sheet(0, project(1))
    forged = Signed(1, good.body, sign_control(new_signing_key(), good.body))
    for bad in (forged, sheet(0, project(1), node="b" * 32)):
        with pytest.raises(BadControl):
            take(book, bad)
    with pytest.raises(BadControl, match="not signed"):
        book.take(good, node=NODE, verify=[])
    assert not book.path.exists()


def test_another_hub_begins_anew(book: ControlBook) -> None:
    """Its revisions say nothing about the ones of the hub before."""
    take(book, sheet(0, project(900, "old")))
    book.settle(all_are("holds"))
    other = new_signing_key()
    keys = [verify_key(other)]
    assert (book.rev_of(KEYS), book.rev_of(keys), book.rev_of([*KEYS, *keys])) == (900, 0, 900)
    body = control.encode(control.Sheet(node=NODE, after=0, rev=5, items=[project(5, "new")]))
    book.take(Signed(5, body, sign_control(other, body)), node=NODE, verify=keys)
    book.settle(all_are("holds"))
    assert (book.rev, [*book.holding("project")]) == (5, ["new"])


def test_two_processes_take_the_same_sheet_once(tmp_path: Path) -> None:
    """The edge by wire and a command by hand, each with its own view of the file."""
    wire, hand = ControlBook(tmp_path), ControlBook(tmp_path)
    assert take(wire, sheet(0, project(1))) == "next"
    assert take(hand, sheet(0, project(1))) == "old"
    assert hand.rev == 1


@pytest.mark.parametrize("text", ["", "{", '{"rev": "x"}', "[]"])
def test_a_damaged_file_is_one_clear_line(tmp_path: Path, text: str) -> None:
    """Which names the remedy; a running edge goes on with what it had."""
    book = ControlBook(tmp_path)
    take(book, sheet(0, project(1)))
    book.path.write_text(text)
    with pytest.raises(BadControl, match="the hub tells all of it again"):
        ControlBook(tmp_path)
    with pytest.raises(BadControl):
        book.reload()
    assert book.rev == 1


def test_an_unwritable_folder_takes_nothing(tmp_path: Path) -> None:
    """The hub sends it again."""
    book = ControlBook(tmp_path)
    (tmp_path / "control.json").mkdir()
    with pytest.raises(BadControl):
        take(book, sheet(0, project(1)))


def test_the_form_on_disk_is_plain_json(book: ControlBook) -> None:
    """An auditor reads it without us."""
    take(book, sheet(0, project(1, value={"origins": ["https://shop.example"]})))
    found = msgspec.json.decode(book.path.read_bytes())
    assert found["rev"] == 1
    assert found["waits"] == [[1, "project", "shop", 1, {"origins": ["https://shop.example"]}]]
