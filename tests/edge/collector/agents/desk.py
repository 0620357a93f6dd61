"""An edge's ingest over a real journal, with every moment in the test's hands."""

from concurrent.futures import wait
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec.structs import replace

from edge.collector.agents.ingest import Ingest, Site
from edge.collector.agents.sessions import Sessions
from edge.collector.http.access import Sender
from edge.collector.http.batch import Parsed
from edge.events import codec
from edge.events.event import SignalNormalized
from edge.journal.journal import Journal
from edge.policy.regions import resolve
from edge.projects import make

SESSION = "A" * 22
OTHERS = tuple(letter * 22 for letter in "BCDE")
SCHEMA = resources.files("edge.collector").joinpath("schema.sql").read_text()


class Desk:
    """One edge; its host vouches for consent."""

    def __init__(self, folder, *, detect=None, limit=100) -> None:
        self.path = Path(folder) / "journal.db"
        self.limit = limit
        self.project = make("shop", origins=["https://a.example"], consent="host", detect=detect)
        self.start()

    def start(self) -> None:
        self.journal = Journal.open(self.path, node="edge-desk", schema=SCHEMA)
        self.ingest = Ingest(Sessions(self.limit), Site("main"))

    def restart(self) -> None:
        self.journal.close()
        self.start()

    @property
    def sender(self):
        region = resolve("DE", None)
        return Sender(project=self.project, origin=b"", device="desktop", region=region, refused="")

    def send(self, stream, events, *, now, sent_at=None):
        """Take in a batch."""
        return self.together([(SESSION, stream, events)], now=now, sent_at=sent_at)

    def together(self, batches, *, now, sent_at=None):
        """Take in *batches* of (session, stream, events) in one commit; answer the last."""
        sent_at = now if sent_at is None else sent_at
        parsed = [
            Parsed("shop", session, stream, sent_at, [replace(event) for event in events])
            for session, stream, events in batches
        ]

        def work(tx):
            return [self.ingest.batch(tx, self.sender, batch, now=now) for batch in parsed][-1]

        future = self.journal.submit(work)
        wait([future])
        return future.result()

    def published(self) -> list[SignalNormalized]:
        """What was said of the session, in order."""
        return [
            event
            for entry in self.journal.follow(0, max_bytes=2**30)
            for group in codec.unpack_session(entry.body, SESSION)
            for event in group.events
            if isinstance(event, SignalNormalized)
        ]


@contextmanager
def desk(**options):
    """A desk in a folder of its own."""
    with TemporaryDirectory() as folder:
        made = Desk(folder, **options)
        try:
            yield made
        finally:
            made.journal.close()
