"""
Let an edge speak to a hub, by one file carried by hand and a fingerprint read aloud.

  at the edge   flowback enroll ask   --data EDGE --name berlin --out berlin.edge
  at the hub    flowback enroll admit --data HUB berlin.edge --fingerprint "…" --card hub.card
  at the edge   flowback enroll trust --data EDGE hub.card --fingerprint "…"

  flowback enroll card writes the hub's card again, for an edge that is admitted already.
"""

import argparse
from pathlib import Path

from edge.audit import AuditLog
from edge.keys import BadKey, Card, EdgeKeys, HubKeys, Keyring, Request, files, judge, request
from edge.keys.curve import fingerprint
from edge.keys.hub import NAME as HUB


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what ``flowback enroll`` takes."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    verbs = parser.add_subparsers(dest="verb", required=True)
    ask = verbs.add_parser("ask", help="at the edge: write the file to carry to the hub")
    ask.add_argument("--out", type=Path, required=True, help="the file to carry to the hub")
    ask.add_argument("--name", required=True, help="what the hub's people call this edge")
    ask.add_argument("--site", default="", help="where it stands, in words")
    ask.add_argument("--region", default="", help="its region, as the hub's people call it")
    admit = verbs.add_parser("admit", help="at the hub: admit the edge of a file")
    admit.add_argument("file", type=Path, help="what `enroll ask` wrote at the edge")
    admit.add_argument("--card", type=Path, required=True, help="the file to carry back")
    admit.add_argument("--address", default="", help="where the edge reaches this hub")
    admit.add_argument("--rotation", action="store_true", help="a further key of a known edge")
    card = verbs.add_parser("card", help="at the hub: write its card again")
    card.add_argument("--card", type=Path, required=True, help="the file to carry to edges")
    card.add_argument("--address", default="", help="where edges reach this hub")
    trust = verbs.add_parser("trust", help="at the edge: trust the hub of a card")
    trust.add_argument("file", type=Path, help="the card that came back from the hub")
    for verb in verbs.choices.values():
        verb.add_argument("--data", type=Path, required=True, help="this node's folder")
    for verb in (admit, trust):
        verb.add_argument("--fingerprint", required=True, help="as the other end read it aloud")


def run(options: argparse.Namespace) -> int:
    """Do what was asked."""
    {"ask": _ask, "admit": _admit, "card": _card, "trust": _trust}[options.verb](options)
    return 0


def _ask(options: argparse.Namespace) -> None:
    asked = request(
        options.data, options.out, name=options.name, site=options.site, region=options.region
    )
    print(f"wrote {options.out}; read this aloud at the hub: {asked.fingerprint()}")


def _admit(options: argparse.Namespace) -> None:
    card = _hub_card(options)
    keyring = Keyring(options.data)
    record = judge(
        keyring,
        Request.load(options.file),
        options.fingerprint,
        rotation=options.rotation,
    )
    files.save_carried(options.card, card)  # first, so that nobody is admitted who cannot be told
    keyring.add(record)
    AuditLog(options.data).write(
        "enroll.admit", name=record.name, node=record.node, fingerprint=fingerprint(record.key)
    )
    print(f"admitted {record.name}, node {record.node}")
    _tell(options, card)


def _card(options: argparse.Namespace) -> None:
    card = _hub_card(options)
    files.save_carried(options.card, card)
    _tell(options, card)


def _hub_card(options: argparse.Namespace) -> Card:
    if not (options.data / HUB).exists():  # no hub is made here
        raise BadKey(
            f"{options.data} is no hub's folder: it has no {HUB}. `flowback keys new --hub` makes"
            " one, as a hub's first start does"
        )
    return HubKeys.open(options.data).card(options.address)


def _tell(options: argparse.Namespace, card: Card) -> None:
    print(f"wrote {options.card}; read this aloud at the edge: {card.fingerprint()}")


def _trust(options: argparse.Namespace) -> None:
    card = Card.carried(options.file)
    said = "".join(letter for letter in options.fingerprint.upper() if letter.isalnum())
    real = "".join(letter for letter in card.fingerprint().upper() if letter.isalnum())
    if said != real:
        raise BadKey("the fingerprints differ: the card was altered or is another hub's")
    edge = EdgeKeys.trust(options.data, card)
    AuditLog(options.data).write("enroll.trust", hub=card.fingerprint())
    print(f"edge {edge.node} trusts this hub")
