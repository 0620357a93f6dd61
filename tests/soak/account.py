"""What a soak knows of every event: what was issued and acknowledged, and where it is now."""

import contextlib
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import httpx2

from edge.journal.verify import verify
from tests.faults.posting import Visitor, metrics
from tests.oracle import AtHub
from tests.soak.plan import HUB
from tests.soak.replay import differences
from tests.soak.traffic import Record, mark, marked
from tests.soak.world import World
from tests.stack import wait_for

EFFECTS = {
    "links made anew": "half-open",
    "entries sent again": "kill hub",
    "events known already": "kill edge",
    "answers 503": "disk full edge",
}
"""What must have come of the faults, and of which, or they proved nothing (INV-8)."""
LONG = 300
"""Seconds from which on that can be asked; in a shorter soak each fault shows by itself."""


@dataclass
class Account:
    """The figures in the order in which they are printed."""

    facts: dict[str, object]
    problems: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        width = max(len(name) for name in self.facts)
        lines = [f"{name:<{width}}  {_plain(value)}" for name, value in self.facts.items()]
        verdict = [f"FAILED: {problem}" for problem in self.problems]
        return "\n".join(["", *lines, *(verdict or ["nothing lost, nothing twice"])])


class _Inbox(AtHub):
    def check_event(self, stream: str, event) -> None:
        assert event.payload.y == mark(stream, event.n), "INV-3: an event was altered"


