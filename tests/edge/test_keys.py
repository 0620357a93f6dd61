"""Keys: private, whole or not at all, and admitted only by what was read aloud."""

import json
import logging
import os
import pickle
import traceback
from pathlib import Path

import msgspec
import pytest

from edge import keys
from edge.keys import BadKey, EdgeKeys, HubKeys, Keyring, Secret, files
from edge.keys.curve import CurveKey, fingerprint, new_key
from edge.keys.signing import (
    Stone,
    is_control,
    is_signed,
    new_signing_key,
    sign,
    sign_control,
    verify_key,
)


@pytest.fixture
def pair(tmp_path: Path) -> keys.Pair:
    return keys.pair_demo(tmp_path / "edge", tmp_path / "hub", address="tcp://127.0.0.1:1")


def test_key_files_and_their_folder_are_for_their_owner_alone(
    pair: keys.Pair, tmp_path: Path
) -> None:
    """Mode 0600 in 0700, from the first byte on."""
    for name in ("edge/edge.key", "hub/hub.key", "hub/keyring.json"):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "edge").stat().st_mode & 0o777 == 0o700
    assert not list(tmp_path.rglob("*.partial"))


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_key_file_that_others_may_read_is_refused(
    pair: keys.Pair, tmp_path: Path, mode: int
) -> None:
    """And the message names the remedy (E2)."""
    for folder, kind in (("edge", EdgeKeys), ("hub", HubKeys)):
        path = tmp_path / folder / f"{folder}.key"
        path.chmod(mode)
        with pytest.raises(BadKey, match="chmod 600"):
            kind.load(tmp_path / folder)


def test_a_keyring_that_others_may_write_admits_nobody(pair: keys.Pair, tmp_path: Path) -> None:
    """Whoever can write it could admit himself; edges keep what they have meanwhile."""
    public = pair.edge.keys[0].public
    ring = Keyring(tmp_path / "hub")
    assert ring.admitted(public)
    ring.path.chmod(0o666)
    ring.refresh()
    assert ring.admitted(public) is None
    assert "chmod 600" in ring.error
    ring.path.chmod(0o600)
    ring.refresh()
    assert ring.admitted(public)


@pytest.mark.parametrize("text", ["", "{", '{"edges": 3}', "[]", "\x00" * 100])
def test_a_damaged_keyring_admits_nobody_and_raises_nothing(
    pair: keys.Pair, tmp_path: Path, text: str
) -> None:
    """A running hub stays up, closed."""
    ring = Keyring(tmp_path / "hub")
    ring.path.write_text(text)
    ring.refresh()
    assert ring.node_of(pair.edge.keys[0].public) is None
    assert ring.error


