"""
What this hub tells its edges: looked for in the hub's own files, logged, signed, sent.

Nobody writes control by hand. What people set on the hub, with ``flowback site``, ``keys``,
``erase`` or in the file of rules, is compared with what was told last; what differs
gets a revision. So every edge follows, by wire or by a receipt, at once or when it returns.
"""

import threading
import time
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import structlog

from edge.config import ConfigError
from edge.errors import FlowbackError
from edge.keys import Keyring
from edge.keys.signing import sign_control
from edge.keys.watch import of_hub
from edge.policy import regions
from edge.projects import ProjectBook
from edge.protocol.control import MAX_BODY, Sheet, Signed, compose, encode
from edge.protocol.flow import Bucket
from edge.protocol.frames import Complaint
from hub.stores.records.control_log import ERASE, ControlLog, Report, Saying, fits

EVERY = 0.5
"""Seconds between two looks at what people set."""
WIRE_BYTES = 16 * 2**10
"""Bytes of a sheet on the wire: 2.6 s of a line of 50 kbit/s."""
AT_ONCE = 1000
"""Erasures logged in one go."""

REPORTS, REPORTS_AT_ONCE = 0.2, 20
"""Reports of one edge written and logged per second, and at once; of more only the newest is."""

Subject = tuple[str, str, str]
"""Audience, kind and key."""

log = structlog.get_logger(__name__)


