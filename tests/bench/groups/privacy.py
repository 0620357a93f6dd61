"""
Scrubbing: what the worst text of full length costs, and the worst request.

The reference is ordinary text of the same length. Times are those of this thread
alone, the least of several runs: what a loaded machine adds says nothing here.
"""

import json
import time
from collections.abc import Callable, Iterator

from edge.collector.http import batch
from edge.privacy.text import scrub_text_uncached
from tests.bench.run import Row
from tests.edge.collector.site import batch as body_of
from tests.edge.collector.site import signal, tap
from tests.edge.privacy.hostile import LENGTH, SCRUBBERS, texts

RUNS = 7
ORDINARY = (
    "When I press the Save button on the order page nothing happens, and after 10 seconds I get "
    "Error 500 on step 3. I tried Chrome and Firefox, it costs $49.99 and I want my money back! "
)


def measure() -> Iterator[Row]:
    """Yield the rows of scrubbing."""
    ordinary = _ms(lambda: scrub_text_uncached((ORDINARY * 30)[:LENGTH]))
    worst = max(_ms(lambda s=scrub, t=text: s(t)) for scrub in SCRUBBERS for _, text in texts())
    yield Row("privacy", "scrub_4000_hostile_characters_ms", worst, ordinary)
    yield Row("privacy", "parse_hostile_request_ms", max(map(_parsed, _bodies())))


def _bodies() -> Iterator[bytes]:
    """Yield bodies of a few kilobytes, gzipped, with as much text to scrub as fits."""
    for piece in ("/%", "/1", "key: ", "(1::", "1.10 20 3019-", "a1b2c3d4e5f6g7h8 "):
        pages = [f"/{n}" + piece * 1000 for n in range(490)]
        scrolls = [signal(n, "scroll", depth=1, page=page[:2000]) for n, page in enumerate(pages)]
        taps = [tap(n, comment=page[:4000]) for n, page in enumerate(pages[:250])]
        for events in (scrolls, taps):
            yield json.dumps(body_of(*events)).encode()


def _parsed(body: bytes) -> float:
    return _ms(lambda: batch.parse(body))


def _ms(work: Callable[[], object]) -> float:
    def once() -> float:
        start = time.thread_time()
        work()
        return time.thread_time() - start

    return 1000 * min(once() for _ in range(RUNS))
