"""Make, list, rotate and revoke the keys of the link between edges and a hub."""

import argparse
import time
from pathlib import Path

from edge.audit import AuditLog
from edge.keys import CurveKey, EdgeKeys, HubKeys, Keyring
from edge.keys.curve import fingerprint


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what ``flowback keys`` takes."""
    verbs = parser.add_subparsers(dest="verb", required=True)
    new = verbs.add_parser("new", help="make a node's first key")
    rotate = verbs.add_parser("rotate", help="put a new key first; then enroll it at the hub")
    for verb in (new, rotate):
        verb.add_argument("--data", type=Path, required=True, help="the node's folder")
    new.add_argument("--hub", action="store_true", help="the folder is a hub's")
    shown = verbs.add_parser("list", help="list the edges that a hub admits")
    revoke = verbs.add_parser("revoke", help="refuse a key from now on, live connections too")
    for verb in (shown, revoke):
        verb.add_argument(
            "--data", type=Path, default=Path("flowback-data/hub"), help="the hub's folder"
        )
    revoke.add_argument("which", help="a public key, a node id or an edge's name")


def run(options: argparse.Namespace) -> int:
    """Do what was asked."""
    {"new": _new, "rotate": _rotate, "list": _list, "revoke": _revoke}[options.verb](options)
    return 0


def _new(options: argparse.Namespace) -> None:
    if options.hub:
        hub = HubKeys.make(options.data).current
        AuditLog(options.data).write("keys.new", fingerprint=fingerprint(hub.public))
        _tell("hub", hub)
    else:
        edge = EdgeKeys.make(options.data)
        AuditLog(options.data).write(
            "keys.new", node=edge.node, fingerprint=fingerprint(edge.keys[0].public)
        )
        _tell(f"edge {edge.node}", edge.keys[0])


def _rotate(options: argparse.Namespace) -> None:
    edge = EdgeKeys.rotate(options.data)
    AuditLog(options.data).write(
        "keys.rotate", node=edge.node, fingerprint=fingerprint(edge.keys[0].public)
    )
    _tell(f"edge {edge.node}", edge.keys[0])
    print("the key before stays in use until the hub knows this one: flowback enroll ask")


def _list(options: argparse.Namespace) -> None:
    for record in Keyring(options.data).records():
        state = "revoked" if record.revoked is not None else "admitted"
        made = time.strftime("%Y-%m-%d", time.gmtime(record.made / 1000))
        kind = "demo" if record.demo else "edge"
        print(f"{record.name}\t{kind}\t{state}\t{made}\t{record.node}\t{record.key}")


def _revoke(options: argparse.Namespace) -> None:
    for record in Keyring(options.data).revoke(options.which):
        AuditLog(options.data).write(
            "keys.revoke", name=record.name, node=record.node, fingerprint=fingerprint(record.key)
        )
        print(f"revoked {record.key} of {record.name}")


def _tell(whose: str, key: CurveKey) -> None:
    print(f"{whose}: public key {key.public}, fingerprint {fingerprint(key.public)}")