def test_a_secret_shows_itself_nowhere(
    pair: keys.Pair, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Not in a repr, a format, a log line or a traceback (E2)."""
    secret = pair.edge.keys[0].secret
    plain = secret.reveal().decode()
    shown = [repr(pair), str(pair.edge), f"{secret} {secret!r}", repr(pair.hub.current)]
    with caplog.at_level(logging.DEBUG):
        logging.getLogger().warning("keys: %s %r", pair.edge, secret)
    with pytest.raises(BadKey) as raised:
        HubKeys.make(tmp_path / "hub")
    shown += traceback.format_exception(raised.value)
    assert not any(plain in text for text in [*shown, caplog.text])
    with pytest.raises(TypeError):
        msgspec.json.encode(pair.edge.keys[0])
    with pytest.raises(TypeError):
        json.dumps(secret)  # a secret is no string that anything could take for one


def test_a_damaged_key_file_is_refused_without_showing_what_is_in_it(
    pair: keys.Pair, tmp_path: Path
) -> None:
    """A decoder's own message might quote it."""
    path = tmp_path / "edge" / "edge.key"
    plain = pair.edge.keys[0].secret.reveal().decode()
    path.write_text(path.read_text().replace('"made"', '"mad'))
    with pytest.raises(BadKey) as raised:
        EdgeKeys.load(tmp_path / "edge")
    assert plain not in "".join(traceback.format_exception(raised.value))


def test_halves_that_do_not_belong_together_are_refused(tmp_path: Path) -> None:
    """A file that was pasted together by hand."""
    EdgeKeys.make(tmp_path)
    path = tmp_path / "edge.key"
    stored = json.loads(path.read_text())
    stored["keys"][0]["public"] = new_key(0).public
    path.write_text(json.dumps(stored))
    with pytest.raises(BadKey, match="does not belong"):
        EdgeKeys.load(tmp_path)


def test_making_keys_twice_never_overwrites_the_first(tmp_path: Path) -> None:
    """A lost key would cut the edge off."""
    first = EdgeKeys.make(tmp_path)
    with pytest.raises(BadKey, match="exists already"):
        EdgeKeys.make(tmp_path)
    assert EdgeKeys.load(tmp_path).node == first.node


def test_a_missing_folder_and_an_unwritable_one_are_one_clear_line(tmp_path: Path) -> None:
    """Each names its path."""
    with pytest.raises(BadKey, match=r"edge\.key cannot be read"):
        EdgeKeys.load(tmp_path / "nowhere")
    (tmp_path / "file").write_text("")
    with pytest.raises(BadKey, match="cannot be written"):
        HubKeys.make(tmp_path / "file" / "below")


def test_the_demos_pair_is_made_once_and_feeds_demo_projects_only(
    pair: keys.Pair, tmp_path: Path
) -> None:
    """A second start finds the same keys and the same node."""
    again = keys.pair_demo(tmp_path / "edge", tmp_path / "hub", address="tcp://127.0.0.1:1")
    assert again.edge.node == pair.edge.node
    assert again.hub.current.public == pair.hub.current.public
    assert len(again.keyring.records()) == 1
    record = again.keyring.of_node(pair.edge.node)
    assert record is not None
    assert record.demo
    assert again.edge.hub is not None
    assert again.edge.hub.keys == [pair.hub.current.public]


def request_of(folder: Path, **changes: str) -> keys.Request:
    """An enrolment file of a new edge, read back, with *changes* made on the way."""
    EdgeKeys.make(folder)
    out = folder / "x.enroll"
    keys.request(folder, out, name="berlin", site="shop", region="DE")
    if changes:
        out.write_text(json.dumps(json.loads(out.read_text()) | changes))
    return keys.Request.load(out)


def test_enrolment_carries_no_secret(tmp_path: Path) -> None:
    """The file may be lost or copied without harm."""
    request_of(tmp_path)
    secret = EdgeKeys.load(tmp_path).keys[0].secret.reveal()
    assert secret not in (tmp_path / "x.enroll").read_bytes()


def test_enrolment_needs_the_fingerprint_that_the_edge_shows(tmp_path: Path) -> None:
    """As it is heard: small letters and spaces are fine."""
    ring = Keyring(tmp_path / "hub")
    asked = request_of(tmp_path / "edge")
    with pytest.raises(BadKey, match="fingerprints differ"):
        keys.enroll(ring, asked, "AAAA-BBBB-CCCC-DDDD-EEEE")
    assert ring.records() == []
    record = keys.enroll(ring, asked, asked.fingerprint().lower().replace("-", " "))
    assert (record.site, record.region, record.demo) == ("shop", "DE", False)
    assert ring.node_of(asked.key) == asked.node


@pytest.mark.parametrize(
    "changes",
    [{"site": "bank"}, {"region": "US"}, {"node": "0" * 32}, {"key": new_key(0).public}],
    ids=lambda c: next(iter(c)),
)
def test_whatever_is_altered_on_the_way_changes_the_fingerprint(
    tmp_path: Path, changes: dict[str, str]
) -> None:
    """Not only the key: the site and the region decide what the edge may say."""
    shown = request_of(tmp_path / "one").fingerprint()
    (tmp_path / "one" / "edge.key").rename(tmp_path / "edge.key")
    out = tmp_path / "one" / "x.enroll"
    out.write_text(json.dumps(json.loads(out.read_text()) | changes))
    with pytest.raises(BadKey, match="fingerprints differ"):
        keys.enroll(Keyring(tmp_path / "hub"), keys.Request.load(out), shown)


def test_facts_cannot_be_moved_between_fields_under_one_fingerprint() -> None:
    """Each is hashed with its length."""
    assert fingerprint("ab", "c") != fingerprint("a", "bc")


def test_no_edge_slips_into_anothers_place(tmp_path: Path) -> None:
    """A known node gets a further key only as a rotation, and keeps its site (E4)."""
    ring = Keyring(tmp_path / "hub")
    first = request_of(tmp_path / "edge")
    keys.enroll(ring, first, first.fingerprint())
    thief = request_of(tmp_path / "thief", node=first.node, site="bank")
    with pytest.raises(BadKey, match="rotates"):
        keys.enroll(ring, thief, thief.fingerprint())
    rotated = keys.enroll(ring, thief, thief.fingerprint(), rotation=True)
    assert rotated.site == "shop"
    stranger = request_of(tmp_path / "stranger")
    with pytest.raises(BadKey, match="not enrolled yet"):
        keys.enroll(ring, stranger, stranger.fingerprint(), rotation=True)


def test_a_demos_edge_never_becomes_another_and_no_other_becomes_one(
    pair: keys.Pair, tmp_path: Path
) -> None:
    """So nothing real is ever shown with k = 1 (decision 12)."""
    record = pair.keyring.records()[0]
    other = msgspec.structs.replace(record, key=new_key(0).public, demo=False)
    with pytest.raises(BadKey, match="demo"):
        pair.keyring.add(other)


def test_a_revoked_key_stays_out_and_cannot_be_enrolled_again(tmp_path: Path) -> None:
    """Another Keyring over the same file sees it, as a running hub does."""
    ring, running = Keyring(tmp_path / "hub"), Keyring(tmp_path / "hub")
    asked = request_of(tmp_path / "edge")
    keys.enroll(ring, asked, asked.fingerprint())
    assert running.refresh()
    assert running.admitted(asked.key)
    assert [record.key for record in ring.revoke("berlin")] == [asked.key]
    assert running.refresh()
    assert running.admitted(asked.key) is None
    assert running.of_node(asked.node) is not None
    with pytest.raises(BadKey, match="enrolled already"):
        keys.enroll(ring, asked, asked.fingerprint(), rotation=True)
    with pytest.raises(BadKey, match="no admitted key"):
        ring.revoke("berlin")


def test_rotation_keeps_the_node_and_one_key_before_the_new_one(tmp_path: Path) -> None:
    """The older one is forgotten."""
    first = EdgeKeys.make(tmp_path)
    second = EdgeKeys.rotate(tmp_path)
    third = EdgeKeys.rotate(tmp_path)
    assert first.node == second.node == third.node
    assert [key.public for key in third.keys] == [
        third.keys[0].public,
        second.keys[0].public,
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80",
        b"cos\nsystem\n(S'true'\ntR.",
        pickle.dumps({"node": 1}),
        b'{"node":"' + b"a" * 32 + b'","key":"short","name":"x"}',
        b'{"node":"../../etc","key":"' + b"a" * 40 + b'","name":"x"}',
        b'{"node":"' + b"a" * 32 + b'","key":"' + b"\\u00e4" * 40 + b'","name":"x"}',
    ],
)
def test_an_enrolment_file_that_is_none_is_refused(tmp_path: Path, data: bytes) -> None:
    """It comes from outside: nothing in it is trusted or run (E5)."""
    path = tmp_path / "x.enroll"
    path.write_bytes(data)
    with pytest.raises(BadKey):
        keys.Request.load(path)


