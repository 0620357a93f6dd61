"""
The widget: bytes as it is served, and what it costs the main thread of a busy page.

The page has 10,000 nodes, of which 1,000 change in a second; the CPU is slowed down
4 times. Peers from npm are built and compressed (gzip by zopfli) the same way, and run on
the same page with the same input in the same run; their figures go to stderr.
"""

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.bench.main_thread import CATEGORIES, Cost, cost
from tests.bench.main_thread import PAGE as MARK
from tests.bench.run import Row
from tests.e2e.edge import Edge, edge_alone
from tests.e2e.engines.chromium import CHROMIUM, FLAGS
from tests.e2e.site import Answer, Site

ROOT = Path(__file__).resolve().parents[3]
PEERS = Path(__file__).resolve().parents[1] / "peers"
ZIP = ROOT / "widget" / "zip.mjs"
ESBUILD = ROOT / "widget" / "node_modules" / ".bin" / "esbuild"
CORE = ROOT / "widget" / "build" / "flowback-core.js"
WHOLE = ROOT / "edge" / "collector" / "static" / "flowback.js"
ROUNDS = 3
SLOWER = 4
SETTLED_MS = 7_000
"""After the last input: all that a click is watched for has been told."""
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Busy</title>
<style>
body { margin: 0; font: 14px/20px sans-serif }
main div { float: left; width: 60px; height: 64px; contain: strict }
main p { margin: 0 }
</style>
<main id="main"></main><input id="field" aria-label="Field">
<script>
const main = document.getElementById("main");
const rows = [];
for (let i = 0; i < 2500; i++) {
  const box = document.createElement("div");
  box.className = "card-box";
  box.innerHTML = "<p><span>Item</span></p><button type=button>Buy</button>";
  rows.push(box.querySelector("span"));
  main.append(box);
}
let at = 0;
const own = () => performance.clearMarks(performance.mark("MARK").name);
setInterval(() => {
  own();
  for (let i = 0; i < 10; i++) rows[at++ % rows.length].firstChild.data = `Item ${at}`;
}, 10);
main.addEventListener("click", ({ target }) => {
  own();
  target.classList.toggle("taken");
});
</script></html>""".replace("MARK", MARK)


def measure() -> Iterator[Row]:
    """Yield the widget's rows."""
    with tempfile.TemporaryDirectory() as folder:
        peers = {path.stem: _bundle(path, Path(folder)) for path in sorted(PEERS.glob("*.js"))}
        sizes = _gzipped(Path(folder), peers)
        _tell(gzip_bytes=sizes)
        yield Row("widget", "core_gzip_bytes", _served(CORE), sizes["sentry"])
        yield Row("widget", "everything_gzip_bytes", _served(WHOLE), sizes["sentry"])
        yield from _main_thread(Path(folder), peers)


def _served(script: Path) -> int:
    return script.with_name(f"{script.name}.gz").stat().st_size


def _gzipped(folder: Path, peers: dict[str, bytes]) -> dict[str, int]:
    files = [str(folder / f"{name}.js") for name in peers]
    told = subprocess.run(["node", ZIP, *files], check=True, capture_output=True)
    return dict(zip(peers, json.loads(told.stdout), strict=True))


def _tell(**figures: Any) -> None:
    """Print what the format has no row for."""
    print(f"bench: widget {json.dumps(figures)}", file=sys.stderr)


def _bundle(entry: Path, folder: Path) -> bytes:
    """Build a peer as its users do, minified."""
    options = ["--bundle", "--minify", "--format=iife", "--target=es2020", "--log-level=error"]
    out = folder / entry.name
    subprocess.run([ESBUILD, entry, *options, f"--outfile={out}"], check=True)
    return out.read_bytes()


