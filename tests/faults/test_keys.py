"""Keys under traffic, with real processes: rotation and revocation break nothing (faults 20-24)."""

import json
import os
import sqlite3
from pathlib import Path

import httpx2

from edge import keys
from tests.controlled import Company, Edge, company, grant, refused, run
from tests.stack import wait_for


def held(edge: Edge) -> list[tuple[int, int, bytes]]:
    """Return lane, number and seal of what the edge wrote for the hub."""
    with sqlite3.connect(f"file:{edge.folder}/journal.db?mode=ro", uri=True) as file:
        sql = "select lane, seq, hash from entry where lane in (0, 1) order by lane, seq"
        return file.execute(sql).fetchall()


def at_hub(made: Company, edge: Edge) -> list[tuple[int, int, bytes]]:
    """Return the same of what the hub's inbox holds of that edge, and of no other."""
    with sqlite3.connect(f"file:{made.hub_folder}/inbox.db?mode=ro", uri=True) as file:
        return file.execute(
            "select lane, seq, hash from entry e join origin o on o.id = e.origin"
            " where o.node = ? order by lane, seq",
            (edge.keys.node,),
        ).fetchall()


def wait_same(made: Company, *edges: Edge) -> None:
    for edge in edges:
        wait_for(lambda edge=edge: at_hub(made, edge) == held(edge), what=f"{edge.name} drained")


def started(made: Company, *names: str) -> tuple[str, list[Edge]]:
    """Start a hub with a shop and edges; return the write key and the edges."""
    edges = [made.edge(name) for name in names]
    shop = made.add()
    made.start()
    for edge in edges:
        edge.start()
    for edge in edges:
        wait_for(lambda edge=edge: edge.consent(shop.key).status_code == 200)
    return shop.key, edges


def session(number: int) -> str:
    return f"visit-{number}".ljust(22, "x")


def test_the_hubs_key_rotates_without_a_restart_and_without_a_card(tmp_path: Path) -> None:
    """Announced by control, known to every edge, switched to: the cursor goes on, nothing twice."""
    with company(tmp_path) as made:
        key, [berlin, paris] = started(made, "berlin", "paris")
        grant(berlin, key, session(1), "/before")
        made.wait_current(berlin, paris)
        before = keys.HubKeys.load(made.hub_folder)
        paris.process.stop()
        run("keys", "rotate", "--hub", "--data", made.hub_folder)
        wait_for(
            lambda: "not known yet to paris\t" in run("keys", "list", "--data", made.hub_folder),
            what="berlin knows the next key",
        )
        assert "paris" in refused("keys", "rotate", "--hub", "--switch", "--data", made.hub_folder)
        paris.start()
        wait_for(lambda: "not known" not in run("keys", "list", "--data", made.hub_folder))
        grant(paris, key, session(2), "/announced")
        told = run("keys", "rotate", "--hub", "--switch", "--data", made.hub_folder)
        assert "card by hand: none" in told
        after = keys.HubKeys.load(made.hub_folder)
        assert after.current.public != before.current.public
        assert after.verify != before.verify
        for edge in (berlin, paris):
            grant(edge, key, session(3), "/switched")
            wait_for(
                lambda edge=edge: keys.EdgeKeys.load(edge.folder).hub == after.card(),
                what=f"{edge.name} trusts the new key alone",
            )
        wait_same(made, berlin, paris)
        made.book.allow("shop", "https://signed-anew.example")
        made.wait_current(berlin, paris)
        assert "switches" not in (made.folder / "hub.log").read_text()


def test_an_edge_that_missed_the_rotation_follows_with_a_card_by_hand(tmp_path: Path) -> None:
    """It keeps everything meanwhile; the card is trusted without a restart."""
    with company(tmp_path) as made:
        key, [berlin] = started(made, "berlin")
        made.wait_current(berlin)
        berlin.process.stop()
        run("keys", "rotate", "--hub", "--data", made.hub_folder)
        run("keys", "rotate", "--hub", "--switch", "--anyway", "--data", made.hub_folder)
        berlin.start(linked=False)
        grant(berlin, key, session(1), "/missed")
        wait_for(lambda: "hub" in berlin.probes()["link"])
        out = tmp_path / "carried"
        said = run("enroll", "card", "--data", made.hub_folder, "--card", out)
        spoken = said.split(": ")[1].strip()
        run("enroll", "trust", "--data", berlin.folder, out, "--fingerprint", spoken)
        wait_same(made, berlin)
        made.wait_current(berlin)


