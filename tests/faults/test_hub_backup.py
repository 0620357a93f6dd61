"""A hub's folder put back from a backup, with real processes: everything is there again, once."""

import shutil
import sqlite3
import threading
from pathlib import Path

import httpx2

from edge.projects import Project
from flowback import main
from tests.controlled import Company, Edge, company, grant
from tests.stack import wait_for


def pages(path: Path) -> dict[str, int]:
    """Return page → events of it that a hub's analytics hold."""
    import duckdb

    with duckdb.connect(str(path / "analytics.duckdb"), read_only=True) as file:
        sql = "select page, count(*) from event where topic = 'raw' group by page"
        return {str(page): int(count) for page, count in file.execute(sql).fetchall()}


def held(edge: Edge) -> list[tuple[int, int, bytes]]:
    """Return lane, number and seal of all that the edge sent or will send."""
    with sqlite3.connect(f"file:{edge.folder}/journal.db?mode=ro", uri=True) as file:
        sql = "select lane, seq, hash from entry where lane in (0, 1) order by lane, seq"
        return file.execute(sql).fetchall()


def stored(made: Company) -> list[tuple[int, int, bytes]]:
    """Return the same of the hub's inbox."""
    with sqlite3.connect(f"file:{made.hub_folder}/inbox.db?mode=ro", uri=True) as file:
        return file.execute("select lane, seq, hash from entry order by lane, seq").fetchall()


def at_work(made: Company) -> tuple[Edge, Project]:
    """Start the hub and an edge that takes in what the shop's visitors do."""
    edge, shop = made.edge("berlin"), made.add()
    made.start()
    edge.start()
    wait_for(lambda: edge.consent(shop.key).status_code == 200)
    return edge, shop


def test_a_hub_put_back_from_a_backup_is_whole_again(tmp_path: Path) -> None:
    """Copy, go on, put the copy back: events since, sets since, and revisions go on rising."""
    with company(tmp_path) as made:
        edge, shop = at_work(made)
        for number in range(3):
            grant(edge, shop.key, f"before-{number}".ljust(22, "x"), f"/before/{'abc'[number]}")
        wait_for(lambda: stored(made) == held(edge), what="all is at the hub")
        made.wait_current(edge)
        made.hub.stop()
        backup = tmp_path / "backup"
        shutil.copytree(made.hub_folder, backup)

        made.start()
        for number in range(5):
            grant(edge, shop.key, f"after-{number}".ljust(22, "x"), f"/after/{'abcde'[number]}")
        wait_for(lambda: stored(made) == held(edge), what="all is at the hub")
        made.book.allow("shop", "https://lost.example")
        wait_for(lambda: "lost.example" in (edge.folder / "control.json").read_text())
        rev = edge.control()["rev"]
        made.hub.kill()
        shutil.rmtree(made.hub_folder)
        shutil.copytree(backup, made.hub_folder)

        made.start()
        wait_for(lambda: stored(made) == held(edge), what="what the backup lacked came again")
        assert edge.control()["rev"] >= rev, "never back"
        wait_for(
            lambda: made.status("berlin")["control"]["state"] == "ahead",
            what="the hub says that the edge holds what it no longer knows",
        )
        made.book.reload()
        made.book.allow("shop", "https://new.example")
        wait_for(
            lambda: "new.example" in (edge.folder / "control.json").read_text(),
            what="the restored hub's word still reaches the edge",
        )
        assert edge.control()["rev"] > rev
        edge.process.stop()
        made.hub.stop()
        found = pages(made.hub_folder)
        wanted = {f"/before/{x}": 1 for x in "abc"} | {f"/after/{x}": 1 for x in "abcde"}
        assert {page: found.get(page) for page in wanted} == wanted


def test_a_backup_of_a_hub_at_work_is_put_back_with_its_commands(tmp_path: Path) -> None:
    """Backup beside the running process while an edge sends; killed, restored, whole again."""
    with company(tmp_path) as made:
        edge, shop = at_work(made)
        grant(edge, shop.key, "before".ljust(22, "x"), "/before/a")
        wait_for(lambda: stored(made) == held(edge), what="all is at the hub")
        backup = tmp_path / "backup"
        stop = threading.Event()

        def send() -> None:
            number = 0
            while not stop.is_set():
                number += 1
                grant(edge, shop.key, f"during-{number}".ljust(22, "x"), "/during/a")

        sending = threading.Thread(target=send)
        sending.start()
        try:
            assert main(["hub", "backup", "--data", str(made.hub_folder), str(backup)]) == 0
        finally:
            stop.set()
            sending.join()
        grant(edge, shop.key, "after".ljust(22, "x"), "/after/a")
        wait_for(lambda: stored(made) == held(edge), what="all is at the hub")
        made.hub.kill()
        assert main(["hub", "restore", "--data", str(made.hub_folder), str(backup)]) == 0
        assert stored(made) != held(edge), "the backup lacks what came after it"

        made.start()
        wait_for(lambda: stored(made) == held(edge), what="what the backup lacked came again")
        edge.process.stop()
        newest = position(made)
        wait_for(lambda: applied(made) == newest, what="all is applied")
        made.hub.stop()
        found = pages(made.hub_folder)
        assert (found["/before/a"], found["/after/a"]) == (1, 1)
        with sqlite3.connect(edge.folder / "journal.db") as file:
            sql = "select sum(count) from entry where lane in (0, 1)"
            sent = file.execute(sql).fetchone()
        with sqlite3.connect(made.hub_folder / "inbox.db") as file:
            assert file.execute("select sum(count) from entry").fetchone() == sent


def position(made: Company) -> int:
    """Return the newest position of a hub's inbox."""
    with sqlite3.connect(f"file:{made.hub_folder}/inbox.db?mode=ro", uri=True) as file:
        return int(file.execute("select max(position) from entry").fetchone()[0])


def applied(made: Company) -> int:
    """Return the inbox position that a running hub's agents have reached."""
    answer = httpx2.get(f"{made.url}/api/agents").json()
    return int(answer["rows"][0]["position"])
