"""The API's manners: who may call, what is refused, how lists travel."""

import ast
import csv
import io
import json
import re
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import duckdb
import httpx2
import pytest

from hub.api.routes import ROUTES
from hub.stores.analytics import AnalyticsUnavailable
from tests.edge.server import served
from tests.hub.hubkit import DEMO, REAL_NODE, SHOP, HubKit, Visit, main_job

JSON = {"content-type": "application/json"}
RUN = "/api/insights/run?projectId=demo"


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:7400", 200),
        ("localhost", 200),
        ("localhost:80@evil.example", 421),
        ("[::1]evil.example", 421),
        ("[::1]:7400", 200),
        ("hub.example", 200),
        ("HUB.EXAMPLE:443", 200),
        ("evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("", 421),
        ("[::1", 421),
    ],
)
def test_only_known_names_are_answered(kit: HubKit, host: str, status: int) -> None:
    """A page of another name cannot be pointed at the hub (DNS rebinding)."""
    assert kit.client().get("/health", headers={"host": host}).status_code == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (JSON, 202),
        ({**JSON, "origin": "http://127.0.0.1:7400"}, 202),
        ({**JSON, "origin": "http://127.0.0.1:7400", "sec-fetch-site": "same-origin"}, 202),
        ({**JSON, "origin": "http://evil.example"}, 403),
        ({**JSON, "origin": "http://127.0.0.1:9999"}, 403),
        ({**JSON, "origin": "https://127.0.0.1:7400"}, 403),
        ({**JSON, "origin": "null"}, 403),
        ({**JSON, "origin": "http://["}, 403),
        ({**JSON, "sec-fetch-site": "cross-site"}, 403),
        ({"content-type": "text/plain"}, 415),
        ({"content-type": "application/x-www-form-urlencoded"}, 415),
        ({}, 415),
    ],
)
def test_a_change_comes_from_the_dashboard_as_json(
    kit: HubKit, headers: dict[str, str], status: int
) -> None:
    """Row D6: no form and no page of another origin can change anything."""
    assert kit.client().post(RUN, headers=headers).status_code == status


@pytest.mark.parametrize(
    "path", ["/api/projects", "/", "/nowhere/at/all", "/api/nowhere", "/health"]
)
def test_every_answer_has_the_security_headers(kit: HubKit, path: str) -> None:
    """Rows D7 and D8, on answers, pages and errors alike."""
    headers = kit.client().get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/api/hotspots", 404, "projectId"),
        ("/api/hotspots?projectId=nobody", 404, "GET /api/projects"),
        ("/api/hotspots?projectId=demo&from=x", 400, "from"),
        ("/api/hotspots?projectId=demo&from=9&to=3", 400, "from < to"),
        ("/api/hotspots?projectId=demo&from=1&to=999999999999999", 400, "800 days"),
        ("/api/hotspots?projectId=demo&by=person", 400, "page, element"),
        ("/api/hotspots?projectId=demo&sesion=1", 400, "sesion"),
        ("/api/hotspots?projectId=demo&limit=0", 400, "limit"),
        ("/api/hotspots?projectId=demo&cursor=..", 400, "cursor"),
        ("/api/hotspots?projectId=demo&page=" + "x" * 3000, 400, "page"),
        ("/api/sessions/nobody?projectId=demo", 404, "no such session"),
        ("/api/sessions/nobody?projectId=shop", 403, "auditors"),
        ("/api/nowhere", 404, "Not Found"),
    ],
)
def test_errors_are_problems_that_say_what_to_do(
    kit: HubKit, path: str, status: int, says: str
) -> None:
    """RFC 9457, with a detail that names what is wrong."""
    response = kit.client().get(path)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    found = response.json()
    assert found["status"] == status
    assert says in found["detail"]


@pytest.mark.parametrize("body", ["", "{}", '{"decision":"sold"}', "[" * 5000, "\x00", '"' * 9999])
def test_a_bad_body_is_refused(kit: HubKit, body: str) -> None:
    """Whatever is sent, the answer is 400."""
    response = kit.client().post(
        "/api/insights/x/decision?projectId=demo", content=body, headers=JSON
    )
    assert response.status_code == 400


