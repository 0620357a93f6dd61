"""Control from the hub to its edges, with real processes: told, obeyed, refused, caught up."""

import base64
import hashlib
import json
import sqlite3
from pathlib import Path
from typing import Any

import httpx2
import msgspec

from desktop.demo.site import prepare
from edge.detect.presets import Definition
from edge.events import codec
from edge.policy.throttle import Window
from edge.projects import Project, ProjectBook
from edge.protocol.control import Item
from tests.controlled import Edge, company, grant, refused, run
from tests.stack import wait_for

OTHER = "https://other.example"


def held(edge: Edge, project: str = "shop") -> Project | None:
    """Return the project as the edge's own commands and its process see it."""
    return ProjectBook.open(edge.folder).get(project)


def waits_for(edge: Edge, key: str, status: int, **options: Any) -> None:
    wait_for(
        lambda: edge.consent(key, **options).status_code == status,
        what=f"{edge.name} answers {status}",
    )


def test_a_running_edge_follows_what_is_set_at_the_hub(tmp_path: Path) -> None:
    """A project, an origin, write keys, prompt rules, a definition: no restart, no file carried."""
    with company(tmp_path) as made:
        edge = made.edge("berlin")
        made.start()
        edge.start()
        shop = made.add()
        waits_for(edge, shop.key, 200)
        assert edge.consent(shop.key, origin=OTHER).status_code == 403
        made.book.allow("shop", OTHER)
        waits_for(edge, shop.key, 200, origin=OTHER)

        newer = made.book.new_key("shop")
        waits_for(edge, newer.key, 200)
        assert edge.consent(shop.key).status_code == 200
        made.book.revoke_key("shop", shop.key)
        waits_for(edge, shop.key, 401)
        assert edge.consent(newer.key).status_code == 200

        made.book.quiet("shop", Window(start=1, end=2, why="the sale"))
        made.book.detect("shop", Definition(preset="amplitude"))
        wait_for(lambda: held(edge) == made.book.get("shop"), what="the edge holds the same")
        made.wait_current(edge)
        assert made.status("berlin")["control"]["complaints"] == []
        rows = (edge.folder / "audit.log").read_text()
        assert '"what":"project.changed"' in rows
        assert newer.key not in rows


def test_an_edge_that_was_away_catches_up_and_keeps_it_over_a_restart(tmp_path: Path) -> None:
    """It gets the newest word of each subject alone, and needs the hub for none of it later."""
    with company(tmp_path) as made:
        edge = made.edge("berlin")
        shop, blog = made.add(), made.add("blog")
        made.start()
        edge.start()
        made.wait_current(edge)
        edge.process.stop()
        for number in range(5):
            made.book.allow("shop", f"https://s{number}.example")
            wait_for(lambda: made.status("berlin")["control"]["state"] == "behind")
        edge.start()
        wait_for(lambda: held(edge) == made.book.get("shop"), what="the edge holds the last word")
        made.wait_current(edge)
        assert held(edge, "blog") == blog
        made.hub.stop()
        edge.process.stop()
        edge.start(linked=False)
        assert edge.consent(shop.key, origin="https://s4.example").status_code == 200


def test_regional_overrides_only_tighten_and_a_looser_one_is_refused_and_told(
    tmp_path: Path,
) -> None:
    """For every edge, for one alone, together with the edge's own file: the strictest counts."""
    with company(tmp_path) as made:
        own = tmp_path / "own.toml"
        own.write_text("raw_days = 20\nk_min = 15\n")
        berlin, paris = made.edge("berlin"), made.edge("paris", region="FR")
        berlin.process.arguments += ("--rules", str(own))
        shop = made.add()
        made.rule("raw_days = 10\n[edges.paris]\nk_min = 40\n")
        made.start()
        for edge in (berlin, paris):
            edge.start()

        def row(edge: Edge) -> tuple[int, int]:
            found = edge.consent(shop.key).json()["region"]
            return found["rawDays"], found["kMin"]

        made.wait_current(berlin, paris)
        for edge in (berlin, paris):
            waits_for(edge, shop.key, 200)
        wait_for(lambda: (row(berlin), row(paris)) == ((10, 15), (10, 40)), what="rules hold")

        def complaints(edge: Edge) -> list[str]:
            found: list[str] = made.status(edge.name)["control"]["complaints"]
            return found

        made.rule("raw_days = 4000\n")
        for edge in (berlin, paris):
            wait_for(lambda edge=edge: "looser" in " ".join(complaints(edge)), what="it is told")
            assert len(complaints(edge)) == 1
            assert "looser" in edge.probes()["control"]
            assert row(edge)[0] == 10, "the one before stays"
        made.rule("raw_days = 9\n")
        wait_for(lambda: row(berlin)[0] == 9)
        wait_for(lambda: complaints(berlin) == [])
        assert berlin.probes()["control"] == "ok"


