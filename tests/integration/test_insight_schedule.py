"""The insight run on its schedule, by configuration alone: real edge, real hub, real command."""

import asyncio
import random
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from desktop.demo.visitor import Element, Target, Visitor
from tests.stack import ROOT, Stack, running, wait_for

SAID = "nothing happens when I press the broken button"
ENDS = ("", " at all", " on my phone", " today", " again", " here")
ODD = ("love the colours", "delivery took three weeks", "where is the menu")


async def visit(stack: Stack, seed: int, words: str, page: str) -> None:
    """Come, rage, tap, and say why."""
    async with httpx2.AsyncClient(timeout=10) as client:
        visitor = Visitor(Target(stack.edge_url, stack.project, client), random.Random(seed))
        await visitor.grant()
        visitor.go(page)
        for n in range(5 if page == "/checkout" else 1):
            visitor.click(Element("button.broken", "Broken"), ms=n * 100, alive=page != "/checkout")
        visitor.tap("thumbs_down", comment=words)
        await visitor.flush()


async def everybody(stack: Stack) -> None:
    for n, end in enumerate(ENDS):
        await visit(stack, n, SAID + end, "/checkout")
    for n, words in enumerate(ODD):
        await visit(stack, 100 + n, words, "/elsewhere")


def command(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "flowback.py", "insights", *words],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_insights_come_on_schedule_and_are_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody asks for a run: what visitors went through and wrote is told, and shown why."""
    monkeypatch.setenv("FLOWBACK_HUB_INSIGHT_SECONDS", "1")
    with running(tmp_path) as stack:
        asyncio.run(everybody(stack))

        def found() -> dict[str, dict] | None:
            rows = {row["kind"]: row for row in stack.get("/api/insights")["rows"]}
            both = "page" in rows and "comments" in rows
            return rows if both and rows["comments"]["sessions"] == len(ENDS) else None

        rows = wait_for(found, seconds=60, what="a page and a group of comments")
        assert rows["page"]["title"] == "Rage clicks on /checkout"
        words = rows["comments"]
        assert words["quote"].startswith(SAID)
        assert (words["level"], words["pages"]) == (1, ["/checkout"])

        told = command("--explain", words["id"], "--hub", stack.hub_url)
        assert (told.returncode, told.stderr) == (0, "")
        for part in ("TEXTS", f"ROWS ({len(ENDS)})", "CLUSTER", "PROMPT", "CHECKS"):
            assert f"\n{part}" in told.stdout
        assert f"level 1: {len(ENDS)} comments of {len(ENDS)} sessions" in told.stdout
        assert "none: no model was asked" in told.stdout
        assert f"text = {words['quote']}" in told.stdout
        assert "sessions with a comment = 6: distinct of session over 6 rows: holds" in told.stdout
        assert "every number, quote, place and mark: holds" in told.stdout

        port = stack.hub_url.rpartition(":")[2]
        monkeypatch.setenv("FLOWBACK_HUB_PORT", port)
        listed = command()
        assert f"{words['id']}  open" in listed.stdout
        unknown = command("--explain", "abc123")
        assert unknown.returncode == 1
        assert unknown.stderr == (
            "flowback insights: there is no insight 'abc123';"
            " GET /api/insights lists those that are\n"
        )
    away = command()
    assert away.returncode == 1
    assert "Start it with flowback hub, or name another with --hub." in away.stderr
    assert "Traceback" not in away.stderr