class Control:
    """
    The hub's word to its edges. ``next_sheet``, ``by_hand`` and ``heard`` are for any thread;
    :meth:`publish` is the thread's own, or a test's.

    *erased* are the sessions that are erased here. Where the file of *rules* is not known
    (None) what was said of them stays: they are never loosened by who did not look. Raises
    :class:`~edge.config.ConfigError` where the file *rules* cannot be used.
    """

    def __init__(
        self,
        control_log: ControlLog,
        *,
        folder: Path,
        keyring: Keyring,
        projects: ProjectBook,
        erased: Collection[tuple[str, str]] = (),
        rules: str | None = "",
        clock_ms: Callable[[], int] = lambda: int(time.time() * 1000),
    ) -> None:
        self.log = control_log
        self.trouble = ""
        """Why what people set is not told, empty while all is well."""
        self._keys = of_hub(folder)
        self._keyring = keyring
        self._projects = projects
        self._erased = erased
        self._rules = RuleFile(rules) if rules is not None else None
        self._clock_ms = clock_ms
        self._said = control_log.said()
        self._told_erased = control_log.erasures()
        self._large: list[Saying] = []
        """What cannot be told, because no sheet could hold it."""
        self._reports: dict[str, Bucket] = {}
        self._late: dict[str, tuple[int, Sequence[Complaint] | None]] = {}
        """Node → what it said last while it spoke too often."""
        self._reporting = threading.RLock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Tell what was set meanwhile, and look for more on a thread of its own."""
        self.look()
        self._thread = threading.Thread(target=self._run, name="hub-control", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread. Harmless when repeated."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    @property
    def head(self) -> int:
        """The newest revision."""
        return self.log.head

    def head_of(self, node: str) -> int:
        """Return the newest revision that concerns *node*."""
        return self.log.head_of(self._audiences(node))

    def next_sheet(self, node: str, have: int) -> Signed | None:
        """Return what *node* is told next on the wire; None where it holds all."""
        try:
            return next(self._sheets(node, have, WIRE_BYTES), None)
        except FlowbackError as error:  # the link goes on without it
            self.trouble = str(error)
            return None

    def by_hand(self, node: str, have: int) -> list[Signed]:
        """Return all that *node* lacks, to be carried to it, and note what it holds."""
        self.heard(node, have)
        return list(self._sheets(node, have, MAX_BODY))

    def heard(self, node: str, rev: int, complaints: Sequence[Complaint] | None = None) -> None:
        """Note what *node* said that it holds and, unless None, complains of."""
        with self._reporting:
            before = self.log.report_of(node)
            if complaints is None and node in self._late:
                complaints = self._late[node][1]
            if before is not None and before.rev == rev and complaints in (None, before.complaints):
                self._late.pop(node, None)
                return
            bucket = self._reports.setdefault(node, Bucket(REPORTS, REPORTS_AT_ONCE))
            if not bucket.take(self._clock_ms() / 1000):
                self._late[node] = rev, complaints
                return
            self._late.pop(node, None)
            self.log.heard(node, rev, complaints, now=self._clock_ms())
        known = before.complaints if before else []
        fresh = [one for one in complaints or () if one not in known]
        if fresh:
            why, count = fresh[0].why, len(fresh)
            log.warning("an edge does not hold what it was told", node=node, why=why, items=count)

    def report_of(self, node: str) -> Report | None:
        """Return what *node* last said of control, None where it never did."""
        return self.log.report_of(node)

    def publish(self) -> int:
        """Log what people set since it was told last; return how many items that were."""
        wanted = dict(self._wanted())
        changed = [
            Saying(*subject, value)
            for subject, value in wanted.items()
            if self._said.get(subject) != value
        ]
        changed += [
            Saying(*subject, None)
            for subject, value in self._said.items()
            if value is not None and subject not in wanted
        ]
        self._large = [one for one in changed if not fits(one)]
        changed = [one for one in changed if fits(one)]
        fresh = [one for one in self._erased if _erase_key(*one) not in self._told_erased]
        erasures = [
            Saying("", ERASE, _erase_key(*one), {"project": one[0], "session": one[1]})
            for one in fresh[:AT_ONCE]
        ]
        if changed or erasures:
            self.log.append([*changed, *erasures], now=self._clock_ms())
            self._said.update({(one.audience, one.kind, one.key): one.value for one in changed})
            self._told_erased.update(one.key for one in erasures)
        return len(changed) + len(erasures)

    def _run(self) -> None:
        while not self._stopping.wait(EVERY):
            self.look()

    def look(self) -> None:
        """Log all that people set meanwhile; ``trouble`` says what cannot be told."""
        try:
            if self._rules is not None:
                self._rules.look()
            while self.publish():
                pass
            with self._reporting:
                for node, (rev, complaints) in [*self._late.items()]:
                    self.heard(node, rev, complaints)
            large = ", ".join(f"{one.kind} {one.key}" for one in self._large)
            trouble = f"too large to tell edges: {large}" if large else self._trouble_of_rules()
        except FlowbackError as error:
            trouble = str(error)
        except Exception as error:
            log.exception("what edges are to know could not be looked for")
            trouble = str(error)
        if trouble and trouble != self.trouble:
            log.warning("edges are not told what was set", why=trouble)
        self.trouble = trouble

    def _wanted(self) -> Iterator[tuple[Subject, Any]]:
        """Yield what edges are to hold now."""
        projects = self._projects.list()
        if not projects and not self._projects.path.exists():  # lost, not emptied
            yield from self._said_of("project")
        for project in projects:
            audience = "demo" if project.demo else "real"
            yield (audience, "project", project.id), _plain(project)
        if self._rules is None:
            yield from self._said_of("rules")
        else:
            yield from self._rules.read(self._nodes_by_name()).items()
        self._keys.reload()
        keys = self._keys.keys
        public = [key.public for key in keys.keys]
        yield ("", "hub", "keys"), {"keys": public, "verify": keys.verify}

    def _said_of(self, kind: str) -> list[tuple[Subject, Any]]:
        return [(subject, value) for subject, value in self._said.items() if subject[1] == kind]

    def _trouble_of_rules(self) -> str:
        return self._rules.trouble if self._rules is not None else ""

    def _nodes_by_name(self) -> dict[str, str]:
        return {one.name: one.node for one in self._keyring.records() if one.revoked is None}

    def _audiences(self, node: str) -> tuple[str, ...]:
        record = self._keyring.of_node(node)
        return "", "demo" if record is not None and record.demo else "real", node

    def _sheets(self, node: str, have: int, max_bytes: int) -> Iterator[Signed]:
        audiences = self._audiences(node)
        if self.log.head_of(audiences) <= have:
            return
        now = self._clock_ms()
        items = self.log.items(audiences, have, now=now)
        secret = self._keys.look().signing[0]
        for sheet in compose(node, have, items, at=now, max_bytes=max_bytes):
            yield _sign(sheet, secret)


class RuleFile:
    """
    The hub's file of stricter regional rules: fields for every edge, and below
    ``[edges.NAME]`` for one. Read again where it changed; a bad one leaves what it said.

    One that changes is read when it stood still from one look to the next: half a file may
    be a good one, and looser.
    """

    def __init__(self, path: str) -> None:
        self._path = Path(path) if path else None
        self._stamp = self._seen = self._facts()
        """Of the file that was read, and of the one that was seen last."""
        self._found: dict[str, Any] = {}
        self._bad = self._unknown = ""
        self._read()
        if self._bad:
            raise ConfigError(self._bad)

    @property
    def trouble(self) -> str:
        """What is wrong with the file as it is now, empty where nothing is."""
        return self._bad or self._unknown

    def read(self, nodes: Mapping[str, str]) -> dict[Subject, Any]:
        """Return what it said when it was read, *nodes* being the edges by their names."""
        found: dict[Subject, Any] = {}
        if rules := _without_edges(self._found):
            found["", "rules", ""] = rules
        tables: dict[str, Any] = self._found.get("edges", {})
        for name in tables.keys() & nodes.keys():
            found[nodes[name], "rules", nodes[name]] = tables[name]
        unknown = ", ".join(sorted(tables.keys() - nodes.keys()))
        self._unknown = f"{self._path}: no edge is called {unknown}" if unknown else ""
        return found

    def look(self) -> None:
        """Read the file where it changed, and stands still."""
        seen, self._seen = self._seen, self._facts()
        if seen == self._seen != self._stamp:
            self._stamp = self._seen
            self._read()

    def _facts(self) -> object:
        """Return what tells one state of the file from another; None: it is not there."""
        try:
            facts = self._path.stat() if self._path is not None else None
        except OSError:
            return None
        return facts and (facts.st_mtime_ns, facts.st_size, facts.st_ino)

    def _read(self) -> None:
        if self._path is None:
            return
        try:
            found = tomllib.loads(self._path.read_text())
            tables = found.get("edges", {})
            for table in (found, *tables.values()):
                regions.check(_without_edges(table))
        except (OSError, ValueError, AttributeError, RecursionError, regions.BadRule) as error:
            self._bad = f"rules is {str(self._path)!r}: it cannot be used: {error}"
            return
        self._found, self._bad = found, ""


def _without_edges(table: Mapping[str, Any]) -> dict[str, Any]:
    return {field: value for field, value in table.items() if field != "edges"}


def _plain(value: Any) -> Any:
    """Return *value* as it comes back from the log, to compare it."""
    return msgspec.msgpack.decode(msgspec.msgpack.encode(value))


def _sign(sheet: Sheet, secret: Any) -> Signed:
    body = encode(sheet)
    return Signed(sheet.rev, body, sign_control(secret, body))


def _erase_key(project: str, session: str) -> str:
    return f"{project}/{session}"