def _main_thread(folder: Path, peers: dict[str, bytes]) -> Iterator[Row]:
    from playwright.sync_api import sync_playwright

    site = Site()
    site.otherwise = Answer(b"{}", "application/json")
    site.pages["/"] = Answer(PAGE.encode(), "text/html; charset=utf-8")
    scripts = {name: f"{site.url}/{name}.js" for name in ("posthog", "web-vitals")}
    for name in scripts:
        site.pages[f"/{name}.js"] = Answer(peers[name], "text/javascript")
    starts: dict[str, list[Cost]] = {}
    inputs: dict[str, list[Cost]] = {}
    with edge_alone(folder, "busy", [site.url]) as edge, site.serving(), sync_playwright() as play:
        scripts = {"flowback": f"{edge.url}/flowback.js", **scripts}
        browser = play.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        for _ in range(ROUNDS):
            for name, script in scripts.items():
                run = Run(browser, site.url, script, edge)
                starts.setdefault(name, []).append(run.start())
                inputs.setdefault(name, []).append(run.use())
                run.close()
        browser.close()
    start = {name: _median(costs) / 1000 for name, costs in starts.items()}
    event = {name: _median(costs) / Run.INPUTS for name, costs in inputs.items()}
    _tell(start_main_thread_ms_cpu4x=start, event_main_thread_us_cpu4x=event)
    yield Row("widget", "start_main_thread_ms_cpu4x", start["flowback"], start["posthog"])
    yield Row("widget", "event_main_thread_us_cpu4x", event["flowback"], event["posthog"])
    long_tasks = [one.long_tasks for one in (*starts["flowback"], *inputs["flowback"])]
    yield Row("widget", "long_tasks", max(long_tasks))


def _median(costs: list[Cost]) -> float:
    return statistics.median(one.us for one in costs)


class Run:
    """One script on one busy page."""

    MOVES, CLICKS, KEYS, WHEELS = 150, 40, 60, 20
    INPUTS = MOVES + CLICKS + KEYS + WHEELS

    def __init__(self, browser: Any, url: str, script: str, edge: Edge) -> None:
        self.browser, self.script = browser, script
        self.page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        config = {"projectId": "busy", "key": edge.key, "apiUrl": edge.url}
        self.page.add_init_script(f"window.flowbackConfig = {json.dumps(config)}")
        self.page.goto(url)
        if "flowback" in script:
            # Who has said yes before costs the most: all listeners, session and queue at once.
            self._load()
            self.page.evaluate("flowback.consent.grant()")
            self.page.wait_for_timeout(500)
            self.page.goto(url)
        self.devtools = self.page.context.new_cdp_session(self.page)
        self.devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})

    @contextmanager
    def traced(self) -> Iterator[list[bytes]]:
        """Trace; the list holds the trace when the context has ended."""
        trace: list[bytes] = []
        self.browser.start_tracing(page=self.page, categories=CATEGORIES)
        yield trace
        trace.append(self.browser.stop_tracing())

    def _load(self) -> None:
        self.page.add_script_tag(url=self.script)

    def start(self) -> Cost:
        """Load the script, and let it come to rest."""
        with self.traced() as trace:
            self._load()
            self.page.wait_for_timeout(2_000)
        return cost(trace[0])

    def use(self) -> Cost:
        """Move, click, type and scroll."""
        with self.traced() as trace:
            for i in range(self.MOVES):
                self.page.mouse.move(20 + i * 3 % 1200, 20 + i * 7 % 800)
            for i in range(self.CLICKS):
                self.page.mouse.click(30 + i * 61 % 1200, 30 + i * 67 % 800)
            self.page.evaluate("document.getElementById('field').focus({preventScroll: true})")
            for i in range(self.KEYS):
                self.page.keyboard.press("abcdefghij"[i % 10])
            for _ in range(self.WHEELS):
                self.page.mouse.wheel(0, 60)
            self.page.wait_for_timeout(SETTLED_MS)
        return cost(trace[0])

    def close(self) -> None:
        """Leave the page."""
        self.page.context.close()
