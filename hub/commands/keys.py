"""
Make, list, rotate, revoke and pardon the keys of the link between edges and a hub.

An edge's key:   keys rotate --data EDGE, then enroll ask there, enroll admit --rotation at the
                 hub, and keys revoke with the older key. The older one works until then.
The hub's key:   keys rotate --hub --data HUB announces the next one to every edge; once
                 keys list names nobody who lacks it: keys rotate --hub --switch. No restart.
Two machines:    one key on both is an alarm, and both are refused. Find the second, then rotate
                 and revoke the key where it may be in other hands, or keys pardon NAME.
"""

import argparse
import time
from pathlib import Path

from edge.audit import AuditLog
from edge.keys import BadKey, CurveKey, EdgeKeys, HubKeys, Keyring
from edge.keys.curve import fingerprint
from edge.keys.hub import NAME as HUB
from edge.keys.keyring import NAME as RING
from hub.rotation import behind


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what ``flowback keys`` takes."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    verbs = parser.add_subparsers(dest="verb", required=True)
    new = verbs.add_parser("new", help="make a node's first key")
    rotate = verbs.add_parser("rotate", help="make the next key beside the one in use")
    for verb in (new, rotate):
        verb.add_argument("--data", type=Path, required=True, help="the node's folder")
        verb.add_argument("--hub", action="store_true", help="the folder is a hub's")
    step = rotate.add_mutually_exclusive_group()
    step.add_argument(
        "--switch", action="store_true", help="with --hub: answer with the announced key"
    )
    step.add_argument("--cancel", action="store_true", help="with --hub: announce it no more")
    rotate.add_argument(
        "--anyway",
        action="store_true",
        help="with --switch: also where edges do not know the next key; they need a card by hand",
    )
    shown = verbs.add_parser("list", help="list a hub's keys and the edges that it admits")
    revoke = verbs.add_parser("revoke", help="refuse a key from now on, live connections too")
    pardon = verbs.add_parser(
        "pardon", help="end the alarm that two machines use one key, once the second is off"
    )
    for verb in (shown, revoke, pardon):
        verb.add_argument(
            "--data", type=Path, default=Path("flowback-data/hub"), help="the hub's folder"
        )
    for verb in (revoke, pardon):
        verb.add_argument(
            "which",
            help="an edge's name or node id, or one key by the fingerprint that keys list shows"
            " (a public key itself may begin with - or hold what a shell reads)",
        )


def run(options: argparse.Namespace) -> int:
    """Do what was asked."""
    verbs = {"new": _new, "rotate": _rotate, "list": _list, "revoke": _revoke, "pardon": _pardon}
    verbs[options.verb](options)
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
    if options.hub:
        _rotate_hub(options)
        return
    if options.switch or options.cancel or options.anyway:
        raise BadKey("an edge's key needs no --switch: it is in use once the hub admits it")
    edge = EdgeKeys.rotate(options.data)
    AuditLog(options.data).write(
        "keys.rotate", node=edge.node, fingerprint=fingerprint(edge.keys[0].public)
    )
    _tell(f"edge {edge.node}", edge.keys[0])
    print("the key before stays in use until the hub knows this one: flowback enroll ask")


def _rotate_hub(options: argparse.Namespace) -> None:
    folder = options.data
    if options.switch:
        lacking = behind(folder)
        if lacking and not options.anyway:
            raise BadKey(
                f"the next key is not known yet to {', '.join(lacking)}: wait until they were"
                " here, or say --anyway and carry them a card (flowback enroll card)"
            )
        _note(folder, "keys.hub_switched", hub := HubKeys.switch(folder))
        _tell("hub, in use within a second", hub.current)
        print(f"edges that need a card by hand: {', '.join(lacking) or 'none'}")
    elif options.cancel:
        _note(folder, "keys.hub_cancelled", HubKeys.cancel(folder))
        print("the next key is forgotten")
    else:
        _note(folder, "keys.hub_announced", hub := HubKeys.rotate(folder))
        _tell("hub, next", hub.keys[-1])
        print("edges learn of it by control; see `flowback keys list`, then --switch")


def _note(folder: Path, what: str, hub: HubKeys) -> None:
    shown = [fingerprint(key.public) for key in hub.keys]
    AuditLog(folder).write(what, fingerprints=shown)


def _list(options: argparse.Namespace) -> None:
    if not any((options.data / name).exists() for name in (HUB, RING)):
        raise BadKey(
            f"{options.data} is no hub's folder, it has neither {HUB} nor {RING}: name the hub's"
            " with --data"
        )
    if (options.data / HUB).exists():
        hub = HubKeys.load(options.data)
        lacking = behind(options.data) if len(hub.keys) > 1 else []
        for key, role in zip(hub.keys, ("in use", "next"), strict=False):
            told = f", not known yet to {', '.join(lacking)}" if role == "next" and lacking else ""
            print(f"hub\t{role}{told}\t{_day(key.made)}\t{key.public}")
    for record in Keyring(options.data).records():
        state = "revoked" if record.revoked is not None else "admitted"
        made = _day(record.made)
        kind = "demo" if record.demo else "edge"
        shown = fingerprint(record.key)
        name = _printable(record.name)
        print(f"{name}\t{kind}\t{state}\t{made}\t{record.node}\t{record.key}\t{shown}")


def _revoke(options: argparse.Namespace) -> None:
    for record in Keyring(options.data).revoke(options.which):
        AuditLog(options.data).write(
            "keys.revoke", name=record.name, node=record.node, fingerprint=fingerprint(record.key)
        )
        print(f"revoked {fingerprint(record.key)} of {_printable(record.name)}")


def _pardon(options: argparse.Namespace) -> None:
    for record in Keyring(options.data).pardon(options.which):
        AuditLog(options.data).write(
            "keys.pardon", name=record.name, node=record.node, fingerprint=fingerprint(record.key)
        )
        print(f"pardoned {fingerprint(record.key)} of {_printable(record.name)}")


def _printable(name: str) -> str:
    """Return *name* as a terminal may show it: older keyrings may hold anything."""
    return "".join(letter if letter.isprintable() else "?" for letter in name)


def _day(at: int) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(at / 1000))


def _tell(whose: str, key: CurveKey) -> None:
    print(f"{whose}: public key {key.public}, fingerprint {fingerprint(key.public)}")