def test_a_decision_needs_an_insight(kit: HubKit) -> None:
    """Deciding on what is not there is 404."""
    response = kit.client().post(
        "/api/insights/x/decision?projectId=demo", json={"decision": "accepted"}
    )
    assert response.status_code == 404


def test_a_fault_is_answered_without_detail(kit: HubKit, monkeypatch: pytest.MonkeyPatch) -> None:
    """What breaks inside is for the log."""

    def broken(*_: object) -> None:
        raise ValueError("a secret path")

    monkeypatch.setattr(kit.hub.app.state.services.answers, "overview", broken)
    response = kit.client(raise_server_exceptions=False).get("/api/overview?projectId=demo")
    assert response.status_code == 500
    assert "secret" not in response.text
    assert response.json()["title"] == "Fault of the hub"


def test_a_store_that_is_away_is_503_and_not_ready(kit: HubKit) -> None:
    """A closed file answers 503 with Retry-After; the probe names it."""
    kit.hub.store.close()
    client = kit.client()
    response = client.get("/api/hotspots?projectId=demo")
    assert (response.status_code, response.headers["retry-after"]) == (503, "2")
    ready = client.get("/ready")
    assert (ready.status_code, ready.json()["probes"]["analytics"]) == (503, "cannot be read")
    assert client.get("/health").status_code == 200
    assert client.get("/metrics").status_code == 200
    with pytest.raises(AnalyticsUnavailable):
        kit.hub.store.read("select 1")


def test_ready_names_its_probes(kit: HubKit) -> None:
    """Ready once the worker runs."""
    assert kit.client().get("/ready").status_code == 503
    kit.hub.start()
    assert kit.client().get("/ready").json() == {
        "ready": True,
        "probes": {"worker": "ok", "analytics": "ok", "retention": "ok", "inbox": "ok"},
    }


def test_pages_of_a_list_are_the_list(kit: HubKit) -> None:
    """Cursors lead through all rows, each once."""
    kit.tell(*(Visit(f"v{n}").nav(f"/page-{n}x", 1) for n in range(5)))
    client, found, cursor = kit.client(), [], ""
    while cursor is not None:
        answer = client.get(f"/api/hotspots?projectId=demo&limit=2&cursor={cursor}").json()
        found += [row["page"] for row in answer["rows"]]
        cursor = answer["next"]
    assert found == [f"/page-{n}x" for n in range(5)]


def test_an_unchanged_answer_is_304(kit: HubKit) -> None:
    """By its ETag."""
    kit.tell(main_job())
    client, path = kit.client(), "/api/hotspots?projectId=demo"
    tag = client.get(path).headers["etag"]
    assert client.get(path, headers={"if-none-match": tag}).status_code == 304
    kit.tell(main_job("another"))
    assert client.get(path, headers={"if-none-match": tag}).status_code == 200


def test_csv_cannot_be_run_by_a_spreadsheet(kit: HubKit) -> None:
    """Row D4: dangerous beginnings get an apostrophe, in every column; it reads back."""
    visit = Visit("v").nav("=cmd|' /C calc'!A0", 1).click("@target", 2, "+name")
    kit.tell(visit)
    response = kit.client().get(
        "/api/hotspots?projectId=demo&by=element", headers={"accept": "text/csv"}
    )
    assert response.headers["content-type"].startswith("text/csv")
    (row,) = csv.DictReader(io.StringIO(response.text))
    # what is no selector was scrubbed at the intake already
    assert (row["target"], row["name"]) == ("*", "'+name")
    assert row["page"].startswith("'=cmd")
    assert row["sessions"] == "1"


@pytest.mark.parametrize("one", [one for one in ROUTES if one.exports], ids=lambda one: one.name)
def test_every_list_can_be_csv(kit: HubKit, one) -> None:
    """Also when it is empty: the header stands."""
    path = f"{one.path}?projectId=demo" if "projectId" in one.filters else one.path
    response = kit.client().get(path, headers={"accept": "text/csv"})
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/csv")
    assert response.text.startswith('"')


