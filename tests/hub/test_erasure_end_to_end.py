"""
Row P4: a visitor deletes at the edge, with the hub away, and then also with it there;
real processes, and every byte that they wrote.
"""

import asyncio
import base64
import hashlib
import random
import sqlite3
from pathlib import Path
from typing import Any

import httpx2
import pytest

from desktop.demo.visitor import Element, Target, Visitor
from edge import keys
from edge.events import codec
from edge.journal.verify import verify
from edge.projects import ProjectBook
from tests.stack import Process, Stack, _is_ready, free_ports, running, wait_for

SECRET = "s" * 43
TRACE = "only-the-gone-visitor-saw"


class Owner(Visitor):
    """A visitor whose receipt the test knows."""

    async def _post(self, route: str, body: dict[str, Any]) -> dict[str, Any]:
        if route == "consent":
            digest = hashlib.sha256(SECRET.encode()).digest()
            body["receiptHash"] = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        return await super()._post(route, body)


async def visit(stack: Stack, seed: int, word: str) -> Visitor:
    """Come, rage, tap and go back; all of it names *word*."""
    async with httpx2.AsyncClient(timeout=10) as client:
        visitor = Owner(Target(stack.edge_url, stack.project, client), random.Random(seed))
        await visitor.grant()
        visitor.go(f"/{word}/checkout")
        for n in range(6):
            visitor.click(Element(f"button.{word}", word), ms=n * 100, alive=False)
        visitor.tap("thumbs_down")
        visitor.back(f"/{word}/cart", stayed=20_000)
        await visitor.flush()
        return visitor


def delete(stack: Stack, visitor: Visitor) -> None:
    answer = ask_to_delete(stack, stack.edge_url, visitor.session, SECRET)
    assert answer.status_code == 200, answer.text


def ask_to_delete(stack: Stack, edge: str, session: str, secret: str) -> httpx2.Response:
    headers = {"Origin": stack.project.origins[0], "Authorization": f"Bearer {secret}"}
    query = {"k": stack.project.key}
    return httpx2.delete(f"{edge}/sessions/{session}", params=query, headers=headers)


def status(stack: Stack, session: str) -> int:
    query = {"projectId": stack.project.id}
    return httpx2.get(f"{stack.hub_url}/api/sessions/{session}", params=query).status_code


def metric(stack: Stack, name: str) -> float:
    lines = httpx2.get(f"{stack.hub_url}/metrics").text.splitlines()
    return float(next(line for line in lines if line.startswith(f"{name} ")).split()[1])


def is_erased(stack: Stack, count: int) -> bool:
    done = metric(stack, "flowback_hub_tombstones") == count
    return done and metric(stack, "flowback_hub_erasures_waiting") == 0


def came_from(folder: Path, node: str) -> int:
    """Events of all entries that the hub has of *node*, those that are erased by now too."""
    file = sqlite3.connect(f"file:{folder / 'hub' / 'inbox.db'}?mode=ro", uri=True)
    query = "select sum(e.count) from entry e join origin o on o.id = e.origin where o.node = ?"
    [(found,)] = file.execute(query, (node,)).fetchall()
    file.close()
    return int(found)


def every_byte(folder: Path) -> dict[str, bytes]:
    """File → its bytes; of a journal also what its entries inflate to."""
    found = {}
    for path in folder.rglob("*"):
        if path.is_file():
            found[str(path.relative_to(folder))] = path.read_bytes()
    for name in ("edge/journal.db", "hub/inbox.db"):
        file = sqlite3.connect(f"file:{folder / name}?mode=ro", uri=True)
        bodies = [body for (body,) in file.execute("select body from entry")]
        found[f"{name}, inflated"] = b"".join(map(codec.inflate, bodies))
        file.close()
    return found