@pytest.mark.parametrize("kind", [keys.Request.load, keys.Card.carried])
def test_what_came_by_hand_may_be_anybodys_file(
    pair: keys.Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind
) -> None:
    """A stick knows no owners, and FAT gives all access to all; an edge's own card is its own."""
    path = tmp_path / "carried"
    asked = keys.request(tmp_path / "edge", path, name="x")
    made = asked if kind == keys.Request.load else pair.hub.card("tcp://a:1")
    files.save_carried(path, made)
    path.chmod(0o777)
    monkeypatch.setattr(files.os, "geteuid", lambda: path.stat().st_uid + 12345)
    assert kind(path) == made
    with pytest.raises(BadKey, match=r"open to other users|belongs to another"):
        keys.Card.load(path)


@pytest.mark.parametrize("kind", [keys.Request.load, keys.Card.carried, keys.Card.load])
def test_a_pipe_in_the_place_of_a_file_holds_nobody_up(tmp_path: Path, kind) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with pytest.raises(BadKey, match="no regular file"):
        kind(path)


def test_nothing_is_carried_on_a_medium_that_is_not_in(pair: keys.Pair, tmp_path: Path) -> None:
    """Nor is its mount point made, which would take the file."""
    for write in (
        lambda path: keys.request(tmp_path / "edge", path, name="x"),
        lambda path: files.save_carried(path, pair.hub.card()),
    ):
        with pytest.raises(BadKey, match=r"Is the medium in its place\?"):
            write(tmp_path / "stick" / "x")
        assert not (tmp_path / "stick").exists()