@pytest.mark.parametrize("one", [one for one in ROUTES if one.exports], ids=lambda one: one.name)
def test_every_list_can_be_parquet(kit: HubKit, one, tmp_path) -> None:
    """Full or empty, with the columns of its JSON; what did not change is 304."""
    kit.tell(main_job())
    path = f"{one.path}?projectId=demo" if "projectId" in one.filters else one.path
    client, accept = kit.client(), {"accept": "application/vnd.apache.parquet"}
    response = client.get(path, headers=accept)
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/vnd.apache.parquet"
    columns, rows = read_parquet(response.content, tmp_path)
    asked = client.get(path).json()
    [listed] = [asked[name] for name in ("rows", "links") if name in asked]
    assert len(rows) == len(listed)
    assert all(list(row) == columns for row in listed)
    again = client.get(path, headers={**accept, "if-none-match": response.headers["etag"]})
    assert again.status_code == 304


def read_parquet(data: bytes, folder: Path) -> tuple[list[str], list[tuple[object, ...]]]:
    """Return the names of a Parquet file's columns and its rows."""
    file = folder / "rows.parquet"
    file.write_bytes(data)
    with duckdb.connect() as engine:
        found = engine.execute("select * from read_parquet(?)", [str(file)])
        return [column[0] for column in found.description], found.fetchall()


def test_parquet_says_what_json_says(kit: HubKit, tmp_path) -> None:
    """Numbers stay numbers, nested things nested, texts to the letter."""
    kit.tell(
        main_job(), Visit("v").nav("=cmd|' /C calc'!A0", 1).click("@target", 2, "+\U0001f44d'\"\n")
    )
    path = "/api/hotspots?projectId=demo&by=element"
    data = kit.client().get(path, headers={"accept": "application/vnd.apache.parquet"}).content
    columns, rows = read_parquet(data, tmp_path)
    found = [dict(zip(columns, row, strict=True)) for row in rows]
    listed = kit.client().get(path).json()["rows"]
    assert "+\U0001f44d'\" " in [row["name"] for row in listed]  # as the scrubber left it
    assert found == listed
    types = {name: type(value) for name, value in found[0].items()}
    assert (types["sessions"], types["score"], types["page"]) == (int, dict, str)


