"""
Row P5: every case of personal data, sent as if a page and its widget had forgotten to
scrub, through a real edge and a real hub, and looked for in every byte that they wrote.
"""

import asyncio
import json
import random

import httpx2
import msgspec
import pytest

from desktop.demo.visitor import Target, Visitor
from edge.events import codec
from tests.faults.traces import bodies, written
from tests.stack import ROOT, Stack, running, wait_for

TEXTS = ("target", "name", "form", "origin", "referrer", "comment", "subtype", "rule", "answers")
CASES = json.loads((ROOT / "tests" / "data" / "pii_cases.json").read_text())["cases"]
WANTED = "\n".join(case["expected"] for case in CASES)
FORBIDDEN = sorted(
    {text for case in CASES for text in case.get("must_not_contain", []) if text not in WANTED}
)
"""What must go; what one case forbids and another one expects to stay is judged case by case
in ``tests/edge/privacy``."""
TELLING = 9
"""Shorter ones, such as ``123`` or ``secret``, stand in any file by chance: in texts only."""


@pytest.fixture
def stack(tmp_path):
    with running(tmp_path) as started:
        yield started


async def send_all(stack: Stack) -> int:
    """Send each case where it belongs: as a page, a selector or a comment."""
    async with httpx2.AsyncClient(timeout=10) as client:
        visitor = Visitor(Target(stack.edge_url, stack.project, client), random.Random(5))
        await visitor.grant()
        accepted = 0
        for case in CASES:
            kind, text = case["kind"], case["input"]
            if kind == "url":
                visitor.go(text)
            elif kind == "selector":
                visitor.signal("hover", target=text, name="pay", dwell=4000)
            else:
                visitor.tap("thumbs_down")
                visitor._events[-1]["payload"]["comment"] = text
            accepted += (await visitor.flush()).get("accepted", 0)
        return accepted


def test_no_case_of_personal_data_reaches_a_disk_a_log_or_an_export(stack):
    """Edge and hub: databases, write-ahead logs, logs, entries inflated, API and CSV."""
    accepted = asyncio.run(send_all(stack))
    assert accepted == len(CASES)
    wait_for(lambda: _in_inbox(stack) >= accepted, what="every event in the hub's inbox")
    wait_for(lambda: stack.get("/api/sentiment")["total"]["thumbsDown"], what="taps applied")
    exports = [_export(stack, path) for path in ("hotspots", "sentiment", "evidence", "journeys")]
    stack.edge.stop()
    stack.hub.stop()

    found = b"\n".join([*exports, written(stack.folder, "edge/journal.db", "hub/inbox.db")]).decode(
        "utf-8", "replace"
    )
    texts = "\n".join(_texts(stack))
    assert "thumbs_down" in found  # what was sent is there
    assert "[email]" in texts
    assert [text for text in FORBIDDEN if len(text) >= TELLING and text in found] == []
    assert [text for text in FORBIDDEN if text in texts] == []


def _export(stack: Stack, path: str) -> bytes:
    query = {"projectId": "shop", "limit": 200}
    csv = httpx2.get(
        f"{stack.hub_url}/api/{path}", params=query, headers={"Accept": "text/csv"}, timeout=30
    )
    plain = httpx2.get(f"{stack.hub_url}/api/{path}", params=query, timeout=30)
    assert plain.status_code == 200
    return csv.content + plain.content


def _in_inbox(stack: Stack) -> int:
    found = bodies(stack.folder / "hub" / "inbox.db")
    groups = [group for body in found for group in codec.unpack(body)]
    return sum(1 for group in groups for event in group.events if hasattr(event, "n"))


def _texts(stack: Stack) -> list[str]:
    """Return every text that an event of the hub's inbox holds."""
    found = []
    for body in bodies(stack.folder / "hub" / "inbox.db"):
        for group in codec.unpack(body):
            for event in group.events:
                plain = msgspec.to_builtins(event.payload)
                found += [event.page, *(str(plain.get(key, "")) for key in TEXTS)]
    return found