def test_a_hub_is_trusted_by_an_edge_only(pair: keys.Pair, tmp_path: Path) -> None:
    """A folder that was mistyped is not made; a damaged card is replaced."""
    with pytest.raises(BadKey, match=r"edge\.key cannot be read"):
        EdgeKeys.trust(tmp_path / "nope", pair.hub.card())
    assert not (tmp_path / "nope").exists()
    (tmp_path / "edge" / "hub.card").write_text("{")
    assert EdgeKeys.trust(tmp_path / "edge", pair.hub.card()).hub == pair.hub.card()


def test_a_key_file_of_another_user_is_refused(tmp_path: Path) -> None:
    """He could change it whenever he likes."""
    EdgeKeys.make(tmp_path)
    path = tmp_path / "edge.key"
    facts = list(path.stat())[:10]
    files._check_access(path, os.stat_result(facts), 0o077)
    facts[4] = os.geteuid() + 12345
    with pytest.raises(BadKey, match="another user"):
        files._check_access(path, os.stat_result(facts), 0o077)


def test_a_key_is_a_struct_of_its_two_halves() -> None:
    """And hides one of them."""
    key = new_key(5)
    assert isinstance(key, CurveKey)
    assert isinstance(key.secret, Secret)
    assert len(key.public) == 40


def unsigned(folder: Path) -> None:
    """Make an edge's keys what they were before edges signed."""
    path = folder / "edge.key"
    found = json.loads(path.read_text())
    del found["signing"]
    path.write_text(json.dumps(found))


def test_the_hub_learns_by_enrolment_what_an_edge_signs_with(
    pair: keys.Pair, tmp_path: Path
) -> None:
    """The public half alone, and the fingerprint covers it."""
    stone = Stone("shop", "s" * 22, "1", 2)
    [signature] = sign(pair.edge.signing, pair.edge.node, stone)
    known = pair.keyring.verify_keys(pair.edge.node)
    assert is_signed(known, pair.edge.node, stone, [signature])
    assert not is_signed(known, pair.edge.node, stone._replace(at=3), [signature])
    asked = keys.request(tmp_path / "edge", tmp_path / "carried", name="paris")
    assert asked.verify == pair.edge.verify
    swapped = msgspec.structs.replace(asked, verify=verify_key(new_signing_key()))
    for other in (swapped, msgspec.structs.replace(asked, verify="")):
        assert other.fingerprint() != asked.fingerprint()
    text = (tmp_path / "carried").read_text() + (tmp_path / "hub" / "keyring.json").read_text()
    assert pair.edge.signing[0].reveal().decode() not in text