class Eye:
    """Looks at inbox and metrics while the soak goes on."""

    def __init__(self, world: World, records: list[Record], kinds: Sequence[str]) -> None:
        self.world = world
        self.records = records
        self.kinds = kinds
        self.hub_waits = 0
        """Looks at which the hub's worker could not write."""
        self.hub = _Inbox(world.nodes[HUB].disk.folder / "inbox.db")
        self.problems: list[str] = []
        self.looks = 0
        self._counts: dict[int, Counter[str]] = {n: Counter() for n in range(len(records))}
        self._peaks: dict[tuple[int, int, str], float] = {}
        self._probes: dict[str, tuple[str, int]] = {}

    def look(self) -> None:
        """Hold what must hold at any moment."""
        self.looks += 1
        try:
            self.hub.look()
        except sqlite3.OperationalError as error:  # it was never opened yet, or is being opened
            self.problems += [] if "unable to open" in str(error) else [str(error)]
        except AssertionError as error:
            self.problems.append(str(error))
        for number in range(len(self.records)):
            self._ask(number)
        self.hub_waits += bool(
            self._metrics(HUB, self.world.hub_url).get("flowback_hub_worker_waits")
        )

    @contextlib.contextmanager
    def noting(self) -> Iterator[None]:
        """Let what does not hold be a problem of the account, which is drawn up all the same."""
        try:
            yield
        except (AssertionError, sqlite3.Error, httpx2.HTTPError) as error:
            self.problems.append(str(error) or repr(error))

    def send_probes(self, tend: Callable[[], None]) -> None:
        """Post one event to each edge, which must be taken in."""
        for number, url in enumerate(self.world.urls):
            with httpx2.Client(timeout=2) as client:
                who = Visitor(client, self.world.project, url=url)

                def taken(post) -> bool:
                    tend()
                    try:
                        return post().status_code in (200, 202)
                    except httpx2.HTTPError:
                        return False

                wait_for(lambda who=who: taken(who.grant_once), what="INV-7: a consent taken in")
                batch = marked(who.batch(1))
                self.records[number].issued[who.stream] += 1
                wait_for(lambda who=who, batch=batch: taken(lambda: who.post(batch)), what="INV-7")
                self.records[number].acknowledged[who.stream] += 1
                self.records[number].sessions.add(who.session)
                self._probes[url] = (who.stream, 1)

    def probes_arrived(self) -> bool:
        self.hub.look()
        return not self.missing_probes()

    def missing_probes(self) -> list[str]:
        """Return the edges whose probe is not at the hub."""
        there = self.hub.events.keys()
        return [url for url, probe in self._probes.items() if probe not in there]

    def pending(self) -> int:
        """Return how many events the edges still have for the hub."""
        found = [metrics(url) for url in self.world.urls]
        return sum(int(each[PENDING]) for each in found)

    def unapplied(self) -> int:
        """Return how many positions of the inbox the hub's agents have not seen."""
        self.hub.look()
        return self.hub.position - int(metrics(self.world.hub_url)["flowback_hub_inbox_position"])

    def account(self, seed: int, seconds: float) -> Account:
        """Return the account, after all processes have ended."""
        with self.noting():
            self.hub.look()
        issued, acknowledged = (
            _events(self.records, "issued"),
            _events(self.records, "acknowledged"),
        )
        at_hub = set(self.hub.events)
        applied = _analytics(self.world.nodes[HUB].disk.folder / "analytics.duckdb")
        stores = [
            _store(node.disk.folder / "journal.db")
            for n, node in self.world.nodes.items()
            if n != HUB
        ]
        unlike = differences(self.world.nodes[HUB].disk.folder)
        known = {name: sum(store[name] for store in stores) for name in stores[0]}
        sessions = {session for record in self.records for session in record.sessions}
        seen = self.world.happened
        facts: dict[str, object] = {
            "seed": seed,
            "seconds": round(seconds),
            "edges": len(self.records),
            "looks": self.looks,
            "": "",
            "events issued": len(issued),
            "events acknowledged": len(acknowledged),
            "events at the hub": len(at_hub),
            "entries at the hub": self.hub.entries,
            "derived events at the hub": len(self.hub.derived),
            **known,
            "events in analytics": applied.total(),
            "lost": len(acknowledged - at_hub),
            "doubled": len(self.hub.doubled),
            "lost in analytics": len(at_hub - applied.keys()),
            "doubled in analytics": sum(count > 1 for count in applied.values()),
            "tables unlike the inbox read once": len(unlike),
            "never issued": len(at_hub - issued),
            "sessions without a grant at the hub": len(sessions - self.hub.sessions),
            " ": "",
            **dict(sorted(seen.items())),
            **self._effects(),
        }
        return Account(facts, self._judge(facts, seen) + unlike)

    def _judge(self, facts: dict[str, object], seen: Counter[str]) -> list[str]:
        wrong = [problem for record in self.records for problem in record.wrong]
        found = list(dict.fromkeys(self.problems + wrong))
        nothing = (
            *("lost", "doubled", "lost in analytics", "doubled in analytics", "never issued"),
            *("pending", "quarantined", "gaps", "unaccounted"),
            *("sessions without a grant at the hub", "ended by itself"),
        )
        found += [f"{what}: {facts[what]}" for what in nothing if facts.get(what)]
        found += [f"INV-8: {kind} never happened" for kind in self.kinds if not seen[kind]]
        found += [
            f"INV-8: {what}: none"
            for what, kind in EFFECTS.items()
            if kind in self.kinds and not facts[what] and int(str(facts["seconds"])) >= LONG
        ]
        for number, node in self.world.nodes.items():
            name = "inbox.db" if number == HUB else "journal.db"
            found += verify(node.disk.folder / name).problems
        return found

    def _effects(self) -> dict[str, object]:
        answers: Counter[str] = sum((record.answers for record in self.records), Counter())
        return {
            "links made anew": int(self._total("flowback_edge_link_sockets_total")),
            "entries sent again": int(self._total("flowback_edge_link_resent_total")),
            "times the hub could not write": self.hub_waits
            + int(self._total("flowback_edge_link_refusals_total")),
            "failed commits of edges": int(self._total("flowback_edge_commits_failed_total")),
            "events known already": sum(record.duplicates for record in self.records),
            "answers 503": answers["503"],
            "answers": dict(answers.most_common()),
        }

    def _ask(self, number: int) -> None:
        """Read the metrics of one edge, where it answers."""
        node = self.world.nodes[number]
        found = self._metrics(number, self.world.urls[number])
        assert node.process is not None
        for name, value in found.items():
            if name.endswith("_total"):
                self._peaks[number, node.process.pid, name] = value
        if found.get(UNACCOUNTED):
            self.problems.append(f"INV-6: {found[UNACCOUNTED]} events unaccounted at edge {number}")

    def _metrics(self, number: int, url: str) -> dict[str, float]:
        node = self.world.nodes[number]
        if not node.runs or node.paused:
            return {}
        with contextlib.suppress(httpx2.HTTPError, ValueError):
            return metrics(url, timeout=1)
        return {}

    def _total(self, name: str) -> float:
        """Return a counter's sum over all edges and their lives, as last seen in each."""
        return sum(value for (_, _, each), value in self._peaks.items() if each == name)


PENDING = "flowback_edge_pending_events"
UNACCOUNTED = "flowback_edge_unaccounted"


def _events(records: list[Record], name: str) -> set[tuple[str, int]]:
    return {
        (stream, n)
        for record in records
        for stream, count in getattr(record, name).items()
        for n in range(1, count + 1)
    }


def _store(path: Path) -> dict[str, int]:
    """Return what the journal at *path* still owes, and what it declared."""
    from edge.journal import account

    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as file:
        [node] = file.execute("select value from meta where key = 'node'").fetchone()
        terms = account.Account(*file.execute(account._ACCOUNT, (node,)).fetchone())
    return {
        "pending": terms.pending,
        "quarantined": terms.quarantined,
        "gaps": terms.gap,
        "unaccounted": terms.unaccounted,
    }


def _analytics(path: Path) -> Counter[tuple[str, int]]:
    """Return how often each browser event counts in the hub's analytics."""
    with duckdb.connect(str(path), read_only=True) as store:
        rows = store.execute(
            "select stream, n, count(*) from event where topic = 'raw' group by stream, n"
        ).fetchall()
    return Counter({(stream, n): count for stream, n, count in rows})


def _plain(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