def test_a_rule_file_that_is_bad_is_said_and_changes_nothing(tmp_path: Path) -> None:
    """At the start it is an error that names the key; later the rules before it hold."""
    with company(tmp_path) as made:
        made.rule("raw_dayz = 3\n")
        made.hub.start()
        assert made.hub.process is not None
        assert made.hub.process.wait(30) == 1
        assert "raw_dayz" in made.hub.log.read_text()


def test_a_demo_flag_never_changes_and_each_kind_of_edge_gets_its_own_projects(
    tmp_path: Path,
) -> None:
    """The edge knows the project as a real one: the hub's word that it is a demo is refused."""
    with company(tmp_path) as made:
        edge = made.edge("berlin")
        ProjectBook.open(edge.folder).add(made.add())
        made.add("show", demo=True)
        made.start()
        edge.start()
        made.wait_current(edge)
        assert [item[2] for item in edge.control()["holds"] if item[1] == "project"] == ["shop"]
        file = made.hub_folder / "projects.json"
        changed = file.with_suffix(".new")
        changed.write_text(file.read_text().replace('"demo": false', '"demo": true'))
        changed.replace(file)
        wait_for(
            lambda: not any(item[1] == "project" for item in edge.control()["holds"]),
            what="the hub takes it back from edges that are no demo's",
        )
        shown = held(edge)
        assert shown is not None
        assert not shown.demo


def test_an_operator_at_the_edge_may_only_quieten_what_the_hub_set(tmp_path: Path) -> None:
    """Anything else is refused with the place where it can be changed."""
    with company(tmp_path) as made:
        edge = made.edge("berlin")
        made.add()
        made.start()
        edge.start()
        made.wait_current(edge)
        made.hub.stop()
        for verb in (["keys", "shop", "--new"], ["detect", "shop", "--preset", "amplitude"]):
            said = refused("site", *verb, "--data", edge.folder)
            assert "change it there" in said
        window = ["--from", "2030-01-01T00:00+00:00", "--to", "2030-01-02T00:00+00:00"]
        run("site", "quiet", "shop", *window, "--data", edge.folder)
        project = held(edge)
        assert project is not None
        assert len(project.prompts.suppressed) == 1
        assert "\thub" in run("site", "list", "--data", edge.folder)


def bodies(path: Path) -> bytes:
    """Return all that the entries of a journal hold."""
    file = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    found = b"".join(codec.inflate(body) for (body,) in file.execute("select body from entry"))
    file.close()
    return found


def test_an_operators_erasure_leaves_the_hub_and_every_edge(tmp_path: Path) -> None:
    """`flowback erase` at the hub; the session came by two edges, one of which was away."""
    gone, stays = "g" * 22, "k" * 22
    with company(tmp_path) as made:
        berlin, paris = made.edge("berlin"), made.edge("paris")
        shop = made.add()
        made.start()
        for edge in (berlin, paris):
            edge.start()
        made.wait_current(berlin, paris)
        for edge in (berlin, paris):
            waits_for(edge, shop.key, 200)
            grant(edge, shop.key, gone, "/only-gone-saw")
            grant(edge, shop.key, stays, "/stays")
        inbox = made.hub_folder / "inbox.db"
        wait_for(lambda: bodies(inbox).count(b"/only-gone-saw") >= 2, what="both edges' events")
        paris.process.stop()
        run("erase", "--data", made.hub_folder, "--project", "shop", gone)
        first = berlin.folder / "journal.db"
        wait_for(lambda: b"/only-gone-saw" not in bodies(first), what="berlin erases it")
        paris.start()
        for file in (inbox, berlin.folder / "journal.db", paris.folder / "journal.db"):
            wait_for(lambda file=file: b"/only-gone-saw" not in bodies(file), what=str(file))
            assert b"/stays" in bodies(file)
        wanted = made.hub_folder / "erasures.json"
        wait_for(lambda: json.loads(wanted.read_text())["wanted"] == [], what="the word is kept")
        assert gone not in (made.hub_folder / "audit.log").read_text()
        assert edge_waits(berlin) == edge_waits(paris) == []