def test_an_edges_key_rotates_under_traffic_with_a_thousand_events_waiting(
    tmp_path: Path,
) -> None:
    """Row E3: rotated, enrolled, the old one revoked within the overlap; 0 lost, 0 twice."""
    with company(tmp_path) as made:
        key, [berlin] = started(made, "berlin")
        made.hub.stop()
        for number in range(20):
            post_many(berlin, key, session(number), 50)
        run("keys", "rotate", "--data", berlin.folder)
        own = keys.EdgeKeys.load(berlin.folder)
        made.start()
        grant(berlin, key, session(90), "/with-the-older-key")
        wait_same(made, berlin)
        asked = keys.request(berlin.folder, tmp_path / "asked", name="berlin")
        run(
            *("enroll", "admit", "--data", made.hub_folder, tmp_path / "asked", "--rotation"),
            *("--fingerprint", asked.fingerprint(), "--card", tmp_path / "card"),
        )
        run("keys", "revoke", "--data", made.hub_folder, own.keys[1].public)
        grant(berlin, key, session(91), "/with-the-newer-key")
        wait_same(made, berlin)
        assert made.status("berlin")["problem"] is None
        with sqlite3.connect(f"file:{made.hub_folder}/inbox.db?mode=ro", uri=True) as file:
            [(events,)] = file.execute("select sum(count) from entry where lane = 1").fetchall()
        assert events >= 1000


def post_many(edge: Edge, key: str, name: str, count: int) -> None:
    """Consent and send *count* raw events at once."""
    grant(edge, key, name, "/start")
    import time

    now = int(time.time() * 1000)
    rows = [
        {
            "n": 2 + n,
            "type": "signal.raw",
            "timestamp": now,
            "page": "/start",
            "view": 0,
            "payload": {"action": "click", "target": f"button.b{n}"},
        }
        for n in range(count)
    ]
    body = {"projectId": "shop", "sessionId": name, "stream": "t" * 11, "sentAt": now}
    answer = httpx2.post(
        f"{edge.url}/events?k={key}",
        content=json.dumps({**body, "events": rows}),
        headers={"Origin": "https://shop.example", "Content-Type": "text/plain"},
        timeout=10,
    )
    assert answer.json()["accepted"] == count, answer.text


def test_a_revoked_edge_is_cut_off_shown_and_loses_nothing(tmp_path: Path) -> None:
    """Fault 21: within a second on the live connection; it keeps all until it is admitted anew."""
    with company(tmp_path) as made:
        key, [berlin] = started(made, "berlin")
        grant(berlin, key, session(1), "/before")
        wait_same(made, berlin)
        run("keys", "revoke", "--data", made.hub_folder, "berlin")
        wait_for(lambda: berlin.probes()["link"] != "ok", seconds=10, what="it is cut off")
        before = at_hub(made, berlin)
        grant(berlin, key, session(2), "/revoked")
        assert made.status("berlin")["problem"].startswith("revoked")
        metrics = httpx2.get(f"{made.url}/metrics", timeout=10).text
        assert 'flowback_hub_edge_refused{edge="berlin"} 1.0' in metrics
        assert at_hub(made, berlin) == before
        run("keys", "rotate", "--data", berlin.folder)
        berlin.enroll(rotation=True)
        wait_same(made, berlin)
        wait_for(lambda: made.status("berlin")["problem"] is None)


def test_an_open_key_file_ends_either_process_at_its_start(tmp_path: Path) -> None:
    """Row E2: one clear line with the remedy, and no secret in log, environment or audit log."""
    with company(tmp_path) as made:
        berlin = made.edge("berlin")
        secrets = [
            *(key.secret.reveal() for key in keys.EdgeKeys.load(berlin.folder).keys),
            *(one.reveal() for one in berlin.keys.signing),
            *(key.secret.reveal() for key in keys.HubKeys.load(made.hub_folder).keys),
        ]
        made.start()
        berlin.start()
        made.wait_current(berlin)
        for process in (berlin.process, made.hub):
            assert process.process is not None
            shown = Path(f"/proc/{process.process.pid}/environ").read_bytes()
            shown += Path(f"/proc/{process.process.pid}/cmdline").read_bytes()
            assert not any(secret in shown for secret in secrets)
            process.stop()
        for file, process in (
            (berlin.folder / "edge.key", berlin.process),
            (made.hub_folder / "hub.key", made.hub),
        ):
            file.chmod(0o644)
            process.start()
            assert process.process is not None
            assert process.process.wait(30) == 1
            assert "chmod 600" in process.log.read_text()
        logs = [*tmp_path.glob("*.log"), *tmp_path.glob("*/audit.log")]
        assert len(logs) == 3
        assert not any(secret in log.read_bytes() for log in logs for secret in secrets)
        assert os.environ.get("FLOWBACK_HUB_RULES") is None
