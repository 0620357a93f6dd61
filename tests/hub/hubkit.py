"""What the hub's tests share: a hub over real files, and words to tell a visit in."""

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from edge.events import codec, raw
from edge.events.entry import Group, Stamp
from edge.events.event import (
    Answers,
    ConsentPayload,
    Event,
    FeedbackPayload,
    FeedbackRecorded,
    NormalizedPayload,
    PolicyPayload,
    PolicyUpdated,
    SignalNormalized,
    SignalRaw,
)
from edge.journal.entry import Entry, Origin
from edge.journal.journal import Journal
from edge.keys import HubKeys
from edge.projects import ProjectBook, make
from hub.agents import default_agents
from hub.app import Hub
from hub.bus.bus import Agent
from hub.projections import PROJECTIONS
from hub.settings import HubSettings

HOUR = 3_600_000
T0 = 1_790_000_000_000 - 1_790_000_000_000 % HOUR + 60_000
"""One minute past an hour."""
DEMO_NODE = "d" * 32
REAL_NODE = "e" * 32
DEMO, SHOP = "demo", "shop"


class HubKit:
    """A hub in *folder*; entries are put into its inbox as the inlet would."""

    def __init__(self, folder: Path, *, now: int = T0 + 30 * 60_000) -> None:
        self.folder = folder
        self.now = now
        self.book = ProjectBook.open(folder)
        if not self.book.list():
            origins = ["https://shop.example"]
            self.book.add(make(DEMO, origins=origins, demo=True))
            self.book.add(make(SHOP, origins=origins, time_zone="Europe/Berlin"))
        self.keys = HubKeys.open(folder)
        self.inbox = Journal.open(folder / "inbox.db", node="hub")
        self.hub = self.make_hub()
        self._seqs: dict[tuple[str, int], Iterator[int]] = {}

    def make_hub(self, *, friction_types: str = "", **more: Any) -> Hub:
        """Open a hub over the folder's files."""
        hub = Hub(
            HubSettings(data=str(self.folder), names="hub.example", friction_types=friction_types),
            self.inbox,
            self.book,
            list,
            lambda node: node == DEMO_NODE,
            **more,
        )
        hub.room.clock = lambda: self.now
        return hub

    def make_agents(self) -> list[Agent]:
        """Return agents that remember nothing yet."""
        return default_agents(lambda project: project == DEMO, self.hub.changes)

    def shrink_memory(self) -> None:
        """Let the agents keep no session in memory."""
        _, _, correlator, storage, _ = self.hub.bus.agents
        correlator._most = 0  # type: ignore[attr-defined]
        storage._most = 0  # type: ignore[attr-defined]

    def client(self, **options: Any) -> TestClient:
        """Return a client of the API that calls it by a loopback name."""
        return TestClient(self.hub.app, base_url="http://127.0.0.1:7400", **options)

    def put(self, *entries: Entry) -> None:
        """Store *entries* in one commit."""
        self.inbox.submit(lambda tx: [tx.store(entry) for entry in entries]).result()

    def tell(self, *visits: "Visit", node: str = DEMO_NODE) -> None:
        """Store visits as entries of *node*, one a lane, and apply them."""
        for lane in (0, 1):
            groups = [g for visit in visits for g in visit.groups(lane)]
            if groups:
                self.put(self.entry(lane, groups, node=node))
        self.apply()

    def entry(self, lane: int, groups: Sequence[Group], *, node: str = DEMO_NODE) -> Entry:
        """Return the next entry of a lane of *node*."""
        seq = next(self._seqs.setdefault((node, lane), itertools.count(1)))
        return entry_of(node, lane, seq, groups)

    def apply(self) -> None:
        """Apply all that waits."""
        while self.hub.worker.step():
            pass

    def close(self) -> None:
        """Close hub and inbox."""
        self.hub.stop()
        self.inbox.close()


def entry_of(
    node: str, lane: int, seq: int, groups: Sequence[Group], *, generation: int = 0
) -> Entry:
    """Return an entry as it travels."""
    body = codec.pack(list(groups))
    count = sum(len(group.events) for group in groups)
    return Entry(
        Origin(node, 7), lane, seq, count, T0, codec.seal(body), body, generation=generation
    )


