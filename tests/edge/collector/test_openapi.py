"""The edge's own OpenAPI document, and what a tool that reads it finds: nothing."""

import json
import re
from collections import Counter

import pytest

from edge.collector.http.routes import ROUTES
from tests import schemathesis_run
from tests.edge.collector.openapi_hooks import TO_ERASE
from tests.edge.collector.site import ORIGIN, SECRET, Site, signal, tap
from tests.edge.server import served

CONFIG = f"""
[auth.openapi.key]
api_key = "key-of-shop"
[auth.openapi.receipt]
bearer = "{SECRET}"
[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 413]
"""


@pytest.fixture
def site(tmp_path):
    made = Site(tmp_path, session_rate=0, project_rate=0)
    yield made
    made.stop()


def test_every_route_stands_in_the_document(site):
    """With what it needs and answers; references lead somewhere, and patterns are ECMA's."""
    text = site.client.get("/openapi.json").text
    found = json.loads(text)
    assert found["openapi"].startswith("3.1")
    listed = {(method, path) for path, of in found["paths"].items() for method in of}
    told = {
        (method.lower(), route.path)
        for route in ROUTES
        for method in route.methods - {"HEAD", "OPTIONS"}
    }
    assert listed == told
    for reference in re.findall(r'"\$ref":"#/([^"]+)"', text):
        place = found
        for part in reference.split("/"):
            place = place[part]
    for of in found["paths"].values():
        for one in of.values():
            assert one["summary"] and one["operationId"]
    assert r"\\Z" not in text


def schemathesis(site, folder, *options):
    """Run it against *site*; return what it said and its exit code, 0 where it found nothing."""
    site.grant()
    site.send(signal(1), tap(2))
    site.grant(sessionId=TO_ERASE)
    newest = site.client.app.state.collector.widget.newest.name
    with served(site.client.app) as port, pytest.MonkeyPatch.context() as patch:
        patch.setenv("FLOWBACK_VERSION", newest)
        url = f"http://127.0.0.1:{port}/openapi.json"
        hooks = "tests.edge.collector.openapi_hooks"
        return schemathesis_run.run(url, folder, CONFIG, hooks, "-H", f"Origin: {ORIGIN}", *options)


def test_schemathesis_finds_nothing(site, tmp_path_factory):
    """Every check on every route, with good and with bad data, in JSON, text and msgpack."""
    told, code = schemathesis(site, tmp_path_factory.mktemp("st"), "-n", "25", "--seed", "1")
    assert code == 0, told
    assert "10 selected / 10 total" in told  # all but the document itself
    generated = int(re.search(r"(\d+) generated", told)[1])
    assert generated > 500
    reached = counted(site)
    for name in ("events_rejected", "choices", "scripts_served"):
        assert reached[name] > 5, (name, reached)


def counted(site):
    """Return the edge's counters, summed over their labels."""
    found = Counter()
    for line in site.client.get("/metrics").text.splitlines():
        name = re.match(r"flowback_edge_(\w+)_total", line)
        if name:
            found[name[1]] += float(line.split()[-1])
    return found


@pytest.mark.long
def test_schemathesis_finds_nothing_in_the_long_run(site, tmp_path_factory):
    """The same with other data each time."""
    told, code = schemathesis(site, tmp_path_factory.mktemp("st"), "-n", "400")
    assert code == 0, told