def test_an_export_leaves_nothing_behind(kit: HubKit, tmp_path, monkeypatch) -> None:
    """Neither rows nor file stay in the folder for temporary files, where both have been."""
    kit.tell(main_job())
    (folder := tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    accept = {"accept": "application/vnd.apache.parquet"}
    assert kit.client().get("/api/hotspots?projectId=demo", headers=accept).content[:4] == b"PAR1"
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("one", ROUTES, ids=lambda one: f"{one.method}-{one.name}")
def test_another_method_is_refused_by_name(kit: HubKit, one) -> None:
    """405 with what the path takes, and never the dashboard below."""
    for method in {"GET", "POST", "PUT", "DELETE", "OPTIONS", "TRACE"} - {one.method}:
        found = kit.client().request(method, one.path, headers=JSON)
        assert found.status_code == 405
        taken = "GET, HEAD" if one.method == "GET" else one.method
        assert found.headers["allow"] == taken


def test_the_openapi_document_fits_the_routes(kit: HubKit) -> None:
    """Every route stands in it, references lead somewhere, paths name their parameters."""
    text = kit.client().get("/openapi.json").text
    found = json.loads(text)
    assert found["openapi"].startswith("3.1")
    listed = {(path, method) for path, of in found["paths"].items() for method in of}
    assert listed == {(one.path, one.method.lower()) for one in ROUTES}
    for reference in re.findall(r'"\$ref":"#/([^"]+)"', text):
        place = found
        for part in reference.split("/"):
            place = place[part]
    names = [of["operationId"] for one in found["paths"].values() for of in one.values()]
    assert len(names) == len(set(names))
    for path, of in found["paths"].items():
        for one in of.values():
            declared = {p["name"] for p in one["parameters"] if p.get("in") == "path"}
            assert declared == set(re.findall(r"{(\w+)}", path))
            assert one["summary"]


def test_answers_fit_their_schemas(kit: HubKit) -> None:
    """Each answer has exactly the fields that the document names."""
    kit.tell(main_job())
    client = kit.client()
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    for one in ROUTES:
        if one.answer and one.method == "GET" and "{" not in one.path:
            path = f"{one.path}?projectId=demo" if "projectId" in one.filters else one.path
            answer = client.get(path).json()
            assert set(answer) == set(schemas[one.answer.__name__]["properties"]), one.path


def test_the_api_knows_disclosure_alone() -> None:
    """A route that asks a store, a projection or an agent cannot be added unnoticed."""
    for file in Path("hub/api").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                room = ".".join(name.split(".")[:2])
                assert not name.startswith("hub") or room in ("hub.api", "hub.disclosure"), (
                    f"{file} imports {name}"
                )


def test_the_dashboard_is_served_with_its_index_for_every_page(tmp_path: Path) -> None:
    """Files as they are, hashed ones for ever; client routes get the index; no way out."""
    kit = HubKit(tmp_path / "hub")
    static = tmp_path / "static"
    (static / "assets").mkdir(parents=True)
    (static / "index.html").write_text("<!doctype html><title>Flowback</title>")
    (static / "assets" / "app-1a2b.js").write_text("1")
    (tmp_path / "secret.txt").write_text("secret")
    kit.hub.stop()
    kit.hub = kit.make_hub(static=static)
    client = kit.client()
    for page in ("/", "/hotspots", "/projects/demo/insights"):
        assert "Flowback" in client.get(page).text
        assert client.get(page).headers["cache-control"] == "no-cache"
    assert "immutable" in client.get("/assets/app-1a2b.js").headers["cache-control"]
    assert client.get("/assets/gone.js").status_code == 404
    for path in ("/../secret.txt", "/%2e%2e/secret.txt", "/assets/..%2f..%2fsecret.txt"):
        assert "secret" not in client.get(path).text
    kit.close()


def test_without_a_dashboard_the_hub_says_so(tmp_path: Path) -> None:
    """A hub from a checkout that was not built answers in one clear line."""
    kit = HubKit(tmp_path)
    kit.hub.stop()
    kit.hub = kit.make_hub(static=tmp_path / "none")
    response = kit.client().get("/")
    assert (response.status_code, "make run" in response.text) == (503, True)
    kit.close()


def changes(lines) -> dict:
    """Return the data of the next ``change``."""
    for line in lines:
        if line.startswith("data: "):
            return json.loads(line[6:])
    raise AssertionError("the stream ended")


def test_a_change_is_told_within_a_second(kit: HubKit) -> None:
    """Over a real socket; Last-Event-ID brings what was missed; the hub's end ends the stream."""
    kit.hub.start()
    with served(kit.hub.app) as port, ExitStack() as ending:
        ending.callback(kit.hub.end_streams)
        url = f"http://127.0.0.1:{port}/api/live?projectId=demo"
        with httpx2.stream("GET", url, timeout=5) as stream:
            lines = stream.iter_lines()
            assert next(lines) == "retry: 1000"
            began = time.monotonic()
            kit.put(kit.entry(0, main_job().groups(0)))
            first = changes(lines)
            assert time.monotonic() - began < 1
            assert first["projectId"] == DEMO
        kit.put(kit.entry(0, main_job("missed").groups(0)))
        missed = {"last-event-id": str(first["version"])}
        with httpx2.stream("GET", url, headers=missed, timeout=5) as stream:
            lines = stream.iter_lines()
            assert changes(lines)["version"] > first["version"]
            kit.hub.end_streams()
            assert [line for line in lines if line.startswith("data")] == []


def test_the_stream_does_not_tell_of_single_visitors(kit: HubKit) -> None:
    """A project that is no demo has no new version until k sessions have been touched."""
    version, _ = kit.hub.changes.version(SHOP)
    kit.tell(*(main_job(f"s{n}", SHOP) for n in range(9)), node=REAL_NODE)
    assert kit.hub.changes.version(SHOP)[0] == version
    kit.tell(main_job("the-tenth", SHOP), node=REAL_NODE)
    assert kit.hub.changes.version(SHOP)[0] > version