def test_a_visitors_deletion_at_one_edge_reaches_the_others(tmp_path: Path) -> None:
    """Both hold events of the session, though the visitor asks one of them only."""
    secret, gone = "s" * 43, "g" * 22
    digest = base64.urlsafe_b64encode(hashlib.sha256(secret.encode()).digest())
    receipt = digest.rstrip(b"=").decode()
    with company(tmp_path) as made:
        berlin, paris = made.edge("berlin"), made.edge("paris")
        shop = made.add()
        made.start()
        for edge in (berlin, paris):
            edge.start()
        for edge in (berlin, paris):
            waits_for(edge, shop.key, 200)
            grant(edge, shop.key, gone, "/only-gone-saw", receipt=receipt)
        inbox = made.hub_folder / "inbox.db"
        wait_for(lambda: bodies(inbox).count(b"/only-gone-saw") >= 2, what="both edges' events")
        answer = httpx2.delete(
            f"{berlin.url}/sessions/{gone}?k={shop.key}",
            headers={"Origin": "https://shop.example", "Authorization": f"Bearer {secret}"},
        )
        assert answer.status_code == 200, answer.text
        for file in (berlin.folder / "journal.db", inbox, paris.folder / "journal.db"):
            wait_for(lambda file=file: b"/only-gone-saw" not in bodies(file), what=str(file))


def edge_waits(edge: Edge) -> list[Any]:
    wait_for(lambda: not edge.control()["waits"], what="nothing waits")
    waits: list[Any] = edge.control()["waits"]
    return waits


def test_an_edge_that_was_enrolled_before_hubs_signed_works_without_control(
    tmp_path: Path,
) -> None:
    """Until it trusts a new card, carried by hand: then it follows, without a restart."""
    with company(tmp_path) as made:
        edge = made.edge("berlin")
        card = edge.folder / "hub.card"
        new = card.read_text()
        card.write_text(json.dumps({**json.loads(new), "verify": []}))
        shop = made.add()
        ProjectBook.open(edge.folder).add(shop)
        made.start()
        edge.start()
        assert edge.consent(shop.key).status_code == 200
        wait_for(lambda: made.status("berlin")["state"] == "current")
        assert made.status("berlin")["control"]["state"] == "none"
        out = tmp_path / "hub.card"
        said = run("enroll", "card", "--data", made.hub_folder, "--card", out)
        spoken = said.split(": ")[1].strip()
        run("enroll", "trust", "--data", edge.folder, out, "--fingerprint", spoken)
        made.wait_current(edge)


def test_a_projects_are_not_taken_back_where_the_hubs_file_is_lost(tmp_path: Path) -> None:
    """A restore that forgot a file must not end a site's collecting."""
    with company(tmp_path) as made:
        edge = made.edge("berlin")
        shop = made.add()
        made.start()
        edge.start()
        made.wait_current(edge)
        made.hub.stop()
        (made.hub_folder / "projects.json").unlink()
        made.start()
        made.wait_current(edge)
        assert edge.consent(shop.key).status_code == 200


def test_the_demo_starts_again_at_another_address_though_the_hub_told_of_its_shop(
    tmp_path: Path,
) -> None:
    """Its edge may not change what the hub set; the hub's own record has the new origin."""
    first = prepare(tmp_path, shop_url="http://127.0.0.1:1")
    edge = tmp_path / "edge"
    item = Item(1, "project", first.id, 1, msgspec.to_builtins(first))
    book = msgspec.json.encode({"rev": 1, "holds": [item]})
    (edge / "control.json").write_bytes(book)
    (edge / "control.json").chmod(0o600)
    assert ProjectBook.open(edge).is_told(first.id)
    again = prepare(tmp_path, shop_url="http://127.0.0.1:2")
    assert again.key == first.key
    assert again.origins == ["http://127.0.0.1:1", "http://127.0.0.1:2"]
    assert ProjectBook.open(tmp_path / "hub").get(first.id) == again