@pytest.mark.parametrize("hub", ["away", "there"])
def test_a_deletion_at_the_edge_leaves_no_byte_anywhere(tmp_path: Path, hub: str) -> None:
    """Edge and hub, databases, logs and entries; the other visitor is whole on both."""
    with running(tmp_path) as stack:
        gone = asyncio.run(visit(stack, 1, TRACE))
        stays = asyncio.run(visit(stack, 2, "other"))
        for one in (gone, stays):
            wait_for(lambda one=one: status(stack, one.session) == 200, what="it is applied")
        if hub == "away":
            stack.hub.stop()
        delete(stack, gone)
        if hub == "away":
            stack.hub.start()
            stack.wait_ready()
        wait_for(lambda: is_erased(stack, 1), what="the erasure is complete")
        now = {name: data.count(TRACE.encode()) for name, data in every_byte(tmp_path).items()}
        assert {name: count for name, count in now.items() if count} == {}  # while they run
        assert status(stack, gone.session) == 404
        assert status(stack, stays.session) == 200

        last = asyncio.run(visit(stack, 3, "later"))  # the link goes on
        wait_for(lambda: status(stack, last.session) == 200, what="a later visit is applied")
        edges = stack.get("/api/edges")["rows"]
        assert [edge["state"] for edge in edges] == ["current"]
        assert [edge["events"] for edge in edges] == [came_from(tmp_path, edges[0]["node"])]
        stack.edge.stop()
        stack.hub.stop()

    log = (tmp_path / "hub.log").read_text() + (tmp_path / "edge.log").read_text()
    assert "other bytes" not in log
    assert "new epoch" not in log
    found = every_byte(tmp_path)
    assert [name for name, data in found.items() if TRACE.encode() in data] == []
    assert all(
        b"button.other" in found[f"{name}, inflated"]
        for name in ("edge/journal.db", "hub/inbox.db")
    )
    for name in ("edge/journal.db", "hub/inbox.db"):
        assert verify(tmp_path / name).problems == []


def test_a_visit_that_comes_after_its_own_deletion_is_not_kept(tmp_path: Path) -> None:
    """The device was offline and sends what it still had: the edge drops it, the hub has none."""
    with running(tmp_path) as stack:
        gone = asyncio.run(visit(stack, 1, "first"))
        wait_for(lambda: status(stack, gone.session) == 200, what="it is applied")
        delete(stack, gone)
        asyncio.run(visit(stack, 1, TRACE))  # the same seed: the same session again
        wait_for(lambda: is_erased(stack, 1), what="the erasure is complete")
        assert status(stack, gone.session) == 404
        stack.edge.stop()
        stack.hub.stop()
    found = every_byte(tmp_path)
    assert [name for name, data in found.items() if TRACE.encode() in data] == []


def second_edge(stack: Stack) -> tuple[Process, str]:
    """Another edge of the same project and hub, which knows none of its sessions."""
    folder, [port] = stack.folder / "edge2", free_ports(1)
    keys.pair_demo(folder, stack.folder / "hub", name="second")
    ProjectBook.open(folder).add(stack.project)
    arguments = dict(zip(stack.edge.arguments[1::2], stack.edge.arguments[2::2], strict=True))
    arguments |= {"--data": str(folder), "--port": str(port)}
    flags = [part for flag in arguments.items() for part in flag]
    return Process("edge", *flags, log=stack.folder / "edge2.log"), f"http://127.0.0.1:{port}"


def test_a_deletion_asked_for_at_an_edge_that_does_not_know_the_session(tmp_path: Path) -> None:
    """The claim goes to the hub, which compares it with the grant; a wrong one does nothing."""
    with running(tmp_path) as stack:
        gone = asyncio.run(visit(stack, 1, TRACE))
        stays = asyncio.run(visit(stack, 2, "other"))
        for one in (gone, stays):
            wait_for(lambda one=one: status(stack, one.session) == 200, what="it is applied")
        other, url = second_edge(stack)
        other.start()
        try:
            wait_for(lambda: _is_ready(url), what="the second edge is linked")
            for session, secret in ((stays.session, "x" * 43), (gone.session, SECRET)):
                answer = ask_to_delete(stack, url, session, secret)
                assert (answer.status_code, answer.json()["passedOn"]) == (202, True)
            wait_for(lambda: is_erased(stack, 1), what="the erasure is complete")
            assert status(stack, gone.session) == 404
            assert status(stack, stays.session) == 200
            wait_for(
                lambda: metric(stack, "flowback_hub_errands_waiting") == 0,
                what="the edge that holds the session erased it too",
            )
        finally:
            other.stop()
        stack.edge.stop()
        stack.hub.stop()
    found = every_byte(tmp_path)
    assert [name for name, data in found.items() if TRACE.encode() in data] == []
    assert all(
        b"button.other" in found[f"{name}, inflated"]
        for name in ("edge/journal.db", "hub/inbox.db")
    )
    assert "receipt_of_another" in (tmp_path / "hub.log").read_text()