def test_the_edge_learns_by_the_card_what_its_hub_signs_with(
    pair: keys.Pair, tmp_path: Path
) -> None:
    """The public half alone, and the fingerprint covers it."""
    assert pair.edge.hub is not None
    assert pair.edge.hub.verify == pair.hub.verify
    signature = sign_control(pair.hub.signing[0], b"x")
    assert is_control(pair.edge.hub.verify, b"x", signature)
    card = pair.hub.card()
    for verify in ([], [verify_key(new_signing_key())]):
        assert msgspec.structs.replace(card, verify=verify).fingerprint() != card.fingerprint()
    assert pair.hub.signing[0].reveal() not in (tmp_path / "edge" / "hub.card").read_bytes()
    assert pair.hub.signing[0].reveal().decode() not in repr(pair.hub)


def test_a_hubs_next_keys_stand_beside_the_current_ones_until_the_switch(tmp_path: Path) -> None:
    """Announced, then in use; the former pair opens what was sealed to it and is in no card."""
    first = HubKeys.make(tmp_path)
    with pytest.raises(BadKey, match="no next key yet"):
        HubKeys.switch(tmp_path)
    both = HubKeys.rotate(tmp_path)
    assert both.current.public == first.current.public
    assert both.card().keys == [first.current.public, both.keys[1].public]
    assert len(both.card().verify) == 2
    with pytest.raises(BadKey, match="announced already"):
        HubKeys.rotate(tmp_path)
    switched = HubKeys.switch(tmp_path)
    assert switched.card().keys == [both.keys[1].public]
    assert switched.verify == both.verify[1:]
    assert [key.public for key in switched.opening] == [*reversed(both.card().keys)]
    again = HubKeys.rotate(tmp_path)
    assert HubKeys.cancel(tmp_path).card() == switched.card()
    assert again.keys[1].public not in HubKeys.load(tmp_path).card().keys
    assert (tmp_path / "hub.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("verify", ["A" * 42, "é" * 43, ""])
def test_a_card_with_a_damaged_verify_key_is_refused(
    pair: keys.Pair, tmp_path: Path, verify: str
) -> None:
    """At enrolment, not when control comes."""
    path = tmp_path / "edge" / "hub.card"
    path.write_text(json.dumps({**json.loads(path.read_text()), "verify": [verify]}))
    with pytest.raises(BadKey, match="damaged"):
        keys.Card.load(path)


def test_keys_from_before_edges_signed_go_on_and_rotate_into_some_that_sign(
    pair: keys.Pair, tmp_path: Path
) -> None:
    """What is signed while the hub does not know the newest key is signed by both."""
    unsigned(tmp_path / "edge")
    old = EdgeKeys.load(tmp_path / "edge")
    assert (old.signing, old.verify) == ([], "")
    first = EdgeKeys.rotate(tmp_path / "edge")
    second = EdgeKeys.rotate(tmp_path / "edge")
    assert [len(one.signing) for one in (first, second)] == [1, 2]
    stone = Stone("shop", "s" * 22, "1", 2)
    signatures = sign(second.signing, second.node, stone)
    assert is_signed([first.verify], first.node, stone, signatures)
    assert is_signed([second.verify], first.node, stone, signatures)


@pytest.mark.parametrize("secret", ["", "a", "é" * 43, "A" * 42])
def test_a_damaged_signing_key_is_refused(pair: keys.Pair, tmp_path: Path, secret: str) -> None:
    """At the start, not when a visitor asks."""
    path = tmp_path / "edge" / "edge.key"
    found = json.loads(path.read_text())
    path.write_text(json.dumps({**found, "signing": [secret]}))
    with pytest.raises(BadKey, match="damaged"):
        EdgeKeys.load(tmp_path / "edge")


def test_a_hub_that_made_its_keys_before_hubs_signed_gets_a_signing_key(tmp_path: Path) -> None:
    """Once: opened again it has the same, and its CURVE key stays."""
    made = HubKeys.make(tmp_path)
    path = tmp_path / "hub.key"
    old = json.loads(path.read_text())
    del old["signing"]
    path.write_text(json.dumps(old))
    assert HubKeys.load(tmp_path).card().verify == []
    opened = HubKeys.open(tmp_path)
    assert len(opened.signing) == 1
    assert opened.current.public == made.current.public
    assert HubKeys.open(tmp_path).card() == opened.card()


def test_a_cards_fingerprint_covers_what_the_hub_signs_with(tmp_path: Path) -> None:
    """Whoever swaps that key on the way is heard; a card without one sounds as it did."""
    card = HubKeys.make(tmp_path).card()
    assert card.verify
    swapped = msgspec.structs.replace(card, verify=[verify_key(new_signing_key())])
    assert swapped.fingerprint() != card.fingerprint()
    bare = msgspec.structs.replace(card, verify=[])
    assert bare.fingerprint() == fingerprint("hub", *card.keys)


@pytest.mark.parametrize("which", ["name", "case", "node", "key", "fingerprint"])
def test_no_two_edges_are_called_alike(tmp_path: Path, which: str) -> None:
    """Rules and revocations go by the name: it must mean one edge, by whatever it is named."""
    ring = Keyring(tmp_path / "hub")
    first = request_of(tmp_path / "edge")
    keys.enroll(ring, first, first.fingerprint())
    name = {
        "name": "berlin",
        "case": "Berlin",
        "node": first.node,
        "key": first.key,
        "fingerprint": fingerprint(first.key).lower(),
    }[which]
    second = msgspec.structs.replace(request_of(tmp_path / "other"), name=name)
    with pytest.raises(BadKey, match=r"another edge has this name.*--name"):
        keys.enroll(ring, second, second.fingerprint())
    assert [record.key for record in ring.records()] == [first.key]
    ring.revoke("berlin")
    if which == "name":  # it is free again
        keys.enroll(ring, second, second.fingerprint())


@pytest.mark.parametrize("field", ["name", "site", "region"])
@pytest.mark.parametrize("text", ["a\tb", "a\nb", "\x1b[31mred", "a\u202eb", "\x7f"])
def test_what_an_edge_is_called_forges_no_output(tmp_path: Path, field: str, text: str) -> None:
    """Neither a file from a stick nor `ask` brings tabs, line ends or a terminal's commands."""
    out = tmp_path / "edge" / "x.enroll"
    request_of(tmp_path / "edge")
    out.write_text(json.dumps(json.loads(out.read_text()) | {field: text}))
    with pytest.raises(BadKey, match="printable") as found:
        keys.Request.load(out)
    assert str(found.value).isprintable()
    with pytest.raises(BadKey, match="printable"):
        keys.request(tmp_path / "edge", out, **({"name": "berlin"} | {field: text}))
    out.write_text(json.dumps(json.loads(out.read_text()) | {field: "x" * 101}))
    with pytest.raises(BadKey):
        keys.Request.load(out)


def test_a_key_is_revoked_and_pardoned_by_its_fingerprint(tmp_path: Path) -> None:
    """One key of a node, as `keys list` shows it; a running hub obeys, and after a restart too."""
    ring, running = Keyring(tmp_path / "hub"), Keyring(tmp_path / "hub")
    first = request_of(tmp_path / "edge")
    keys.enroll(ring, first, first.fingerprint())
    next_key = msgspec.structs.replace(first, key=new_key(0).public)
    keys.enroll(ring, next_key, next_key.fingerprint(), rotation=True)
    assert [one.key for one in ring.revoke(fingerprint(first.key).lower())] == [first.key]
    assert [one.key for one in ring.pardon("berlin")] == [next_key.key]
    running.refresh()
    assert running.pardoned(next_key.key) > 0
    assert running.pardoned(first.key) == 0
    assert Keyring(tmp_path / "hub").pardoned(next_key.key) > 0
    with pytest.raises(BadKey, match="fingerprint"):
        ring.pardon("nobody")


def test_a_folder_that_admits_nobody_is_named_and_not_made(tmp_path: Path) -> None:
    """Who revokes in the wrong place must not believe that it was done."""
    for change in (Keyring(tmp_path / "none").revoke, Keyring(tmp_path / "none").pardon):
        with pytest.raises(BadKey, match="none admits nobody: name the hub's folder"):
            change("berlin")
    assert not (tmp_path / "none").exists()
