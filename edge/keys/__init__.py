"""
Keys: who an edge is, which hub it trusts, which edges a hub admits, and what they sign.

``curve`` one key pair · ``files`` private files · ``edge`` an edge's keys and the
hub it trusts · ``hub`` a hub's keys · ``keyring`` the edges that a hub admits ·
``signing`` what proves a tombstone · ``enrolment`` the one file that is carried by hand,
and the demo's pair.

No secret is ever carried, logged or shown: an edge makes its own key, and only the
public half travels, in a file whose fingerprint is read aloud.
"""

from edge.keys.curve import BadKey, CurveKey, Secret
from edge.keys.edge import EdgeKeys
from edge.keys.enrolment import Card, Pair, Request, enroll, judge, pair_demo, request
from edge.keys.hub import HubKeys
from edge.keys.keyring import EdgeRecord, Keyring

__all__ = [
    "BadKey",
    "Card",
    "CurveKey",
    "EdgeKeys",
    "EdgeRecord",
    "HubKeys",
    "Keyring",
    "Pair",
    "Request",
    "Secret",
    "enroll",
    "judge",
    "pair_demo",
    "request",
]