class Visit:
    """One session, told step by step in seconds after T0."""

    def __init__(
        self,
        session: str,
        project: str = DEMO,
        *,
        at: float = 0,
        device: str = "desktop",
        cohort: str = "",
        region: str = "DE",
        site: str = "vienna",
        verified: bool = True,
    ) -> None:
        self.session = session
        self.start = T0 + int(at * 1000)
        self.n = itertools.count()
        self.page = "/"
        self.lanes: tuple[list[Event], list[Event]] = ([], [])
        self.stamp = Stamp(
            project=project,
            received_at=self.start,
            session=session,
            stream=f"{session[:8]:_<11}",
            device=device,
            cohort=cohort,
            region=region,
            site=site,
            verified=verified,
        )

    def groups(self, lane: int) -> list[Group]:
        """Return what one lane carries."""
        return [Group(stamp=self.stamp, events=[*self.lanes[lane]])] if self.lanes[lane] else []

    def consent(self, at: float = 0, state: Any = "granted") -> "Visit":
        """Grant consent."""
        choice = ConsentPayload(state=state, purposes=["interaction"], policy_version="1", row="EU")
        payload = PolicyPayload(allow=True, reason="throttle_ready", consent=choice)
        return self._derived(
            PolicyUpdated(timestamp=self._at(at), id=f"c-{self.session}-{at}", payload=payload)
        )

    def nav(self, page: str, at: float, how: Any = "load") -> "Visit":
        """Come to *page*."""
        self.page = page
        return self._raw(raw.Nav(how=how), at, lane=0)

    def click(self, target: str, at: float, name: str | None = None) -> "Visit":
        """Click once."""
        return self._raw(raw.Click(target=target, name=name), at)

    def hover(self, target: str, at: float, dwell: float) -> "Visit":
        """Leave an element after *dwell* ms."""
        return self._raw(raw.Hover(target=target, dwell=dwell), at)

    def signal(
        self, what: Any, at: float, target: str | None = None, *, revision: int = 0, **more: Any
    ) -> "Visit":
        """Let a detector speak."""
        void = more.pop("void", False)
        name = more.pop("id", f"{what}-{self.session}-{at}")
        payload = NormalizedPayload(signal=what, version=1, target=target, **more)
        return self._derived(
            SignalNormalized(
                timestamp=self._at(at),
                page=self.page,
                id=name,
                revision=revision,
                void=void,
                payload=payload,
            )
        )

    def back(self, page: str, at: float, *, stayed: float = 20_000) -> "Visit":
        """Go back to *page*; the detector speaks with the new page, as the edge does."""
        origin, self.page = self.page, page
        self._raw(raw.Backtrack(origin=origin, stayed=stayed), at, lane=0)
        made = self.lanes[0][-1]
        assert isinstance(made, SignalRaw)
        return self.signal("backtrack", at, evidence=[f"{self.stamp.stream}:{made.n}"])

    def asked(self, at: float) -> "Visit":
        """See the question."""
        return self._raw(raw.Prompt(phase="shown", rule="rage_click"), at, lane=0)

    def tap(self, reaction: Any, at: float, target: str | None = None, **more: Any) -> "Visit":
        """Answer it."""
        detector, evidence = more.pop("detector", "rage_click"), more.pop("evidence", [])
        answers = Answers(detector=detector, evidence=evidence, target=target)
        payload = FeedbackPayload(reaction=reaction, answers=answers, **more)
        event = FeedbackRecorded(
            n=next(self.n), timestamp=self._at(at), page=self.page, payload=payload
        )
        self.lanes[0].append(event)
        return self

    def _raw(self, payload: raw.RawPayload, at: float, *, lane: int = 1) -> "Visit":
        event = SignalRaw(n=next(self.n), timestamp=self._at(at), page=self.page, payload=payload)
        self.lanes[lane].append(event)
        return self

    def _derived(self, event: Event) -> "Visit":
        self.lanes[0].append(event)
        return self

    def _at(self, seconds: float) -> int:
        return self.start + int(seconds * 1000)


def main_job(session: str = "main-job-visit-0000000", project: str = DEMO, **more: Any) -> Visit:
    """The main job: hesitation, rage click, 👎, back."""
    visit = Visit(session, project, **more).consent(0).nav("/checkout", 1)
    visit.click("button.continue", 3, "Continue").hover("button.pay", 9, 5_000)
    visit.signal("hesitation", 9, "button.pay", name="Pay")
    for at in (10.0, 10.1, 10.2, 10.3, 10.4):
        visit.click("button.broken", at)
    visit.signal("rage_click", 10, "button.broken", count=5)
    visit.asked(10.5).tap("thumbs_down", 12, "button.broken")
    return visit.back("/cart", 15)


def quiet(session: str, project: str = SHOP, page: str = "/", **more: Any) -> Visit:
    """A visit without trouble."""
    return Visit(session, project, **more).consent(0).nav(page, 1).click("a.more", 2)


def denial(name: str, project: str = SHOP, *, verified: bool = True) -> Group:
    """A denial: no session."""
    stamp = Stamp(project=project, received_at=T0, region="DE", verified=verified)
    choice = ConsentPayload(state="denied")
    payload = PolicyPayload(allow=False, reason="consent_denied", consent=choice)
    return Group(stamp=stamp, events=[PolicyUpdated(timestamp=T0, id=name, payload=payload)])


def tombstone(
    session: str, project: str = DEMO, *, claim: str = "", signatures: Sequence[str] = ()
) -> Group:
    """What an edge says when a visitor had a session deleted."""
    stamp = Stamp(project=project, received_at=T0, session=session)
    payload = PolicyPayload(
        allow=False,
        reason="consent_withdrawn",
        consent=ConsentPayload(state="withdrawn"),
        erased=True,
        claim=claim,
        signatures=[*signatures],
    )
    return Group(stamp=stamp, events=[PolicyUpdated(timestamp=T0, id="e" * 32, payload=payload)])


def dump(hub: Hub) -> dict[str, list[tuple[Any, ...]]]:
    """Return all projections, sessions by their ids instead of their numbers."""
    names = dict(hub.store.read("select number, project || ' ' || session from visit"))
    found: dict[str, list[tuple[Any, ...]]] = {}
    for table in PROJECTIONS:
        columns = ", ".join(table.all_columns)
        rows = hub.store.read(f"select {columns} from {table.name}")
        found[table.name] = sorted((names.get(row[0], str(row[0])), *row[1:]) for row in rows)
    columns = "project, session, topic, what, moment, id, revision, page, seq, place, lane"
    found["event"] = sorted(hub.store.read(f"select {columns} from event"))
    found["regions"] = sorted(hub.store.read("select * from region_seen"))
    return found
