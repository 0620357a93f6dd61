"""One visitor of one site whose widget sends to a real edge, and what the edge stored of it."""

import json
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge.detect.replay import final
from edge.events.entry import Group
from edge.events.event import FeedbackRecorded, PolicyUpdated, SignalNormalized, SignalRaw
from tests.e2e.edge import Edge, Reader
from tests.e2e.engines.tab import Engine, Tab
from tests.e2e.site import Answer, Asked, Gate, Site
from tests.stack import wait_for

PAGE = Path(__file__).with_name("page.html").read_text()
STYLE = Path(__file__).with_name("page.css").read_bytes()
PROJECT = "alpenhaus"
BANNER = '[data-flowback="banner"]'
PROMPT = '[data-flowback="prompt"]'
PANEL = '[data-flowback="panel"]'
YES, NO = '[data-answer="yes"]', '[data-answer="no"]'
QUICK = {"batchIntervalMs": 300, "watchMs": 700, "siteName": "Alpenhaus"}
"""So that a test need not wait as long as a visitor's browser does."""
STORED = """(async () => ({
  local: Object.keys(localStorage), session: Object.keys(sessionStorage), cookies: document.cookie,
  databases: (await indexedDB.databases()).map((one) => one.name),
}))()"""
"""What a page's origin has in the browser."""
HELD = """(async (names, before = "~") => {
  const done = (request) => new Promise((yes) => { request.onsuccess = () => yes(request.result) });
  const found = [];
  for (const { name } of await indexedDB.databases()) {
    const base = await done(indexedDB.open(name));
    for (const shelf of names.test(name) ? base.objectStoreNames : []) {
      found.push(...(await done(base.transaction(shelf).objectStore(shelf).getAll())));
    }
    base.close();
  }
  const held = (one) => one.id < before && JSON.stringify(one).includes("signal.raw");
  return found.filter(held).length;
})"""
HOLDING = f"{HELD}(/./)"
"""How many events the browser holds, in whatever database."""
WAITING = f"{HELD}(/{PROJECT}/, '2')"
"""How many events wait in the browser for being sent; behind them stands what was sent."""


def clock(ms: int) -> str:
    """Return the head of a page whose clock goes wrong by *ms*."""
    return f"""<script nonce="x">
const wrong = {ms};
const right = Date.now;
Date.now = () => right() + wrong;
</script>"""


def online(tab: Tab) -> None:
    """Say what a browser says when its network comes back."""
    tab.run("void dispatchEvent(new Event('online'))")


@dataclass
class World:
    """What all visits share."""

    site: Site
    edge: Edge


