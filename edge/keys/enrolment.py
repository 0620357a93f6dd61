"""
Enrolment: one file carried from the edge to the hub, compared by a fingerprint read aloud.

The file holds nothing secret. Whoever alters it on the way, be it the key, the
site or the region, changes the fingerprint that both ends show.
"""

import time
from pathlib import Path
from typing import NamedTuple

import msgspec

from edge.keys import files
from edge.keys.curve import BadKey, Public, check_public, fingerprint
from edge.keys.edge import NAME, EdgeKeys, Node
from edge.keys.hub import Card, HubKeys
from edge.keys.keyring import MOST, EdgeRecord, Keyring, Text, check_new, check_words
from edge.keys.signing import VerifyText


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What an edge asks to be enrolled as."""

    node: Node
    key: Public
    name: Text
    site: Text = ""
    region: Text = ""
    verify: VerifyText = ""
    """By which the hub knows what this edge signs."""
    format: int = 1

    def fingerprint(self) -> str:
        """Return what both ends read aloud."""
        facts = ["edge", self.node, self.key, self.name, self.site, self.region]
        return fingerprint(*facts, *([self.verify] if self.verify else []))

    @classmethod
    def load(cls, path: Path) -> "Request":
        """Read the file at *path*. Raises :class:`~edge.keys.curve.BadKey`."""
        found = files.load_carried(path, cls, "enrolment file")
        check_public(found.key)
        check_words(found.name, found.site, found.region)
        return found


class Pair(NamedTuple):
    """Both ends of a link, ready to use."""

    edge: EdgeKeys
    hub: HubKeys
    keyring: Keyring


def request(folder: Path, out: Path, *, name: str, site: str = "", region: str = "") -> Request:
    """
    Write the enrolment file of the edge in *folder*, with its newest key, to *out*.

    Raises :class:`~edge.keys.curve.BadKey`.
    """
    check_words(name, site, region)
    if max(map(len, (name, site, region))) > MOST:
        raise BadKey(f"an edge's name, site and region have {MOST} characters at most")
    keys = EdgeKeys.load(folder)
    made = Request(
        node=keys.node,
        key=keys.keys[0].public,
        name=name,
        site=site,
        region=region,
        verify=keys.verify,
    )
    files.save_carried(out, made)
    return made


def enroll(
    keyring: Keyring, asked: Request, heard: str, *, demo: bool = False, rotation: bool = False
) -> EdgeRecord:
    """Admit the edge of *asked*, as :func:`judge` has it."""
    record = judge(keyring, asked, heard, demo=demo, rotation=rotation)
    keyring.add(record)
    return record


def judge(
    keyring: Keyring, asked: Request, heard: str, *, demo: bool = False, rotation: bool = False
) -> EdgeRecord:
    """
    Return what admits the edge of *asked* when *heard*, read aloud, is its fingerprint.

    Only with *rotation* may a node that is known get a further key; it keeps its
    name, site and region, so no edge can slip into another's place. Raises
    :class:`BadKey` otherwise, and nobody is admitted then.
    """
    known = keyring.of_node(asked.node)
    if any(one.key == asked.key for one in keyring.records()):
        rotation = known is not None  # the key itself is refused below, in the right words
    if (known is not None) != rotation:
        raise BadKey(
            f"this node is enrolled as {known.name}: say that its key rotates"
            if known is not None
            else "this node is not enrolled yet, so no key of it can rotate"
        )
    if _letters(heard) != _letters(asked.fingerprint()):
        raise BadKey("the fingerprints differ: the file was altered or is another's")
    record = EdgeRecord(
        key=asked.key,
        node=asked.node,
        name=asked.name,
        site=asked.site,
        region=asked.region,
        verify=asked.verify,
        demo=demo,
        made=int(time.time() * 1000),
    )
    if known is not None:
        record = msgspec.structs.replace(
            record, name=known.name, site=known.site, region=known.region, demo=known.demo
        )
    check_new(record, keyring.records())
    return record


def pair_demo(
    edge: Path, hub: Path, *, address: str = "", region: str = "", name: str = "demo"
) -> Pair:
    """
    Return the keys of a demo's edge and hub in the folders *edge* and *hub*, made when missing.

    The edge is enrolled as *name* and as a demo's, so it feeds demo projects only. Repeat freely.
    """
    of_edge = EdgeKeys.load(edge) if (edge / NAME).exists() else EdgeKeys.make(edge)
    of_hub = HubKeys.open(hub)
    card = of_hub.card(address)
    if of_edge.hub != card:
        of_edge = EdgeKeys.trust(edge, card)
    keyring = Keyring(hub)
    public = of_edge.keys[0].public
    if all(record.key != public for record in keyring.records()):
        asked = Request(
            node=of_edge.node,
            key=public,
            name=name,
            site="demo",
            region=region,
            verify=of_edge.verify,
        )
        rotation = keyring.of_node(of_edge.node) is not None
        enroll(keyring, asked, asked.fingerprint(), demo=True, rotation=rotation)
    return Pair(of_edge, of_hub, keyring)


def _letters(text: str) -> str:
    return "".join(letter for letter in text.upper() if letter.isalnum())


__all__ = ["Card", "Pair", "Request", "enroll", "judge", "pair_demo", "request"]
