"""
Whose sessions are to be erased: what edges ask for, judged (decisions 5 and 9).

A **tombstone** says that a visitor had a session deleted at the edge that knew it. It is
signed by that edge, and refused where the signature is not that node's. A **claim** is
passed on by an edge that does not know the session; it is granted where the hash of the
visitor's secret is the one that travelled in the session's first grant, and waits where
no grant has come; the edge that holds the session is told to erase it too. Nothing is
answered, so nobody learns which of these it was.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field

import structlog

from edge.keys.signing import Stone, is_signed
from edge.protocol.frames import Errand
from hub.stores.records.claims import Claims, Visitor

log = structlog.get_logger(__name__)

UNSIGNED = "tombstone_unsigned"
"""Refused: the tombstone is not signed by the node that sent it."""
ANOTHERS = "receipt_of_another"
"""Refused: the receipt is not the one of the session's first grant."""

VerifyKeys = Callable[[str], Collection[str]]
"""Node → the keys by which its signatures are known; none where it was enrolled without."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A tombstone or a claim as it came."""

    node: str
    position: int
    """Inbox position of its entry."""
    stone: Stone
    erased: bool
    """A tombstone; else a claim."""
    signatures: Sequence[str] = ()

    @property
    def visitor(self) -> Visitor:
        """Project and session."""
        return self.stone.project, self.stone.session


@dataclass(frozen=True, slots=True, order=True)
class Granted:
    """A grant: when the edge got it, and the hash of the visitor's secret."""

    received: int
    receipt: str
    node: str = ""
    position: int = 0


@dataclass(slots=True)
class Judged:
    """What came of it."""

    erased: dict[Visitor, int] = field(default_factory=dict)
    """Sessions to erase → the inbox position of what said so first."""
    refused: list[tuple[str, Asked]] = field(default_factory=list)
    """(reason, what was asked)."""
    waiting: list[tuple[str, str, str]] = field(default_factory=list)
    """Claims without a grant: project, session, hash."""
    errands: list[tuple[str, Errand]] = field(default_factory=list)
    """(node, what it is to erase): the edge that holds what was claimed elsewhere."""

    def grant(self, visitor: Visitor, first: Granted, position: int) -> None:
        """Erase what was claimed, here and at the edge whose grant it was."""
        self.erased.setdefault(visitor, position)
        self.errands.append((first.node, Errand(*visitor, first.receipt)))


class Rights:
    """The judge. *first_grant* is asked for the earliest grant that the hub holds."""

    def __init__(
        self,
        verify_keys: VerifyKeys,
        first_grant: Callable[[Visitor], Granted | None],
        claims: Claims,
    ) -> None:
        self._verify_keys = verify_keys
        self._first_grant = first_grant
        self._claims = claims
        self._named: set[str] = set()

    def judge(self, asked: Iterable[Asked], granted: dict[Visitor, Granted]) -> Judged:
        """Judge what was *asked*; *granted* are the first grants in the same entries."""
        judged = Judged()
        for one in asked:
            self._judge(one, self._first(one.visitor, granted), judged)
        for visitor, grant in granted.items():
            waiting = self._claims.of(visitor)
            first = self._first(visitor, granted) if waiting else None
            if first is not None and first.receipt in waiting:
                judged.grant(visitor, first, grant.position)
        return judged

    def _judge(self, one: Asked, first: Granted | None, judged: Judged) -> None:
        claim = one.stone.claim
        if one.erased and not self._is_its_nodes(one):
            judged.refused.append((UNSIGNED, one))
        elif first is not None and claim and claim != first.receipt:
            judged.refused.append((ANOTHERS, one))
        elif one.erased:
            judged.erased.setdefault(one.visitor, one.position)
        elif first is not None:
            judged.grant(one.visitor, first, one.position)
        else:
            judged.waiting.append((*one.visitor, claim))

    def _first(self, visitor: Visitor, granted: dict[Visitor, Granted]) -> Granted | None:
        known = (self._first_grant(visitor), granted.get(visitor))
        return min((grant for grant in known if grant is not None), default=None)

    def _is_its_nodes(self, one: Asked) -> bool:
        keys = self._verify_keys(one.node)
        if not keys and one.node not in self._named:
            self._named.add(one.node)
            log.warning(
                "an edge is enrolled without a signing key, so its deletions cannot be proved:"
                " run `flowback keys rotate` and `flowback enroll ask` there,"
                " `flowback enroll admit --rotation` here",
                node=one.node,
            )
        return not keys or is_signed(keys, one.node, one.stone, one.signatures)