class Visit:
    """One visitor. Every tab of :attr:`profile` is this visitor's."""

    def __init__(self, engine: Engine, world: World, **profile: Any) -> None:
        self.site, self.edge = world.site, world.edge
        self.site.pages.clear()
        self.site.pages["/page.css"] = Answer(STYLE, "text/css")
        self.site.asked.clear()
        self._stack = ExitStack()
        self.gate = Gate(world.edge.url)
        self._stack.enter_context(self.gate.serving())
        self.engine = engine
        self.profile = engine.profile(**profile)
        self._stack.callback(self.profile.close)
        self._reader = Reader(self.edge.journal)
        self._reader.new()
        self._groups: list[Group] = []

    def config(self, **more: Any) -> dict[str, Any]:
        """Return the site's options."""
        own = {"projectId": PROJECT, "key": self.edge.key, "apiUrl": self.gate.url}
        return {**own, **QUICK, **more}

    def page(
        self,
        path: str = "/",
        *,
        head: str = "",
        body: str = "",
        headers: Mapping[str, str] | None = None,
        widget: str | None = None,
        lang: str = "en",
        **config: Any,
    ) -> str:
        """Put a page with the widget on the site; return its address."""
        if widget is None:
            widget = self.script(**config)
        html = PAGE.replace("<!-- head -->", head).replace("<!-- body -->", body)
        html = html.replace("<!-- widget -->", widget).replace('lang="en"', f'lang="{lang}"', 1)
        kept = {"Cache-Control": "no-cache", **(headers or {})}
        self.site.pages[path] = Answer(html.encode(), "text/html; charset=utf-8", kept)
        return self.site.url + path

    def script(self, source: str = "", attributes: str = "", **config: Any) -> str:
        """Return the two script tags that a site carries."""
        options = json.dumps(self.config(**config))
        return (
            f'<script nonce="x">window.flowbackConfig = {options}</script>\n'
            f'<script nonce="x" src="{source or self.gate.url + "/flowback.js"}" {attributes}>'
            "</script>"
        )

    def open(self, path: str = "/", **page: Any) -> Tab:
        """Visit a page of the site in a new tab."""
        url = self.page(path, **page)
        for name in ("/elsewhere", "/basket"):
            if name not in self.site.pages:
                self.page(name, **page)
        tab = self.profile.tab()
        tab.goto(url)
        return tab

    def granted(self, path: str = "/", **page: Any) -> Tab:
        """The same, and say yes; return when the edge has the grant."""
        tab = self.open(path, **page)
        tab.click(YES)
        self.wait(lambda: "granted" in self.choices, "the grant")
        return tab

    @property
    def posts(self) -> list[Asked]:
        """
        What the edge was asked to take, without a browser's own enquiries.

        The edge may have stored what it has not answered yet: then its answer is waited for.
        """
        self.wait(lambda: not self.gate.taking, "the edge's answers")
        return [asked for asked in self.gate.asked if asked.takes]

    @property
    def sessions(self) -> list[str]:
        """The sessions that this visitor's browser told of, in order."""
        told = [asked.body.get("sessionId") for asked in self.posts if asked.method == "POST"]
        return [*dict.fromkeys(session for session in told if session)]

    def groups(self) -> list[Group]:
        """What the edge stored of this visitor's sessions, and of none."""
        self._groups += self._reader.new()
        known = {None, *self.sessions}
        return [group for group in self._groups if group.stamp.session in known]

    def events(self) -> list[SignalRaw | FeedbackRecorded]:
        """What the browser made and the edge stored, stream by stream, in the order of numbers."""
        streams: dict[str | None, list[SignalRaw | FeedbackRecorded]] = {}
        for group in self.groups():
            made = [e for e in group.events if isinstance(e, SignalRaw | FeedbackRecorded)]
            streams.setdefault(group.stamp.stream, []).extend(made)
        return [event for made in streams.values() for event in sorted(made, key=lambda e: e.n)]

    def payloads(self, action: str) -> list[Any]:
        """Return what was stored of the raw signals *action*: ``click``, ``nav`` …"""
        raw = [event.payload for event in self.events() if isinstance(event, SignalRaw)]
        return [payload for payload in raw if type(payload).__name__.lower() == action]

    @property
    def taps(self) -> list[Any]:
        """The stored answers to questions."""
        return [event.payload for event in self.events() if isinstance(event, FeedbackRecorded)]

    @property
    def choices(self) -> list[str]:
        """The stored choices, in order."""
        events = [event for group in self.groups() for event in group.events]
        found = [event.payload.consent for event in events if isinstance(event, PolicyUpdated)]
        return [consent.state for consent in found if consent]

    @property
    def patterns(self) -> list[str]:
        """The signals that the edge's detectors see in all that is stored."""
        events = [event for group in self.groups() for event in group.events]
        changes = [event for event in events if isinstance(event, SignalNormalized)]
        return sorted(signal.payload.signal for signal in final(changes).values())

    def wait(self, condition: Any, what: str, seconds: float = 10) -> Any:
        """Return the first true value of *condition*."""
        return wait_for(condition, seconds=seconds, what=f"{what} ({self.engine.name})")

    def settled(self, tab: Tab) -> None:
        """Wait until all that was captured so far is stored: a last word of the site's tells."""
        word = f"over {len(self.payloads('custom'))}"
        assert tab.call("(subtype) => flowback.signal({subtype})", word) is True
        self.wait(lambda: word in [each.subtype for each in self.payloads("custom")], word)

    def holes(self) -> list[list[int]]:
        """Return the numbers of each stream of which one is missing or there twice."""
        streams: dict[Any, list[int]] = {}
        for group in self.groups():
            made = [e.n for e in group.events if isinstance(e, SignalRaw | FeedbackRecorded)]
            streams.setdefault((group.stamp.session, group.stamp.stream), []).extend(made)
        # The grant has the number 0 of the session's first stream.
        return [n for n in streams.values() if n and sorted(n) != [*range(min(1, *n), max(n) + 1)]]

    def check_once(self) -> None:
        """Nothing lost, nothing twice: every number of every stream is stored once, or soon is."""
        self.wait(lambda: not self.holes(), f"every number once: {self.holes()}")

    def close(self) -> None:
        """Leave; what a browser still sends then meets nobody."""
        self._stack.close()
